/** The FFT alone: exact algebra where algebra is exact, float64 elsewhere, and every refusal. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { FFT_MAX, FFT_MIN } from '../../core-wasm/memory.ts';
import { Core, type Kernel } from '../../host/analyse/core.ts';
import { CoreError } from '../../host/errors.ts';
import { inverseRealFft, naiveDft, realFft } from '../reference/fourier.ts';
import { configuredCore, pointPlan, sineWave, uniformNoise } from './point.ts';

const KERNELS: Kernel[] = ['simd', 'scalar'];
const SIZES: number[] = [];
for (let n = FFT_MIN; n <= FFT_MAX; n *= 2) SIZES.push(n);

function transform(kernel: Kernel, signal: Float32Array): Float32Array {
  const core = new Core(kernel);
  const { input, output } = core.planFft(signal.length);
  input.set(signal);
  core.fft(signal.length);
  return output.slice();
}

/** Transforms `bins` (n/2 + 1, interleaved) back. */
function invert(kernel: Kernel, bins: Float32Array): Float32Array {
  const n = bins.length - 2;
  const core = new Core(kernel);
  const { input, output } = core.planFft(n);
  output.set(bins);
  core.inverseFft(n);
  assert.equal(output, bins, 'the bins are kept');
  return input.slice();
}

const norm = (values: ArrayLike<number>): number => {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] ** 2;
  return Math.sqrt(sum);
};

/**
 * Relative L2 error that f32 arithmetic allows. Each of log2 n butterfly levels adds an independent rounding error of
 * about 0.6 unit roundoffs (2^-24) rms (Schatzman 1996, accurate twiddles), so errors grow as its square root; twice
 * that holds for any one signal.
 */
const fftTolerance = (n: number): number => 2 * 0.6 * 2 ** -24 * Math.sqrt(Math.log2(n));

const refused = (code: string) => (error: unknown) => error instanceof CoreError && error.code === code;

const fft = suite('core.fft');

fft('matches the float64 transform at every size, in both kernels, bit-identical to each other', () => {
  for (const n of SIZES) {
    const signal = uniformNoise(n, n);
    const wanted = realFft(signal);
    const [got, scalar] = KERNELS.map((kernel) => transform(kernel, signal));
    assert.is(got.length, n + 2);
    assert.equal(Buffer.from(got.buffer), Buffer.from(scalar.buffer), `${n}: kernels differ`);
    const error = norm(got.map((value, i) => value - (i % 2 ? wanted.im : wanted.re)[i >> 1]));
    const size = Math.hypot(norm(wanted.re), norm(wanted.im));
    assert.ok(error / size <= fftTolerance(n), `${n}: ${error / size}, allowed ${fftTolerance(n)}`);
  }
});

/** Relative L2 errors of the transform of a signal, and of the inverse of its bins. */
function errorsOf(signal: Float32Array): { forward: number; inverse: number } {
  const wanted = realFft(signal);
  const got = transform('simd', signal);
  const forward = norm(got.map((value, i) => value - (i % 2 ? wanted.im : wanted.re)[i >> 1]));
  const [re, im] = [0, 1].map((part) => Float64Array.from(got.filter((_, i) => i % 2 === part)));
  const signalAgain = inverseRealFft({ re, im });
  const inverse = norm(invert('simd', got).map((value, i) => value - signalAgain[i]));
  return { forward: forward / Math.hypot(norm(wanted.re), norm(wanted.im)), inverse: inverse / norm(signalAgain) };
}

fft(
  'of noise of 1e-6 to 1e4 has a relative error of at most 1.5e-7, 64 to 16 384 points, and so has the inverse',
  () => {
    for (let n = 64; n <= 16_384; n *= 2)
      for (const decade of [-6, -3, 0, 2, 4]) {
        const { forward, inverse } = errorsOf(uniformNoise(n, n + decade, 10 ** decade));
        assert.ok(forward <= 1.5e-7, `${n} at 1e${decade}: ${forward}`);
        assert.ok(inverse <= 1.5e-7, `inverse, ${n} at 1e${decade}: ${inverse}`);
      }
  },
);

fft('of a tone, whose errors meet in few bins, stays within the bound of any signal', () => {
  for (let n = 64; n <= 16_384; n *= 2)
    for (let i = 0; i < 12; i++) {
      const cycles = (n / 2) * ((i + 0.5) / 12) + 0.3 * (i % 3);
      const { forward, inverse } = errorsOf(sineWave(n, cycles, 1e4, i));
      assert.ok(forward <= fftTolerance(n), `${n}, ${cycles} cycles: ${forward}`);
      assert.ok(inverse <= fftTolerance(n), `inverse, ${n}, ${cycles} cycles: ${inverse}`);
    }
});

fft('inverse matches the float64 inverse of any half spectrum at every size, in both kernels, bit-identical', () => {
  for (const n of SIZES) {
    const bins = uniformNoise(n + 2, n + 1);
    bins[1] = bins[n + 1] = 0; // of a real signal
    const re = Float64Array.from(bins.filter((_, i) => i % 2 === 0));
    const im = Float64Array.from(bins.filter((_, i) => i % 2 === 1));
    const wanted = inverseRealFft({ re, im });
    const [got, scalar] = KERNELS.map((kernel) => invert(kernel, bins));
    assert.equal(Buffer.from(got.buffer), Buffer.from(scalar.buffer), `${n}: kernels differ`);
    const error = norm(got.map((value, i) => value - wanted[i])) / norm(wanted);
    assert.ok(error <= fftTolerance(n), `${n}: ${error}, allowed ${fftTolerance(n)}`);
  }
});

fft('inverse undoes the transform: any signal comes back, to the rounding of both', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(64, 128, 256, 1024, 4096),
      fc.integer(),
      fc.integer({ min: -6, max: 4 }),
      (n, seed, decade) => {
        const signal = uniformNoise(n, seed, 10 ** decade);
        const back = invert('simd', transform('simd', signal));
        const error = norm(back.map((value, i) => value - signal[i])) / norm(signal);
        assert.ok(error <= 2 * fftTolerance(n), `${n}: ${error}`);
      },
    ),
  );
});

fft('agrees with the definition itself, not only with another FFT (64 and 128 points)', () => {
  for (const n of [64, 128]) {
    const signal = uniformNoise(n, 3);
    const wanted = naiveDft({ re: Float64Array.from(signal), im: new Float64Array(n) });
    const got = transform('simd', signal);
    const error = norm(got.map((value, i) => value - (i % 2 ? wanted.im : wanted.re)[i >> 1]));
    assert.ok(error / (norm(signal) * Math.sqrt(n / 2)) <= 2 * fftTolerance(n)); // |X| over half the bins
  }
});

fft('of an impulse is flat: exactly, wherever twiddles are 1', () => {
  for (const n of SIZES) {
    const signal = new Float32Array(n);
    signal[0] = 3;
    transform('simd', signal).forEach((value, i) => {
      assert.is(Math.abs(value - (i % 2 ? 0 : 3)), 0, `${n} at ${i}`);
    });
  }
});

fft('of a constant is one bin, of a whole-period sine one pair', () => {
  for (const n of SIZES) {
    const constant = transform('simd', new Float32Array(n).fill(0.5));
    assert.is(constant[0], n / 2); // sums of equal powers of two are exact
    assert.is(norm(constant.subarray(2)), 0);
    const cycles = n / 8 + 1;
    const sine = transform('simd', sineWave(n, cycles, 2));
    assert.ok(
      Math.abs(sine[2 * cycles + 1] + n) <= n * 2 ** -22 * Math.sqrt(Math.log2(n)),
      `${n}: ${sine[2 * cycles + 1]}`,
    );
    sine[2 * cycles] = sine[2 * cycles + 1] = 0;
    // beside the input's own rounding, 2^-25 rms of a uniform error per sample, on n samples
    const leak = norm(sine) / n;
    assert.ok(leak < 2 * (fftTolerance(n) + 2 ** -24), `${n}: ${leak} leaks`);
  }
});

fft('is linear and keeps the power (Parseval) for any signals of sane size', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(64, 128, 512, 1024),
      fc.integer(),
      fc.float({ min: -8, max: 8, noNaN: true }),
      (n, seed, k) => {
        const [a, b] = [uniformNoise(n, seed), uniformNoise(n, seed + 1)];
        const [fa, fb] = [transform('simd', a), transform('simd', b)];
        const sum = transform(
          'simd',
          a.map((value, i) => value + k * b[i]),
        );
        const size = norm(fa) + Math.abs(k) * norm(fb);
        const error = norm(sum.map((value, i) => value - (fa[i] + k * fb[i])));
        assert.ok(error <= 3 * (fftTolerance(n) + 2 ** -23) * size, `linear: ${error / size}`);
        let power = fa[0] ** 2 + fa[n] ** 2;
        for (let i = 2; i < n; i++) power += 2 * fa[i] ** 2;
        const wanted = n * norm(a) ** 2;
        assert.ok(Math.abs(power - wanted) <= 2 * fftTolerance(n) * wanted, `power: ${power / wanted}`);
      },
    ),
  );
});

fft('scales exactly with powers of two, from near denormals to near overflow', () => {
  const signal = uniformNoise(1024, 5);
  const plain = transform('simd', signal);
  for (const power of [-60, -20, 20, 90]) {
    const scaled = transform(
      'simd',
      signal.map((value) => value * 2 ** power),
    );
    assert.ok(
      plain.every((value, i) => value * 2 ** power === scaled[i]),
      `2^${power}`,
    );
  }
});

fft('keeps its input and can be planned anew with another size', () => {
  const core = new Core();
  for (const n of [1024, 64, 65_536, 128]) {
    const signal = uniformNoise(n, n);
    const { input, output } = core.planFft(n);
    input.set(signal);
    core.fft(n);
    assert.equal(input, signal);
    const first = output.slice();
    core.fft(n);
    assert.equal(output, first, 'a second run of the same input');
    assert.equal(first, transform('simd', signal));
  }
});

fft('refuses sizes that are no power of two from 64 to 65 536, and sizes that are not planned', () => {
  const core = new Core();
  for (const n of [0, 1, 32, 63, 65, 96, 1000, 131_072, -64])
    assert.throws(() => core.planFft(n), refused('CORE_FFT_SIZE'));
  assert.throws(() => core.fft(64), refused('CORE_FFT_PLAN'));
  assert.throws(() => core.inverseFft(64), refused('CORE_FFT_PLAN'));
  core.planFft(128);
  assert.throws(() => core.fft(64), refused('CORE_FFT_PLAN'));
  assert.throws(() => core.inverseFft(256), refused('CORE_FFT_PLAN'));
  core.fft(128);
  core.inverseFft(128);
});

fft('and a point exclude each other: BUSY, and neither is disturbed', () => {
  const point = configuredCore(pointPlan());
  assert.throws(() => point.planFft(64), refused('CORE_BUSY'));
  assert.throws(() => point.fft(64), refused('CORE_BUSY'));
  assert.throws(() => point.inverseFft(64), refused('CORE_BUSY'));
  assert.is(point.push([new Float32Array(4096)], 0, 4096), 1);
  const transformer = new Core();
  const { input, output } = transformer.planFft(64);
  input.fill(1);
  assert.throws(() => transformer.configure(new Uint8Array(128)), refused('CORE_BUSY'));
  transformer.fft(64);
  assert.is(output[0], 64);
});

fft.run();
