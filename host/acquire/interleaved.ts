/**
 * Bytes of interleaved samples, cut anywhere, turned into blocks of scans: one Float32Array a channel. The blocks
 * depend on the samples only, never on where the bytes were cut, and belong to the receiver.
 */

/** Scans in a block: well below the 65 536 that a source event may carry, so that a block is never long in time. */
export const BLOCK_SCANS = 16_384;

type Read = (view: DataView, at: number) => number;

const READERS = {
  int8: { bytes: 1, read: (view, at) => view.getInt8(at) },
  uint8: { bytes: 1, read: (view, at) => view.getUint8(at) },
  int16le: { bytes: 2, read: (view, at) => view.getInt16(at, true) },
  int16be: { bytes: 2, read: (view, at) => view.getInt16(at, false) },
  uint16le: { bytes: 2, read: (view, at) => view.getUint16(at, true) },
  uint16be: { bytes: 2, read: (view, at) => view.getUint16(at, false) },
  int24le: { bytes: 3, read: (view, at) => (view.getInt8(at + 2) << 16) | view.getUint16(at, true) },
  int32le: { bytes: 4, read: (view, at) => view.getInt32(at, true) },
  int32be: { bytes: 4, read: (view, at) => view.getInt32(at, false) },
  uint32le: { bytes: 4, read: (view, at) => view.getUint32(at, true) },
  uint32be: { bytes: 4, read: (view, at) => view.getUint32(at, false) },
  int64le: { bytes: 8, read: (view, at) => Number(view.getBigInt64(at, true)) },
  int64be: { bytes: 8, read: (view, at) => Number(view.getBigInt64(at, false)) },
  uint64le: { bytes: 8, read: (view, at) => Number(view.getBigUint64(at, true)) },
  uint64be: { bytes: 8, read: (view, at) => Number(view.getBigUint64(at, false)) },
  float32le: { bytes: 4, read: (view, at) => view.getFloat32(at, true) },
  float32be: { bytes: 4, read: (view, at) => view.getFloat32(at, false) },
  float64le: { bytes: 8, read: (view, at) => view.getFloat64(at, true) },
  float64be: { bytes: 8, read: (view, at) => view.getFloat64(at, false) },
} satisfies Record<string, { bytes: number; read: Read }>;

export type Encoding = keyof typeof READERS;

/** Bytes of one stored number. */
export function encodingBytes(encoding: Encoding): number {
  return READERS[encoding].bytes;
}

/** A single stored number, at full precision. */
export function decodeNumber(bytes: Uint8Array, encoding: Encoding): number {
  return READERS[encoding].read(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), 0);
}

/** One wanted channel: sample = f32(f32(f32(stored) * f32(scale)) + f32(offset)). */
export interface Lane {
  /** Place in the scan, from 0. */
  index: number;
  scale: number;
  offset: number;
}

export interface Layout {
  encoding: Encoding;
  /** Numbers in a stored scan. */
  channelCount: number;
  lanes: Lane[];
  /** Scans of one record; a block never reaches over the end of a record. 0: one endless record. */
  recordScans: number;
}

export class ScanDecoder {
  readonly #layout: Layout;
  readonly #scanBytes: number;
  readonly #partial: Buffer;
  #partialBytes = 0;
  #block: Float32Array[] = [];
  #blockScans = 0;
  #filled = 0;
  #recordLeft: number;

  constructor(layout: Layout) {
    this.#layout = layout;
    this.#scanBytes = encodingBytes(layout.encoding) * layout.channelCount;
    this.#partial = Buffer.alloc(this.#scanBytes);
    this.#recordLeft = layout.recordScans || Number.POSITIVE_INFINITY;
  }

  /** Bytes since the last whole scan: not 0 at the end means that the data is cut within a scan. */
  get leftoverBytes(): number {
    return this.#partialBytes;
  }

  /** Takes any number of bytes; yields the blocks that they complete. */
  *push(bytes: Uint8Array): Generator<Float32Array[]> {
    let from = 0;
    if (this.#partialBytes > 0) {
      from = Math.min(this.#scanBytes - this.#partialBytes, bytes.length);
      this.#partial.set(bytes.subarray(0, from), this.#partialBytes);
      this.#partialBytes += from;
      if (this.#partialBytes < this.#scanBytes) return;
      this.#partialBytes = 0;
      yield* this.#decode(this.#partial, 0, 1);
    }
    const scans = Math.floor((bytes.length - from) / this.#scanBytes);
    yield* this.#decode(bytes, from, scans);
    const rest = bytes.subarray(from + scans * this.#scanBytes);
    this.#partial.set(rest, 0);
    this.#partialBytes = rest.length;
  }

  /** The last block, shorter than the others, or null. */
  flush(): Float32Array[] | null {
    if (this.#filled === 0) return null;
    const block = this.#block.map((lane) => lane.slice(0, this.#filled));
    this.#filled = 0;
    return block;
  }

  *#decode(bytes: Uint8Array, from: number, scans: number): Generator<Float32Array[]> {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let done = 0; done < scans; ) {
      if (this.#filled === 0) this.#startBlock();
      const count = Math.min(scans - done, this.#blockScans - this.#filled);
      this.#fill(view, from + done * this.#scanBytes, count);
      done += count;
      this.#filled += count;
      if (this.#filled < this.#blockScans) return;
      this.#recordLeft -= this.#blockScans;
      if (this.#recordLeft === 0) this.#recordLeft = this.#layout.recordScans;
      this.#filled = 0;
      yield this.#block;
    }
  }

  #startBlock(): void {
    this.#blockScans = Math.min(BLOCK_SCANS, this.#recordLeft);
    this.#block = this.#layout.lanes.map(() => new Float32Array(this.#blockScans));
  }

  #fill(view: DataView, from: number, count: number): void {
    const { bytes, read } = READERS[this.#layout.encoding];
    for (const [place, lane] of this.#layout.lanes.entries()) {
      const target = this.#block[place];
      const scale = Math.fround(lane.scale);
      const offset = Math.fround(lane.offset);
      let at = from + lane.index * bytes;
      for (let scan = this.#filled, end = this.#filled + count; scan < end; scan++, at += this.#scanBytes)
        target[scan] = Math.fround(Math.fround(read(view, at)) * scale) + offset;
    }
  }
}
