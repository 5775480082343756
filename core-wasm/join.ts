// Forward passes of the real FFT: four spectra become one of four times their length (decimation in time, radix 4).
//
// Four transforms run side by side: lane l holds the samples 4t + l, so an element below is a vector of four f32 and no
// pass moves anything between lanes. A spectrum of `length` real points is kept in half-complex order: X[0], then re and
// im of X[1], X[2], ..., then X[length/2], which is real. Input is read a quarter of the array apart, output is written
// as whole spectra: that order sorts itself (Stockham), there is no bit reversal.
import { add, Lane0, Lane1, Lane2, Lane3, mul, splat, splatAt, sub } from './lanes';

const SQRT_HALF: f32 = 0.70710678118654752;

/** X[0], X[L], X[2L] of the joined spectrum, from X[0] of the four. X[L] is complex: re at y1, im at y2. */
@inline function joinFirst<T, L>(x: usize, q: usize, y: usize, y1: usize, y2: usize, y3: usize): void {
  const A: usize = offsetof<L>();
  const a = load<T>(x, A), b = load<T>(x + q, A), c = load<T>(x + 2 * q, A), d = load<T>(x + 3 * q, A);
  const p = add<T>(a, c), s = add<T>(b, d);
  store<T>(y, add<T>(p, s), A);
  store<T>(y1, sub<T>(a, c), A);
  store<T>(y2, sub<T>(d, b), A);
  store<T>(y3, sub<T>(p, s), A);
}

/** X[i] of the four spectra, three of them turned by their twiddles, to X[i], X[i+L], X[2L-i] and X[L-i] of the joined one. */
@inline function joinPair<T, L>(x: usize, q: usize, up: usize, down: usize, far: usize, w1r: T, w1i: T, w2r: T, w2i: T, w3r: T, w3i: T): void {
  const A: usize = offsetof<L>(), B: usize = offsetof<L>() + 16;
  let r = load<T>(x + 2 * q, A), i = load<T>(x + 2 * q, B);
  const cr = sub<T>(mul<T>(r, w2r), mul<T>(i, w2i)), ci = add<T>(mul<T>(r, w2i), mul<T>(i, w2r));
  const ar = load<T>(x, A), ai = load<T>(x, B);
  const pr = add<T>(ar, cr), pi = add<T>(ai, ci), mr = sub<T>(ar, cr), mi = sub<T>(ai, ci);
  r = load<T>(x + q, A); i = load<T>(x + q, B);
  const br = sub<T>(mul<T>(r, w1r), mul<T>(i, w1i)), bi = add<T>(mul<T>(r, w1i), mul<T>(i, w1r));
  r = load<T>(x + 3 * q, A); i = load<T>(x + 3 * q, B);
  const dr = sub<T>(mul<T>(r, w3r), mul<T>(i, w3i)), di = add<T>(mul<T>(r, w3i), mul<T>(i, w3r));
  const sr = add<T>(br, dr), si = add<T>(bi, di), nr = sub<T>(dr, br), ni = sub<T>(di, bi);
  store<T>(up, add<T>(pr, sr), A);
  store<T>(up, add<T>(pi, si), B);
  store<T>(down + far, sub<T>(pr, sr), A);
  store<T>(down + far, sub<T>(si, pi), B);
  store<T>(up + far, sub<T>(mr, ni), A);
  store<T>(up + far, add<T>(mi, nr), B);
  store<T>(down, add<T>(mr, ni), A);
  store<T>(down, sub<T>(nr, mi), B);
}

/** X[L/2] and X[3L/2] of the joined spectrum, from X[L/2] of the four: their twiddles are eighths of a turn. */
@inline function joinMiddle<T, L>(x: usize, q: usize, y: usize, far: usize): void {
  const A: usize = offsetof<L>(), B: usize = offsetof<L>() + 16;
  const a = load<T>(x, A), b = load<T>(x + q, A), c = load<T>(x + 2 * q, A), d = load<T>(x + 3 * q, A);
  const t = mul<T>(sub<T>(b, d), splat<T>(SQRT_HALF)), u = mul<T>(add<T>(b, d), splat<T>(-SQRT_HALF));
  store<T>(y, add<T>(a, t), A);
  store<T>(y, sub<T>(u, c), B);
  store<T>(y + far, sub<T>(a, t), A);
  store<T>(y + far, add<T>(c, u), B);
}

/** Spectra of eight real points an eighth of the array apart. */
@inline function joinEight<T, L>(x: usize, e: usize, y: usize): void {
  const A: usize = offsetof<L>();
  const x0 = load<T>(x, A), x4 = load<T>(x + 4 * e, A), x2 = load<T>(x + 2 * e, A), x6 = load<T>(x + 6 * e, A);
  const s0 = add<T>(x0, x4), d0 = sub<T>(x0, x4), s2 = add<T>(x2, x6), d2 = sub<T>(x2, x6);
  const x1 = load<T>(x + e, A), x5 = load<T>(x + 5 * e, A), x3 = load<T>(x + 3 * e, A), x7 = load<T>(x + 7 * e, A);
  const s1 = add<T>(x1, x5), d1 = sub<T>(x1, x5), s3 = add<T>(x3, x7), d3 = sub<T>(x3, x7);
  const p = add<T>(s0, s2), q = add<T>(s1, s3);
  const t = mul<T>(sub<T>(d1, d3), splat<T>(SQRT_HALF)), u = mul<T>(add<T>(d1, d3), splat<T>(-SQRT_HALF));
  store<T>(y, add<T>(p, q), A);
  store<T>(y, add<T>(d0, t), A + 16);
  store<T>(y, sub<T>(u, d2), A + 32);
  store<T>(y, sub<T>(s0, s2), A + 48);
  store<T>(y, sub<T>(s3, s1), A + 64);
  store<T>(y, sub<T>(d0, t), A + 80);
  store<T>(y, add<T>(d2, u), A + 96);
  store<T>(y, sub<T>(p, q), A + 112);
}

/** First pass: v elements at x to v / 4 spectra of four at y. */
@inline export function joinFours<T>(x: usize, y: usize, v: i32): void {
  const q = <usize>v << 2;
  for (const end = x + q; x < end; x += 16, y += 64) {
    joinFirst<T, Lane0>(x, q, y, y + 16, y + 32, y + 48);
    if (!isVector<T>()) {
      joinFirst<T, Lane1>(x, q, y, y + 16, y + 32, y + 48);
      joinFirst<T, Lane2>(x, q, y, y + 16, y + 32, y + 48);
      joinFirst<T, Lane3>(x, q, y, y + 16, y + 32, y + 48);
    }
  }
}

/** First pass where log2 v is odd: v elements at x to v / 8 spectra of eight at y. */
@inline export function joinEights<T>(x: usize, y: usize, v: i32): void {
  const e = <usize>v << 1;
  for (const end = x + e; x < end; x += 16, y += 128) {
    joinEight<T, Lane0>(x, e, y);
    if (!isVector<T>()) {
      joinEight<T, Lane1>(x, e, y);
      joinEight<T, Lane2>(x, e, y);
      joinEight<T, Lane3>(x, e, y);
    }
  }
}

/** v elements at x, spectra of `length`, to spectra of 4 * length at y; their twiddles stand at `table`. */
@inline export function join<T>(x: usize, y: usize, v: i32, length: i32, table: usize): void {
  const q = <usize>v << 2, line = <usize>length << 4, far = line << 1;
  for (const stop = x + q; x < stop; x += 16, y += 2 * far) {
    const y1 = y + far - 16, y2 = y + far, y3 = y + 2 * far - 16;
    joinFirst<T, Lane0>(x, q, y, y1, y2, y3);
    if (!isVector<T>()) {
      joinFirst<T, Lane1>(x, q, y, y1, y2, y3);
      joinFirst<T, Lane2>(x, q, y, y1, y2, y3);
      joinFirst<T, Lane3>(x, q, y, y1, y2, y3);
    }
    const end = x + line - 16;
    x += 16;
    let up = y + 16, down = y + far - 48;
    for (let t = table; x < end; x += 32, up += 32, down -= 32, t += 24) {
      const w1r = splatAt<T>(t), w1i = splatAt<T>(t + 4), w2r = splatAt<T>(t + 8), w2i = splatAt<T>(t + 12);
      const w3r = splatAt<T>(t + 16), w3i = splatAt<T>(t + 20);
      joinPair<T, Lane0>(x, q, up, down, far, w1r, w1i, w2r, w2i, w3r, w3i);
      if (!isVector<T>()) {
        joinPair<T, Lane1>(x, q, up, down, far, w1r, w1i, w2r, w2i, w3r, w3i);
        joinPair<T, Lane2>(x, q, up, down, far, w1r, w1i, w2r, w2i, w3r, w3i);
        joinPair<T, Lane3>(x, q, up, down, far, w1r, w1i, w2r, w2i, w3r, w3i);
      }
    }
    joinMiddle<T, Lane0>(x, q, up, far);
    if (!isVector<T>()) {
      joinMiddle<T, Lane1>(x, q, up, far);
      joinMiddle<T, Lane2>(x, q, up, far);
      joinMiddle<T, Lane3>(x, q, up, far);
    }
  }
}
