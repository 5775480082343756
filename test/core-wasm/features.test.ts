/** Every number of the feature vector: against the float64 reference, and against signals whose answer is known. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as layout from '../../core-wasm/memory.ts';
import type { PointPlan } from '../../host/types.ts';
import { moments } from '../reference/moments.ts';
import { expectedFeatures, expectedOrders } from './expected.ts';
import {
  analyse,
  type CoreRecord,
  configuredCore,
  featureOf,
  plainValueOf,
  pointPlan,
  records,
  sineWave,
  uniformNoise,
} from './point.ts';

const WINDOWS = [64, 256, 1024, 4096];

/** The one decision of one window. */
function decide(signal: Float32Array, changes: Partial<PointPlan> = {}): CoreRecord {
  const made = analyse(pointPlan({ windowLength: signal.length, ...changes }), [signal]);
  assert.is(made.length, 1);
  return made[0];
}

const near = (got: number, wanted: number, tolerance: number, what: string): void =>
  assert.ok(Math.abs(got - wanted) <= tolerance, `${what}: got ${got}, wanted ${wanted} within ${tolerance}`);

const features = suite('core.features');

features('agree with float64 for any mix of noise, tone, impacts and offset, over ten decades of level', () => {
  fc.assert(
    fc.property(
      fc.record({
        n: fc.constantFrom(...WINDOWS),
        seed: fc.integer(),
        decade: fc.integer({ min: -6, max: 3 }),
        tone: fc.double({ min: 0, max: 10, noNaN: true }),
        cycles: fc.double({ min: 0.01, max: 0.49, noNaN: true }),
        offset: fc.double({ min: -5, max: 5, noNaN: true }),
        impact: fc.double({ min: 0, max: 20, noNaN: true }),
        sampleRateHz: fc.constantFrom(50, 200, 1000, 12_000, 25_600, 48_000),
      }),
      ({ n, seed, decade, tone, cycles, offset, impact, sampleRateHz }) => {
        const level = 10 ** decade;
        const noise = uniformNoise(n, seed, level);
        const signal = noise.map((value, i) => {
          const ringing = impact * Math.exp(-((i + 7) % (n / 4)) / 5) * Math.cos(2 * i);
          return value + level * (tone * Math.sin(2 * Math.PI * cycles * i) + offset + ringing);
        });
        const record = decide(signal, { sampleRateHz });
        let compared = 0;
        expectedFeatures(signal, sampleRateHz).forEach(({ name, value, tolerance }, i) => {
          const isVelocity = i === layout.FEATURE_VELOCITY;
          if (isVelocity && !(0.45 * sampleRateHz > 10 + sampleRateHz / n)) return; // no bin in its band
          assert.ok(tolerance < 0.05, `${name}: a tolerance of ${tolerance} nepers would test nothing`);
          near(featureOf(record, i), value, tolerance, `${name} (n ${n}, ${sampleRateHz} Hz)`);
          compared++;
        });
        assert.ok(compared >= 19);
      },
    ),
    { numRuns: 300 },
  );
});

features('of shaft orders agree with float64 (three speeds, n 4096)', () => {
  for (const [seed, rpm] of [
    [1, 1775],
    [2, 3590],
    [3, 11_100],
  ]) {
    const noise = uniformNoise(4096, seed, 0.3);
    const signal = noise.map((value, i) => value + 0.4 * Math.sin((2 * Math.PI * rpm * i) / 60 / 25_600));
    const record = decide(signal, { shaftRpm: rpm });
    expectedOrders(signal, 25_600, rpm / 60).forEach(({ name, value, tolerance }, i) => {
      near(featureOf(record, layout.FEATURE_ORDER + i), value, tolerance, `${name} at ${rpm} rpm`);
    });
    assert.ok(featureOf(record, layout.FEATURE_ORDER) > 3, 'the 1x line stands out');
  }
});

features('of a sine in whole periods: rms A / sqrt 2, crest sqrt 2, kurtosis 1.5, mean 0 (n 4096, 64 periods)', () => {
  const record = decide(sineWave(4096, 64, 2));
  // f32 samples: relative 2^-24 each; sums 82 deep
  near(plainValueOf(record, layout.VALUE_RMS), Math.SQRT2, 1e-6, 'rms');
  near(plainValueOf(record, layout.VALUE_PEAK), 2, 1e-6, 'peak');
  near(plainValueOf(record, layout.VALUE_CREST), Math.SQRT2, 2e-6, 'crest');
  near(plainValueOf(record, layout.VALUE_KURTOSIS), 1.5, 1e-5, 'kurtosis');
  near(plainValueOf(record, layout.VALUE_MEAN), 0, 1e-6, 'mean');
  near(featureOf(record, layout.FEATURE_RMS), Math.log(Math.SQRT2), 2e-6, 'log rms');
});

features(
  'rms and kurtosis are within 1e-6 of float64 for any window, levels 1e-6 to 1e4, impacts and offsets included',
  () => {
    for (const n of [64, 256, 1024, 4096])
      for (const decade of [-6, -3, 0, 2, 4])
        for (const [seed, shape] of ['noise', 'impacts', 'offset'].entries()) {
          const level = 10 ** decade;
          const signal = uniformNoise(n, seed + n, level);
          if (shape === 'impacts') for (let i = 0; i < n; i += 97) signal[i] *= 9;
          if (shape === 'offset') for (let i = 0; i < n; i++) signal[i] += level;
          const wanted = moments(signal);
          const record = decide(signal, { windowLength: n });
          const what = `${shape}, ${n} at 1e${decade}`;
          near(plainValueOf(record, layout.VALUE_RMS) / wanted.rms, 1, 1e-6, `rms, ${what}`);
          near(plainValueOf(record, layout.VALUE_KURTOSIS) / wanted.kurtosis, 1, 1e-6, `kurtosis, ${what}`);
        }
  },
);

features(
  'a sample that is no number counts as 0 and the decision says RANGE, wherever in a push it stands, in both kernels',
  () => {
    const signal = uniformNoise(1024, 7, 0.5);
    for (const kernel of ['simd', 'scalar'] as const)
      for (const at of [0, 1, 17, 63, 64, 1000, 1023]) // in blocks of sixteen, and in what is left over by them
        for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) {
          const [bad, clean] = [signal.slice(), signal.slice()];
          bad[at] = value;
          clean[at] = Number.isNaN(value) ? 0 : 1e9;
          const decided = (samples: Float32Array): CoreRecord => {
            const core = configuredCore(pointPlan({ windowLength: 1024 }), kernel);
            core.push([samples], 0, 1003);
            return records(core, core.push([samples], 1003, 1024))[0];
          };
          const got = decided(bad);
          assert.is(got.words[layout.RES_FLAGS] & layout.FLAG_RANGE, layout.FLAG_RANGE, `${kernel}: ${value} at ${at}`);
          assert.equal(got.floats.subarray(layout.RES_AXES), decided(clean).floats.subarray(layout.RES_AXES));
        }
  },
);

features('velocity: 1 g peak at 159.155 Hz is 6.934 mm/s, 1 m/s2 a 9.80665th of it, no unit no velocity', () => {
  const sampleRateHz = Math.fround(159.15494309 * 64); // 64 samples a period: 64 whole periods in 4096
  const sine = sineWave(4096, 64);
  // Hann puts a sixth of the power into each neighbour bin, where 1/k^2 differs: 6.934 becomes 6.9352
  const spread = Math.sqrt(2 / 3 + ((64 / 63) ** 2 + (64 / 65) ** 2) / 6);
  const inG = plainValueOf(decide(sine, { sampleRateHz }), layout.VALUE_VELOCITY);
  near(inG, (9.80665 / Math.SQRT2) * spread, 2e-5, 'g'); // relative 3e-6, as rms
  near(inG, 6.934, 2e-3, 'g');
  const inSi = plainValueOf(decide(sine, { sampleRateHz, units: ['m/s2'] }), layout.VALUE_VELOCITY);
  near(inSi, spread / Math.SQRT2, 2e-6, 'm/s2');
  assert.is(plainValueOf(decide(sine, { sampleRateHz, units: ['V'] }), layout.VALUE_VELOCITY), 0);
});

features('velocity counts 10..1000 Hz only', () => {
  const at = (cycles: number): number => plainValueOf(decide(sineWave(4096, cycles, 1)), layout.VALUE_VELOCITY);
  const wanted = (cycles: number): number => 9806.65 / Math.SQRT2 / (2 * Math.PI * 6.25 * cycles);
  near(at(150), wanted(150), 1e-3 * wanted(150), '937.5 Hz'); // Hann spreads over 3 bins: 1/k^2 curves by 1e-4
  assert.ok(at(170) < 1e-3 * wanted(170), `1062.5 Hz gives ${at(170)}`);
});

features('two tones: each in its band with its power, the centroid between them by power', () => {
  const [low, high] = [40, 1200]; // 250 Hz, 7500 Hz
  const signal = sineWave(4096, low, 1).map((value, i) => value + sineWave(4096, high, 0.5)[i]);
  const record = decide(signal);
  const bands = Array.from({ length: layout.BANDS }, (_, i) => featureOf(record, layout.FEATURE_BAND + i));
  const [first, second] = [...bands.keys()].sort((a, b) => bands[b] - bands[a]);
  near(bands[first], 0.5 * Math.log(0.5), 1e-5, 'louder tone');
  near(bands[second], 0.5 * Math.log(0.125), 1e-5, 'softer tone');
  assert.ok(first < second);
  near(plainValueOf(record, layout.VALUE_CENTROID_HZ), (250 * 0.5 + 7500 * 0.125) / 0.625, 0.01, 'centroid');
});

features('envelope of a modulated carrier: level, crest and relative variance of (1 + m cos)^2', () => {
  const m = 0.5;
  const signal = sineWave(4096, 1300).map((value, i) => value * (1 + m * Math.cos((2 * Math.PI * 32 * i) / 4096)));
  const record = decide(signal);
  const mean = 1 + (m * m) / 2;
  // squared envelope 1 + m^2/2 + 2 m cos + m^2/2 cos 2: variance 2 m^2 + m^4 / 8
  near(featureOf(record, layout.FEATURE_ENVELOPE_RMS), 0.5 * Math.log(mean), 2e-6, 'level');
  near(plainValueOf(record, layout.VALUE_ENVELOPE_RMS), Math.sqrt(mean), 3e-6, 'plain level');
  near(featureOf(record, layout.FEATURE_ENVELOPE_CREST), Math.log((1 + m) ** 2 / mean), 1e-5, 'crest');
  near(
    featureOf(record, layout.FEATURE_ENVELOPE_KURTOSIS),
    Math.log((2 * m * m + m ** 4 / 8) / mean ** 2 + 1e-6),
    1e-5,
    'variance',
  );
});

features('scale with the signal: levels by |k|, shapes not at all', () => {
  const shapes = [
    layout.FEATURE_CREST,
    layout.FEATURE_KURTOSIS,
    layout.FEATURE_ENVELOPE_CREST,
    layout.FEATURE_ENVELOPE_KURTOSIS,
    layout.FEATURE_CENTROID,
  ];
  const levels = [
    layout.FEATURE_RMS,
    layout.FEATURE_VELOCITY,
    layout.FEATURE_ENVELOPE_RMS,
    ...Array.from({ length: 12 }, (_, i) => layout.FEATURE_BAND + i),
  ];
  fc.assert(
    fc.property(fc.integer(), fc.double({ min: 0.001, max: 1000, noNaN: true }), fc.boolean(), (seed, size, turned) => {
      const k = turned ? -size : size;
      const signal = uniformNoise(1024, seed);
      const [a, b] = [decide(signal), decide(signal.map((value) => value * k))];
      // two results, each with the f32 errors of expected.ts; floors of 1e-10 on 6e-4
      for (const i of shapes) near(featureOf(b, i), featureOf(a, i), 1e-4, `feature ${i}`);
      for (const i of levels) near(featureOf(b, i) - featureOf(a, i), Math.log(size), 1e-4, `feature ${i}`);
    }),
  );
});

features('scale exactly by powers of two', () => {
  const signal = uniformNoise(4096, 9);
  const [a, b] = [decide(signal), decide(signal.map((value) => value * 4))];
  for (const value of [layout.VALUE_RMS, layout.VALUE_PEAK, layout.VALUE_VELOCITY, layout.VALUE_ENVELOPE_RMS])
    assert.is(plainValueOf(b, value), 4 * plainValueOf(a, value));
  for (const value of [layout.VALUE_CREST, layout.VALUE_KURTOSIS, layout.VALUE_CENTROID_HZ])
    assert.is(plainValueOf(b, value), plainValueOf(a, value));
});

features('of a decision are the means over its windows, of half-overlapped windows without straddling', () => {
  const n = 256;
  const signal = uniformNoise(n * 2, 4).map((value, i) => value * (1 + i / n)); // louder and louder: 3 windows
  const [decision] = analyse(pointPlan({ windowLength: n, windowsPerDecision: 3 }), [signal]);
  assert.is(decision.words[layout.RES_WINDOWS], 3);
  assert.is(decision.words[layout.RES_LENGTH], 2 * n);
  const single = [0, 1, 2].map((w) => decide(signal.slice((w * n) / 2, (w * n) / 2 + n)));
  for (let i = 0; i < layout.FEATURE_ORDER; i++) {
    const mean = single.reduce((sum, record) => sum + featureOf(record, i), 0) / 3;
    near(featureOf(decision, i), mean, 4 * 2 ** -24 * (1 + Math.abs(mean)) * 3, `feature ${i}`);
  }
});

features('of silence and of a constant are finite, with crest and kurtosis at their floors, and say RANGE', () => {
  for (const level of [0, 1, -0.1, 12345.678]) {
    const record = decide(new Float32Array(1024).fill(level));
    assert.ok(record.floats.slice(layout.RES_AXES).every(Number.isFinite), `level ${level}`);
    assert.is(plainValueOf(record, layout.VALUE_RMS), 0);
    assert.is(plainValueOf(record, layout.VALUE_KURTOSIS), 0);
    near(plainValueOf(record, layout.VALUE_MEAN), level, Math.abs(level) * 34 * 2 ** -24, 'mean');
    assert.is(record.words[layout.RES_FLAGS] & layout.FLAG_RANGE, layout.FLAG_RANGE);
    assert.is(record.words[layout.RES_SENSOR], layout.SENSOR_STUCK);
  }
});

features('stay finite for steps, single spikes, denormals and 1e9, and RANGE says what is outside 1e-6..1e4', () => {
  const n = 1024;
  const spike = new Float32Array(n);
  spike[500] = 1;
  const cases: [string, Float32Array, boolean][] = [
    ['step', new Float32Array(n).fill(1, n / 2), false],
    ['spike', spike, false],
    ['denormals', uniformNoise(n, 1, 1e-40), true],
    ['1e-10', uniformNoise(n, 1, 1e-10), true],
    ['1e9', uniformNoise(n, 1, 1e9), true],
    ['beyond 1e9', uniformNoise(n, 1, 1e30), true],
    ['noise', uniformNoise(n, 1), false],
  ];
  for (const [name, signal, outside] of cases) {
    const record = decide(signal);
    assert.ok(record.floats.slice(layout.RES_AXES).every(Number.isFinite), name);
    assert.is((record.words[layout.RES_FLAGS] & layout.FLAG_RANGE) !== 0, outside, name);
  }
});

features('go with the spectrum of the last window, which is the reference spectrum', () => {
  const signal = uniformNoise(1024, 8);
  const core = configuredCore(pointPlan({ windowLength: 1024 }));
  core.push([signal], 0, 1024);
  const power = core.spectrum(0, 1024);
  assert.is(power.length, 513);
  const rms = plainValueOf({ words: core.record(0).words, floats: core.record(0).floats }, layout.VALUE_RMS);
  // the sum over a Hann spectrum is the variance weighted by the window: equal for noise within its own scatter
  near(
    power.reduce((a, b) => a + b),
    rms * rms,
    0.2 * rms * rms,
    'power',
  );
});

features.run();
