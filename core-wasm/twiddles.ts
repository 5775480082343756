// Tables of the transforms, for all sizes up to the planned one. Each value is rounded once from f64, so the error of a
// transform is that of its own arithmetic.
import { JOIN_TWIDDLES, LANE_TWIDDLES, ONE_SIZE } from './fft-map';

/** Real size for which the tables are made; smaller powers of two use them too. */
let tableSize: i32 = 0;

/** exp(-2 pi i k / (4 length)) of `join` and `split`: per pair i from 1 on, k = i, 2i, 3i: re im re im re im. */
@inline export function joinTwiddles(length: i32): usize {
  return JOIN_TWIDDLES + <usize>(length - 4) * 12;
}

/** exp(-2 pi i k l / n) of the lanes, n = 4v: per four k from 1 on, for l = 1, 2, 3 the vectors re im; v = 4 has a block too. */
@inline export function laneTwiddles(v: i32): usize {
  return LANE_TWIDDLES + (ONE_SIZE ? 0 : <usize>(v & ~7) * 12);
}

function put(at: usize, distance: usize, angle: f64): void {
  store<f32>(at, <f32>NativeMath.cos(angle));
  store<f32>(at + distance, <f32>NativeMath.sin(angle));
}

function planJoin(length: i32): void {
  let p = joinTwiddles(length);
  const step = (-2.0 * Math.PI) / <f64>(4 * length);
  for (let i = 1; i < length >> 1; i++) for (let j = 1; j < 4; j++, p += 8) put(p, 4, step * <f64>(i * j));
}

function planLanes(v: i32): void {
  let p = laneTwiddles(v);
  const step = (-2.0 * Math.PI) / <f64>(4 * v);
  for (let k = 1; k <= v >> 1; k += 4)
    for (let l = 1; l < 4; l++, p += 32)
      for (let lane = 0; lane < 4; lane++) put(p + (<usize>lane << 2), 16, step * <f64>((k + lane) * l));
}

/** Makes the tables for transforms up to real size n. */
export function planTwiddles(n: i32): void {
  if (tableSize >= n) return;
  tableSize = n;
  for (let length = 4; length <= n >> 4; length <<= 1) planJoin(length);
  for (let v = ONE_SIZE ? n >> 2 : 4; v <= n >> 2; v <<= 1) planLanes(v);
}
