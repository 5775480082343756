/**
 * Walks a chain record by record and says at which one it stops being what was signed. Used wherever a chain is read:
 * recovery, verify, the file format. It holds one hash, never the records.
 */
import type { KeyObject } from 'node:crypto';
import { DamageError } from '../errors.ts';
import type { FrameValue } from '../types.ts';
import { chainNext, sameBytes, sha256 } from './chain.ts';
import { encodeMap } from './codec.ts';
import { verifySign1 } from './cose.ts';
import { decodeFrame, type Frame, KEY } from './frame.ts';

/** What a checkpoint signs: the chain hash before it and itself without the signature. */
export function checkpointPayload(hashBefore: Uint8Array, map: Map<number, FrameValue>): Uint8Array {
  const unsigned = new Map(map);
  unsigned.delete(KEY.sign1);
  return Buffer.concat([hashBefore, encodeMap(unsigned)]);
}

export interface ChainPlace {
  hostId: Uint8Array;
  epoch: Uint8Array;
  /** The next record's number and the chain hash before it. */
  nextSeq: number;
  hash: Uint8Array;
}

export class ChainWalk {
  readonly hostId: Uint8Array;
  readonly epoch: Uint8Array;
  nextSeq: number;
  hash: Uint8Array;
  frames = 0;
  /** Records of which only the digest is there. */
  digests = 0;
  /** Records of which not even that is there. */
  folded = 0;
  checkpoints = 0;
  /** Last record under a good checkpoint; null before the first. */
  signedThrough: number | null = null;
  readonly #publicKey: KeyObject;
  #jumpedTo = -1;

  constructor(start: ChainPlace, publicKey: KeyObject) {
    this.hostId = start.hostId;
    this.epoch = start.epoch;
    this.nextSeq = start.nextSeq;
    this.hash = start.hash;
    this.#publicKey = publicKey;
  }

  /**
   * Takes the next record in.
   *
   * @throws DamageError FRAME_*, COSE_FORM, CHAIN_IDENTITY, CHAIN_SEQ or CHAIN_SIGNATURE; the walk stays where it was
   */
  frame(bytes: Uint8Array): Frame {
    const frame = this.#decode(bytes);
    if (!sameBytes(frame.hostId, this.hostId) || !sameBytes(frame.epoch, this.epoch))
      throw new DamageError(
        'CHAIN_IDENTITY',
        `record ${this.nextSeq}: belongs to host ${hex(frame.hostId)} epoch ${hex(frame.epoch)}, wanted host ${hex(this.hostId)} epoch ${hex(this.epoch)}`,
      );
    if (frame.seq !== this.nextSeq)
      throw new DamageError('CHAIN_SEQ', `record ${this.nextSeq}: carries seq ${frame.seq}, wanted ${this.nextSeq}`);
    if (frame.kind === 'checkpoint') this.#checkSignature(frame);
    this.#advance(sha256(bytes));
    this.frames++;
    return frame;
  }

  #decode(bytes: Uint8Array): Frame {
    try {
      return decodeFrame(bytes);
    } catch (cause) {
      if (!(cause instanceof DamageError)) throw cause;
      throw new DamageError(cause.code, `record ${this.nextSeq}: ${cause.message}`, { cause });
    }
  }

  /** Takes in a record that is not here. */
  digest(digest: Uint8Array): void {
    this.#advance(digest);
    this.digests++;
  }

  /**
   * Takes in a run of records of which not even the digests are here, only the chain hash behind it. The next checkpoint
   * proves that hash. What was not signed before the run could be proven by its digests alone: it must not be there.
   */
  jump(count: number, hash: Uint8Array): void {
    if (this.nextSeq > 0 && this.signedThrough !== this.nextSeq - 1 && this.#jumpedTo !== this.nextSeq)
      throw new DamageError(
        'CHAIN_JUMP',
        `record ${this.nextSeq}: begins a run without digests, but no checkpoint stands before it; records since ${(this.signedThrough ?? -1) + 1} are not proven`,
      );
    this.hash = hash;
    this.nextSeq += count;
    this.folded += count;
    this.#jumpedTo = this.nextSeq;
  }

  #advance(digest: Uint8Array): void {
    this.hash = chainNext(this.hash, digest);
    this.nextSeq++;
  }

  #checkSignature(frame: Frame): void {
    const holds = verifySign1(
      frame.map.get(KEY.sign1) as Uint8Array,
      checkpointPayload(this.hash, frame.map),
      this.#publicKey,
    );
    if (!holds) {
      const since = this.signedThrough === null ? 'the first' : `record ${this.signedThrough + 1}`;
      throw new DamageError(
        'CHAIN_SIGNATURE',
        `record ${frame.seq}: the checkpoint's signature does not hold: it or a record since ${since} is not what was signed`,
      );
    }
    this.checkpoints++;
    this.signedThrough = frame.seq;
  }
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
