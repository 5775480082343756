/**
 * A regular file opened for reading in bounded pieces. One handle, positioned reads: any number of readers may walk
 * it at once, and `close` frees it even when a reader was abandoned half way.
 */
import { type FileHandle, open } from 'node:fs/promises';
import { basename } from 'node:path';
import { InputError } from '../errors.ts';
import { oddKind, READ_FLAGS } from '../file-kind.ts';

const CHUNK_BYTES = 256 * 1024;

export class InputFile {
  readonly path: string;
  /** The last part of the path, for messages and names. */
  readonly name: string;
  /** Size when opened. */
  readonly bytes: number;
  readonly #handle: FileHandle;
  #closing: Promise<void> | null = null;

  private constructor(path: string, bytes: number, handle: FileHandle) {
    this.path = path;
    this.name = basename(path);
    this.bytes = bytes;
    this.#handle = handle;
  }

  /**
   * @throws InputError `FILE_MISSING` | `FILE_UNREADABLE` | `FILE_KIND` (a directory, a pipe) | `FILE_EMPTY`
   */
  static async open(path: string): Promise<InputFile> {
    let handle: FileHandle;
    try {
      handle = await open(path, READ_FLAGS);
    } catch (cause) {
      const code = (cause as NodeJS.ErrnoException).code;
      if (code === 'ENOENT' || code === 'ENOTDIR')
        throw new InputError('FILE_MISSING', `${path}: there is no such file; nothing was read`, { cause });
      throw new InputError('FILE_UNREADABLE', `${path}: cannot be opened (${code}); nothing was read`, { cause });
    }
    try {
      const status = await handle.stat();
      const kind = oddKind(status);
      if (kind) throw new InputError('FILE_KIND', `${path}: got ${kind}, wanted a file; nothing was read`);
      if (status.size === 0) throw new InputError('FILE_EMPTY', `${path}: the file holds 0 bytes; nothing was read`);
      return new InputFile(path, status.size, handle);
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  get isClosed(): boolean {
    return this.#closing !== null;
  }

  /**
   * Up to `length` bytes from `position`, in a buffer of its own; shorter only at the end of the file.
   * @throws InputError `FILE_UNREADABLE`
   */
  async read(position: number, length: number): Promise<Buffer> {
    const buffer = Buffer.allocUnsafe(Math.max(0, Math.min(length, this.bytes - position)));
    let filled = 0;
    while (filled < buffer.length) {
      const count = await this.#readInto(buffer, filled, position + filled);
      if (count === 0) break;
      filled += count;
    }
    return buffer.subarray(0, filled);
  }

  /**
   * The bytes [from, to) in order, each piece in a buffer of its own. Ends early when aborted or closed.
   * @throws InputError `FILE_UNREADABLE`, also when the file has shrunk since it was opened
   */
  async *chunks(from = 0, to = this.bytes, signal?: AbortSignal, chunkBytes = CHUNK_BYTES): AsyncGenerator<Buffer> {
    for (let position = from; position < to; ) {
      if (signal?.aborted || this.isClosed) return;
      const piece = await this.read(position, Math.min(chunkBytes, to - position));
      if (this.isClosed) return;
      if (piece.length === 0) throw this.#hasShrunk(position);
      position += piece.length;
      yield piece;
    }
  }

  /**
   * As `chunks`, but for who is done with a piece before asking for the next: all of them lie in one buffer, so that a
   * long file leaves no garbage.
   */
  async *passing(from: number, to: number, signal?: AbortSignal): AsyncGenerator<Buffer> {
    const buffer = Buffer.allocUnsafeSlow(Math.max(0, Math.min(CHUNK_BYTES, to - from)));
    for (let position = from; position < to; ) {
      if (signal?.aborted || this.isClosed) return;
      const count = await this.#readInto(buffer.subarray(0, to - position), 0, position);
      if (this.isClosed) return;
      if (count === 0) throw this.#hasShrunk(position);
      position += count;
      yield buffer.subarray(0, count);
    }
  }

  /** May be called more than once; waits for a read under way. */
  close(): Promise<void> {
    this.#closing ??= this.#handle.close();
    return this.#closing;
  }

  #hasShrunk(position: number): InputError {
    return new InputError(
      'FILE_UNREADABLE',
      `${this.path}: ends at byte ${position}, but had ${this.bytes} bytes when it was opened; stopped there`,
    );
  }

  async #readInto(buffer: Buffer, offset: number, position: number): Promise<number> {
    if (this.isClosed) return 0;
    try {
      return (await this.#handle.read(buffer, offset, buffer.length - offset, position)).bytesRead;
    } catch (cause) {
      if (this.isClosed) return 0;
      const code = (cause as NodeJS.ErrnoException).code;
      throw new InputError('FILE_UNREADABLE', `${this.path}: reading at byte ${position} failed (${code})`, { cause });
    }
  }
}
