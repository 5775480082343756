/**
 * Which arrays of a MAT-file are signals, and which single numbers say how they were taken. Knows the two published
 * forms that people have on disk (CWRU: X105_DE_time, X105RPM; MFPT: bearing.gs, .sr, .rate) and plain names.
 */
import type { FoundChannel } from './given.ts';
import { encodingBytes, type Layout } from './interleaved.ts';
import type { Region } from './mat-bytes.ts';
import type { NumericArray } from './mat-elements.ts';

const CWRU_SIGNAL = /^X(\d+)_?(DE|FE|BA)_time$/;
const CWRU_RPM = /^X(\d+)RPM$/;
const RATE = /^(sr|fs|sample_?rate(_?hz)?|sampling_?(rate|frequency))$/i;
const RPM = /^(shaft_?)?rpm$/i;
const TIME = /^(t|time)$/i;
/** A wider matrix is a picture or a table, no recording. */
const MAX_CHANNELS = 64;
const MIN_SAMPLES = 2;

/** One channel: where its numbers are and how they lie there. */
export interface Signal extends FoundChannel {
  samples: number;
  region: Region;
  layout: Layout;
}

export interface Recording {
  signals: Signal[];
  sampleRateHz: number | null;
  shaftRpm: number | null;
  notes: string[];
}

export function findSignals(arrays: NumericArray[]): Recording {
  const notes: string[] = [];
  const records = new Set(arrays.flatMap(({ name }) => CWRU_SIGNAL.exec(name)?.[1] ?? []));
  const signals = arrays.flatMap((array) => signalsOf(array, channelName(array, arrays, records.size > 1), notes));
  const samples = signals.reduce((most, signal) => Math.max(most, signal.isAside ? 0 : signal.samples), 0);
  for (const signal of signals) {
    if (signal.isAside || signal.samples === samples) continue;
    signal.isAside = true;
    notes.push(
      `channel '${signal.name}' has ${signal.samples} samples where others have ${samples} and is left out; ask for it with --channels`,
    );
  }
  const rate = arrays.find(({ name, value }) => value !== null && RATE.test(name));
  if (rate) notes.push(`sample rate ${rate.value} Hz from the variable ${fullName(rate)}`);
  return { signals, sampleRateHz: rate?.value ?? null, shaftRpm: shaftRpm(arrays, records, notes), notes };
}

function fullName({ struct, name }: NumericArray): string {
  return struct ? `${struct}.${name}` : name;
}

function channelName(array: NumericArray, arrays: NumericArray[], hasManyRecords: boolean): string {
  const cwru = CWRU_SIGNAL.exec(array.name);
  if (cwru) return hasManyRecords ? `X${cwru[1]}_${cwru[2]}` : cwru[2];
  const isAmbiguous = arrays.some(({ name, struct }) => name === array.name && struct !== array.struct);
  return isAmbiguous ? fullName(array) : array.name;
}

/** The longer side of a matrix is time. Numbers lie column after column. */
function signalsOf(array: NumericArray, name: string, notes: string[]): Signal[] {
  const { rows, columns, encoding, region } = array;
  const channels = Math.min(rows, columns);
  const samples = Math.max(rows, columns);
  if (channels === 0 || samples < MIN_SAMPLES) return [];
  if (channels > MAX_CHANNELS) {
    notes.push(`variable '${name}' of ${rows} x ${columns} is left out: more than ${MAX_CHANNELS} channels`);
    return [];
  }
  const isTime = TIME.test(array.name);
  if (isTime) notes.push(`variable '${name}' is taken for time and left out`);
  if (array.name === 'gs') notes.push(`unit g from the name of the variable ${fullName(array)}`);
  const bytes = samples * encodingBytes(encoding);
  return Array.from({ length: channels }, (_, channel) => {
    const areColumns = columns === channels;
    const from = region.from + channel * bytes;
    return {
      name: channels === 1 ? name : `${name}_${channel + 1}`,
      unit: array.name === 'gs' ? 'g' : null, // MFPT names its field after the unit
      ...(isTime ? { isAside: true } : {}),
      samples,
      region: areColumns ? { zlib: region.zlib, from, to: from + bytes } : region,
      layout: {
        encoding,
        channelCount: areColumns ? 1 : channels,
        lanes: [{ index: areColumns ? 0 : channel, scale: 1, offset: 0 }],
        recordScans: 0,
      },
    };
  });
}

function shaftRpm(arrays: NumericArray[], records: Set<string>, notes: string[]): number | null {
  const found = arrays.flatMap((array) => {
    const { name, struct, value } = array;
    if (value === null || !(value > 0)) return [];
    const cwru = CWRU_RPM.exec(name);
    const isMfpt =
      name === 'rate' && struct !== '' && arrays.some((other) => other.struct === struct && other.name === 'gs');
    if (isMfpt) return [{ rpm: value * 60, text: `${fullName(array)} = ${value} Hz` }];
    if (cwru ? records.has(cwru[1]) : RPM.test(name)) return [{ rpm: value, text: fullName(array) }];
    return [];
  });
  if (found.length !== 1) return null; // two records in one file: which one is meant is not known
  notes.push(`shaft speed ${found[0].rpm} rpm from the variable ${found[0].text}`);
  return found[0].rpm;
}
