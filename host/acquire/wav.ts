/**
 * A WAV file as a source. It holds a rate but no unit: full scale is 1.0 of the unit that the person gives.
 */
import type { SourceEvent, SourceInfo } from '../types.ts';
import { InputFile } from './file.ts';
import { type Given, settle } from './given.ts';
import { type Encoding, type Layout, ScanDecoder } from './interleaved.ts';
import type { Source } from './source.ts';
import { readWavHeader, type WavHeader } from './wav-header.ts';

/** What brings a stored number to -1..1. */
const SCALING: Partial<Record<Encoding, { scale: number; offset: number }>> = {
  uint8: { scale: 2 ** -7, offset: -1 },
  int16le: { scale: 2 ** -15, offset: 0 },
  int24le: { scale: 2 ** -23, offset: 0 },
  int32le: { scale: 2 ** -31, offset: 0 },
};

/** @throws InputError `FILE_*` | `WAV_*` (wav-header.ts) | `SOURCE_*` (given.ts) */
export async function openWav(path: string, given: Given = {}): Promise<Source> {
  const file = await InputFile.open(path);
  try {
    const header = await readWavHeader(file);
    const scale = SCALING[header.encoding] ?? { scale: 1, offset: 0 };
    const { info, picked } = settle(path, described(file.name, header), given);
    const lanes = picked.map((index) => ({ index, ...scale }));
    const { encoding, channelCount } = header;
    return new Wav(info, file, header, { encoding, channelCount, lanes, recordScans: 0 });
  } catch (error) {
    await file.close();
    throw error;
  }
}

function described(name: string, header: WavHeader) {
  const { channelCount, sampleRateHz, isFloat, bits, encoding } = header;
  const scanBytes = channelCount * (bits / 8);
  const stored = isFloat ? `${bits} bit float, numbers taken as they are` : `${bits} bit PCM, full scale is 1.0`;
  return {
    name,
    channels: Array.from({ length: channelCount }, (_, index) => ({
      name: `ch${index + 1}`,
      unit: null,
      // a float recording may go beyond 1, so that its limit is not known
      ...(SCALING[encoding] ? { fullScale: 1 } : {}),
    })),
    sampleRateHz,
    shaftRpm: null,
    bearings: {},
    snapshot: null,
    sampleCount: (header.dataEnd - header.dataStart) / scanBytes,
    startUtcUs: null,
    notes: [`WAV, ${stored} of the unit given with --unit`, ...header.notes],
  };
}

class Wav implements Source {
  readonly info: SourceInfo;
  readonly #file: InputFile;
  readonly #header: WavHeader;
  readonly #layout: Layout;

  constructor(info: SourceInfo, file: InputFile, header: WavHeader, layout: Layout) {
    this.info = info;
    this.#file = file;
    this.#header = header;
    this.#layout = layout;
  }

  async *events(signal?: AbortSignal): AsyncGenerator<SourceEvent> {
    const decoder = new ScanDecoder(this.#layout);
    let scans = 0;
    for await (const piece of this.#file.passing(this.#header.dataStart, this.#header.dataEnd, signal)) {
      for (const channels of decoder.push(piece)) {
        if (signal?.aborted) return;
        const firstSample = scans;
        scans += channels[0].length;
        yield { kind: 'samples', firstSample, channels };
      }
    }
    if (signal?.aborted || this.#file.isClosed) return;
    const channels = decoder.flush();
    if (channels) yield { kind: 'samples', firstSample: scans, channels };
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}
