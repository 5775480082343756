// First inverse step: the bins of a whole spectrum become the four spectra that stand in the four lanes; it undoes
// join-lanes.ts. The spectrum may be turned by -90 degrees on its way in: real parts are then taken from imaginary ones,
// which is how one band gives the two halves of an analytic signal.
import { add, Lane0, Lane1, Lane2, Lane3, mul, splat, sub } from './lanes';

/** X[0] of the four spectra, from the whole spectrum's real bins 0 and 2v and its complex bin v. */
export function splitFirstLanes(f: usize, first: f32, middleRe: f32, middleIm: f32, last: f32): void {
  const p = first + last, m = first - last, s = middleRe + middleRe, n = middleIm + middleIm;
  store<f32>(f, p + s);
  store<f32>(f, m - n, 4);
  store<f32>(f, p - s, 8);
  store<f32>(f, m + n, 12);
}

@inline function evenLanes(a: v128, b: v128): v128 {
  return v128.shuffle<f32>(a, b, 0, 2, 4, 6);
}

@inline function oddLanes(a: v128, b: v128): v128 {
  return v128.shuffle<f32>(a, b, 1, 3, 5, 7);
}

/** Real parts of four bins in descending order. */
@inline function evenMirrored(low: v128, high: v128): v128 {
  return v128.shuffle<f32>(high, low, 2, 0, 6, 4);
}

@inline function oddMirrored(low: v128, high: v128): v128 {
  return v128.shuffle<f32>(high, low, 3, 1, 7, 5);
}

/** Re or im of four bins, times the scale; a turn by -90 degrees makes im of re and minus re of im. */
@inline function realPart(turned: bool, re: v128, im: v128, scale: v128): v128 {
  return mul(turned ? im : re, scale);
}

@inline function imaginaryPart(turned: bool, re: v128, im: v128, scale: v128): v128 {
  return turned ? f32x4.neg(mul(re, scale)) : mul(im, scale);
}

/** Stores four rows as the columns of elements 32 bytes apart. */
@inline function storeLanes(f: usize, a: v128, b: v128, c: v128, d: v128): void {
  const ab = v128.shuffle<f32>(a, b, 0, 4, 1, 5), AB = v128.shuffle<f32>(a, b, 2, 6, 3, 7);
  const cd = v128.shuffle<f32>(c, d, 0, 4, 1, 5), CD = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
  v128.store(f, v128.shuffle<i64>(ab, cd, 0, 2));
  v128.store(f, v128.shuffle<i64>(ab, cd, 1, 3), 32);
  v128.store(f, v128.shuffle<i64>(AB, CD, 0, 2), 64);
  v128.store(f, v128.shuffle<i64>(AB, CD, 1, 3), 96);
}

@inline function splitVectors(turned: bool, up: usize, down: usize, far: usize, f: usize, v: i32, t: usize, gain: f32): void {
  const g = splat<v128>(gain);
  for (const end = f + (<usize>v << 4); f < end; f += 128, t += 96, up += 32, down -= 32) {
    let low = v128.load(up), high = v128.load(up, 16), re = evenLanes(low, high), im = oddLanes(low, high);
    const ar = realPart(turned, re, im, g), ai = imaginaryPart(turned, re, im, g);
    low = v128.load(down + far); high = v128.load(down + far, 16);
    re = evenMirrored(low, high); im = oddMirrored(low, high);
    const cr = realPart(turned, re, im, g), ci = imaginaryPart(turned, re, im, g);
    const pr = add(ar, cr), pi = sub(ai, ci), mr = sub(ar, cr), mi = add(ai, ci);
    low = v128.load(up + far); high = v128.load(up + far, 16);
    re = evenLanes(low, high); im = oddLanes(low, high);
    const br = realPart(turned, re, im, g), bi = imaginaryPart(turned, re, im, g);
    low = v128.load(down); high = v128.load(down, 16);
    re = evenMirrored(low, high); im = oddMirrored(low, high);
    const dr = realPart(turned, re, im, g), di = imaginaryPart(turned, re, im, g);
    const sr = add(br, dr), si = sub(bi, di), nr = sub(br, dr), ni = add(bi, di);
    const r1 = sub(mr, ni), i1 = add(mi, nr), r2 = sub(pr, sr), i2 = sub(pi, si), r3 = add(mr, ni), i3 = sub(mi, nr);
    const w1r = v128.load(t), w1i = v128.load(t, 16), w2r = v128.load(t, 32), w2i = v128.load(t, 48);
    const w3r = v128.load(t, 64), w3i = v128.load(t, 80);
    storeLanes(f, add(pr, sr), add(mul(r1, w1r), mul(i1, w1i)), add(mul(r2, w2r), mul(i2, w2i)), add(mul(r3, w3r), mul(i3, w3i)));
    storeLanes(f + 16, add(pi, si), sub(mul(i1, w1r), mul(r1, w1i)), sub(mul(i2, w2r), mul(r2, w2i)), sub(mul(i3, w3r), mul(r3, w3i)));
  }
}

@inline function scalarReal(turned: bool, p: usize, gain: f32): f32 {
  return (turned ? load<f32>(p, 4) : load<f32>(p)) * gain;
}

@inline function scalarImaginary(turned: bool, p: usize, gain: f32): f32 {
  return turned ? -(load<f32>(p) * gain) : load<f32>(p, 4) * gain;
}

/** Bin `offsetof<L>() / 4` of a block of four. */
@inline function splitScalar<L>(turned: bool, up: usize, down: usize, far: usize, f: usize, t: usize, g: f32): void {
  const F: usize = 8 * offsetof<L>(), T: usize = offsetof<L>(), U: usize = 2 * offsetof<L>(), D: usize = 24 - 2 * offsetof<L>();
  const ar = scalarReal(turned, up + U, g), ai = scalarImaginary(turned, up + U, g);
  const cr = scalarReal(turned, down + far + D, g), ci = scalarImaginary(turned, down + far + D, g);
  const pr = ar + cr, pi = ai - ci, mr = ar - cr, mi = ai + ci;
  const br = scalarReal(turned, up + far + U, g), bi = scalarImaginary(turned, up + far + U, g);
  const dr = scalarReal(turned, down + D, g), di = scalarImaginary(turned, down + D, g);
  const sr = br + dr, si = bi - di, nr = br - dr, ni = bi + di;
  store<f32>(f, pr + sr, F);
  store<f32>(f, pi + si, F + 16);
  const r1 = mr - ni, i1 = mi + nr, w1r = load<f32>(t, T), w1i = load<f32>(t, T + 16);
  store<f32>(f, r1 * w1r + i1 * w1i, F + 4);
  store<f32>(f, i1 * w1r - r1 * w1i, F + 20);
  const r2 = pr - sr, i2 = pi - si, w2r = load<f32>(t, T + 32), w2i = load<f32>(t, T + 48);
  store<f32>(f, r2 * w2r + i2 * w2i, F + 8);
  store<f32>(f, i2 * w2r - r2 * w2i, F + 24);
  const r3 = mr + ni, i3 = mi - nr, w3r = load<f32>(t, T + 64), w3i = load<f32>(t, T + 80);
  store<f32>(f, r3 * w3r + i3 * w3i, F + 12);
  store<f32>(f, i3 * w3r - r3 * w3i, F + 28);
}

@inline function splitScalars(turned: bool, up: usize, down: usize, far: usize, f: usize, v: i32, t: usize, gain: f32): void {
  for (const end = f + (<usize>v << 4); f < end; f += 128, t += 96, up += 32, down -= 32) {
    splitScalar<Lane0>(turned, up, down, far, f, t, gain);
    splitScalar<Lane1>(turned, up, down, far, f, t, gain);
    splitScalar<Lane2>(turned, up, down, far, f, t, gain);
    splitScalar<Lane3>(turned, up, down, far, f, t, gain);
  }
}

/**
 * X[1..v/2] of the four spectra, times `gain`, written to half-complex order at f (the element after the last one is
 * overwritten), from the interleaved bins 1..2v - 1 at `bins`. X[0] is left to `splitFirstLanes`.
 */
@inline export function splitLanes(turned: bool, bins: usize, f: usize, v: i32, table: usize, gain: f32): void {
  const far = <usize>v << 3;
  if (ASC_FEATURE_SIMD) splitVectors(turned, bins + 8, bins + far - 32, far, f + 16, v, table, gain);
  else splitScalars(turned, bins + 8, bins + far - 32, far, f + 16, v, table, gain);
}
