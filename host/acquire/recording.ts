/** A Spindle recording as a source: gives back exactly the samples, gaps and inputs that were recorded. */
import { DamageError, InputError } from '../errors.ts';
import { type FileRecord, FrameFileReader } from '../frame/file.ts';
import type { Frame } from '../frame/frame.ts';
import type { Channel, FaultOrder, GapCause, SourceEvent, SourceInfo, Unit } from '../types.ts';
import { UNITS } from '../types.ts';
import { InputFile } from './file.ts';
import { type Given, settle } from './given.ts';
import type { Source } from './source.ts';

/**
 * Opens a recording and reads what it says about its stream.
 *
 * @param given what the person said; given.ts says what overrides what
 * @throws InputError RECORDING_DAMAGED, RECORDING_FORM, FILE_* (file.ts), SOURCE_* (given.ts)
 */
export async function openRecording(path: string, given: Given = {}): Promise<Source> {
  const file = await InputFile.open(path); // says in the words of every reader what is wrong with a path
  await file.close();
  const reader = await guarded(path, () => FrameFileReader.open(path));
  const records = reader.records();
  try {
    const first = await guarded(path, () => records.next());
    if (first.done || first.value.frame?.kind !== 'descriptor')
      throw new InputError(
        'RECORDING_FORM',
        `${path}: does not begin with a descriptor of a recording; nothing is read`,
      );
    const found = infoOf(path, first.value.frame);
    const { info, picked } = settle(path, found, given);
    return new Recording(path, info, picked, found.channels.length);
  } finally {
    await records.return(undefined);
  }
}

/** Damage of a file that was given as input is the input's fault. */
async function guarded<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof DamageError)
      throw new InputError('RECORDING_DAMAGED', `${path}: ${cause.message}; everything before it was read`, { cause });
    throw cause;
  }
}

function infoOf(path: string, descriptor: Frame): SourceInfo {
  const { map } = descriptor;
  const names = map.get(89) as string[];
  const units = map.get(90) as string[] | undefined;
  const rate = map.get(91) as string | undefined;
  if (!units || !rate || units.length !== names.length || names.length === 0)
    throw new InputError(
      'RECORDING_FORM',
      `${path}: its descriptor names no channels with units and rate; it is not a recording`,
    );
  const fullScales = (map.get(95) as string[] | undefined) ?? [];
  const channels = names.map((name, i): Channel => {
    if (!UNITS.includes(units[i] as Unit))
      throw new InputError(
        'RECORDING_FORM',
        `${path}: channel ${name}: unit "${units[i]}", wanted one of ${UNITS.join(', ')}`,
      );
    const channel: Channel = { name, unit: units[i] as Unit };
    if (fullScales[i]) channel.fullScale = Number(fullScales[i]);
    return channel;
  });
  // fromEntries, because a bearing may have any name, `__proto__` too
  const bearings: Record<string, FaultOrder> = Object.fromEntries(
    ((map.get(93) as string[][] | undefined) ?? []).map(([name, ...orders]) => {
      const [bpfo, bpfi, bsf, ftf] = orders.map(Number);
      return [name, { bpfo, bpfi, bsf, ftf }];
    }),
  );
  const shaftRpm = map.get(92) as string | undefined;
  const snapshot = map.get(94) as [number, string?] | undefined;
  return {
    name: map.get(88) as string,
    channels,
    sampleRateHz: Number(rate),
    shaftRpm: shaftRpm === undefined ? null : Number(shaftRpm),
    bearings,
    snapshot: snapshot
      ? { samples: snapshot[0], intervalS: snapshot[1] === undefined ? null : Number(snapshot[1]) }
      : null,
    sampleCount: (map.get(98) as number | undefined) ?? null,
    startUtcUs: (map.get(97) as number | undefined) ?? null,
    notes: (map.get(96) as string[] | undefined) ?? [],
  };
}

class Recording implements Source {
  readonly info: SourceInfo;
  readonly #path: string;
  readonly #picked: number[];
  readonly #recorded: number;
  readonly #running = new Set<AsyncGenerator<FileRecord>>();

  /** @param picked places in the recording of the channels that are wanted, of `recorded` */
  constructor(path: string, info: SourceInfo, picked: number[], recorded: number) {
    this.#path = path;
    this.info = info;
    this.#picked = picked;
    this.#recorded = recorded;
  }

  async *events(signal?: AbortSignal): AsyncGenerator<SourceEvent> {
    const reader = await guarded(this.#path, () => FrameFileReader.open(this.#path));
    const records = reader.records();
    this.#running.add(records);
    let axes: Float32Array[] = [];
    try {
      while (!signal?.aborted) {
        const next = await guarded(this.#path, () => records.next());
        if (next.done) break;
        const { frame, seq } = next.value;
        if (!frame) throw this.#form(seq, 'is left out of the recording');
        if (frame.kind === 'waveform') {
          if (frame.map.get(24) !== axes.length)
            throw this.#form(seq, `is axis ${frame.map.get(24)}, wanted ${axes.length}`);
          axes.push(samplesOf(frame));
          if (axes.some((axis) => axis.length !== axes[0].length))
            throw this.#form(seq, 'has another length than its axes');
          if (axes.length < this.#recorded) continue;
          yield {
            kind: 'samples',
            firstSample: frame.map.get(44) as number,
            channels: this.#picked.map((i) => axes[i]),
          };
          axes = [];
        } else {
          const event = eventOf(frame);
          if (event && axes.length > 0) throw this.#form(seq, 'stands between the axes of one stretch');
          if (event) yield event;
        }
      }
    } finally {
      await records.return(undefined);
      this.#running.delete(records);
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#running].map((records) => records.return(undefined)));
  }

  #form(seq: number, what: string): InputError {
    return new InputError('RECORDING_FORM', `${this.#path}: record ${seq} ${what}; everything before it was read`);
  }
}

/** sample = f32(f32(i16) * scale) + offset: exactly what was recorded. */
function samplesOf(frame: Frame): Float32Array {
  const samples = frame.map.get(21) as Int16Array | Float32Array;
  if (samples instanceof Float32Array) return samples;
  const [scale, offset] = (frame.map.get(22) as Float32Array | undefined) ?? [1, 0];
  return Float32Array.from(samples, (count) => Math.fround(count * scale) + offset);
}

/** null for what is no event of a source: descriptor, checkpoint, a kind of a later version. */
function eventOf(frame: Frame): SourceEvent | null {
  if (frame.kind === 'gap')
    return {
      kind: 'gap',
      cause: frame.map.get(40) as GapCause,
      firstSample: frame.map.get(41) as number,
      lostSamples: frame.map.get(43) as number,
    };
  if (frame.kind !== 'mark') return null;
  if (frame.map.get(100) === 'snapshot-end') return { kind: 'snapshotEnd' };
  const real = (key: number): number | null => (frame.map.get(key) as Float32Array | undefined)?.[0] ?? null;
  return { kind: 'inputs', rpm: real(101), load: real(102) };
}
