// Beyond 1e9 of the unit fourth powers leave f32: samples are limited on their way in, and the decision says so.

const LIMIT: f32 = 1e9;

/** x within +-1e9; 0 for what is no number, which the caller has accounted for before. */
@inline export function limited(x: f32): f32 {
  if (NativeMathf.abs(x) <= LIMIT) return x; // not a number compares false
  return x > 0 ? LIMIT : x < 0 ? -LIMIT : <f32>0;
}
