/** The float64 reference itself, against definitions and signals whose answer is known without it. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Random } from '../../host/acquire/random.ts';
import { Judge, learn, median, robustSpread } from './baseline.ts';
import { EnvelopeSpectrum, envelopeFeatures, squaredEnvelope } from './envelope.ts';
import { fft, inverseRealFft, naiveDft, realFft } from './fourier.ts';
import { moments } from './moments.ts';
import { bandEdgesHz, bandPowers, centroidHz, powerSpectrum, velocityRms } from './spectrum.ts';

const noise = (n: number, seed = 1): Float64Array => {
  const random = Random.stream(seed, 'reference');
  return Float64Array.from({ length: n }, () => random.uniform() * 2 - 1);
};
const sine = (n: number, cycles: number, amplitude = 1, phase = 0.3): Float64Array =>
  Float64Array.from({ length: n }, (_, i) => amplitude * Math.sin((2 * Math.PI * cycles * i) / n + phase));
const close = (got: number, wanted: number, tolerance: number, what: string): void =>
  assert.ok(Math.abs(got - wanted) <= tolerance, `${what}: got ${got}, wanted ${wanted} within ${tolerance}`);

const reference = suite('reference');

reference(
  'fft is the DFT of its definition, both ways (sizes 1..512; f64 epsilon x log2 n, times 16 for the sum of n)',
  () => {
    for (let n = 1; n <= 512; n *= 2) {
      const input = { re: noise(n, 1), im: noise(n, 2) };
      for (const inverse of [false, true]) {
        const [fast, slow] = [fft(input, inverse), naiveDft(input, inverse)];
        for (let k = 0; k < n; k++) {
          close(fast.re[k], slow.re[k], 2.2e-16 * 16 * n, `re ${k} of ${n}`);
          close(fast.im[k], slow.im[k], 2.2e-16 * 16 * n, `im ${k} of ${n}`);
        }
      }
    }
  },
);

reference('inverseRealFft undoes realFft', () => {
  const signal = noise(1024);
  inverseRealFft(realFft(signal)).forEach((value, i) => {
    close(value, signal[i], 1e-14, `sample ${i}`);
  });
});

reference('power spectrum adds up to the variance of a sine in whole periods (exact for Hann)', () => {
  const power = powerSpectrum(sine(1024, 100, 3));
  close(
    power.reduce((a, b) => a + b),
    4.5,
    1e-12,
    'sum of power of a sine of amplitude 3',
  );
});

reference('moments of a sine: rms A / sqrt 2, crest sqrt 2, kurtosis 1.5', () => {
  const got = moments(sine(4096, 64, 2, 0).map((value) => value + 5));
  close(got.mean, 5, 1e-14, 'mean');
  close(got.rms, Math.SQRT2, 1e-13, 'rms');
  close(got.crestFactor, Math.SQRT2, 1e-12, 'crest');
  close(got.kurtosis, 1.5, 1e-12, 'kurtosis');
});

reference('1 g peak at 159.155 Hz is 6.934 mm/s rms', () => {
  // 64 periods in 4096 samples at 64 * 159.155 Hz
  const power = powerSpectrum(sine(4096, 64));
  close(velocityRms(power, 64 * 159.15494309, 9806.65), 9806.65 / 1000 / Math.SQRT2, 1e-3, 'velocity');
});

reference('centroid of two equal tones lies between them', () => {
  const [a, b] = [sine(4096, 100), sine(4096, 300)];
  close(centroidHz(powerSpectrum(a.map((value, i) => value + b[i])), 4096), 200, 1e-9, 'centroid');
});

reference('a tone falls into the band that holds its frequency', () => {
  const edges = bandEdgesHz(4096, 25_600);
  close(edges[0], 25.6, 1e-12, 'lowest edge');
  close(edges[12], 11_520, 1e-9, 'highest edge');
  const powers = bandPowers(powerSpectrum(sine(4096, 350)), 25_600); // 2187.5 Hz
  const band = edges.findIndex((edge, i) => 2187.5 >= edge && 2187.5 < edges[i + 1]);
  close(powers[band], 0.5, 1e-12, 'power in the band');
});

reference('squared envelope of a carrier with known modulation is that modulation squared', () => {
  const n = 4096;
  const carrier = sine(n, 1200);
  const wanted = Float64Array.from({ length: n }, (_, i) => 1 + 0.5 * Math.cos((2 * Math.PI * 16 * i) / n));
  const envelope = squaredEnvelope(
    carrier.map((value, i) => value * wanted[i]),
    n,
  );
  assert.is(envelope.length, n / 2);
  envelope.forEach((value, i) => {
    close(value, wanted[2 * i] ** 2, 1e-11, `point ${i}`);
  });
  close(envelopeFeatures(envelope).crest, Math.log(2.25 / 1.125), 1e-6, 'crest');
});

reference('averaged envelope spectrum shows the modulation line and nothing beside it', () => {
  const rate = 25_600;
  const spectrum = new EnvelopeSpectrum(rate, 29.6);
  const random = Random.stream(3, 'carrier');
  spectrum.push(
    Float64Array.from(
      { length: 6 * rate },
      (_, i) => (random.uniform() - 0.5) * (1 + 0.5 * Math.cos((2 * Math.PI * 106 * i) / rate)),
    ),
  );
  assert.ok(spectrum.blocks >= 3);
  assert.ok(spectrum.lineDb(106) > 20, `at the modulation: ${spectrum.lineDb(106)} dB`);
  assert.ok(spectrum.lineDb(140) < 8, `beside it: ${spectrum.lineDb(140)} dB`);
});

reference('median, spread and baseline of a known series', () => {
  assert.is(median([3, 1, 2]), 2);
  assert.is(median([4, 1, 3, 2]), 2.5);
  close(robustSpread([1, 2, 3, 4, 100]), 1.4826, 1e-15, 'spread');
  const still = learn([5, 5, 5, 5, 5, 5, 5, 5], 0.045);
  assert.equal([still.median, still.spread, still.lag1], [5, 0.045, 0]);
  assert.is(still.inertia, 1);
  const judge = new Judge([still]);
  assert.equal(
    Object.values(judge.score([5.045])).map((value) => value.toFixed(9)),
    ['1.000000000', '1.000000000'],
  );
  // the mean of two with weights 0.7 and 1, over 1.7, has the variance (0.7^2 + 1) / 1.7^2 of one
  close(judge.score([5.045]).together, 1 / Math.sqrt(1.49 / 1.7 ** 2), 1e-9, 'two of them are surer than one');
});

reference.run();
