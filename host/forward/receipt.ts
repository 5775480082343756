/**
 * What a collector signs after its commit, and what a host asks it: docs/receipt.cddl. A receipt is a COSE_Sign1 with
 * the payload inside, because it travels alone and any COSE tool can then check it. Both are read from the network:
 * anything that is not exactly of the form is a DamageError and nothing else.
 */
import type { KeyObject } from 'node:crypto';
import { DamageError } from '../errors.ts';
import { sameBytes, sha256 } from '../frame/chain.ts';
import { decodeMap, encodeMap } from '../frame/codec.ts';
import { openSign1, publicKeyFromRaw, sign1Around } from '../frame/cose.ts';
import { type Field, problemOf } from '../frame/fields.ts';
import type { FrameValue } from '../types.ts';

const VERSION = 1;
/** More would not fit a message that every broker takes; what is left out is asked for. */
export const MAX_RANGES = 1024;
/** 1024 ranges of two 9-byte numbers, head and signature. */
export const MAX_RECEIPT_BYTES = 32 * 1024;

/** Sequence numbers first..last, both included. */
export type SeqRange = [first: number, last: number];

export interface Receipt {
  hostId: Uint8Array;
  epoch: Uint8Array;
  /** Every frame before it is durable at the collector, or named as dropped by a gap frame that is. */
  nextSeq: number;
  /** What is durable behind `nextSeq`, ascending; not all of it where `more` is set or no query is answered. */
  ranges: SeqRange[];
  /** First 8 bytes of the SHA-256 of the collector's public key. */
  keyId: Uint8Array;
  /** Wall clock of the collector; not proven, for people. */
  utcUs: number;
  /** Of the query that this answers. */
  nonce: Uint8Array | null;
  /** There are ranges behind the last one. */
  more: boolean;
}

export interface Query {
  hostId: Uint8Array;
  epoch: Uint8Array;
  /** 8 random bytes; the answer carries them. */
  nonce: Uint8Array;
  /** Ranges that end before it are not asked for. */
  fromSeq: number;
}

const idForm: Field['form'] = {
  wanted: '8 bytes',
  holds: (value) => value instanceof Uint8Array && value.length === 8,
};
const numberForm: Field['form'] = { wanted: 'a number below 2^53', holds: (value) => typeof value === 'number' };
const versionField: Field = {
  key: 1,
  name: 'version',
  required: true,
  form: { wanted: String(VERSION), holds: (value) => value === VERSION },
};
const rangesForm: Field['form'] = {
  wanted: `1 to ${MAX_RANGES} pairs [first, last]`,
  holds: (value) =>
    Array.isArray(value) &&
    value.length >= 1 &&
    value.length <= MAX_RANGES &&
    value.every((pair) => Array.isArray(pair) && pair.length === 2 && pair.every((seq) => typeof seq === 'number')),
};
const RECEIPT: Field[] = [
  versionField,
  { key: 2, name: 'hostId', required: true, form: idForm },
  { key: 3, name: 'epoch', required: true, form: idForm },
  { key: 4, name: 'nextSeq', required: true, form: numberForm },
  { key: 5, name: 'ranges', required: false, form: rangesForm },
  { key: 6, name: 'keyId', required: true, form: idForm },
  { key: 7, name: 'utcUs', required: true, form: numberForm },
  { key: 8, name: 'nonce', required: false, form: idForm },
  {
    key: 9,
    name: 'more',
    required: false,
    form: { wanted: 'true or absent', holds: (value) => value === true },
  },
];
const QUERY: Field[] = [
  versionField,
  { key: 2, name: 'hostId', required: true, form: idForm },
  { key: 3, name: 'epoch', required: true, form: idForm },
  { key: 4, name: 'nonce', required: true, form: idForm },
  { key: 5, name: 'fromSeq', required: true, form: numberForm },
];

export function keyIdOf(publicKey: Uint8Array): Uint8Array {
  return sha256(publicKey).subarray(0, 8);
}

/** @returns the message; `keyId` is the caller's word for the key that signs */
export function encodeReceipt(receipt: Receipt, privateKey: KeyObject): Uint8Array {
  const map = new Map<number, FrameValue>([
    [1, VERSION],
    [2, receipt.hostId],
    [3, receipt.epoch],
    [4, receipt.nextSeq],
    [6, receipt.keyId],
    [7, receipt.utcUs],
  ]);
  if (receipt.ranges.length > 0) map.set(5, receipt.ranges);
  if (receipt.nonce) map.set(8, receipt.nonce);
  if (receipt.more) map.set(9, true);
  return sign1Around(encodeMap(map), privateKey);
}

function decodePayload(payload: Uint8Array): Receipt {
  const map = decodeMap(payload);
  const problem = problemOf(map, RECEIPT);
  if (problem) throw new DamageError('RECEIPT_FORM', `receipt: ${problem}; it is not used`);
  const nextSeq = map.get(4) as number;
  const ranges = (map.get(5) as SeqRange[] | undefined) ?? [];
  // what follows at once would belong to the range before
  let least = nextSeq + 1;
  for (const [first, last] of ranges) {
    if (first < least || last < first)
      throw new DamageError(
        'RECEIPT_FORM',
        `receipt: the range ${first}..${last} stands where one from ${least} on is wanted; it is not used`,
      );
    least = last + 2;
  }
  return {
    hostId: map.get(2) as Uint8Array,
    epoch: map.get(3) as Uint8Array,
    nextSeq,
    ranges,
    keyId: map.get(6) as Uint8Array,
    utcUs: map.get(7) as number,
    nonce: (map.get(8) as Uint8Array | undefined) ?? null,
    more: map.get(9) === true,
  };
}

/** The key by which an uplink knows its collector: carried over by a person, never taken from the network. */
export class ReceiptKey {
  readonly #key: KeyObject;
  readonly #keyId: Uint8Array;

  /** @param raw 32 bytes, Ed25519 */
  constructor(raw: Uint8Array) {
    this.#key = publicKeyFromRaw(raw);
    this.#keyId = keyIdOf(raw);
  }

  /**
   * @throws DamageError COSE_FORM, FRAME_CBOR, RECEIPT_FORM, RECEIPT_KEY (signed by another collector) or
   * RECEIPT_SIGNATURE (says to be of this one and is not); never anything else
   */
  read(message: Uint8Array): Receipt {
    if (message.length > MAX_RECEIPT_BYTES)
      throw new DamageError(
        'RECEIPT_FORM',
        `receipt: ${message.length} bytes, wanted at most ${MAX_RECEIPT_BYTES}; it is not used`,
      );
    const { payload, isSignedBy } = openSign1(message);
    const isSigned = isSignedBy(this.#key);
    const receipt = decodePayload(payload);
    if (isSigned && sameBytes(receipt.keyId, this.#keyId)) return receipt;
    const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
    if (sameBytes(receipt.keyId, this.#keyId))
      throw new DamageError(
        'RECEIPT_SIGNATURE',
        `receipt: says to be signed by ${hex(this.#keyId)}, the configured receipt key, and is not; it is not used`,
      );
    throw new DamageError(
      'RECEIPT_KEY',
      `receipt: is of the collector ${hex(receipt.keyId)}, wanted ${hex(this.#keyId)}, the configured receipt key; it is not used`,
    );
  }
}

export function encodeQuery({ hostId, epoch, nonce, fromSeq }: Query): Uint8Array {
  return encodeMap(
    new Map<number, FrameValue>([
      [1, VERSION],
      [2, hostId],
      [3, epoch],
      [4, nonce],
      [5, fromSeq],
    ]),
  );
}

/** @throws DamageError FRAME_CBOR, QUERY_FORM; never anything else */
export function decodeQuery(bytes: Uint8Array): Query {
  const map = decodeMap(bytes);
  const problem = problemOf(map, QUERY);
  if (problem) throw new DamageError('QUERY_FORM', `query: ${problem}; it is not answered`);
  return {
    hostId: map.get(2) as Uint8Array,
    epoch: map.get(3) as Uint8Array,
    nonce: map.get(4) as Uint8Array,
    fromSeq: map.get(5) as number,
  };
}
