/**
 * The one file format, for exports, recordings and captures: label, header, a frame or a digest for each seq, and a
 * signature over header and last chain hash. Without the signature the file is truncated; nothing may stand behind it.
 */
import { closeSync, createReadStream, fsyncSync, openSync, writeSync } from 'node:fs';
import { DamageError, InputError } from '../errors.ts';
import { chainNext, sha256 } from './chain.ts';
import { publicKeyFromRaw, sign1, verifySign1 } from './cose.ts';
import type { Frame } from './frame.ts';
import { decodeHeader, encodeHeader, type FileHeader } from './header.ts';
import { digestItem, FILE_LABEL, type Item, readItems } from './items.ts';
import type { HostKey } from './key.ts';
import { ChainWalk } from './walk.ts';

const BUFFER_BYTES = 256 * 1024;

/** Writes a file item by item. Synchronous; what was written stays when the process dies, as a truncated file. */
export class FrameFileWriter {
  readonly #path: string;
  readonly #file: number;
  readonly #header: FileHeader;
  readonly #headerBytes: Uint8Array;
  readonly #key: HostKey;
  #parts: Uint8Array[] = [];
  #partsBytes = 0;
  #isOpen = true;
  /** Chain hash after the last record. */
  hash: Uint8Array;
  nextSeq: number;
  bytesWritten = 0;

  /**
   * @param header its publicKey is that of `key`
   * @throws InputError FILE_WRITE, as every method here
   */
  constructor(path: string, header: FileHeader, key: HostKey) {
    this.#header = header;
    this.#headerBytes = encodeHeader(header);
    this.#key = key;
    this.hash = header.hashBefore;
    this.nextSeq = header.firstSeq;
    this.#path = path;
    this.#file = this.#guard(() => openSync(path, 'w'));
    this.#write(FILE_LABEL);
    this.#write(this.#headerBytes);
  }

  frame(bytes: Uint8Array): void {
    this.#write(bytes);
    this.#chain(sha256(bytes));
  }

  /** For a frame that is not included. */
  digest(digest: Uint8Array): void {
    this.#write(digestItem(digest));
    this.#chain(digest);
  }

  /** Signs, waits for the disk, closes. */
  end(): void {
    if (this.#header.lastSeq !== null && this.nextSeq !== this.#header.lastSeq + 1)
      throw new RangeError(`the header says last seq ${this.#header.lastSeq}, written are up to ${this.nextSeq - 1}`);
    this.#write(sign1(Buffer.concat([this.#headerBytes, this.hash]), this.#key.privateKey));
    this.#flush();
    this.#guard(() => fsyncSync(this.#file));
    this.close();
  }

  /** Without a signature: the file stays truncated. Harmless after `end`. */
  close(): void {
    if (!this.#isOpen) return;
    this.#flush();
    this.#isOpen = false;
    closeSync(this.#file);
  }

  /** A folder that is not there, no right to write, a full disk. */
  #guard<T>(work: () => T): T {
    try {
      return work();
    } catch (cause) {
      this.#parts = []; // close would only fail with them again
      const why = (cause as Error).message;
      throw new InputError('FILE_WRITE', `${this.#path}: cannot be written (${why}); it is not complete`, { cause });
    }
  }

  #chain(digest: Uint8Array): void {
    this.hash = chainNext(this.hash, digest);
    this.nextSeq++;
  }

  #write(bytes: Uint8Array): void {
    this.#parts.push(bytes);
    this.#partsBytes += bytes.length;
    this.bytesWritten += bytes.length;
    if (this.#partsBytes >= BUFFER_BYTES) this.#flush();
  }

  #flush(): void {
    const bytes = Buffer.concat(this.#parts);
    // a short write is possible: a full disk says so only at the next one
    this.#guard(() => {
      for (let at = 0; at < bytes.length; ) at += writeSync(this.#file, bytes, at);
    });
    this.#parts = [];
    this.#partsBytes = 0;
  }
}

export interface FileRecord {
  seq: number;
  /** null: only its digest is there. */
  frame: Frame | null;
}

/** Reads and checks a file in one pass. `walk` says at any time how far it is what was signed. */
export class FrameFileReader {
  readonly header: FileHeader;
  readonly walk: ChainWalk;
  readonly #headerBytes: Uint8Array;
  readonly #items: AsyncGenerator<Item>;

  private constructor(headerBytes: Uint8Array, items: AsyncGenerator<Item>) {
    this.#headerBytes = headerBytes;
    this.#items = items;
    this.header = decodeHeader(headerBytes);
    const { hostId, epoch, firstSeq: nextSeq, hashBefore: hash, publicKey } = this.header;
    this.walk = new ChainWalk({ hostId, epoch, nextSeq, hash }, keyFromHeader(publicKey));
  }

  /** @throws DamageError FILE_LABEL, FILE_HEADER, FILE_TRUNCATED; what the file system says otherwise */
  static async open(path: string): Promise<FrameFileReader> {
    const items = readItems(createReadStream(path, { highWaterMark: BUFFER_BYTES }));
    try {
      const label = await items.next();
      if (label.done) throw new DamageError('FILE_TRUNCATED', 'byte 0: the file is empty');
      if (label.value.type !== 'label')
        throw new DamageError('FILE_LABEL', 'byte 0: the label of a Spindle file is missing');
      const header = await items.next();
      if (header.done) throw new DamageError('FILE_TRUNCATED', 'byte 12: the file ends before its header');
      if (header.value.type !== 'map') throw new DamageError('FILE_HEADER', 'byte 12: wanted the header');
      return new FrameFileReader(Uint8Array.from(header.value.bytes), items);
    } catch (error) {
      await items.return(undefined);
      throw error;
    }
  }

  /**
   * Every record in order, then the end checked. Until it has run through, nothing since `walk.signedThrough` is
   * proven.
   *
   * @throws DamageError FILE_*, FRAME_*, CHAIN_*; everything yielded before stands
   */
  async *records(): AsyncGenerator<FileRecord> {
    const { walk } = this;
    try {
      for (let next = await this.#next(); ; next = await this.#next()) {
        if (!next)
          throw new DamageError('FILE_TRUNCATED', `record ${walk.nextSeq}: the file ends without its signature`);
        const seq = walk.nextSeq;
        if (next.type === 'end') {
          this.#checkEnd(next.bytes);
          break;
        }
        if (this.header.lastSeq !== null && seq > this.header.lastSeq)
          throw new DamageError('FILE_EXTRA', `record ${seq}: the header says that ${this.header.lastSeq} is the last`);
        if (next.type === 'map') yield { seq, frame: walk.frame(next.bytes) };
        else if (next.type === 'digest') {
          walk.digest(next.bytes);
          yield { seq, frame: null };
        } else throw new DamageError('FILE_ITEM', `record ${seq}: byte ${next.offset}: a label inside the file`);
      }
      const behind = await this.#next();
      if (behind) throw new DamageError('FILE_EXTRA', `byte ${behind.offset}: something stands behind the signature`);
      walk.signedThrough = walk.nextSeq - 1;
    } finally {
      await this.close();
    }
  }

  async #next(): Promise<Item | null> {
    try {
      const next = await this.#items.next();
      return next.done ? null : next.value;
    } catch (cause) {
      if (!(cause instanceof DamageError)) throw cause;
      throw new DamageError(cause.code, `record ${this.walk.nextSeq}: ${cause.message}`, { cause });
    }
  }

  #checkEnd(message: Uint8Array): void {
    const { walk, header } = this;
    if (header.lastSeq !== null && walk.nextSeq !== header.lastSeq + 1)
      throw new DamageError(
        'FILE_INCOMPLETE',
        `record ${walk.nextSeq}: is missing, the header says up to ${header.lastSeq}`,
      );
    if (!verifySign1(message, Buffer.concat([this.#headerBytes, walk.hash]), keyFromHeader(header.publicKey))) {
      const since = walk.signedThrough === null ? 'a record' : `a record after ${walk.signedThrough}`;
      throw new DamageError(
        'FILE_SIGNATURE',
        `the signature at the end does not hold: header, ${since} or it was changed`,
      );
    }
  }

  async close(): Promise<void> {
    await this.#items.return(undefined);
  }
}

function keyFromHeader(raw: Uint8Array): ReturnType<typeof publicKeyFromRaw> {
  try {
    return publicKeyFromRaw(raw);
  } catch (cause) {
    throw new DamageError('FILE_HEADER', 'header: the public key is none', { cause });
  }
}
