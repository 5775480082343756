/** A learned point as the map of docs/baseline.cddl, and back. Real numbers are text: the shortest that reads back as the same. */
import { DamageError } from '../errors.ts';
import { decodeMap } from '../frame/codec.ts';
import { itemEnd } from '../frame/profile.ts';
import type { LearnedPoint } from '../pipeline.ts';
import { type FrameValue, UNITS, type Unit } from '../types.ts';

type Form = 'text' | 'uint' | 'bytes' | 'bool' | 'texts' | 'uints' | 'real' | 'reals' | 'units' | 'floats';
export type Fields = Record<number, { name: string; form: Form; isOptional?: true }>;

export const pointFields = {
  1: { name: 'name', form: 'text' },
  2: { name: 'kind', form: 'text' },
  3: { name: 'channels', form: 'uints' },
  4: { name: 'channelNames', form: 'texts' },
  5: { name: 'units', form: 'units' },
  6: { name: 'sampleRateHz', form: 'real' },
  7: { name: 'windowLength', form: 'uint' },
  8: { name: 'windowsPerDecision', form: 'uint' },
  9: { name: 'loneWindows', form: 'bool' },
  10: { name: 'learnDecisions', form: 'uint' },
  11: { name: 'thresholdSpreads', form: 'real' },
  12: { name: 'persistenceDecisions', form: 'uint' },
  13: { name: 'fullScale', form: 'real', isOptional: true },
  14: { name: 'shaftRpm', form: 'real', isOptional: true },
  15: { name: 'faultOrder', form: 'reals', isOptional: true },
  16: { name: 'bearingName', form: 'text', isOptional: true },
  17: { name: 'decisionSeconds', form: 'real', isOptional: true },
  18: { name: 'offBelow', form: 'real', isOptional: true },
  20: { name: 'state', form: 'bytes' },
  21: { name: 'counts', form: 'uints' },
  22: { name: 'levels', form: 'floats', isOptional: true },
} satisfies Fields;

const real = (value: number): string => String(value);

export function pointMap({ plan, snapshot, levels }: LearnedPoint): Map<number, FrameValue> {
  const { taken, stretchTaken, stretchStart, covered, samplesAnalysed } = snapshot;
  const map = new Map<number, FrameValue>([
    [1, plan.name],
    [2, plan.kind],
    [3, plan.channels],
    [4, plan.channelNames],
    [5, plan.units],
    [6, real(plan.sampleRateHz)],
    [7, plan.windowLength],
    [8, plan.windowsPerDecision],
    [9, plan.loneWindows],
    [10, plan.learnDecisions],
    [11, real(plan.thresholdSpreads)],
    [12, plan.persistenceDecisions],
    [20, snapshot.state],
    [21, [taken, stretchTaken, stretchStart, covered, samplesAnalysed]],
  ]);
  if (levels) map.set(22, levels);
  if (plan.fullScale !== null) map.set(13, real(plan.fullScale));
  if (plan.shaftRpm !== null) map.set(14, real(plan.shaftRpm));
  if (plan.faultOrder) {
    const { bpfo, bpfi, bsf, ftf } = plan.faultOrder;
    map.set(15, [bpfo, bpfi, bsf, ftf].map(real));
  }
  if (plan.bearingName !== null) map.set(16, plan.bearingName);
  if (plan.decisionSeconds !== null) map.set(17, real(plan.decisionSeconds));
  if (plan.offBelow !== null) map.set(18, real(plan.offBelow));
  return map;
}

/** @param map as `fields` has checked it */
export function pointOf(map: Record<number, unknown>): LearnedPoint {
  const orders = map[15] as number[] | undefined;
  const counts = map[21] as number[];
  const kind = map[2];
  const channels = map[3] as number[];
  const isWhole = (list: unknown): boolean => (list as unknown[]).length === channels.length;
  if ((kind !== 'vibration' && kind !== 'scalar') || !isWhole(map[4]) || !isWhole(map[5]) || counts.length !== 5)
    throw new DamageError('BASELINE_POINT', `point ${map[1]}: its fields do not fit each other`);
  if (orders && orders.length !== 4)
    throw new DamageError('BASELINE_POINT', `point ${map[1]}: wanted four fault orders`);
  const [taken, stretchTaken, stretchStart, covered, samplesAnalysed] = counts;
  return {
    plan: {
      name: map[1] as string,
      kind,
      channels,
      channelNames: map[4] as string[],
      units: map[5] as Unit[],
      sampleRateHz: map[6] as number,
      windowLength: map[7] as number,
      windowsPerDecision: map[8] as number,
      loneWindows: map[9] as boolean,
      learnDecisions: map[10] as number,
      learnUntilSample: null,
      thresholdSpreads: map[11] as number,
      persistenceDecisions: map[12] as number,
      fullScale: (map[13] as number | undefined) ?? null,
      shaftRpm: (map[14] as number | undefined) ?? null,
      faultOrder: orders ? { bpfo: orders[0], bpfi: orders[1], bsf: orders[2], ftf: orders[3] } : null,
      bearingName: (map[16] as string | undefined) ?? null,
      decisionSeconds: (map[17] as number | undefined) ?? null,
      offBelow: (map[18] as number | undefined) ?? null,
    },
    snapshot: {
      state: map[20] as Uint8Array,
      taken,
      stretchTaken,
      stretchStart,
      covered,
      samplesAnalysed,
      open: false,
      mayLearn: false,
    },
    ...(map[22] ? { levels: map[22] as Float32Array } : {}),
  };
}

/** One map of the sequence. */
export interface CheckedItem {
  length: number;
  map: Map<number, FrameValue>;
  /** Its values, real numbers as such. @throws DamageError BASELINE_FIELD */
  fields(fields: Fields, where: string): Record<number, unknown>;
}

/** @throws DamageError FRAME_CBOR at the first byte that is no whole map of the profile */
export function decodeChecked(bytes: Uint8Array): CheckedItem[] {
  const items: CheckedItem[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = itemEnd(bytes, at);
    if (end === null) throw new DamageError('FRAME_CBOR', `byte ${at}: ends in the middle of an item`);
    const map = decodeMap(bytes.subarray(at, end));
    items.push({ length: end - at, map, fields: (fields, where) => fieldsOf(map, fields, where) });
    at = end;
  }
  return items;
}

function fieldsOf(map: Map<number, FrameValue>, fields: Fields, where: string): Record<number, unknown> {
  const values: Record<number, unknown> = {};
  for (const [key, { name, form, isOptional }] of Object.entries(fields)) {
    const value = map.get(Number(key));
    if (value === undefined && isOptional) continue;
    const read = value === undefined ? undefined : READ[form](value);
    if (read === undefined)
      throw new DamageError('BASELINE_FIELD', `${where}: key ${key} (${name}) is missing or no ${form}`);
    values[Number(key)] = read;
  }
  return values;
}

const list =
  <T>(read: (value: FrameValue) => T | undefined) =>
  (value: FrameValue): T[] | undefined => {
    if (!Array.isArray(value)) return undefined;
    const items = value.map(read);
    return items.includes(undefined) ? undefined : (items as T[]);
  };

const text = (value: FrameValue): string | undefined => (typeof value === 'string' ? value : undefined);
const uint = (value: FrameValue): number | undefined => (typeof value === 'number' ? value : undefined);

function realOf(value: FrameValue): number | undefined {
  const number = typeof value === 'string' && value !== '' ? Number(value) : Number.NaN;
  return Number.isFinite(number) && String(number) === value ? number : undefined;
}

const READ: Record<Form, (value: FrameValue) => unknown> = {
  text,
  uint,
  bytes: (value) => (value instanceof Uint8Array ? value : undefined),
  bool: (value) => (typeof value === 'boolean' ? value : undefined),
  texts: list(text),
  uints: list(uint),
  floats: (value) => (value instanceof Float32Array ? value : undefined),
  real: realOf,
  reals: list(realOf),
  units: list((value) => UNITS.find((unit) => unit === value)),
};
