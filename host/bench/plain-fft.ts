/**
 * The yardstick of `spindle bench`: a real FFT as one writes it in plain JavaScript. Float64, radix 2, tables made
 * once, n real samples as n/2 complex ones. No further trick: being slower than the core is its purpose, being wrong is
 * not (test/bench/bench.test.ts).
 */
import type { Transforms } from './plain-path.ts';

/** m complex points in place, forward, not scaled: planes `re` and `im`, which `load` fills. */
class Butterflies {
  readonly re: Float64Array;
  readonly im: Float64Array;
  readonly #reversed: Uint32Array;
  /** cos and -sin of 2 pi k / m, k < m / 2. */
  readonly #cos: Float64Array;
  readonly #sin: Float64Array;

  /** @param m power of two, 2 or more */
  constructor(m: number) {
    this.re = new Float64Array(m);
    this.im = new Float64Array(m);
    this.#cos = Float64Array.from({ length: m / 2 }, (_, k) => Math.cos((2 * Math.PI * k) / m));
    this.#sin = Float64Array.from({ length: m / 2 }, (_, k) => -Math.sin((2 * Math.PI * k) / m));
    this.#reversed = new Uint32Array(m);
    const top = m / 2;
    for (let i = 1; i < m; i++) this.#reversed[i] = (this.#reversed[i >> 1] >> 1) | (i & 1 ? top : 0);
  }

  /** Takes m interleaved complex points; the input is kept. */
  load(input: Float64Array): void {
    const { re, im } = this;
    const reversed = this.#reversed;
    for (let i = 0; i < reversed.length; i++) {
      re[reversed[i]] = input[2 * i];
      im[reversed[i]] = input[2 * i + 1];
    }
  }

  run(): void {
    const { re, im } = this;
    const cos = this.#cos;
    const sin = this.#sin;
    const count = re.length;
    for (let half = 1; half < count; half *= 2) {
      const stride = count / (2 * half);
      for (let start = 0; start < count; start += 2 * half) {
        for (let a = start, w = 0; a < start + half; a++, w += stride) {
          const b = a + half;
          const tr = re[b] * cos[w] - im[b] * sin[w];
          const ti = re[b] * sin[w] + im[b] * cos[w];
          re[b] = re[a] - tr;
          im[b] = im[a] - ti;
          re[a] += tr;
          im[a] += ti;
        }
      }
    }
  }
}

export class PlainFft {
  readonly input: Float64Array;
  /** n/2 + 1 interleaved complex bins, not scaled: the layout of the core. */
  readonly output: Float64Array;
  readonly #butterflies: Butterflies;
  /** cos and -sin of 2 pi k / n, k < n / 2. */
  readonly #cos: Float64Array;
  readonly #sin: Float64Array;

  /** @param n power of two, 4 or more */
  constructor(n: number) {
    this.input = new Float64Array(n);
    this.output = new Float64Array(n + 2);
    this.#butterflies = new Butterflies(n / 2);
    this.#cos = Float64Array.from({ length: n / 2 }, (_, k) => Math.cos((2 * Math.PI * k) / n));
    this.#sin = Float64Array.from({ length: n / 2 }, (_, k) => -Math.sin((2 * Math.PI * k) / n));
  }

  /** Transforms `input` into `output`; the input is kept. */
  run(): void {
    this.#butterflies.load(this.input);
    this.#butterflies.run();
    this.#split();
  }

  /** Even and odd samples went in as real and imaginary part: takes their spectra apart and joins them. */
  #split(): void {
    const { output } = this;
    const { re, im } = this.#butterflies;
    const cos = this.#cos;
    const sin = this.#sin;
    const count = re.length;
    output[0] = re[0] + im[0];
    output[1] = 0;
    output[2 * count] = re[0] - im[0];
    output[2 * count + 1] = 0;
    for (let k = 1; k < count; k++) {
      const m = count - k;
      const evenRe = (re[k] + re[m]) / 2;
      const evenIm = (im[k] - im[m]) / 2;
      const oddRe = (im[k] + im[m]) / 2;
      const oddIm = (re[m] - re[k]) / 2;
      output[2 * k] = evenRe + oddRe * cos[k] - oddIm * sin[k];
      output[2 * k + 1] = evenIm + oddRe * sin[k] + oddIm * cos[k];
    }
  }
}

/** Interleaved complex points in and out, forward, not scaled. */
class PlainComplexFft {
  readonly input: Float64Array;
  readonly output: Float64Array;
  readonly #butterflies: Butterflies;

  constructor(m: number) {
    this.input = new Float64Array(2 * m);
    this.output = new Float64Array(2 * m);
    this.#butterflies = new Butterflies(m);
  }

  run(): void {
    const { re, im } = this.#butterflies;
    const { output } = this;
    this.#butterflies.load(this.input);
    this.#butterflies.run();
    for (let i = 0; i < re.length; i++) {
      output[2 * i] = re[i];
      output[2 * i + 1] = im[i];
    }
  }
}

export const PLAIN_TRANSFORMS: Transforms = {
  real: (n) => new PlainFft(n),
  complex: (m) => new PlainComplexFft(m),
};
