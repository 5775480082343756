// Mean, RMS about the mean, peak, crest factor and kurtosis of one window, and its mean-free copy for the transform.
// Two passes: the first finds mean and extremes; the second knows the peak and so can take fourth powers of values
// brought near 1, by a power of two, which rounds nothing. Sums run in four lanes and blocks of 64 samples: the error
// stays near 3e-7 for any window up to 4096. Two sums a lane run side by side, so that none waits for its own last addition.
import { add, addLanes, lanesOf, max, min, mul, splat, sub } from './lanes';
import { LANES } from './map';

export let mean: f32 = 0;
export let rms: f32 = 0;
export let peak: f32 = 0;
export let lowest: f32 = 0;
export let highest: f32 = 0;
/** Fourth moment over squared variance: 3 for Gauss, 1.5 for a sine; 0 for silence. */
export let kurtosis: f32 = 0;

const BLOCK: i32 = 64;

/** Finds the extremes; leaves the lane sums at LANES + 32. */
@inline function extremesAs<T>(x: usize, n: i32): void {
  for (let lane = 0; lane < 4; lane += lanesOf<T>()) {
    const shift = <usize>lane << 2;
    let low = load<T>(x + shift), high = low, total = splat<T>(0);
    for (let block: usize = 0; block < <usize>n << 2; block += BLOCK * 4) {
      let part = splat<T>(0), other = splat<T>(0);
      for (let p = x + block + shift, end = p + BLOCK * 4; p < end; p += 32) {
        const v = load<T>(p), w = load<T>(p, 16);
        low = min<T>(low, min<T>(v, w));
        high = max<T>(high, max<T>(v, w));
        part = add<T>(part, v);
        other = add<T>(other, w);
      }
      total = add<T>(total, add<T>(part, other));
    }
    store<T>(LANES + shift, low);
    store<T>(LANES + 16 + shift, high);
    store<T>(LANES + 32 + shift, total);
  }
  lowest = min<f32>(min<f32>(load<f32>(LANES), load<f32>(LANES, 4)), min<f32>(load<f32>(LANES, 8), load<f32>(LANES, 12)));
  highest = max<f32>(max<f32>(load<f32>(LANES, 16), load<f32>(LANES, 20)), max<f32>(load<f32>(LANES, 24), load<f32>(LANES, 28)));
}

/** Writes x - level to y; leaves the lane sums of ((x - level) * scale)^2 and ^4 at LANES. */
@inline function powersAs<T>(x: usize, y: usize, n: i32, level: f32, scale: f32): void {
  const m = splat<T>(level), k = splat<T>(scale);
  for (let lane = 0; lane < 4; lane += lanesOf<T>()) {
    let squares = splat<T>(0), fourths = splat<T>(0);
    const shift = <usize>lane << 2;
    for (let block: usize = 0; block < <usize>n << 2; block += BLOCK * 4) {
      let second = splat<T>(0), fourth = splat<T>(0), otherSecond = splat<T>(0), otherFourth = splat<T>(0);
      for (let at = block + shift, end = at + BLOCK * 4; at < end; at += 32) {
        const d = sub<T>(load<T>(x + at), m), e = sub<T>(load<T>(x + at, 16), m);
        store<T>(y + at, d);
        store<T>(y + at, e, 16);
        const u = mul<T>(d, k), v = mul<T>(e, k);
        const u2 = mul<T>(u, u), v2 = mul<T>(v, v);
        second = add<T>(second, u2);
        otherSecond = add<T>(otherSecond, v2);
        fourth = add<T>(fourth, mul<T>(u2, u2));
        otherFourth = add<T>(otherFourth, mul<T>(v2, v2));
      }
      squares = add<T>(squares, add<T>(second, otherSecond));
      fourths = add<T>(fourths, add<T>(fourth, otherFourth));
    }
    store<T>(LANES + shift, squares);
    store<T>(LANES + 16 + shift, fourths);
  }
}

/** The power of two that brings a size of 1e-38..1e9 to 1..2. */
@inline function normaliser(size: f32): f32 {
  return reinterpret<f32>(0x7f000000 - (reinterpret<u32>(size) & 0x7f800000));
}

/**
 * Measures n samples at x (n a multiple of 64) into this file's exports and writes x - mean to y.
 * A window of equal samples has rms and peak 0 and kurtosis 0.
 */
export function measure(x: usize, y: usize, n: i32): void {
  if (ASC_FEATURE_SIMD) extremesAs<v128>(x, n);
  else extremesAs<f32>(x, n);
  mean = addLanes(LANES + 32) / <f32>n;
  peak = max<f32>(highest - mean, mean - lowest);
  const scale = normaliser(peak);
  if (ASC_FEATURE_SIMD) powersAs<v128>(x, y, n, mean, scale);
  else powersAs<f32>(x, y, n, mean, scale);
  const second = addLanes(LANES) / <f32>n, fourth = addLanes(LANES + 16) / <f32>n;
  rms = NativeMathf.sqrt(second) / scale;
  kurtosis = second > 0 && highest > lowest ? fourth / (second * second) : 0;
  if (highest == lowest) rms = peak = 0;
}
