/** Drafts of every kind, made by fast-check or by hand: what the frame, store and forward tests feed on. */
import fc from 'fast-check';
import type { FrameDraft, FrameKind, FrameValue } from '../../host/types.ts';

export const bytesOf = (length: number): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength: length, maxLength: length });
const f32s = (min = 0, max = 6): fc.Arbitrary<Float32Array> => fc.float32Array({ minLength: min, maxLength: max });
const text = fc.string({ unit: 'grapheme', maxLength: 40 });
const uint = fc.oneof(
  fc.nat(30),
  fc.constantFrom(23, 24, 255, 256, 65535, 65536, 4294967295, 4294967296, Number.MAX_SAFE_INTEGER),
  fc.maxSafeNat(),
);
const real = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => String(value === 0 ? 0 : value));

function record(fields: Record<number, fc.Arbitrary<FrameValue>>, optional: number[] = []) {
  const parts = Object.entries(fields).map(([key, value]) => {
    const entry = value.map((item) => [[Number(key), item]] as [number, FrameValue][]);
    return optional.includes(Number(key)) ? fc.oneof(entry, fc.constant([])) : entry;
  });
  // in descending order: sorting is the encoder's work
  return fc.tuple(...parts).map((entries) => new Map<number, FrameValue>(entries.flat().reverse()));
}

const verdict = record(
  {
    1: fc.nat(7),
    2: f32s(1, 1),
    3: text,
    4: f32s(1, 1),
    5: fc.array(record({ 1: uint, 2: uint, 3: f32s(2, 2) }) as fc.Arbitrary<FrameValue>, { maxLength: 3 }),
    6: uint,
    7: uint,
    8: uint,
  },
  [3, 4, 6],
);

const texts = fc.array(text, { maxLength: 4 });
const BODIES: Record<Exclude<FrameKind, 'checkpoint'>, fc.Arbitrary<Map<number, FrameValue>>> = {
  feature: record({ 20: f32s(0, 70), 25: verdict }),
  waveform: record(
    {
      21: fc.oneof(fc.int16Array({ maxLength: 300 }), f32s(0, 300)),
      22: f32s(2, 2),
      23: uint,
      24: fc.nat(2),
      44: uint,
    },
    [22],
  ),
  event: record({ 30: fc.constantFrom('state', 'diagnosis', 'stage'), 31: text, 32: text, 33: uint, 34: uint }, [34]),
  gap: record(
    {
      40: fc.constantFrom('nonfinite', 'short', 'wire', 'budget'),
      41: uint,
      42: uint,
      43: uint,
      44: fc.tuple(uint, uint),
    },
    [44],
  ),
  timeMap: record({ 50: uint, 51: uint, 52: uint, 53: text }),
  audit: record({ 70: text, 71: text, 72: text, 73: text, 74: text, 75: text, 76: text, 77: text, 78: text }, [75, 76]),
  descriptor: record(
    {
      80: texts,
      81: texts,
      82: fc.uint8Array({ maxLength: 128 }),
      83: bytesOf(32),
      84: text,
      85: bytesOf(32),
      86: bytesOf(32),
      87: fc.array(fc.tuple(text, f32s(1, 1)), { maxLength: 3 }),
      88: text,
      89: texts,
      90: texts,
      91: real,
      92: real,
      93: fc.array(fc.tuple(text, real, real, real, real), { maxLength: 2 }),
      94: fc.oneof(fc.tuple(uint), fc.tuple(uint, real)),
      95: fc.array(fc.oneof(real, fc.constant('')), { maxLength: 3 }),
      96: texts,
      97: uint,
      98: uint,
    },
    [82, 83, 84, 85, 86, 87, 90, 91, 92, 93, 94, 95, 96, 97, 98],
  ),
  mark: record({ 100: fc.constantFrom('snapshot-end', 'inputs'), 101: f32s(1, 1), 102: f32s(1, 1) }, [101, 102]),
};

const NEED_POINT: FrameKind[] = ['feature', 'waveform'];
export const DRAFT_KINDS = Object.keys(BODIES) as Exclude<FrameKind, 'checkpoint'>[];

/** Any draft of one kind; `descriptor` is null, tests that need one set it. */
export function anyDraft(kind: Exclude<FrameKind, 'checkpoint'>): fc.Arbitrary<FrameDraft> {
  const time = fc.oneof(fc.constant(null), uint);
  return fc
    .record({
      pointId: NEED_POINT.includes(kind) ? fc.nat(9) : kind === 'timeMap' ? fc.constant(null) : fc.option(fc.nat(9)),
      monoUs: uint,
      utcUs: time,
      body: BODIES[kind],
      urgent: fc.boolean(),
    })
    .map((draft) => ({ ...draft, kind, descriptor: null }));
}

/** A feature draft as the pipeline makes them: `n` tells one from another. */
export function featureDraft(n: number, pointId = 1, descriptor: string | null = 'd'): FrameDraft {
  return {
    kind: 'feature',
    pointId,
    monoUs: 1_000_000 * n,
    utcUs: 1_760_000_000_000_000 + 1_000_000 * n,
    descriptor,
    urgent: false,
    body: new Map<number, FrameValue>([
      [20, Float32Array.from({ length: 20 }, (_, i) => n + i / 16)],
      [
        25,
        new Map<number, FrameValue>([
          [1, 2],
          [2, Float32Array.of(0.25)],
          [5, []],
          [7, 4096 * n],
          [8, 4096],
        ]),
      ],
    ]),
  };
}

export function eventDraft(n: number, pointId = 1): FrameDraft {
  return {
    kind: 'event',
    pointId,
    monoUs: 1_000_000 * n,
    utcUs: 1_760_000_000_000_000 + 1_000_000 * n,
    descriptor: null,
    urgent: true,
    body: new Map<number, FrameValue>([
      [30, 'state'],
      [31, 'normal'],
      [32, 'alert'],
      [33, n],
    ]),
  };
}

export function descriptorDraft(point = 'pump', pointId = 1): FrameDraft {
  return {
    kind: 'descriptor',
    pointId,
    monoUs: 0,
    utcUs: null,
    descriptor: null,
    urgent: false,
    body: new Map<number, FrameValue>([
      [80, ['ln(rms)']],
      [81, ['ln(g)']],
      [82, new Uint8Array(128)],
      [83, new Uint8Array(32).fill(7)],
      [84, 'simd'],
      [88, point],
      [89, ['x', 'y', 'z']],
    ]),
  };
}
