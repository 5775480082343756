/** Which points a source has and how they are cut: a rule of rate, snapshot and learning length only. */
import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { InputError } from '../../host/errors.ts';
import type { Channel, SourceInfo } from '../../host/types.ts';
import { autoLearnSamples, cut, planPoints, windowsIn } from '../../host/window/plan.ts';

const info = (changes: Partial<SourceInfo> = {}): SourceInfo => ({
  name: 'test',
  channels: [{ name: 'x', unit: 'g' }],
  sampleRateHz: 25_600,
  shaftRpm: null,
  bearings: {},
  snapshot: null,
  sampleCount: null,
  startUtcUs: null,
  notes: [],
  ...changes,
});
const channels = (...names: string[]): Channel[] => names.map((name) => ({ name, unit: 'g' }));

const cutting = suite('window.cut');

cutting('of a live 25.6 kHz stream is 4096 samples, decisions of at most a second', () => {
  const { windowLength, windowsPerDecision } = cut(25_600, null, null);
  assert.is(windowLength, 4096);
  assert.is(windowsPerDecision, 11);
  assert.ok((windowsPerDecision + 1) * 2048 <= 25_600);
});

cutting('of 20 000 samples to learn from at 20 kHz gives window 1024, 2 windows a decision, 19 decisions', () => {
  assert.equal(cut(20_000, null, 20_000), {
    windowLength: 1024,
    windowsPerDecision: 2,
    learnDecisions: 19,
    loneWindows: false,
  });
});

cutting('of snapshots is one decision a snapshot, and says when a snapshot holds too few windows to join', () => {
  assert.equal(cut(25_600, 2560, 30 * 2560), {
    windowLength: 2048,
    windowsPerDecision: 0,
    learnDecisions: 30,
    loneWindows: true,
  });
  assert.equal(cut(20_000, 20_480, 20 * 20_480).loneWindows, false);
});

cutting('never asks for less than the window that the core takes, nor for more than it can keep', () => {
  fc.assert(
    fc.property(
      fc.double({ min: 10, max: 200_000, noNaN: true }),
      fc.option(fc.integer({ min: 64, max: 200_000 })),
      fc.option(fc.integer({ min: 0, max: 100_000_000 })),
      (rate, snapshot, learn) => {
        const made = cut(rate, snapshot, learn);
        assert.ok(Number.isInteger(Math.log2(made.windowLength)), `${made.windowLength}`);
        assert.ok(made.windowLength >= 64 && made.windowLength <= 4096);
        assert.ok(snapshot === null || made.windowLength <= snapshot);
        assert.ok(made.learnDecisions <= 512);
        if (learn !== null && snapshot === null && made.learnDecisions > 0) {
          const windows = made.learnDecisions * made.windowsPerDecision;
          assert.ok((windows + 1) * (made.windowLength / 2) <= learn, 'learns from what it may not');
        }
      },
    ),
  );
});

cutting('counts windows at half overlap with the last one aligned to the end', () => {
  assert.equal(
    [63, 64, 65, 96, 97, 128].map((n) => windowsIn(n, 64)),
    [0, 1, 2, 2, 3, 3],
  );
});
cutting.run();

const points = suite('window.planPoints');

points('joins x, y, z to one point and gives every other waveform channel its own', () => {
  const plans = planPoints(info({ channels: channels('DE', 'z', 'x', 'y') }), { learnSamples: null });
  assert.equal(
    plans.map(({ name, channels }) => [name, channels]),
    [
      ['vibration', [2, 3, 1]],
      ['DE', [0]],
    ],
  );
});

points('below 10 Hz takes all channels as one scalar point with a decision a scan', () => {
  const [plan, ...more] = planPoints(info({ channels: channels('a', 'b'), sampleRateHz: 1 }), { learnSamples: 400 });
  assert.is(more.length, 0);
  assert.is(plan.kind, 'scalar');
  assert.is(plan.learnDecisions, 400);
});

points('gives a channel its own bearing where there is one, and the common one otherwise', () => {
  const order = { bpfo: 3.5, bpfi: 5.5, bsf: 2.3, ftf: 0.4 };
  const bearings = { DE: { ...order, bpfo: 3.6 }, '': order };
  const plans = planPoints(info({ channels: channels('DE', 'FE'), bearings }), { learnSamples: null });
  assert.equal(
    plans.map(({ faultOrder }) => faultOrder?.bpfo),
    [3.6, 3.5],
  );
});

points('refuses a learning length that holds fewer than 8 decisions, naming both numbers', () => {
  try {
    planPoints(info(), { learnSamples: 3000 });
    assert.unreachable();
  } catch (error) {
    assert.instance(error, InputError);
    assert.match((error as Error).message, /3000 samples at 25600 Hz give 2 decisions.*wanted at least 8/);
  }
});

points('refuses more than 16 slow channels and names the way out', () => {
  const many = channels(...Array.from({ length: 17 }, (_, i) => `c${i}`));
  assert.throws(() => planPoints(info({ channels: many, sampleRateHz: 1 }), { learnSamples: null }), /--channels/);
});

points('refuses axes of different units and snapshots that hold no window, naming what it found', () => {
  const mixed = [
    { name: 'x', unit: 'g' as const },
    { name: 'y', unit: 'm/s2' as const },
  ];
  assert.throws(() => planPoints(info({ channels: mixed }), { learnSamples: null }), /its axes are in g, m\/s2/);
  const snapshot = { samples: 60, intervalS: 1 };
  assert.throws(
    () => planPoints(info({ snapshot }), { learnSamples: null }),
    /snapshots of 60 samples, wanted at least 64/,
  );
});

points('learns from the first minute of a live stream and from the first 30 % of a short recording', () => {
  assert.is(autoLearnSamples(info()), 60 * 25_600);
  assert.is(autoLearnSamples(info({ sampleCount: 1000 })), 300);
});
points.run();
