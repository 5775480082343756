/** Shaft speed from the signal alone: what is found, what is not, and what follows from another speed than the one told. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as layout from '../../core-wasm/memory.ts';
import { Random } from '../../host/acquire/random.ts';
import type { Kernel } from '../../host/analyse/core.ts';
import type { PointPlan } from '../../host/types.ts';
import { powerSpectrum } from '../reference/spectrum.ts';
import { foundComb } from '../reference/speed.ts';
import { analyse, type CoreRecord, configuredCore, pointPlan, pushAll, records } from './point.ts';

const KERNELS: Kernel[] = ['simd', 'scalar'];
const { SPEED_UNKNOWN, SPEED_GIVEN, SPEED_NOMINAL, SPEED_ESTIMATED, SPEED_DOUBTED } = layout;

interface Sound {
  rate: number;
  seconds: number;
  /** Of the shaft; 0: it stands. */
  hz: number;
  /** Peak of 1x, 2x ..; noise is uniform within +-1. */
  lines?: number[];
  seed?: number;
}

/** Lines at multiples of a shaft speed in white noise. */
function sound({ rate, seconds, hz, lines = [0.4, 0.2, 0.15], seed = 1 }: Sound): Float32Array {
  const random = Random.stream(seed, 'speed test');
  return Float32Array.from({ length: Math.round(rate * seconds) }, (_, i) =>
    lines.reduce(
      (sum, peak, k) => sum + (hz > 0 ? peak * Math.cos((2 * Math.PI * hz * (k + 1) * i) / rate + k) : 0),
      2 * random.uniform() - 1,
    ),
  );
}
const plan = (rate: number, changes: Partial<PointPlan> = {}): PointPlan =>
  pointPlan({ sampleRateHz: rate, windowLength: 256, windowsPerDecision: 8, ...changes });
const found = ({ floats }: CoreRecord): number => floats[layout.RES_FOUND_HZ];
const confidence = ({ floats }: CoreRecord): number => floats[layout.RES_FOUND_CONFIDENCE];
const source = ({ words }: CoreRecord): number => words[layout.RES_SPEED_SOURCE];

const speed = suite('core.speed');

speed('finds 780 to 6000 rpm within 1 % at any sample rate, alike in both kernels, and measures orders there', () => {
  for (const rate of [800, 2000, 6400, 20_000])
    for (const rpm of [780, 960, 1770, 3530, 6000]) {
      if ((3 * rpm) / 60 > 0.3 * rate) continue; // three lines have no place below what the low-pass leaves clean
      const signal = sound({ rate, seconds: 8, hz: rpm / 60 });
      const [simd, scalar] = KERNELS.map((kernel) => analyse(plan(rate), [signal], kernel).at(-1)!);
      assert.equal(simd.words, scalar.words);
      const name = `${rate} Hz, ${rpm} rpm: ${found(simd) * 60} rpm, confidence ${confidence(simd)}`;
      assert.ok(Math.abs((found(simd) * 60) / rpm - 1) <= 0.01, name);
      assert.ok(confidence(simd) >= 0.5, name);
      assert.is(source(simd), SPEED_ESTIMATED, name);
      assert.ok(simd.floats[layout.RES_ORDER_TURNS] >= 16, name);
    }
});

speed('finds what the reference finds in one segment of 1024 points, of one axis and of three', () => {
  const rate = 1000; // below 1600 nothing is decimated: points are samples, without the first one
  const shafts = [0, 17.3, 29.6, 48.2, 71];
  for (const axes of [1, 3])
    for (const [i, hz] of shafts.entries()) {
      const signals = Array.from({ length: axes }, (_, axis) =>
        sound({ rate, seconds: 1.025, hz, seed: 10 * i + axis, lines: [0.3, 0.05 * axis, 0.2] }),
      );
      const channels = { channels: signals.map((_, axis) => axis), windowLength: 64, windowsPerDecision: 1 };
      const record = analyse(plan(rate, channels), signals).at(-1)!;
      const wanted = foundComb(
        signals.map((signal) => powerSpectrum(signal.subarray(1))),
        1,
      );
      const name = `${axes} axes, ${hz} Hz: got ${found(record)}, ${confidence(record)}, wanted ${JSON.stringify(wanted)}`;
      // combs are tried 0.4 % apart; a sum of f32 may choose the neighbour of two that are as good
      assert.ok(Math.abs(confidence(record) - wanted.confidence) <= 0.01, name);
      if (wanted.confidence > 0) assert.ok(Math.abs(found(record) / ((wanted.bin * rate) / 1024) - 1) <= 0.002, name);
    }
});

speed('is sure of nothing in noise', () => {
  for (let seed = 1; seed <= 40; seed++)
    for (const record of analyse(plan(1000), [sound({ rate: 1000, seconds: 20, hz: 0, seed })])) {
      assert.ok(confidence(record) < 0.5, `seed ${seed}: ${found(record)} Hz, confidence ${confidence(record)}`);
      assert.is(source(record), SPEED_UNKNOWN);
    }
});

speed('is less sure where a second comb stands beside the first', () => {
  const [one, other] = [23, 37].map((hz) => sound({ rate: 2000, seconds: 8, hz, lines: [0.4, 0.4, 0.4, 0.4] }));
  const both = one.map((value, i) => value + other[i]);
  const alone = analyse(plan(2000), [one]).at(-1)!;
  const together = analyse(plan(2000), [both]).at(-1)!;
  assert.ok(confidence(alone) >= 0.8, `alone ${confidence(alone)}`);
  assert.ok(confidence(together) < 0.5, `together ${confidence(together)}`);
  assert.is(source(together), SPEED_UNKNOWN);
});

speed('believes a name plate that the signal shows, or shows nothing against', () => {
  for (const lines of [undefined, [0, 0, 0]]) {
    const signal = sound({ rate: 2000, seconds: 8, hz: 25, lines });
    assert.is(source(analyse(plan(2000, { shaftRpm: 1490 }), [signal]).at(-1)!), SPEED_NOMINAL);
  }
});

speed('believes it where what stands out may be half orders, or a cage', () => {
  const half = sound({ rate: 2000, seconds: 8, hz: 12.5, lines: [0.2, 0.4, 0.2, 0.2] });
  assert.is(source(analyse(plan(2000, { shaftRpm: 1500 }), [half]).at(-1)!), SPEED_NOMINAL);
  const cage = sound({ rate: 2000, seconds: 8, hz: 0.4 * 25 });
  const faultOrder = { bpfo: 3.6, bpfi: 5.4, bsf: 2.4, ftf: 0.4 };
  assert.is(source(analyse(plan(2000, { shaftRpm: 1500, faultOrder }), [cage]).at(-1)!), SPEED_NOMINAL);
  assert.is(source(analyse(plan(2000, { shaftRpm: 1500 }), [cage]).at(-1)!), SPEED_DOUBTED);
});

speed('doubts a name plate at any other speed that is clearly there, and says which', () => {
  for (const share of [0.6, 0.75, 0.85, 1.15, 1.4, 1.7]) {
    const record = analyse(plan(2000, { shaftRpm: 1500 }), [sound({ rate: 2000, seconds: 8, hz: 25 * share })]).at(-1)!;
    assert.is(source(record), SPEED_DOUBTED, `${share}: ${found(record)} Hz, confidence ${confidence(record)}`);
    assert.ok(Math.abs(found(record) / (25 * share) - 1) <= 0.01, `${share}: ${found(record)} Hz`);
  }
});

speed('takes up the slip of a motor while it is learned', () => {
  const signal = sound({ rate: 2000, seconds: 8, hz: 23.5 });
  const record = analyse(plan(2000, { shaftRpm: 1500, learnDecisions: 60 }), [signal]).at(-1)!;
  assert.is(source(record), SPEED_NOMINAL);
  assert.ok(
    Math.abs(record.floats[layout.RES_SPEED_HZ] / 23.5 - 1) <= 0.01,
    `${record.floats[layout.RES_SPEED_HZ]} Hz`,
  );
});

speed('leaves the word to an input', () => {
  const core = configuredCore(plan(2000));
  core.setInputs(1234, 0);
  const record = pushAll(core, [sound({ rate: 2000, seconds: 8, hz: 25 })]).at(-1)!;
  assert.equal([source(record), found(record), confidence(record)], [SPEED_GIVEN, 0, 0]);
});

/** Learned at one speed for 20 s, then 20 s at another one. */
function changeOver(hz: number, then: number, changes: Partial<PointPlan>): CoreRecord[] {
  const core = configuredCore(plan(2000, { learnDecisions: 30, ...changes }));
  const learned = pushAll(core, [sound({ rate: 2000, seconds: 40, hz })]);
  assert.is(learned.at(-1)!.words[layout.RES_STATE], layout.STATE_NORMAL);
  core.endLearning();
  return pushAll(core, [sound({ rate: 2000, seconds: 20, hz: then, lines: [0.6, 0.3, 0.2], seed: 2 })]);
}

speed('calls the state unknown at a speed that was not learned, and names no cause', () => {
  for (const changes of [{}, { shaftRpm: 1500 }]) {
    const after = changeOver(25, 32, changes);
    assert.is(after.at(-1)!.words[layout.RES_STATE], layout.STATE_UNKNOWN);
    for (const { words } of after.slice(-8))
      assert.equal([words[layout.RES_ALARM], words[layout.RES_DIAGNOSIS]], [0, 0]);
  }
});

speed('judges as ever what happens at the speed that was learned', () => {
  const core = configuredCore(plan(2000, { learnDecisions: 30 }));
  pushAll(core, [sound({ rate: 2000, seconds: 40, hz: 25 })]);
  core.endLearning();
  const loose = [4, 3, 2, 2, 2, 2];
  const [last] = pushAll(core, [sound({ rate: 2000, seconds: 20, hz: 25, lines: loose, seed: 2 })]).slice(-1);
  assert.is(last.words[layout.RES_ALARM], 1);
});

speed('keeps judging an alarm that came long before the speed changed', () => {
  const core = configuredCore(plan(2000, { learnDecisions: 30 }));
  pushAll(core, [sound({ rate: 2000, seconds: 40, hz: 25 })]);
  core.endLearning();
  const loose = [4, 3, 2, 2, 2, 2];
  pushAll(core, [sound({ rate: 2000, seconds: 20, hz: 25, lines: loose, seed: 2 })]);
  const [last] = pushAll(core, [sound({ rate: 2000, seconds: 20, hz: 32, lines: loose, seed: 3 })]).slice(-1);
  assert.is(last.words[layout.RES_ALARM], 1);
  assert.ok(last.floats[layout.RES_SCORE] > 1, `score ${last.floats[layout.RES_SCORE]}`);
});

speed('does not depend on the gain of the sensor, nor on how the samples are cut', () => {
  const rate = 2000;
  const machine = fc.record({
    hz: fc.double({ min: 14, max: 90, noNaN: true }),
    seed: fc.integer({ min: 1, max: 1000 }),
    gain: fc.integer({ min: -8, max: 8 }).map((power) => 2 ** power), // exact in f32
    block: fc.integer({ min: 1, max: 4096 }),
  });
  fc.assert(
    fc.property(machine, ({ hz, seed, gain, block }) => {
      const signal = sound({ rate, seconds: 4, hz, seed });
      const estimates = (values: Float32Array, size?: number): number[][] =>
        pushAll(configuredCore(plan(rate)), [values], size).map((record) => [found(record), confidence(record)]);
      const wanted = estimates(signal);
      assert.equal(estimates(signal.map((value) => gain * value)), wanted);
      assert.equal(estimates(signal, block), wanted);
    }),
    { numRuns: 25 },
  );
});

speed('goes on from a snapshot with the same bits, in the middle of a search and after it', () => {
  const signal = sound({ rate: 2000, seconds: 12, hz: 25 });
  const whole = analyse(plan(2000), [signal]);
  for (const at of [1500, 7000, 14_000]) {
    const first = configuredCore(plan(2000));
    const made = pushAll(first, [signal.subarray(0, at)]);
    const second = configuredCore(plan(2000));
    second.restore(first.snapshot());
    made.push(...pushAll(second, [signal.subarray(at)]), ...records(second, second.boundary(layout.BOUNDARY_END)));
    assert.equal(
      made.map(({ words }) => words),
      whole.map(({ words }) => words),
    );
  }
});
speed.run();
