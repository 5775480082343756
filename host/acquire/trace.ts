/**
 * A recorded trace: a JSON sidecar and, next to it, a raw little-endian array of interleaved samples, plain or gzip.
 * The file's hash is checked before the first sample, the data's length and hash when the last one is out.
 */
import { createHash, type Hash } from 'node:crypto';
import { dirname, join } from 'node:path';
import { InputError } from '../errors.ts';
import type { FaultOrder, SourceEvent, SourceInfo } from '../types.ts';
import { InputFile } from './file.ts';
import { type Given, settle } from './given.ts';
import { inflate } from './inflate.ts';
import { type Encoding, encodingBytes, type Layout, ScanDecoder } from './interleaved.ts';
import { readSidecar, type Sidecar } from './sidecar.ts';
import type { Source } from './source.ts';

const ENCODINGS: Encoding[] = ['int16le', 'float32le'];

/**
 * @param path  of the sidecar; the data file is the one that it names, in the same folder
 * @throws InputError `FILE_*` | `TRACE_SIDECAR` | `TRACE_ENCODING` | `TRACE_COMPRESSION` | `TRACE_EMPTY` |
 *   `TRACE_LENGTH` | `SOURCE_*`; while reading also `TRACE_HASH` | `TRACE_GZIP`
 */
export async function openTrace(path: string, given: Given = {}): Promise<Source> {
  const sidecar = await readSidecar(path);
  const encoding = ENCODINGS.find((known) => known === sidecar.encoding);
  if (!encoding)
    throw new InputError(
      'TRACE_ENCODING',
      `${path}: encoding is '${sidecar.encoding}', wanted ${ENCODINGS.join(' or ')}; nothing was read`,
    );
  const { info, picked } = settle(path, described(sidecar), given);
  const isGzip = isCompressed(path, sidecar);
  if (sidecar.samples === 0) throw new InputError('TRACE_EMPTY', `${path}: describes 0 samples; nothing was read`);
  const dataBytes = sidecar.samples * sidecar.channels.length * encodingBytes(encoding);
  const file = await InputFile.open(join(dirname(path), sidecar.file));
  if (!isGzip && file.bytes !== dataBytes) {
    await file.close();
    throw wrongLength(file.path, file.bytes, dataBytes);
  }
  const layout: Layout = {
    encoding,
    channelCount: sidecar.channels.length,
    lanes: picked.map((index) => ({ index, ...scaling(sidecar, index) })),
    recordScans: sidecar.snapshot?.samples ?? 0,
  };
  return new Trace(info, file, { layout, isGzip, dataBytes, sha256: sidecar.sha256, sha256Gz: sidecar.sha256Gz });
}

function scaling(sidecar: Sidecar, index: number): { scale: number; offset: number } {
  const { scale, offset } = sidecar.channels[index];
  return { scale, offset };
}

function isCompressed(path: string, { compression, file }: Sidecar): boolean {
  const said = compression ?? (file.endsWith('.gz') ? 'gzip' : 'none');
  if (said !== 'gzip' && said !== 'none')
    throw new InputError('TRACE_COMPRESSION', `${path}: compression is '${said}', wanted gzip or none`);
  return said === 'gzip';
}

function described(sidecar: Sidecar & { name: string }) {
  const bearings: Record<string, FaultOrder> = {};
  const named = Object.entries(sidecar.bearings ?? {});
  if (sidecar.bearing) named.push(['', sidecar.bearing]);
  for (const [name, { orders }] of named)
    bearings[name] = { bpfo: orders.bpfo, bpfi: orders.bpfi, bsf: orders.bsf, ftf: orders.ftf };
  // 'mixed' at the top means: see each channel
  const common = sidecar.unit === 'mixed' ? null : (sidecar.unit ?? null);
  return {
    name: sidecar.name,
    channels: sidecar.channels.map((channel) => ({
      name: channel.name,
      unit: channel.unit ?? common,
      ...(channel.fullScale === undefined ? {} : { fullScale: channel.fullScale }),
    })),
    sampleRateHz: sidecar.sampleRateHz ?? null,
    shaftRpm: sidecar.shaftRpm ?? null,
    bearings,
    snapshot: sidecar.snapshot
      ? { samples: sidecar.snapshot.samples, intervalS: sidecar.snapshot.intervalS ?? null }
      : null,
    sampleCount: sidecar.samples,
    startUtcUs: null,
    notes: [],
  };
}

function wrongLength(path: string, got: number | string, wanted: number): InputError {
  return new InputError(
    'TRACE_LENGTH',
    `${path}: the data is ${got} bytes, the sidecar describes ${wanted}; what was read before stands`,
  );
}

interface Data {
  layout: Layout;
  isGzip: boolean;
  dataBytes: number;
  sha256: string | undefined;
  sha256Gz: string | undefined;
}

class Trace implements Source {
  readonly info: SourceInfo;
  readonly #file: InputFile;
  readonly #data: Data;

  constructor(info: SourceInfo, file: InputFile, data: Data) {
    this.info = info;
    this.#file = file;
    this.#data = data;
  }

  async *events(signal?: AbortSignal): AsyncGenerator<SourceEvent> {
    try {
      if (this.#data.isGzip) await this.#checkFileHash(signal);
      yield* this.#samples(signal);
    } catch (error) {
      // stopping cuts the compressed stream, which then looks truncated
      if (!signal?.aborted && !this.#file.isClosed) throw error;
    }
  }

  close(): Promise<void> {
    return this.#file.close();
  }

  async *#samples(signal?: AbortSignal): AsyncGenerator<SourceEvent> {
    const { layout, dataBytes, sha256 } = this.#data;
    const decoder = new ScanDecoder(layout);
    const hash = createHash('sha256');
    let bytes = 0;
    let scans = 0;
    try {
      for await (const piece of this.#plainBytes(signal)) {
        if (signal?.aborted) return;
        bytes += piece.length;
        if (bytes > dataBytes) throw wrongLength(this.#file.path, `${bytes} or more`, dataBytes);
        hash.update(piece);
        for (const channels of decoder.push(piece)) {
          const firstSample = scans;
          scans += channels[0].length;
          yield { kind: 'samples', firstSample, channels };
          if (layout.recordScans > 0 && scans % layout.recordScans === 0) yield { kind: 'snapshotEnd' };
          if (signal?.aborted) return;
        }
      }
    } catch (error) {
      const before = decoder.flush(); // what stands before the damage counts
      if (before) yield { kind: 'samples', firstSample: scans, channels: before };
      throw error;
    }
    if (signal?.aborted || this.#file.isClosed) return;
    const channels = decoder.flush();
    if (channels) yield { kind: 'samples', firstSample: scans, channels };
    if (bytes !== dataBytes) throw wrongLength(this.#file.path, bytes, dataBytes);
    this.#compare(hash, sha256, 'the uncompressed data', 'the samples read before are not the described ones');
  }

  #plainBytes(signal?: AbortSignal): AsyncIterable<Buffer> {
    const { bytes } = this.#file;
    if (!this.#data.isGzip) return this.#file.passing(0, bytes, signal);
    return inflate(this.#file.chunks(0, bytes, signal), 'gzip', (cause) => {
      const text = `${this.#file.path}: is truncated or no sound gzip (${cause.message}); what was read before stands`;
      return new InputError('TRACE_GZIP', text, { cause });
    });
  }

  async #checkFileHash(signal?: AbortSignal): Promise<void> {
    if (!this.#data.sha256Gz) return;
    const hash = createHash('sha256');
    for await (const piece of this.#file.passing(0, this.#file.bytes, signal)) hash.update(piece);
    if (signal?.aborted || this.#file.isClosed) return;
    this.#compare(hash, this.#data.sha256Gz, 'the file', 'nothing was read');
  }

  #compare(hash: Hash, wanted: string | undefined, what: string, then: string): void {
    if (!wanted) return;
    const got = hash.digest('hex');
    if (got !== wanted.toLowerCase())
      throw new InputError(
        'TRACE_HASH',
        `${this.#file.path}: the SHA-256 of ${what} is ${got}, the sidecar says ${wanted}; ${then}`,
      );
  }
}
