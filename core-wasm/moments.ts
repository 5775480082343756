// Mean, RMS about the mean, peak, crest factor and kurtosis of one window, and its mean-free copy for the transform.
// Sums run in four lanes and blocks of 64 samples: the error stays near 3e-7 for any window up to 4096.
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

/** power 1: sum of x; 2: sum of x squared; 4: sum of (x * scale) to the fourth. */
@inline function sumOf<T>(x: usize, n: i32, power: i32, scale: f32): f32 {
  const k = splat<T>(scale);
  for (let lane = 0; lane < 4; lane += lanesOf<T>()) {
    let total = splat<T>(0);
    for (let block = 0; block < n; block += BLOCK) {
      let part = splat<T>(0);
      let p = x + (<usize>(block + lane) << 2);
      for (let end = p + BLOCK * 4; p < end; p += 16) {
        let v = load<T>(p);
        if (power == 4) v = mul<T>(v, k);
        if (power >= 2) v = mul<T>(v, v);
        if (power == 4) v = mul<T>(v, v);
        part = add<T>(part, v);
      }
      total = add<T>(total, part);
    }
    store<T>(LANES + (<usize>lane << 2), total);
  }
  return addLanes(LANES);
}

@inline function centreAs<T>(x: usize, y: usize, n: i32, level: f32): void {
  const m = splat<T>(level);
  const end = x + (<usize>n << 2);
  for (; x < end; x += <usize>lanesOf<T>() * 4, y += <usize>lanesOf<T>() * 4) store<T>(y, sub<T>(load<T>(x), m));
}

@inline function extremesAs<T>(x: usize, n: i32): void {
  let low = load<f32>(x), high = low;
  for (let lane = 0; lane < 4; lane += lanesOf<T>()) {
    let a = splat<T>(low), b = splat<T>(high);
    const end = x + (<usize>n << 2);
    for (let p = x + (<usize>lane << 2); p < end; p += 16) {
      const v = load<T>(p);
      a = min<T>(a, v);
      b = max<T>(b, v);
    }
    store<T>(LANES + (<usize>lane << 2), a);
    store<T>(LANES + 16 + (<usize>lane << 2), b);
  }
  for (let i: usize = 0; i < 16; i += 4) {
    low = NativeMathf.min(low, load<f32>(LANES + i));
    high = NativeMathf.max(high, load<f32>(LANES + 16 + i));
  }
  lowest = low;
  highest = high;
}

@inline function measureAs<T>(x: usize, y: usize, n: i32): void {
  extremesAs<T>(x, n);
  mean = sumOf<T>(x, n, 1, 1) / <f32>n;
  centreAs<T>(x, y, n, mean);
  rms = NativeMathf.sqrt(sumOf<T>(y, n, 2, 1) / <f32>n);
  peak = NativeMathf.max(highest - mean, mean - lowest);
  kurtosis = rms > 0 && highest > lowest ? sumOf<T>(y, n, 4, 1 / rms) / <f32>n : 0;
}

/**
 * Measures n samples at x (n a multiple of 64) into this file's exports and writes x - mean to y.
 * A window of equal samples has rms of rounding size at most and kurtosis 0.
 */
export function measure(x: usize, y: usize, n: i32): void {
  if (ASC_FEATURE_SIMD) measureAs<v128>(x, y, n);
  else measureAs<f32>(x, y, n);
  if (highest == lowest) rms = peak = 0;
}
