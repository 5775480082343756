// First pass: radix 4, stride 1. Its four results belong side by side, so vectors are transposed on the way out, and real
// input (interleaved complex points) is taken apart on the way in: one of the two passes that shuffle lanes.
import { add, mul, sub } from './lanes';
import { firstTwiddles, planeOffset } from './twiddles';

@inline function even(a: v128, b: v128): v128 {
  return v128.shuffle<f32>(a, b, 0, 2, 4, 6);
}

@inline function odd(a: v128, b: v128): v128 {
  return v128.shuffle<f32>(a, b, 1, 3, 5, 7);
}

/** Stores the columns of four rows one after the other. */
@inline function storeTransposed(p: usize, a: v128, b: v128, c: v128, d: v128): void {
  const ab = v128.shuffle<f32>(a, b, 0, 4, 1, 5), AB = v128.shuffle<f32>(a, b, 2, 6, 3, 7);
  const cd = v128.shuffle<f32>(c, d, 0, 4, 1, 5), CD = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
  v128.store(p, v128.shuffle<i64>(ab, cd, 0, 2));
  v128.store(p, v128.shuffle<i64>(ab, cd, 1, 3), 16);
  v128.store(p, v128.shuffle<i64>(AB, CD, 0, 2), 32);
  v128.store(p, v128.shuffle<i64>(AB, CD, 1, 3), 48);
}

/** m points at x: interleaved, or split with the imaginary plane imX further on; to split planes at y. */
@inline export function firstPassVectors(x: usize, imX: usize, interleaved: bool, y: usize, m: i32): void {
  const im = planeOffset(m);
  const q = interleaved ? <usize>m << 1 : <usize>m;
  let tw = firstTwiddles(m);
  const end = y + (<usize>m << 2);
  for (; y < end; y += 64, tw += 96) {
    let ar: v128, ai: v128, br: v128, bi: v128, cr: v128, ci: v128, dr: v128, di: v128;
    if (interleaved) {
      const a = v128.load(x), A = v128.load(x, 16), c = v128.load(x + 2 * q), C = v128.load(x + 2 * q, 16);
      ar = even(a, A); ai = odd(a, A); cr = even(c, C); ci = odd(c, C);
      const b = v128.load(x + q), B = v128.load(x + q, 16), d = v128.load(x + 3 * q), D = v128.load(x + 3 * q, 16);
      br = even(b, B); bi = odd(b, B); dr = even(d, D); di = odd(d, D);
      x += 32;
    } else {
      ar = v128.load(x); ai = v128.load(x + imX); cr = v128.load(x + 2 * q); ci = v128.load(x + 2 * q + imX);
      br = v128.load(x + q); bi = v128.load(x + q + imX); dr = v128.load(x + 3 * q); di = v128.load(x + 3 * q + imX);
      x += 16;
    }
    const pr = add(ar, cr), pi = add(ai, ci), mr = sub(ar, cr), mi = sub(ai, ci);
    const qr = add(br, dr), qi = add(bi, di), nr = sub(br, dr), ni = sub(bi, di);
    const r1 = add(mr, ni), i1 = sub(mi, nr), r2 = sub(pr, qr), i2 = sub(pi, qi), r3 = sub(mr, ni), i3 = add(mi, nr);
    let wr = v128.load(tw), wi = v128.load(tw, 16);
    const x1 = sub(mul(r1, wr), mul(i1, wi)), y1 = add(mul(r1, wi), mul(i1, wr));
    wr = v128.load(tw, 32); wi = v128.load(tw, 48);
    const x2 = sub(mul(r2, wr), mul(i2, wi)), y2 = add(mul(r2, wi), mul(i2, wr));
    wr = v128.load(tw, 64); wi = v128.load(tw, 80);
    const x3 = sub(mul(r3, wr), mul(i3, wi)), y3 = add(mul(r3, wi), mul(i3, wr));
    storeTransposed(y, add(pr, qr), x1, x2, x3);
    storeTransposed(y + im, add(pi, qi), y1, y2, y3);
  }
}

/** The same; point e stands at x + e * pitch. */
@inline export function firstPassScalars(x: usize, imX: usize, pitch: usize, y: usize, m: i32): void {
  const im = planeOffset(m);
  const q = <usize>(m >> 2) * pitch;
  let tw = firstTwiddles(m);
  const end = y + (<usize>m << 2);
  for (; y < end; tw += 80)
    for (const block = tw + 16; tw < block; tw += 4, x += pitch, y += 16) {
      const ar = load<f32>(x), ai = load<f32>(x + imX), cr = load<f32>(x + 2 * q), ci = load<f32>(x + 2 * q + imX);
      const br = load<f32>(x + q), bi = load<f32>(x + q + imX), dr = load<f32>(x + 3 * q), di = load<f32>(x + 3 * q + imX);
      const pr = ar + cr, pi = ai + ci, mr = ar - cr, mi = ai - ci, qr = br + dr, qi = bi + di, nr = br - dr, ni = bi - di;
      const r1 = mr + ni, i1 = mi - nr, r2 = pr - qr, i2 = pi - qi, r3 = mr - ni, i3 = mi + nr;
      let wr = load<f32>(tw), wi = load<f32>(tw, 16);
      store<f32>(y, pr + qr);
      store<f32>(y + im, pi + qi);
      store<f32>(y, r1 * wr - i1 * wi, 4);
      store<f32>(y + im, r1 * wi + i1 * wr, 4);
      wr = load<f32>(tw, 32); wi = load<f32>(tw, 48);
      store<f32>(y, r2 * wr - i2 * wi, 8);
      store<f32>(y + im, r2 * wi + i2 * wr, 8);
      wr = load<f32>(tw, 64); wi = load<f32>(tw, 80);
      store<f32>(y, r3 * wr - i3 * wi, 12);
      store<f32>(y + im, r3 * wi + i3 * wr, 12);
    }
}

