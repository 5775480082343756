/** The header of a file: whose records, from where to where, chained to what, signed by whom. */
import { DamageError } from '../errors.ts';
import type { FrameValue } from '../types.ts';
import { chainStart, sameBytes } from './chain.ts';
import { decodeMap, encodeMap } from './codec.ts';
import { type Field, problemOf } from './fields.ts';

const FILE_VERSION = 1;
export interface FileHeader {
  hostId: Uint8Array;
  epoch: Uint8Array;
  firstSeq: number;
  /** null: not known when the file was begun. */
  lastSeq: number | null;
  /** Chain hash before `firstSeq`. */
  hashBefore: Uint8Array;
  /** In words; "" is everything. */
  filter: string;
  /** Raw Ed25519 key that signs the end. */
  publicKey: Uint8Array;
}

const bytesOf = (length: number): Field['form'] => ({
  wanted: `${length} bytes`,
  holds: (value) => value instanceof Uint8Array && value.length === length,
});
const seqForm: Field['form'] = { wanted: 'a seq', holds: (value) => typeof value === 'number' };
const HEADER: Field[] = [
  {
    key: 1,
    name: 'fileVersion',
    required: true,
    form: { wanted: String(FILE_VERSION), holds: (v) => v === FILE_VERSION },
  },
  { key: 2, name: 'hostId', required: true, form: bytesOf(8) },
  { key: 3, name: 'epoch', required: true, form: bytesOf(8) },
  { key: 4, name: 'firstSeq', required: true, form: seqForm },
  { key: 5, name: 'lastSeq', required: false, form: seqForm },
  { key: 6, name: 'hashBefore', required: true, form: bytesOf(32) },
  { key: 7, name: 'filter', required: true, form: { wanted: 'text', holds: (v) => typeof v === 'string' } },
  { key: 8, name: 'publicKey', required: true, form: bytesOf(32) },
];

/** The bytes that stand in the file and that its end signs. */
export function encodeHeader(header: FileHeader): Uint8Array {
  const map = new Map<number, FrameValue>([
    [1, FILE_VERSION],
    [2, header.hostId],
    [3, header.epoch],
    [4, header.firstSeq],
    [6, header.hashBefore],
    [7, header.filter],
    [8, header.publicKey],
  ]);
  if (header.lastSeq !== null) map.set(5, header.lastSeq);
  return encodeMap(map);
}

/** @throws DamageError FILE_HEADER, FRAME_CBOR */
export function decodeHeader(bytes: Uint8Array): FileHeader {
  const map = decodeMap(bytes);
  const problem = problemOf(map, HEADER);
  if (problem) throw new DamageError('FILE_HEADER', `header: ${problem}; the file is not read`);
  const header = {
    hostId: map.get(2) as Uint8Array,
    epoch: map.get(3) as Uint8Array,
    firstSeq: map.get(4) as number,
    lastSeq: (map.get(5) as number | undefined) ?? null,
    hashBefore: map.get(6) as Uint8Array,
    filter: map.get(7) as string,
    publicKey: map.get(8) as Uint8Array,
  };
  if (header.firstSeq === 0 && !sameBytes(header.hashBefore, chainStart(header.hostId, header.epoch)))
    throw new DamageError('FILE_HEADER', 'header: the chain does not start at SHA-256(hostId || epoch)');
  return header;
}
