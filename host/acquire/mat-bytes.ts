/**
 * Where the bytes of a MAT-file's elements come from: the file itself, where skipping is free, or a compressed part
 * of it, where skipping means inflating and forgetting. Neither ever holds more than a piece.
 */
import { InputError } from '../errors.ts';
import type { InputFile } from './file.ts';
import { inflate } from './inflate.ts';

/** A region of plain bytes: of the file, or of what `[zlibFrom, zlibTo)` of the file inflates to. */
export interface Region {
  zlib: { from: number; to: number } | null;
  from: number;
  to: number;
}

/** Reads onward through a region; `position` counts in the region's own plain bytes. */
export interface ByteCursor {
  readonly position: number;
  /** Exactly `length` bytes. @throws InputError `MAT_TRUNCATED` */
  read(length: number): Promise<Buffer>;
  /** @throws InputError `MAT_TRUNCATED` */
  skipTo(position: number): Promise<void>;
  close(): Promise<void>;
}

function truncated(file: InputFile, position: number): InputError {
  const text = `${file.path}: ends at byte ${position} within an element: the file is cut; what was read before stands`;
  return new InputError('MAT_TRUNCATED', text);
}

export class FileCursor implements ByteCursor {
  position: number;
  readonly #file: InputFile;

  constructor(file: InputFile, position: number) {
    this.#file = file;
    this.position = position;
  }

  async read(length: number): Promise<Buffer> {
    const bytes = await this.#file.read(this.position, length);
    if (bytes.length < length) throw truncated(this.#file, this.#file.bytes);
    this.position += length;
    return bytes;
  }

  async skipTo(position: number): Promise<void> {
    if (position > this.#file.bytes) throw truncated(this.#file, this.#file.bytes);
    this.position = position;
  }

  async close(): Promise<void> {}
}

export class InflatedCursor implements ByteCursor {
  position = 0;
  readonly #file: InputFile;
  readonly #pieces: AsyncGenerator<Buffer>;
  #piece: Buffer = Buffer.alloc(0);

  constructor(file: InputFile, zlib: { from: number; to: number }, signal?: AbortSignal) {
    this.#file = file;
    this.#pieces = inflated(file, zlib, signal);
  }

  async read(length: number): Promise<Buffer> {
    const parts: Buffer[] = [];
    for (let left = length; left > 0; ) {
      const part = await this.#take(left);
      parts.push(part);
      left -= part.length;
    }
    return parts.length === 1 ? parts[0] : Buffer.concat(parts);
  }

  async skipTo(position: number): Promise<void> {
    while (this.position < position) await this.#take(position - this.position);
  }

  async close(): Promise<void> {
    await this.#pieces.return(undefined);
  }

  async #take(most: number): Promise<Buffer> {
    if (this.#piece.length === 0) {
      const next = await this.#pieces.next();
      if (next.done) throw truncated(this.#file, this.position);
      this.#piece = next.value;
    }
    const part = this.#piece.subarray(0, most);
    this.#piece = this.#piece.subarray(part.length);
    this.position += part.length;
    return part;
  }
}

function inflated(file: InputFile, zlib: { from: number; to: number }, signal?: AbortSignal): AsyncGenerator<Buffer> {
  return inflate(file.chunks(zlib.from, zlib.to, signal), 'zlib', (cause) => {
    const where = `the compressed variable at byte ${zlib.from}`;
    const text = `${file.path}: ${where} is damaged or cut (${cause.message}); what was read before stands`;
    return new InputError('MAT_ZLIB', text, { cause });
  });
}

/** The bytes of a region in order, in pieces; ends early when aborted or closed. */
export async function* regionBytes(file: InputFile, region: Region, signal?: AbortSignal): AsyncGenerator<Buffer> {
  if (!region.zlib) {
    yield* file.chunks(region.from, region.to, signal);
    return;
  }
  let position = 0;
  for await (const piece of inflated(file, region.zlib, signal)) {
    const start = position;
    position += piece.length;
    if (position <= region.from) continue;
    yield piece.subarray(Math.max(0, region.from - start), region.to - start);
    if (position >= region.to) return;
  }
  if (signal?.aborted || file.isClosed) return;
  throw truncated(file, region.zlib.to);
}
