// Order statistics of a few hundred values, at most MOST.
import { FFT_WORK } from './map';
import { MAX_WINDOW } from './sizes';

const MOST: i32 = MAX_WINDOW / 2 + 1;
const ONE: usize = FFT_WORK; // no transform is under way
const OTHER: usize = FFT_WORK + ((<usize>MOST * 4 + 15) & ~15);

/** Middle one of three: a pivot that sorted or reversed values do not spoil. */
@inline function middleOf(a: f32, b: f32, c: f32): f32 {
  return NativeMathf.max(NativeMathf.min(a, b), NativeMathf.min(NativeMathf.max(a, b), c));
}

/**
 * Value of rank k (0 = smallest) of n f32 at p, n >= 1, all of them numbers; they are kept. Quickselect without a branch on
 * the values: each goes to both ends of the next buffer and stays where it belongs, because a branch that noise decides
 * costs more than two writes. What equals the pivot goes to neither side, so equal values end the search. Uses FFT_WORK.
 */
export function rank(p: usize, n: i32, k: i32): f32 {
  let from = p, to = ONE;
  while (true) {
    const last = from + (<usize>(n - 1) << 2);
    const pivot = middleOf(load<f32>(from), load<f32>(from + (<usize>(n >> 1) << 2)), load<f32>(last));
    const top = to + (<usize>(n - 1) << 2);
    let below = to, above = top;
    for (let at = from; at <= last; at += 4) {
      const v = load<f32>(at);
      store<f32>(below, v);
      store<f32>(above, v);
      below += <usize>(v < pivot) << 2;
      above -= <usize>(v > pivot) << 2;
    }
    const smaller = <i32>((below - to) >> 2), greater = <i32>((top - above) >> 2);
    if (k < smaller) {
      from = to;
      n = smaller;
    } else if (k >= n - greater) {
      k -= n - greater;
      n = greater;
      from = above + 4;
    } else return pivot;
    to = to == ONE ? OTHER : ONE;
  }
}

/** Median of n f32 at p; the mean of the two middle values when n is even. They are kept. */
export function median(p: usize, n: i32): f32 {
  const upper = rank(p, n, n >> 1);
  if (n & 1) return upper;
  return (upper + rank(p, n, (n >> 1) - 1)) * 0.5;
}
