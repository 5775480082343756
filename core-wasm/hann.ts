// The Hann window applied to the bins of an unwindowed transform: each bin halved minus a quarter of its neighbours.
// Bins are interleaved (re, im), and both parts are treated alike, so lanes need not know which they hold.
import { add, mul, splat, sub } from './lanes';

/** Hann-weighted lanes at p, a bin being 8 bytes: neighbours stand 8 bytes before and after. */
@inline export function hannAt<T>(p: usize): T {
  const half = splat<T>(0.5), quarter = splat<T>(0.25);
  return sub<T>(mul<T>(load<T>(p), half), mul<T>(add<T>(load<T>(p - 8), load<T>(p + 8)), quarter));
}

/** Sums of squares of neighbouring lanes of eight: |h|^2 of four bins. */
@inline export function squaredMagnitudes(a: v128, b: v128): v128 {
  const aa = f32x4.mul(a, a), bb = f32x4.mul(b, b);
  return f32x4.add(v128.shuffle<f32>(aa, bb, 0, 2, 4, 6), v128.shuffle<f32>(aa, bb, 1, 3, 5, 7));
}

/** |Xh[k]|^2 * scale of the bins first..last at `bins`, written to `power`; in blocks of four, whichever the kernel. */
export function hannPowers(bins: usize, power: usize, first: i32, last: i32, scale: f32): void {
  let k = first;
  if (ASC_FEATURE_SIMD) {
    const s = f32x4.splat(scale);
    for (; k + 3 <= last; k += 4) {
      const p = bins + (<usize>k << 3);
      v128.store(power + (<usize>k << 2), f32x4.mul(squaredMagnitudes(hannAt<v128>(p), hannAt<v128>(p + 16)), s));
    }
  }
  for (; k <= last; k++) {
    const p = bins + (<usize>k << 3);
    const re = hannAt<f32>(p), im = hannAt<f32>(p + 4);
    store<f32>(power + (<usize>k << 2), (re * re + im * im) * scale);
  }
}
