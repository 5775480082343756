/**
 * A MATLAB level 5 MAT-file as a source. Every channel is read from its own place in the file, in step with the
 * others, and compressed variables are inflated on the way: memory does not grow with the arrays.
 */
import { InputError } from '../errors.ts';
import type { SourceEvent, SourceInfo } from '../types.ts';
import { InputFile } from './file.ts';
import { type Given, settle } from './given.ts';
import { ScanDecoder } from './interleaved.ts';
import { regionBytes } from './mat-bytes.ts';
import { readMatArrays } from './mat-elements.ts';
import { findSignals, type Signal } from './mat-signals.ts';
import type { Source } from './source.ts';

/**
 * @throws InputError `FILE_*` | `MAT_VERSION` | `MAT_FORMAT` | `MAT_TRUNCATED` | `MAT_ZLIB` | `MAT_EMPTY` |
 *   `MAT_LENGTHS` (channels asked for are not equally long) | `SOURCE_*`; while reading `MAT_TRUNCATED` | `MAT_ZLIB`
 */
export async function openMat(path: string, given: Given = {}): Promise<Source> {
  const file = await InputFile.open(path);
  try {
    const { signals, ...recording } = findSignals(await readMatArrays(file));
    if (signals.length === 0)
      throw new InputError('MAT_EMPTY', `${path}: holds no numeric array that could be a signal; nothing was read`);
    const found = {
      ...recording,
      name: file.name,
      channels: signals,
      bearings: {},
      snapshot: null,
      sampleCount: null,
      startUtcUs: null,
    };
    const { info, picked } = settle(path, found, given);
    const chosen = picked.map((index) => signals[index]);
    const [{ samples }] = chosen;
    const other = chosen.find((signal) => signal.samples !== samples);
    if (other)
      throw new InputError(
        'MAT_LENGTHS',
        `${path}: channel '${chosen[0].name}' has ${samples} samples, '${other.name}' ${other.samples}; choose one length with --channels`,
      );
    return new Mat({ ...info, sampleCount: samples }, file, chosen);
  } catch (error) {
    await file.close();
    throw error;
  }
}

class Mat implements Source {
  readonly info: SourceInfo;
  readonly #file: InputFile;
  readonly #signals: Signal[];

  constructor(info: SourceInfo, file: InputFile, signals: Signal[]) {
    this.info = info;
    this.#file = file;
    this.#signals = signals;
  }

  async *events(signal?: AbortSignal): AsyncGenerator<SourceEvent> {
    const channels = this.#signals.map((channel) => this.#blocks(channel, signal));
    try {
      for (let scans = 0; ; ) {
        const blocks = await Promise.all(channels.map((blocks) => blocks.next()));
        if (signal?.aborted || blocks.some((block) => block.done)) return;
        const lanes = blocks.map((block) => block.value as Float32Array);
        const firstSample = scans;
        scans += lanes[0].length;
        yield { kind: 'samples', firstSample, channels: lanes };
      }
    } catch (error) {
      // stopping cuts the compressed stream, which then looks damaged
      if (!signal?.aborted && !this.#file.isClosed) throw error;
    } finally {
      await Promise.all(channels.map((blocks) => blocks.return(undefined)));
    }
  }

  close(): Promise<void> {
    return this.#file.close();
  }

  /** Equally long channels give equally long blocks. */
  async *#blocks({ region, layout }: Signal, signal?: AbortSignal): AsyncGenerator<Float32Array> {
    const decoder = new ScanDecoder(layout);
    for await (const piece of regionBytes(this.#file, region, signal))
      for (const [block] of decoder.push(piece)) yield block;
    if (signal?.aborted || this.#file.isClosed) return;
    const last = decoder.flush();
    if (last) yield last[0];
  }
}
