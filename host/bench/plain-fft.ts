/**
 * The yardstick of `spindle bench`: a real FFT as one writes it in plain JavaScript. Float64, radix 2, tables made
 * once, n real samples as n/2 complex ones. No further trick: being slower than the core is its purpose, being wrong is
 * not (test/bench/plain-fft.test.ts).
 */
export class PlainFft {
  readonly input: Float64Array;
  /** n/2 + 1 interleaved complex bins, not scaled: the layout of the core. */
  readonly output: Float64Array;
  readonly #re: Float64Array;
  readonly #im: Float64Array;
  readonly #reversed: Uint32Array;
  /** cos and -sin of 2 pi k / n, k < n / 2. */
  readonly #cos: Float64Array;
  readonly #sin: Float64Array;

  /** @param n power of two, 4 or more */
  constructor(n: number) {
    const half = n / 2;
    this.input = new Float64Array(n);
    this.output = new Float64Array(n + 2);
    this.#re = new Float64Array(half);
    this.#im = new Float64Array(half);
    this.#cos = Float64Array.from({ length: half }, (_, k) => Math.cos((2 * Math.PI * k) / n));
    this.#sin = Float64Array.from({ length: half }, (_, k) => -Math.sin((2 * Math.PI * k) / n));
    this.#reversed = new Uint32Array(half);
    const top = half / 2;
    for (let i = 1; i < half; i++) this.#reversed[i] = (this.#reversed[i >> 1] >> 1) | (i & 1 ? top : 0);
  }

  /** Transforms `input` into `output`; the input is kept. */
  run(): void {
    const { input } = this;
    const re = this.#re;
    const im = this.#im;
    const reversed = this.#reversed;
    for (let i = 0; i < reversed.length; i++) {
      re[reversed[i]] = input[2 * i];
      im[reversed[i]] = input[2 * i + 1];
    }
    this.#butterflies();
    this.#split();
  }

  #butterflies(): void {
    const re = this.#re;
    const im = this.#im;
    const cos = this.#cos;
    const sin = this.#sin;
    const count = re.length;
    for (let half = 1; half < count; half *= 2) {
      const stride = count / half; // in a table of 2 * count steps a turn
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

  /** Even and odd samples went in as real and imaginary part: takes their spectra apart and joins them. */
  #split(): void {
    const { output } = this;
    const re = this.#re;
    const im = this.#im;
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
      output[2 * k] = evenRe + oddRe * this.#cos[k] - oddIm * this.#sin[k];
      output[2 * k + 1] = evenIm + oddRe * this.#sin[k] + oddIm * this.#cos[k];
    }
  }
}
