// Squared envelope of one window in one band, from the bins of its transform: the band's bins become the whole spectrum
// of a shorter complex signal (decimated Hilbert transform). Twice as many points as bins, so that the square of its
// magnitude does not alias. A wrap-around at the window's ends is accepted: the features compare like with like.
import { analyticSignal } from './fft';
import { add, addLanes, lanesOf, max, mul, splat, sub } from './lanes';
import { FFT_INPUT, FFT_OUTPUT, LANES } from './map';

/** Mean, largest value and relative variance of the squared envelope. */
export let meanSquare: f32 = 0;
export let highest: f32 = 0;
export let relativeVariance: f32 = 0;

const BLOCK: i32 = 32; // points summed before they join the total: the error stays near 1e-6 for 2048 points

/** First bin of the feature band 0.2..0.45 fs. It holds n/4 bins whatever the n, so its envelope has n/2 points. */
@inline function featureFirstBin(n: i32): i32 {
  return <i32>NativeMathf.ceil(0.2 * <f32>n);
}

/** Replaces re by re^2 + im^2, adds it up and finds the largest. */
@inline function squareAs<T>(re: usize, im: usize, m: i32): void {
  for (let lane = 0; lane < 4; lane += lanesOf<T>()) {
    let total = splat<T>(0), top = splat<T>(0);
    const shift = <usize>lane << 2;
    for (let block: usize = 0; block < <usize>m << 2; block += BLOCK * 4) {
      let part = splat<T>(0), other = splat<T>(0);
      for (let at = block + shift, end = at + BLOCK * 4; at < end; at += 32) {
        const r = load<T>(re + at), i = load<T>(im + at), s = load<T>(re + at, 16), j = load<T>(im + at, 16);
        const e = add<T>(mul<T>(r, r), mul<T>(i, i)), f = add<T>(mul<T>(s, s), mul<T>(j, j));
        store<T>(re + at, e);
        store<T>(re + at, f, 16);
        part = add<T>(part, e);
        other = add<T>(other, f);
        top = max<T>(top, max<T>(e, f));
      }
      total = add<T>(total, add<T>(part, other));
    }
    store<T>(LANES + shift, total);
    store<T>(LANES + 16 + shift, top);
  }
}

/** Sum of (e * inverse - 1)^2: relative before it is squared, because 1e9 to the fourth leaves f32. */
@inline function spreadAs<T>(e: usize, m: i32, inverse: f32): f32 {
  const k = splat<T>(inverse), one = splat<T>(1);
  for (let lane = 0; lane < 4; lane += lanesOf<T>()) {
    let total = splat<T>(0);
    for (let block = 0; block < m; block += BLOCK) {
      let part = splat<T>(0), other = splat<T>(0);
      for (let p = e + (<usize>(block + lane) << 2), end = p + BLOCK * 4; p < end; p += 32) {
        const d = sub<T>(mul<T>(load<T>(p), k), one), f = sub<T>(mul<T>(load<T>(p, 16), k), one);
        part = add<T>(part, mul<T>(d, d));
        other = add<T>(other, mul<T>(f, f));
      }
      total = add<T>(total, add<T>(part, other));
    }
    store<T>(LANES + (<usize>lane << 2), total);
  }
  return addLanes(LANES);
}

/** Measures the squared envelope of 0.2..0.45 fs of the n-sample window whose bins stand at FFT_OUTPUT; uses FFT_INPUT. */
export function measureEnvelope(n: i32): void {
  const m = n >> 1;
  const re = FFT_INPUT, im = FFT_INPUT + (<usize>m << 2) + 128;
  analyticSignal(FFT_OUTPUT + (<usize>featureFirstBin(n) << 3), re, im, m, 2 / <f32>n);
  if (ASC_FEATURE_SIMD) squareAs<v128>(re, im, m);
  else squareAs<f32>(re, im, m);
  const level = addLanes(LANES) / <f32>m;
  highest = NativeMathf.max(
    NativeMathf.max(load<f32>(LANES, 16), load<f32>(LANES, 20)),
    NativeMathf.max(load<f32>(LANES, 24), load<f32>(LANES, 28)),
  );
  const inverse: f32 = 1 / NativeMathf.max(level, 1e-18);
  const spread = ASC_FEATURE_SIMD ? spreadAs<v128>(re, m, inverse) : spreadAs<f32>(re, m, inverse);
  meanSquare = level;
  relativeVariance = level > 0 ? spread / <f32>m : 0;
}
