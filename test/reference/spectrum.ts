/** Power spectrum of one window and what is summed from it, in float64. Bin k is at k * fs / N. */
import { realFft } from './fourier.ts';
import { moments } from './moments.ts';

/** Periodic Hann (divides by N, not N - 1): what a spectrum needs; the sum of w^2 is 3 N / 8. */
export const hann = (n: number): Float64Array =>
  Float64Array.from({ length: n }, (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / n));

/**
 * One-sided power of the mean-free, Hann-windowed signal: p[k] = |X[k]|^2 * 16 / (3 N^2), so that the sum over
 * 1..N/2-1 is about the variance. Index is the bin; bins 0 and N/2 are left 0.
 */
export function powerSpectrum(signal: ArrayLike<number>): Float64Array {
  const n = signal.length;
  const { mean } = moments(signal);
  const { re, im } = realFft(hann(n).map((w, i) => w * (signal[i] - mean)));
  const power = new Float64Array(n / 2 + 1);
  for (let k = 1; k < n / 2; k++) power[k] = ((re[k] ** 2 + im[k] ** 2) * 16) / (3 * n * n);
  return power;
}

/** Velocity RMS over 10..min(1000, 0.45 fs) Hz, ends included. @param scale mm/s2 per unit of the signal */
export function velocityRms(power: Float64Array, sampleRateHz: number, scale: number): number {
  const n = 2 * (power.length - 1);
  let sum = 0;
  for (let k = 1; k < n / 2; k++) {
    const hz = (k * sampleRateHz) / n;
    if (hz >= 10 && hz <= Math.min(1000, 0.45 * sampleRateHz)) sum += power[k] / (2 * Math.PI * hz) ** 2;
  }
  return scale * Math.sqrt(sum);
}

/** Centre of mass of the spectrum in Hz. */
export function centroidHz(power: Float64Array, sampleRateHz: number): number {
  const n = 2 * (power.length - 1);
  let [weighted, sum] = [0, 0];
  for (let k = 1; k < n / 2; k++) {
    weighted += ((k * sampleRateHz) / n) * power[k];
    sum += power[k];
  }
  return weighted / sum;
}

/** Log-spaced edges in Hz from max(4 bins, fs / 1000) to 0.45 fs. */
export function bandEdgesHz(n: number, sampleRateHz: number, bands = 12): Float64Array {
  const low = Math.max((4 * sampleRateHz) / n, sampleRateHz / 1000);
  const ratio = (0.45 * sampleRateHz) / low;
  return Float64Array.from({ length: bands + 1 }, (_, i) => low * ratio ** (i / bands));
}

/** Power in each band, lower edge included, upper one not. */
export function bandPowers(power: Float64Array, sampleRateHz: number, bands = 12): Float64Array {
  const n = 2 * (power.length - 1);
  const edges = bandEdgesHz(n, sampleRateHz, bands);
  const sums = new Float64Array(bands);
  for (let k = 1; k < n / 2; k++) {
    const hz = (k * sampleRateHz) / n;
    for (let b = 0; b < bands; b++) if (hz >= edges[b] && hz < edges[b + 1]) sums[b] += power[k];
  }
  return sums;
}
