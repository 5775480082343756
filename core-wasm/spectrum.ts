// Power spectrum of a mean-free window from its unwindowed transform, and what is read off it.
// The Hann window is applied to the bins (each minus the mean of its neighbours, halved), so one transform serves both
// the spectrum and the envelope. power[k] = |Xh[k]|^2 * 16 / (3 n^2), k = 1..n/2 - 1: its sum is the variance.
import { BANDS } from './memory';
import { hannPowers } from './hann';
import { FFT_OUTPUT, POWER, SORT } from './map';
import { rank } from './rank';

/** Keeps logarithms finite in silence; 100 dB below the smallest level for which accuracy is promised. */
export const TINY: f32 = 1e-20;

/** Fills POWER (n/2 + 1 f32) from the bins at FFT_OUTPUT. Bins 0 and n/2 are zero: they hold no two-sided pair. */
export function hannPower(n: i32): void {
  const half = n >> 1;
  store<f32>(POWER, 0);
  hannPowers(FFT_OUTPUT, POWER, 1, half - 1, 16.0 / (3.0 * <f32>n * <f32>n));
  store<f32>(POWER + (<usize>half << 2), 0);
}

@inline function powerAt(k: i32): f32 {
  return load<f32>(POWER + (<usize>k << 2));
}

/** Sum of POWER over first <= k <= last. */
export function bandPower(first: i32, last: i32): f32 {
  let sum: f32 = 0;
  for (let k = first; k <= last; k++) sum += powerAt(k);
  return sum;
}

/** First bin at or above f. */
@inline export function binAtOrAbove(f: f64, binHz: f64): i32 {
  return <i32>NativeMath.ceil(f / binHz - 1e-9);
}

/**
 * Lower edge of band i (0..BANDS: the last is the upper edge) in Hz: log-spaced from max(4 bins, fs/1000) to 0.45 fs.
 * A band holds the bins first(edge i) <= k < first(edge i + 1).
 */
export function bandEdgeHz(i: i32, sampleRateHz: f64, n: i32): f64 {
  const low = NativeMath.max((4.0 * sampleRateHz) / <f64>n, sampleRateHz / 1000.0);
  return low * NativeMath.exp((NativeMath.log((0.45 * sampleRateHz) / low) * <f64>i) / <f64>BANDS);
}

/** RMS of the time integral over 10 Hz..min(1000 Hz, 0.45 fs), in the unit times seconds. */
export function integralRms(sampleRateHz: f64, n: i32): f32 {
  const binHz = sampleRateHz / <f64>n;
  const first = max<i32>(1, binAtOrAbove(10.0, binHz));
  const last = <i32>NativeMath.floor(NativeMath.min(1000.0, 0.45 * sampleRateHz) / binHz + 1e-9);
  const unit = <f32>(1.0 / (2.0 * Math.PI * binHz));
  let sum: f32 = 0;
  for (let k = first; k <= last; k++) {
    const gain = unit / <f32>k;
    sum += powerAt(k) * gain * gain;
  }
  return NativeMathf.sqrt(sum);
}

/** Power-weighted mean frequency in Hz; 0 in silence. */
export function centroidHz(sampleRateHz: f64, n: i32): f32 {
  let weighted: f32 = 0, sum: f32 = 0;
  for (let k = 1, half = n >> 1; k < half; k++) {
    const p = powerAt(k);
    weighted += p * <f32>k;
    sum += p;
  }
  return sum > 0 ? (weighted / sum) * <f32>(sampleRateHz / <f64>n) : 0;
}

/**
 * Height of a spectral line: ln of the largest value within `width` bins of `bin` over the median of the values around.
 * `spectrum` holds `count` f32; 0 when the line is not inside it.
 */
export function lineHeight(spectrum: usize, count: i32, bin: f32, width: f32): f32 {
  const first = <i32>NativeMathf.floor(bin - width), last = <i32>NativeMathf.ceil(bin + width);
  if (first < 1 || last >= count - 1) return 0;
  const reach = max<i32>(12, 3 * (last - first + 1));
  const from = max<i32>(1, first - reach), to = min<i32>(count - 1, last + reach);
  let highest: f32 = 0;
  for (let k = first; k <= last; k++) highest = NativeMathf.max(highest, load<f32>(spectrum + (<usize>k << 2)));
  for (let k = from; k <= to; k++) store<f32>(SORT + (<usize>(k - from) << 2), load<f32>(spectrum + (<usize>k << 2)));
  const middle = rank(SORT, to - from + 1, (to - from + 1) >> 1);
  return NativeMathf.log((highest + TINY) / (middle + TINY));
}
