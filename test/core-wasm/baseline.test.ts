/** Learning and judging: medians, spreads, smoothing, score and threshold of the core against float64; reasons add up. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as layout from '../../core-wasm/memory.ts';
import { Gaussian } from '../../host/acquire/gaussian.ts';
import { Random } from '../../host/acquire/random.ts';
import type { PointPlan } from '../../host/types.ts';
import { fit } from '../reference/baseline.ts';
import { analyse, type CoreRecord, featureOf, pointPlan, uniformNoise } from './point.ts';

const THRESHOLD_SPREADS = 5;
const near = (got: number, wanted: number, tolerance: number, what: string): void =>
  assert.ok(Math.abs(got - wanted) <= tolerance, `${what}: got ${got}, wanted ${wanted} within ${tolerance}`);

const baseline = suite('core.baseline');

baseline(
  'of a scalar point agrees with float64: threshold and every score (any level, spread, drift and correlation)',
  () => {
    fc.assert(
      fc.property(
        fc.record({
          seed: fc.integer(),
          channels: fc.integer({ min: 1, max: layout.MAX_SCALARS }),
          learnDecisions: fc.integer({ min: 8, max: 100 }),
          decade: fc.integer({ min: -4, max: 4 }),
          level: fc.double({ min: -10, max: 10, noNaN: true }),
          memory: fc.double({ min: 0, max: 0.95, noNaN: true }),
          jump: fc.double({ min: 0, max: 40, noNaN: true }),
        }),
        ({ seed, channels, learnDecisions, decade, level, memory, jump }) => {
          const gaussian = new Gaussian(Random.stream(seed, 'scalars'));
          const n = learnDecisions + 30;
          const inputs = Array.from({ length: channels }, () => {
            let state = 0;
            return Float32Array.from({ length: n }, (_, i) => {
              state = memory * state + gaussian.next();
              return 10 ** decade * (level + state + (i >= learnDecisions + 10 ? jump : 0));
            });
          });
          const plan = pointPlan({
            kind: 'scalar',
            channels: inputs.map((_, i) => i),
            windowLength: 0,
            learnDecisions,
          });
          const made = analyse(plan, inputs);
          const rows = Array.from({ length: n }, (_, i) => inputs.map((channel) => channel[i]));
          const healthy = rows.slice(0, learnDecisions);
          // readings in g are vibration levels: 0.4 dB is nothing
          const { baseline, judge, threshold, single } = fit(
            healthy,
            (_, middle) => 0.045 * Math.abs(middle) + 1e-9,
            THRESHOLD_SPREADS,
          );
          // A value is off its median by at least a rounding of its size: |x| / spread roundoffs of 2^-24 in z; sums of
          // 100 rows, 16 channels and the recursion of the smoothing stay below 200 more.
          const size = Math.max(...inputs.map((channel, i) => Math.max(...channel.map(Math.abs)) / baseline[i].spread));
          const tolerance = (score: number): number => (200 * (1 + score) + 8 * size) * 2 ** -24;
          rows.slice(learnDecisions).forEach((row, i) => {
            const { floats } = made[learnDecisions + i];
            const { together, alone } = judge.score(row);
            near(floats[layout.RES_RAW_SCORE], together, tolerance(together), `score ${i}`);
            near(floats[layout.RES_LARGEST], alone, tolerance(alone), `largest ${i}`);
            near(floats[layout.RES_RAW_THRESHOLD], threshold, 10 * tolerance(threshold), `threshold ${i}`);
            near(floats[layout.RES_LARGEST_THRESHOLD], single, 10 * tolerance(single), `single ${i}`);
          });
        },
      ),
    );
  },
);

/** Floors of the vibration features, in nepers: facts of practical significance, not of a data set. */
function vibrationFloor(feature: number): number {
  const i = feature % layout.FEATURE_ORDER;
  if (i === layout.FEATURE_CENTROID) return 0.0225;
  const doubled = [
    layout.FEATURE_CREST,
    layout.FEATURE_KURTOSIS,
    layout.FEATURE_ENVELOPE_CREST,
    layout.FEATURE_ENVELOPE_KURTOSIS,
  ];
  return doubled.includes(i) ? 0.09 : 0.045;
}

const vibrationPlan: Partial<PointPlan> = {
  channels: [0, 1],
  windowLength: 512,
  windowsPerDecision: 2,
  learnDecisions: 20,
};

/** Noise on two axes that grows by `gain` after the learned part. */
const growing = (gain: number): CoreRecord[] =>
  analyse(
    pointPlan(vibrationPlan),
    [1, 2].map((seed) => uniformNoise(20_480, seed).map((value, i) => (i < 12_000 ? value : value * gain))),
  );

baseline('of a vibration point agrees with float64 over its own features', () => {
  const made = growing(1.3);
  const rows = made.map((record) =>
    [0, 1].flatMap((axis) => Array.from({ length: layout.FEATURE_ORDER }, (_, i) => featureOf(record, i, axis))),
  );
  const { judge, threshold, single } = fit(rows.slice(0, 20), vibrationFloor, THRESHOLD_SPREADS, true);
  let compared = 0;
  for (let i = 20; i < made.length; i++) {
    const { together: wanted, alone } = judge.score(rows[i], true);
    // features of up to 10 nepers over spreads of 0.0225 and more: 10 / 0.0225 roundoffs, as above
    const tolerance = (8 * 450 + 200 * (1 + wanted)) * 2 ** -24;
    near(made[i].floats[layout.RES_RAW_SCORE], wanted, tolerance, `score of decision ${i}`);
    near(made[i].floats[layout.RES_RAW_THRESHOLD], threshold, 10 * tolerance, 'threshold');
    near(made[i].floats[layout.RES_SCORE], Math.max(wanted / threshold, alone / single), tolerance, 'score over limit');
    compared++;
  }
  assert.ok(compared > 10);
});

baseline('learning says so, then judges; an alarm needs persistence, and ends', () => {
  const made = growing(1.16); // little enough not to be obvious at once
  const states = made.map(({ words }) => words[layout.RES_STATE]);
  assert.ok(states.slice(0, 20).every((state) => state === layout.STATE_LEARNING));
  assert.equal(
    made.slice(0, 20).map(({ words }) => words[layout.RES_LEARNED]),
    Array.from({ length: 20 }, (_, i) => i + 1),
  );
  assert.is(states[20], layout.STATE_NORMAL);
  const first = made.findIndex(({ floats }) => floats[layout.RES_SCORE] > 1);
  assert.ok(first > 20);
  assert.equal(
    states.slice(first, first + 2),
    [layout.STATE_NORMAL, layout.STATE_NORMAL],
    'two decisions are not three',
  );
  assert.ok(states.slice(first + 2).every((state) => state === layout.STATE_ALERT || state === layout.STATE_DANGER));
  assert.equal(
    made.map(({ words }) => words[layout.RES_ALARM]),
    states.map((state) => Number(state === layout.STATE_ALERT || state === layout.STATE_DANGER)),
  );
  const calm = analyse(
    pointPlan(vibrationPlan),
    [1, 2].map((seed) => uniformNoise(40_960, seed).map((v, i) => (i > 14_000 && i < 20_000 ? 2 * v : v))),
  );
  assert.ok(calm.some(({ words }) => words[layout.RES_ALARM] === 1));
  assert.is(calm.at(-1)!.words[layout.RES_STATE], layout.STATE_NORMAL);
});

baseline('what is three times over the limit alarms at once', () => {
  const made = growing(2);
  const first = made.findIndex(({ floats }) => floats[layout.RES_SCORE] > 1);
  const obvious = made.findIndex(({ floats }) => floats[layout.RES_SCORE] > 3);
  assert.ok(obvious >= first && obvious < first + 2, `over the limit at ${first}, three times at ${obvious}`);
  assert.is(made[obvious].words[layout.RES_ALARM], 1);
  assert.is(made[obvious - 1].words[layout.RES_ALARM], 0);
});

baseline('gives reasons in order, each feature once, with shares of the squared score', () => {
  for (const { words, floats } of growing(2).slice(25)) {
    const reasons = Array.from({ length: layout.WHY_COUNT }, (_, i) => {
      const at = layout.RES_WHY + i * layout.WHY_WORDS;
      return {
        id: words[at] + 100 * words[at + 1],
        ratio: floats[at + 2],
        spreads: floats[at + 3],
        share: floats[at + 4],
      };
    });
    assert.is(new Set(reasons.map(({ id }) => id)).size, layout.WHY_COUNT);
    const score = floats[layout.RES_RAW_SCORE];
    reasons.forEach(({ spreads, share }, i) => {
      if (i > 0) assert.ok(Math.abs(spreads) <= Math.abs(reasons[i - 1].spreads));
      near(share, spreads ** 2 / score ** 2 / 40, 1e-5, 'share of 40 features');
    });
    const louder = reasons.filter(({ id }) => [layout.FEATURE_RMS, layout.FEATURE_ENVELOPE_RMS].includes(id % 100));
    for (const { ratio } of louder) near(ratio, 2, 0.3, 'noise of twice the level');
  }
});

baseline('a machine that is off is off, a broken sensor is the sensor, and neither alarms as a fault', () => {
  const signal = (gain: number, clip = Infinity): Float32Array[] =>
    [1, 2].map((seed) =>
      uniformNoise(20_480, seed).map((value, i) =>
        i < 12_000 ? value : Math.max(-clip, Math.min(clip, value * gain)),
      ),
    );
  const off = analyse(pointPlan(vibrationPlan), signal(0.001)).at(-1)!;
  assert.is(off.words[layout.RES_STATE], layout.STATE_OFF);
  assert.is(off.words[layout.RES_ALARM], 0);
  for (const [broken, cause] of [
    [analyse(pointPlan(vibrationPlan), signal(0)), layout.SENSOR_STUCK],
    [analyse(pointPlan({ ...vibrationPlan, fullScale: 2 }), signal(20, 2)), layout.SENSOR_CLIPPED],
  ] as const) {
    const last = broken.at(-1)!;
    assert.is(last.words[layout.RES_SENSOR], cause);
    assert.is(last.words[layout.RES_DIAGNOSIS], layout.DIAGNOSIS_SENSOR);
  }
});

baseline.run();
