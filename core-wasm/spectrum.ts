// Power spectrum of a mean-free window from its unwindowed transform, and what is read off it.
// The Hann window is applied to the bins (each minus the mean of its neighbours, halved), so one transform serves both
// the spectrum and the envelope. power[k] = |Xh[k]|^2 * 16 / (3 n^2), k = 1..n/2 - 1: its sum is the variance.
import { hannPowers } from './hann';
import { add, addLanes, lanesOf, max as larger, mul, splat } from './lanes';
import { BAND_BINS, FFT_OUTPUT, LANES } from './map';
import { BANDS } from './memory';
import { rank } from './rank';
import { sumOf } from './sums';

/** Keeps logarithms finite in silence; 100 dB below the smallest level for which accuracy is promised. */
export const TINY: f32 = 1e-20;

/** Of integralRms and centroidHz, which planSpectrum prepares. */
let binHz: f64 = 0;
let integralFirst: i32 = 0;
let integralLast: i32 = 0;

/** Power a bin of |Xh|^2. */
@inline export function powerScale(n: i32): f32 {
  return 16.0 / (3.0 * <f32>n * <f32>n);
}

/** Fills `power` (n/2 + 1 f32) from the bins at FFT_OUTPUT. Bins 0 and n/2 are zero: they hold no two-sided pair. */
export function hannPower(power: usize, n: i32): void {
  const half = n >> 1;
  store<f32>(power, 0);
  hannPowers(FFT_OUTPUT, power, 1, half - 1, powerScale(n));
  store<f32>(power + (<usize>half << 2), 0);
}

/** First bin at or above f. */
@inline function binAtOrAbove(f: f64): i32 {
  return <i32>NativeMath.ceil(f / binHz - 1e-9);
}

/**
 * Edges of the bands and of the velocity, as bins. Band i of 0..BANDS-1 holds the bins edge(i) <= k < edge(i + 1); edges are
 * log-spaced from max(4 bins, fs/1000) to 0.45 fs. Velocity holds 10 Hz..min(1000 Hz, 0.45 fs).
 */
export function planSpectrum(sampleRateHz: f64, n: i32): void {
  binHz = sampleRateHz / <f64>n;
  const low = NativeMath.max(4.0 * binHz, sampleRateHz / 1000.0), top = 0.45 * sampleRateHz;
  for (let i = 0; i <= BANDS; i++) {
    const edgeHz = low * NativeMath.exp((NativeMath.log(top / low) * <f64>i) / <f64>BANDS);
    store<i32>(BAND_BINS + (<usize>i << 2), binAtOrAbove(edgeHz));
  }
  integralFirst = max<i32>(1, binAtOrAbove(10.0));
  integralLast = <i32>NativeMath.floor(NativeMath.min(1000.0, top) / binHz + 1e-9);
}

/** Sum of `power` over band i. */
export function bandPower(power: usize, i: i32): f32 {
  const first = load<i32>(BAND_BINS + (<usize>i << 2)), next = load<i32>(BAND_BINS + (<usize>i << 2), 4);
  return sumOf(power + (<usize>first << 2), next - first);
}

/** k, k + 1, k + 2, k + 3 in lanes; k + lane in the scalar build. */
@inline function binsFrom<T>(k: i32, lane: i32): T {
  if (isVector<T>()) return f32x4.add(f32x4.splat(<f32>k), f32x4(0, 1, 2, 3));
  else return <T>(k + lane);
}

@inline function over<T>(a: T, b: T): T {
  if (isVector<T>()) return f32x4.div(a, b);
  else return <T>(a / b);
}

@inline function integralAs<T>(power: usize, first: i32, count: i32, unit: f32): f32 {
  const u = splat<T>(unit), four = splat<T>(4);
  for (let lane = 0; lane < 4; lane += lanesOf<T>()) {
    let k = binsFrom<T>(first, lane), sum = splat<T>(0);
    const end = power + (<usize>(first + count) << 2);
    for (let p = power + (<usize>(first + lane) << 2); p < end; p += 16) {
      const gain = over<T>(u, k);
      sum = add<T>(sum, mul<T>(load<T>(p), mul<T>(gain, gain)));
      k = add<T>(k, four);
    }
    store<T>(LANES + (<usize>lane << 2), sum);
  }
  return addLanes(LANES);
}

/** RMS of the time integral over 10 Hz..min(1000 Hz, 0.45 fs), in the unit times seconds. */
export function integralRms(power: usize): f32 {
  const unit = <f32>(1.0 / (2.0 * Math.PI * binHz));
  const count = max<i32>(0, integralLast - integralFirst + 1), groups = count & ~3;
  let sum = ASC_FEATURE_SIMD ? integralAs<v128>(power, integralFirst, groups, unit) : integralAs<f32>(power, integralFirst, groups, unit);
  for (let k = integralFirst + groups; k < integralFirst + count; k++) {
    const gain = unit / <f32>k;
    sum += load<f32>(power + (<usize>k << 2)) * (gain * gain);
  }
  return NativeMathf.sqrt(sum);
}

/** Lane sums of p * k and of p, for 0 <= k < n/2, to LANES. */
@inline function weighAs<T>(power: usize, n: i32): void {
  const four = splat<T>(4);
  for (let lane = 0; lane < 4; lane += lanesOf<T>()) {
    let k = binsFrom<T>(0, lane), weighted = splat<T>(0), sum = splat<T>(0);
    const end = power + (<usize>n << 1);
    for (let p = power + (<usize>lane << 2); p < end; p += 16) {
      const v = load<T>(p);
      weighted = add<T>(weighted, mul<T>(v, k));
      sum = add<T>(sum, v);
      k = add<T>(k, four);
    }
    store<T>(LANES + (<usize>lane << 2), weighted);
    store<T>(LANES + 16 + (<usize>lane << 2), sum);
  }
}

/** Power-weighted mean frequency in Hz; 0 in silence. */
export function centroidHz(power: usize, n: i32): f32 {
  if (ASC_FEATURE_SIMD) weighAs<v128>(power, n);
  else weighAs<f32>(power, n);
  const weighted = addLanes(LANES), sum = addLanes(LANES + 16);
  return sum > 0 ? (weighted / sum) * <f32>binHz : 0;
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
  for (let k = first; k <= last; k++) highest = larger<f32>(highest, load<f32>(spectrum + (<usize>k << 2)));
  const middle = rank(spectrum + (<usize>from << 2), to - from + 1, (to - from + 1) >> 1);
  return NativeMathf.log((highest + TINY) / (middle + TINY));
}
