/**
 * Discrete Fourier transforms in float64, written to be read: X[k] = sum x[n] exp(-2 pi i k n / N), not scaled.
 * Independent of core-wasm: only the definition is shared. `naiveDft` is the definition itself and checks `fft`.
 */

export interface Complex {
  re: Float64Array;
  im: Float64Array;
}

/** The definition, O(N^2). `inverse` conjugates the kernel and does not scale either. */
export function naiveDft(input: Complex, inverse = false): Complex {
  const n = input.re.length;
  const out = { re: new Float64Array(n), im: new Float64Array(n) };
  const sign = inverse ? 1 : -1;
  for (let k = 0; k < n; k++)
    for (let t = 0; t < n; t++) {
      const angle = (sign * 2 * Math.PI * ((k * t) % n)) / n;
      out.re[k] += input.re[t] * Math.cos(angle) - input.im[t] * Math.sin(angle);
      out.im[k] += input.re[t] * Math.sin(angle) + input.im[t] * Math.cos(angle);
    }
  return out;
}

/** Recursive decimation in time; length a power of two. Not scaled in either direction. */
export function fft(input: Complex, inverse = false): Complex {
  const n = input.re.length;
  const out = { re: new Float64Array(n), im: new Float64Array(n) };
  const turn = (inverse ? 2 : -2) * Math.PI;
  const cos = Float64Array.from({ length: n / 2 }, (_, k) => Math.cos((turn * k) / n));
  const sin = Float64Array.from({ length: n / 2 }, (_, k) => Math.sin((turn * k) / n));
  /** Transform of input[from], input[from + stride], ... into out[to..to + length). */
  const transform = (from: number, stride: number, to: number, length: number): void => {
    if (length === 1) {
      out.re[to] = input.re[from];
      out.im[to] = input.im[from];
      return;
    }
    const half = length / 2;
    transform(from, 2 * stride, to, half);
    transform(from + stride, 2 * stride, to + half, half);
    for (let k = to, w = 0; k < to + half; k++, w += stride) {
      const re = out.re[k + half] * cos[w] - out.im[k + half] * sin[w];
      const im = out.re[k + half] * sin[w] + out.im[k + half] * cos[w];
      out.re[k + half] = out.re[k] - re;
      out.im[k + half] = out.im[k] - im;
      out.re[k] += re;
      out.im[k] += im;
    }
  };
  transform(0, 1, 0, n);
  return out;
}

/** Bins 0..N/2 of a real signal. */
export function realFft(signal: ArrayLike<number>): Complex {
  const n = signal.length;
  const { re, im } = fft({ re: Float64Array.from(signal), im: new Float64Array(n) });
  return { re: re.slice(0, n / 2 + 1), im: im.slice(0, n / 2 + 1) };
}

/** Real signal of length N from bins 0..N/2, scaled by 1/N: undoes realFft. */
export function inverseRealFft(half: Complex): Float64Array {
  const n = 2 * (half.re.length - 1);
  const full = { re: new Float64Array(n), im: new Float64Array(n) };
  for (let k = 0; k <= n / 2; k++) {
    full.re[k] = half.re[k];
    full.im[k] = half.im[k];
    if (k > 0 && k < n / 2) {
      full.re[n - k] = half.re[k];
      full.im[n - k] = -half.im[k];
    }
  }
  return fft(full, true).re.map((value) => value / n);
}
