// The Hann window applied to the bins of an unwindowed transform: each bin minus the mean of its neighbours. That is twice
// the window's own effect (a half less a quarter of each neighbour); whoever uses it allows for the two.
// Bins are interleaved (re, im), and both parts are treated alike, so lanes need not know which they hold.
import { add, mul, splat, sub } from './lanes';

/** Twice the Hann-weighted lanes of `centre`, whose neighbours one bin (8 bytes) before and after are `left` and `right`. */
@inline export function hann<T>(left: T, centre: T, right: T): T {
  return sub<T>(centre, mul<T>(add<T>(left, right), splat<T>(0.5)));
}

/** The same, from memory. */
@inline export function hannAt(p: usize): f32 {
  return hann<f32>(load<f32>(p - 8), load<f32>(p), load<f32>(p + 8));
}

/** Sums of squares of neighbouring lanes of eight: |h|^2 of four bins. */
@inline export function squaredMagnitudes(a: v128, b: v128): v128 {
  const aa = f32x4.mul(a, a), bb = f32x4.mul(b, b);
  return f32x4.add(v128.shuffle<f32>(aa, bb, 0, 2, 4, 6), v128.shuffle<f32>(aa, bb, 1, 3, 5, 7));
}

/** |Xh[k]|^2 * scale of the bins first..last at `bins`, written to `power`; in blocks of four, whichever the kernel. */
export function hannPowers(bins: usize, power: usize, first: i32, last: i32, scale: f32): void {
  const quarter: f32 = 0.25 * scale;
  let p = bins + (<usize>first << 3), to = power + (<usize>first << 2);
  const end = power + (<usize>last << 2);
  if (ASC_FEATURE_SIMD) {
    const s = f32x4.splat(quarter);
    let left = v128.load(p - 8);
    for (; to + 12 <= end; to += 16, p += 32) {
      const middle = v128.load(p, 8), right = v128.load(p, 24);
      const a = hann<v128>(left, v128.load(p), middle), b = hann<v128>(middle, v128.load(p, 16), right);
      v128.store(to, f32x4.mul(squaredMagnitudes(a, b), s));
      left = right;
    }
  }
  for (; to <= end; to += 4, p += 8) {
    const re = hannAt(p), im = hannAt(p + 4);
    store<f32>(to, (re * re + im * im) * quarter);
  }
}
