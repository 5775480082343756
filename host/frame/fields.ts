/**
 * The frames of docs/frame.cddl as data: for every kind its keys, their names and what each must hold. Names are those
 * of `decode`; the numbers stand in the CDDL. Verdict and why are maps of their own.
 */
import { type FrameKind, type FrameValue, STATES } from '../types.ts';

export interface Field {
  key: number;
  name: string;
  required: boolean;
  form: Form;
}

/** What a value must be. `json` says how it reads in `decode` where that is not its plain form. */
export interface Form {
  wanted: string;
  holds(value: FrameValue): boolean;
  json?(value: FrameValue): unknown;
}

const uint: Form = { wanted: 'an unsigned integer', holds: (v) => typeof v === 'number' || typeof v === 'bigint' };
const text: Form = { wanted: 'text', holds: (v) => typeof v === 'string' };
const bytes = (length?: number): Form => ({
  wanted: length ? `${length} bytes` : 'bytes',
  holds: (v) => v instanceof Uint8Array && (length === undefined || v.length === length),
});
const f32: Form = { wanted: 'a float32 array', holds: (v) => v instanceof Float32Array };
/** One real number. */
const f32One: Form = {
  wanted: 'a float32 array of one',
  holds: (v) => v instanceof Float32Array && v.length === 1,
  json: (v) => (v as Float32Array)[0],
};
const f32Two: Form = {
  wanted: 'a float32 array of two',
  holds: (v) => v instanceof Float32Array && v.length === 2,
};
const samples: Form = {
  wanted: 'an int16 or float32 array',
  holds: (v) => v instanceof Int16Array || v instanceof Float32Array,
};
const array = (of: Form, length?: number): Form => ({
  wanted: `an array of ${of.wanted}${length ? `, ${length} of them` : ''}`,
  holds: (v) => Array.isArray(v) && (length === undefined || v.length === length) && v.every((item) => of.holds(item)),
  json: (v) => (v as FrameValue[]).map((item) => formJson(of, item)),
});
const oneOf = (...words: string[]): Form => ({
  wanted: words.join(' | '),
  holds: (v) => typeof v === 'string' && words.includes(v),
});
const below = (limit: number): Form => ({
  wanted: `an integer below ${limit}`,
  holds: (v) => typeof v === 'number' && v < limit,
});
const map = (fields: Field[]): Form => ({
  wanted: `a map of ${fields.map((field) => field.name).join(', ')}`,
  holds: (v) => v instanceof Map && problemOf(v, fields) === null,
  json: (v) => fieldsJson(v as Map<number, FrameValue>, fields),
});
const number: Form = { wanted: 'a decimal number', holds: (v) => typeof v === 'string' && isReal(v), json: Number };
const maybeNumber: Form = { wanted: 'a decimal number or ""', holds: (v) => v === '' || number.holds(v) };
const state: Form = { ...below(STATES.length), json: (v) => STATES[v as number] };

function isReal(decimal: string): boolean {
  const value = Number(decimal);
  return decimal !== '' && Number.isFinite(value) && String(value) === decimal;
}

const must = (key: number, name: string, form: Form): Field => ({ key, name, form, required: true });
const may = (key: number, name: string, form: Form): Field => ({ key, name, form, required: false });

const COMMON = [
  must(1, 'schemaVersion', uint),
  must(2, 'hostId', bytes(8)),
  must(3, 'epoch', bytes(8)),
  must(4, 'seq', { wanted: 'an integer below 2^53', holds: (v) => typeof v === 'number' }),
  must(5, 'kind', below(32)),
];
const WHEN = [
  must(7, 'bootId', bytes(8)),
  may(8, 'utcUs', uint),
  may(9, 'clock', below(4)),
  may(10, 'clockErrorUs', uint),
];
const MONO = must(12, 'monoUs', uint);
const pointId = (make: typeof must): Field => make(6, 'pointId', uint);
const descriptorSeq = (make: typeof must): Field => make(11, 'descriptorSeq', uint);

const WHY = [must(1, 'featureIndex', uint), must(2, 'axis', uint), must(3, 'ratioSpreads', f32Two)];
const VERDICT = [
  must(1, 'state', state),
  must(2, 'score', f32One),
  may(3, 'diagnosis', text),
  may(4, 'confidence', f32One),
  must(5, 'why', array(map(WHY))),
  may(6, 'sensorCause', uint),
  must(7, 'start', uint),
  must(8, 'length', uint),
  may(12, 'squares', f32One),
  may(13, 'evidence', f32),
];
const CAUSES = ['nonfinite', 'short', 'overrun', 'wire', 'source', 'restart', 'file', 'store', 'budget', 'retention'];
const pair: Form = { wanted: 'two integers', holds: array(uint, 2).holds };
const BEARING: Form = {
  wanted: '[name, bpfo, bpfi, bsf, ftf]',
  holds: (v) =>
    Array.isArray(v) && v.length === 5 && text.holds(v[0]) && v.slice(1).every((item) => number.holds(item)),
};
const SNAPSHOT: Form = {
  wanted: '[samples, ? intervalS]',
  holds: (v) => Array.isArray(v) && uint.holds(v[0]) && (v.length === 1 || (v.length === 2 && number.holds(v[1]))),
};
const CALIBRATION: Form = {
  wanted: '[name, value]',
  holds: (v) => Array.isArray(v) && v.length === 2 && text.holds(v[0]) && f32One.holds(v[1]),
};

/** Fields of each kind in ascending order of their keys. */
export const FIELDS: Record<FrameKind, Field[]> = {
  feature: [
    ...COMMON,
    pointId(must),
    ...WHEN,
    descriptorSeq(must),
    MONO,
    must(20, 'values', f32),
    must(25, 'verdict', map(VERDICT)),
  ],
  waveform: [
    ...COMMON,
    pointId(must),
    ...WHEN,
    descriptorSeq(must),
    MONO,
    must(21, 'samples', samples),
    may(22, 'scaleOffset', f32Two),
    must(23, 'sampleRateMilliHz', uint),
    must(24, 'axis', uint),
    must(44, 'firstSample', uint),
  ],
  event: [
    ...COMMON,
    pointId(may),
    ...WHEN,
    descriptorSeq(may),
    MONO,
    must(30, 'type', oneOf('state', 'diagnosis', 'stage')),
    must(31, 'from', text),
    must(32, 'to', text),
    must(33, 'alarmId', uint),
    may(34, 'cause', uint),
  ],
  gap: [
    ...COMMON,
    pointId(may),
    ...WHEN,
    MONO,
    must(40, 'cause', oneOf(...CAUSES)),
    must(41, 'firstSample', uint),
    must(42, 'endSample', uint),
    must(43, 'lostSamples', uint),
    may(44, 'droppedSeq', pair),
    may(45, 'otherEpoch', bytes(8)),
    may(46, 'otherSeq', pair),
  ],
  timeMap: [
    ...COMMON,
    ...WHEN,
    MONO,
    must(50, 'mapMonoUs', uint),
    must(51, 'mapUtcUs', uint),
    must(52, 'errorUs', uint),
    must(53, 'source', text),
  ],
  checkpoint: [...COMMON, ...WHEN, MONO, must(60, 'sign1', bytes())],
  audit: [
    ...COMMON,
    pointId(may),
    ...WHEN,
    MONO,
    must(70, 'who', text),
    must(71, 'role', text),
    must(72, 'origin', text),
    must(73, 'action', text),
    must(74, 'object', text),
    may(75, 'old', text),
    may(76, 'new', text),
    must(77, 'reason', text),
    must(78, 'result', text),
  ],
  descriptor: [
    ...COMMON,
    pointId(may),
    ...WHEN,
    MONO,
    must(80, 'features', array(text)),
    must(81, 'units', array(text)),
    may(82, 'settings', bytes()),
    may(83, 'coreHash', bytes(32)),
    may(84, 'kernel', text),
    may(85, 'configHash', bytes(32)),
    may(86, 'firmwareHash', bytes(32)),
    may(87, 'calibration', array(CALIBRATION)),
    must(88, 'point', text),
    must(89, 'axes', array(text)),
    may(90, 'channelUnits', array(text)),
    may(91, 'sampleRateHz', number),
    may(92, 'shaftRpm', number),
    may(93, 'bearings', array(BEARING)),
    may(94, 'snapshot', SNAPSHOT),
    may(95, 'fullScale', array(maybeNumber)),
    may(96, 'notes', array(text)),
    may(97, 'startUtcUs', uint),
    may(98, 'sampleCount', uint),
  ],
  mark: [
    ...COMMON,
    pointId(may),
    ...WHEN,
    MONO,
    must(100, 'mark', oneOf('snapshot-end', 'inputs')),
    may(101, 'rpm', f32One),
    may(102, 'load', f32One),
  ],
};

/** What every kind has, also one that this version does not know. */
export const COMMON_FIELDS = COMMON;

/** @returns what is wrong with the map, or null */
export function problemOf(map: Map<number, FrameValue>, fields: Field[]): string | null {
  for (const { key, name, required, form } of fields) {
    const value = map.get(key);
    if (value === undefined) {
      if (required) return `key ${key} (${name}) is missing`;
    } else if (!form.holds(value)) return `key ${key} (${name}) is not ${form.wanted}`;
  }
  return null;
}

function formJson(form: Form | null, value: FrameValue): unknown {
  if (form?.json) return form.json(value);
  if (typeof value === 'bigint') return String(value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  if (ArrayBuffer.isView(value)) return Array.from(value as Float32Array);
  if (Array.isArray(value)) return value.map((item) => formJson(null, item));
  if (value instanceof Map) return fieldsJson(value, []);
  return value;
}

/** Plain values under the names of the fields; `key<n>` for what has no name; bytes in hex. */
export function fieldsJson(map: Map<number, FrameValue>, fields: Field[]): Record<string, unknown> {
  const json: Record<string, unknown> = {};
  for (const [key, value] of map) {
    const field = fields.find((candidate) => candidate.key === key);
    json[field?.name ?? `key${key}`] = formJson(field?.form ?? null, value);
  }
  return json;
}
