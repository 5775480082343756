// The tables of every transform: made once for the largest size, used by all smaller ones. Rounded once from f64, so the
// error of a transform is that of its input.
import { FIRST_TWIDDLES, LAST_TWIDDLES, TWIDDLES } from './map';

const SMALLEST: i32 = 16; // complex points

/** Real size for which the tables are made; smaller powers of two use them too. */
let tableSize: i32 = 0;

/** Bytes between the planes of m complex points; the pad keeps them off the same cache set. */
@inline export function planeOffset(m: i32): usize {
  return (<usize>m << 2) + 64;
}

/** Twiddles of the first pass of m points: per four p, the vectors w1r w1i w2r w2i w3r w3i. Tables of all sizes in a row. */
@inline export function firstTwiddles(m: i32): usize {
  return FIRST_TWIDDLES + <usize>(m - SMALLEST) * 6;
}

/** Twiddles that untangle m points: per four bins k and k + m/4, halved: the vectors re im re im. */
@inline export function lastTwiddles(m: i32): usize {
  return LAST_TWIDDLES + <usize>(m - SMALLEST) * 2;
}

/** Makes the tables for transforms up to real size n. */
export function planTwiddles(n: i32): void {
  if (tableSize == n) return;
  const step = (-2.0 * Math.PI) / <f64>n;
  for (let k = 0; k < (n * 7) / 8; k++) {
    const at = TWIDDLES + (<usize>k << 3);
    store<f32>(at, <f32>NativeMath.cos(step * <f64>k));
    store<f32>(at, <f32>NativeMath.sin(step * <f64>k), 4);
  }
  tableSize = n;
  for (let m = SMALLEST; m <= n >> 1; m <<= 1) {
    planFirst(m);
    planLast(m);
  }
}

@inline function tableAt(k: i32, n: i32): usize {
  return TWIDDLES + (<usize>(k * (tableSize / n)) << 3);
}

function planFirst(m: i32): void {
  let p = firstTwiddles(m);
  for (let block = 0; block < m >> 2; block += 4)
    for (let r = 1; r < 4; r++, p += 32)
      for (let lane = 0; lane < 4; lane++) {
        const w = tableAt((block + lane) * r, m);
        store<f32>(p + (<usize>lane << 2), load<f32>(w));
        store<f32>(p + (<usize>lane << 2), load<f32>(w, 4), 16);
      }
}

function planLast(m: i32): void {
  const s = m >> 2;
  let p = lastTwiddles(m);
  for (let q = 1; q <= s >> 1; q += 4)
    for (let r = 0; r < 2; r++, p += 32)
      for (let lane = 0; lane < 4; lane++) {
        // -j/2 exp(-i pi k / m), k = q + lane + r s; the real transform is twice as long, so k is an index of 2 m
        const w = tableAt(q + lane + r * s, m << 1);
        store<f32>(p + (<usize>lane << 2), 0.5 * load<f32>(w, 4));
        store<f32>(p + (<usize>lane << 2), -0.5 * load<f32>(w), 16);
      }
}

/** Bytes from one twiddle of groups of n points to the next, in the table at TWIDDLES. */
@inline export function twiddleStep(n: i32): usize {
  return <usize>(tableSize / n) << 3;
}
