/** Time-domain numbers of one window in float64: two passes, mean first. */

export interface Moments {
  mean: number;
  /** About the mean. */
  rms: number;
  /** Largest distance from the mean. */
  peak: number;
  crestFactor: number;
  /** m4 / m2^2: 3 for Gauss, 1.5 for a sine. */
  kurtosis: number;
}

/** Silence (rms 0) gives crest and kurtosis NaN: what they mean there is the core's convention, not mathematics. */
export function moments(signal: ArrayLike<number>): Moments {
  const n = signal.length;
  let sum = 0;
  for (let i = 0; i < n; i++) sum += signal[i];
  const mean = sum / n;
  let [m2, m4, peak] = [0, 0, 0];
  for (let i = 0; i < n; i++) {
    const distance = signal[i] - mean;
    m2 += distance ** 2 / n;
    m4 += distance ** 4 / n;
    peak = Math.max(peak, Math.abs(distance));
  }
  const rms = Math.sqrt(m2);
  return { mean, rms, peak, crestFactor: peak / rms, kurtosis: m4 / m2 ** 2 };
}
