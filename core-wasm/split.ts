// Inverse passes of the real FFT: each undoes one of join.ts (same layout, same twiddles, conjugated) without dividing by
// four: the whole inverse gives n times the signal.
import { add, Lane0, Lane1, Lane2, Lane3, mul, splat, splatAt, sub } from './lanes';

const SQRT_TWO: f32 = 1.4142135623730951;

/** X[0] of the four spectra, or four real points, from X[0], X[L] (re at y1, im at y2) and X[2L]. */
@inline function splitFirst<T, L>(y: usize, y1: usize, y2: usize, y3: usize, x: usize, q: usize): void {
  const A: usize = offsetof<L>();
  const a = load<T>(y, A), b = load<T>(y3, A), r = load<T>(y1, A), i = load<T>(y2, A);
  const p = add<T>(a, b), m = sub<T>(a, b), s = add<T>(r, r), n = add<T>(i, i);
  store<T>(x, add<T>(p, s), A);
  store<T>(x + q, sub<T>(m, n), A);
  store<T>(x + 2 * q, sub<T>(p, s), A);
  store<T>(x + 3 * q, add<T>(m, n), A);
}

/** X[i] of the four spectra, from X[i], X[i+L], X[2L-i] and X[L-i]. */
@inline function splitPair<T, L>(up: usize, down: usize, far: usize, x: usize, q: usize, w1r: T, w1i: T, w2r: T, w2i: T, w3r: T, w3i: T): void {
  const A: usize = offsetof<L>(), B: usize = offsetof<L>() + 16;
  const ar = load<T>(up, A), ai = load<T>(up, B), cr = load<T>(down + far, A), ci = load<T>(down + far, B);
  const pr = add<T>(ar, cr), pi = sub<T>(ai, ci), mr = sub<T>(ar, cr), mi = add<T>(ai, ci);
  const br = load<T>(up + far, A), bi = load<T>(up + far, B), dr = load<T>(down, A), di = load<T>(down, B);
  const sr = add<T>(br, dr), si = sub<T>(bi, di), nr = sub<T>(br, dr), ni = add<T>(bi, di);
  store<T>(x, add<T>(pr, sr), A);
  store<T>(x, add<T>(pi, si), B);
  const r2 = sub<T>(pr, sr), i2 = sub<T>(pi, si);
  store<T>(x + 2 * q, add<T>(mul<T>(r2, w2r), mul<T>(i2, w2i)), A);
  store<T>(x + 2 * q, sub<T>(mul<T>(i2, w2r), mul<T>(r2, w2i)), B);
  const r1 = sub<T>(mr, ni), i1 = add<T>(mi, nr);
  store<T>(x + q, add<T>(mul<T>(r1, w1r), mul<T>(i1, w1i)), A);
  store<T>(x + q, sub<T>(mul<T>(i1, w1r), mul<T>(r1, w1i)), B);
  const r3 = add<T>(mr, ni), i3 = sub<T>(mi, nr);
  store<T>(x + 3 * q, add<T>(mul<T>(r3, w3r), mul<T>(i3, w3i)), A);
  store<T>(x + 3 * q, sub<T>(mul<T>(i3, w3r), mul<T>(r3, w3i)), B);
}

/** X[L/2] of the four spectra, from X[L/2] and X[3L/2]. */
@inline function splitMiddle<T, L>(y: usize, far: usize, x: usize, q: usize): void {
  const A: usize = offsetof<L>(), B: usize = offsetof<L>() + 16;
  const ar = load<T>(y, A), ai = load<T>(y, B), br = load<T>(y + far, A), bi = load<T>(y + far, B);
  const s = add<T>(ar, br), d = sub<T>(ar, br), t = add<T>(ai, bi), e = sub<T>(bi, ai);
  store<T>(x, add<T>(s, s), A);
  store<T>(x + q, mul<T>(sub<T>(d, t), splat<T>(SQRT_TWO)), A);
  store<T>(x + 2 * q, add<T>(e, e), A);
  store<T>(x + 3 * q, mul<T>(add<T>(d, t), splat<T>(-SQRT_TWO)), A);
}

/** Eight real points an eighth of the array apart, from their spectrum. */
@inline function splitEight<T, L>(y: usize, x: usize, e: usize): void {
  const A: usize = offsetof<L>();
  const y0 = load<T>(y, A), y4 = load<T>(y, A + 112), r2 = load<T>(y, A + 48), i2 = load<T>(y, A + 64);
  const a = add<T>(y0, y4), b = sub<T>(y0, y4), c = add<T>(r2, r2), d = add<T>(i2, i2);
  const e0 = add<T>(a, c), e1 = sub<T>(b, d), e2 = sub<T>(a, c), e3 = add<T>(b, d);
  const r1 = load<T>(y, A + 16), i1 = load<T>(y, A + 32), r3 = load<T>(y, A + 80), i3 = load<T>(y, A + 96);
  const s = add<T>(r1, r3), t = sub<T>(i3, i1), u = sub<T>(r1, r3), v = add<T>(i1, i3);
  const o0 = add<T>(s, s), o2 = add<T>(t, t);
  const o1 = mul<T>(sub<T>(u, v), splat<T>(SQRT_TWO)), o3 = mul<T>(add<T>(u, v), splat<T>(-SQRT_TWO));
  store<T>(x, add<T>(e0, o0), A);
  store<T>(x + 4 * e, sub<T>(e0, o0), A);
  store<T>(x + e, add<T>(e1, o1), A);
  store<T>(x + 5 * e, sub<T>(e1, o1), A);
  store<T>(x + 2 * e, add<T>(e2, o2), A);
  store<T>(x + 6 * e, sub<T>(e2, o2), A);
  store<T>(x + 3 * e, add<T>(e3, o3), A);
  store<T>(x + 7 * e, sub<T>(e3, o3), A);
}

/** Last pass: v / 4 spectra of four at y to v elements at x. */
@inline export function splitFours<T>(y: usize, x: usize, v: i32): void {
  const q = <usize>v << 2;
  for (const end = x + q; x < end; x += 16, y += 64) {
    splitFirst<T, Lane0>(y, y + 16, y + 32, y + 48, x, q);
    if (!isVector<T>()) {
      splitFirst<T, Lane1>(y, y + 16, y + 32, y + 48, x, q);
      splitFirst<T, Lane2>(y, y + 16, y + 32, y + 48, x, q);
      splitFirst<T, Lane3>(y, y + 16, y + 32, y + 48, x, q);
    }
  }
}

/** Last pass where log2 v is odd: v / 8 spectra of eight at y to v elements at x. */
@inline export function splitEights<T>(y: usize, x: usize, v: i32): void {
  const e = <usize>v << 1;
  for (const end = x + e; x < end; x += 16, y += 128) {
    splitEight<T, Lane0>(y, x, e);
    if (!isVector<T>()) {
      splitEight<T, Lane1>(y, x, e);
      splitEight<T, Lane2>(y, x, e);
      splitEight<T, Lane3>(y, x, e);
    }
  }
}

/** v elements at y, spectra of 4 * length, to spectra of `length` at x; the twiddles of `join` stand at `table`. */
@inline export function split<T>(y: usize, x: usize, v: i32, length: i32, table: usize): void {
  const q = <usize>v << 2, line = <usize>length << 4, far = line << 1;
  for (const stop = x + q; x < stop; x += 16, y += 2 * far) {
    const y1 = y + far - 16, y2 = y + far, y3 = y + 2 * far - 16;
    splitFirst<T, Lane0>(y, y1, y2, y3, x, q);
    if (!isVector<T>()) {
      splitFirst<T, Lane1>(y, y1, y2, y3, x, q);
      splitFirst<T, Lane2>(y, y1, y2, y3, x, q);
      splitFirst<T, Lane3>(y, y1, y2, y3, x, q);
    }
    const end = x + line - 16;
    x += 16;
    let up = y + 16, down = y + far - 48;
    for (let t = table; x < end; x += 32, up += 32, down -= 32, t += 24) {
      const w1r = splatAt<T>(t), w1i = splatAt<T>(t + 4), w2r = splatAt<T>(t + 8), w2i = splatAt<T>(t + 12);
      const w3r = splatAt<T>(t + 16), w3i = splatAt<T>(t + 20);
      splitPair<T, Lane0>(up, down, far, x, q, w1r, w1i, w2r, w2i, w3r, w3i);
      if (!isVector<T>()) {
        splitPair<T, Lane1>(up, down, far, x, q, w1r, w1i, w2r, w2i, w3r, w3i);
        splitPair<T, Lane2>(up, down, far, x, q, w1r, w1i, w2r, w2i, w3r, w3i);
        splitPair<T, Lane3>(up, down, far, x, q, w1r, w1i, w2r, w2i, w3r, w3i);
      }
    }
    splitMiddle<T, Lane0>(up, far, x, q);
    if (!isVector<T>()) {
      splitMiddle<T, Lane1>(up, far, x, q);
      splitMiddle<T, Lane2>(up, far, x, q);
      splitMiddle<T, Lane3>(up, far, x, q);
    }
  }
}
