// Beyond 1e9 of the unit fourth powers leave f32: samples are limited on their way in, and the decision says so.

const LIMIT: f32 = 1e9;

/** x within +-1e9; 0 for what is no number, which the caller has accounted for before. */
@inline export function limited(x: f32): f32 {
  if (NativeMathf.abs(x) <= LIMIT) return x; // not a number compares false
  return x > 0 ? LIMIT : x < 0 ? -LIMIT : <f32>0;
}

/** Copies count f32, limited. True when a sample was not what it is now. */
export function copyLimited(from: usize, to: usize, count: i32): bool {
  let changed = false;
  const end = from + (<usize>count << 2);
  if (ASC_FEATURE_SIMD) {
    const limit = f32x4.splat(LIMIT);
    for (; from + 64 <= end; from += 64, to += 64) {
      const a = v128.load(from), b = v128.load(from, 16), c = v128.load(from, 32), d = v128.load(from, 48);
      v128.store(to, a);
      v128.store(to, b, 16);
      v128.store(to, c, 32);
      v128.store(to, d, 48);
      const ab = v128.and(f32x4.le(f32x4.abs(a), limit), f32x4.le(f32x4.abs(b), limit));
      const cd = v128.and(f32x4.le(f32x4.abs(c), limit), f32x4.le(f32x4.abs(d), limit));
      if (i32x4.all_true(v128.and(ab, cd))) continue;
      for (let i: usize = 0; i < 64; i += 4) store<f32>(to + i, limited(load<f32>(from + i)));
      changed = true;
    }
  }
  for (; from < end; from += 4, to += 4) {
    const v = load<f32>(from), kept = limited(v);
    changed = changed || kept != v;
    store<f32>(to, kept);
  }
  return changed;
}
