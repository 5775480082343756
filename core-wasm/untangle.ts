// The last pass of a real transform: radix 4, no twiddles, joined with what makes the n/2 + 1 bins of real input out of
// the n/2 complex ones. Butterfly q gives bins q, q+s, q+2s, q+3s (s = m/4) and butterfly s-q their mirrors m-k, so one
// loop has both halves of every pair at hand. Vectors start at q = 1: the mirrored block is then whole as well.
import { add, mul, sub } from './lanes';
import { upToLastPass } from './fft';
import { FFT_OUTPUT, FFT_WORK } from './map';
import { lastTwiddles, planeOffset } from './twiddles';

/** Bins 0, m/4, m/2, 3m/4 and m, whose partners lie in the same butterfly. */
function untangleFirst(x: usize, im: usize, m: i32): void {
  const q = <usize>m, o = FFT_OUTPUT;
  const ar = load<f32>(x), ai = load<f32>(x + im), br = load<f32>(x + q), bi = load<f32>(x + q + im);
  const cr = load<f32>(x + 2 * q), ci = load<f32>(x + 2 * q + im), dr = load<f32>(x + 3 * q), di = load<f32>(x + 3 * q + im);
  const pr = ar + cr, pi = ai + ci, mr = ar - cr, mi = ai - ci, qr = br + dr, qi = bi + di, nr = br - dr, ni = bi - di;
  const z0r = pr + qr, z0i = pi + qi;
  store<f32>(o, z0r + z0i);
  store<f32>(o, 0, 4);
  store<f32>(o + 8 * q, z0r - z0i);
  store<f32>(o + 8 * q, 0, 4);
  store<f32>(o + 4 * q, pr - qr);
  store<f32>(o + 4 * q, qi - pi, 4);
  const eighth: f32 = -0.35355339059327376; // both parts of -j/2 exp(-i pi / 4)
  pair(o + 2 * q, o + 6 * q, mr + ni, mi - nr, mr - ni, mi + nr, eighth, eighth);
}

/** Bin k at o and its mirror at om, from Z[k] = (zr, zi), Z[m-k] = (yr, yi) and w = -j/2 exp(-i pi k / m). */
@inline function pair(o: usize, om: usize, zr: f32, zi: f32, yr: f32, yi: f32, wr: f32, wi: f32): void {
  const er = (zr + yr) * 0.5, ei = (zi - yi) * 0.5, dr = zr - yr, di = zi + yi;
  const tr = dr * wr - di * wi, ti = dr * wi + di * wr;
  store<f32>(o, er + tr);
  store<f32>(o, ei + ti, 4);
  store<f32>(om, er - tr);
  store<f32>(om, ti - ei, 4);
}

/** Reverses the four lanes. */
@inline function reversed(a: v128): v128 {
  return v128.shuffle<f32>(a, a, 3, 2, 1, 0);
}

/** Four pairs: bins from o upwards, their mirrors ending at om downwards; (yr, yi) already in the order of z. */
@inline function pairs(o: usize, om: usize, zr: v128, zi: v128, yr: v128, yi: v128, wr: v128, wi: v128): void {
  const half = f32x4.splat(0.5);
  const er = mul(add(zr, yr), half), ei = mul(sub(zi, yi), half), dr = sub(zr, yr), di = add(zi, yi);
  const tr = sub(mul(dr, wr), mul(di, wi)), ti = add(mul(dr, wi), mul(di, wr));
  const xr = add(er, tr), xi = add(ei, ti), mr = sub(er, tr), mi = sub(ti, ei);
  v128.store(o, v128.shuffle<f32>(xr, xi, 0, 4, 1, 5));
  v128.store(o, v128.shuffle<f32>(xr, xi, 2, 6, 3, 7), 16);
  v128.store(om, v128.shuffle<f32>(mr, mi, 3, 7, 2, 6));
  v128.store(om, v128.shuffle<f32>(mr, mi, 1, 5, 0, 4), 16);
}

function untangleVectors(m: i32): void {
  const im = planeOffset(m), q = <usize>m;
  let f = FFT_WORK + 4, b = FFT_WORK + q - 16, o = FFT_OUTPUT + 8, om = FFT_OUTPUT + 2 * q - 32, tw = lastTwiddles(m);
  for (const end = f + (q >> 1); f < end; f += 16, b -= 16, o += 32, om -= 32, tw += 64) {
    let ar = v128.load(f), ai = v128.load(f + im), cr = v128.load(f + 2 * q), ci = v128.load(f + 2 * q + im);
    let pr = add(ar, cr), pi = add(ai, ci), mr = sub(ar, cr), mi = sub(ai, ci);
    let br = v128.load(f + q), bi = v128.load(f + q + im), dr = v128.load(f + 3 * q), di = v128.load(f + 3 * q + im);
    let qr = add(br, dr), qi = add(bi, di), nr = sub(br, dr), ni = sub(bi, di);
    const f0r = add(pr, qr), f0i = add(pi, qi), f1r = add(mr, ni), f1i = sub(mi, nr);
    const f2r = sub(pr, qr), f2i = sub(pi, qi), f3r = sub(mr, ni), f3i = add(mi, nr);
    ar = v128.load(b); ai = v128.load(b + im); cr = v128.load(b + 2 * q); ci = v128.load(b + 2 * q + im);
    pr = add(ar, cr); pi = add(ai, ci); mr = sub(ar, cr); mi = sub(ai, ci);
    br = v128.load(b + q); bi = v128.load(b + q + im); dr = v128.load(b + 3 * q); di = v128.load(b + 3 * q + im);
    qr = add(br, dr); qi = add(bi, di); nr = sub(br, dr); ni = sub(bi, di);
    let wr = v128.load(tw), wi = v128.load(tw, 16);
    pairs(o, om + 6 * q, f0r, f0i, reversed(sub(mr, ni)), reversed(add(mi, nr)), wr, wi);
    // half a turn of w further on: times -j
    pairs(o + 4 * q, om + 2 * q, f2r, f2i, reversed(add(mr, ni)), reversed(sub(mi, nr)), wi, f32x4.neg(wr));
    wr = v128.load(tw, 32); wi = v128.load(tw, 48);
    pairs(o + 2 * q, om + 4 * q, f1r, f1i, reversed(sub(pr, qr)), reversed(sub(pi, qi)), wr, wi);
    pairs(o + 6 * q, om, f3r, f3i, reversed(add(pr, qr)), reversed(add(pi, qi)), wi, f32x4.neg(wr));
  }
}

function untangleScalars(m: i32): void {
  const im = planeOffset(m), q = <usize>m;
  let f = FFT_WORK + 4, b = FFT_WORK + q - 4, o = FFT_OUTPUT + 8, om = FFT_OUTPUT + 2 * q - 8, tw = lastTwiddles(m);
  for (const end = f + (q >> 1); f < end; tw += 48)
    for (const block = tw + 16; tw < block; f += 4, b -= 4, o += 8, om -= 8, tw += 4) {
      let ar = load<f32>(f), ai = load<f32>(f + im), cr = load<f32>(f + 2 * q), ci = load<f32>(f + 2 * q + im);
      let pr = ar + cr, pi = ai + ci, mr = ar - cr, mi = ai - ci;
      let br = load<f32>(f + q), bi = load<f32>(f + q + im), dr = load<f32>(f + 3 * q), di = load<f32>(f + 3 * q + im);
      let qr = br + dr, qi = bi + di, nr = br - dr, ni = bi - di;
      const f0r = pr + qr, f0i = pi + qi, f1r = mr + ni, f1i = mi - nr, f2r = pr - qr, f2i = pi - qi, f3r = mr - ni, f3i = mi + nr;
      ar = load<f32>(b); ai = load<f32>(b + im); cr = load<f32>(b + 2 * q); ci = load<f32>(b + 2 * q + im);
      pr = ar + cr; pi = ai + ci; mr = ar - cr; mi = ai - ci;
      br = load<f32>(b + q); bi = load<f32>(b + q + im); dr = load<f32>(b + 3 * q); di = load<f32>(b + 3 * q + im);
      qr = br + dr; qi = bi + di; nr = br - dr; ni = bi - di;
      let wr = load<f32>(tw), wi = load<f32>(tw, 16);
      pair(o, om + 6 * q, f0r, f0i, mr - ni, mi + nr, wr, wi);
      pair(o + 4 * q, om + 2 * q, f2r, f2i, mr + ni, mi - nr, wi, -wr);
      wr = load<f32>(tw, 32); wi = load<f32>(tw, 48);
      pair(o + 2 * q, om + 4 * q, f1r, f1i, pr - qr, pi - qi, wr, wi);
      pair(o + 6 * q, om, f3r, f3i, pr + qr, pi + qi, wi, -wr);
    }
}

/** From groups of four at FFT_WORK to the m + 1 interleaved bins of real input at FFT_OUTPUT. */
export function untangle(m: i32): void {
  untangleFirst(FFT_WORK, planeOffset(m), m);
  if (ASC_FEATURE_SIMD) untangleVectors(m);
  else untangleScalars(m);
}

/** Real forward transform of n f32 at x, n = 64..65 536: n/2 + 1 interleaved bins at FFT_OUTPUT; x is kept. */
export function realFft(x: usize, n: i32): void {
  upToLastPass(x, 4, true, n >> 1);
  untangle(n >> 1);
}
