// Stockham autosort FFT, decimation in frequency, radix 4 with one radix-2 pass where log2 is odd; split planes.
// Real input of length n is taken as n/2 complex points and untangled at the end. No normalisation:
// X[k] = sum x[t] exp(-2 pi i k t / n); the inverse of a complex transform is the forward one with planes exchanged.
import { add, lanesOf, mul, splat, sub } from './lanes';
import { FFT_OUTPUT, FFT_WORK, TWIDDLES } from './map';

/** Size whose twiddles the table holds; smaller powers of two use it with a stride. */
let tableSize: i32 = 0;

/** Fills the table for transforms up to real size n. Rounded once from f64, so the error is that of the input. */
export function planTwiddles(n: i32): void {
  if (tableSize == n) return;
  const step = (-2.0 * Math.PI) / <f64>n;
  for (let k = 0; k < (n * 3) / 4; k++) {
    const angle = step * <f64>k;
    store<f32>(TWIDDLES + (<usize>k << 3), <f32>NativeMath.cos(angle));
    store<f32>(TWIDDLES + (<usize>k << 3), <f32>NativeMath.sin(angle), 4);
  }
  tableSize = n;
}

/** Bytes between the planes of m complex points; the pad keeps them off the same cache set. */
@inline export function planeOffset(m: i32): usize {
  return (<usize>m << 2) + 64;
}

/**
 * Radix-4 pass over groups of length n and stride s, q running in lanes of T. Element e of the input stands at
 * x + e * pitch with its imaginary part imX further on; the output has split planes.
 */
@inline function pass4<T>(x: usize, imX: usize, pitch: usize, y: usize, imY: usize, n: i32, s: i32): void {
  const quarter = <usize>(n / 4) * <usize>s;
  const tableStep = <usize>(tableSize / n) * 8;
  const bytes = <usize>s << 2;
  const qx = quarter * pitch;
  const stepX = <usize>lanesOf<T>() * pitch;
  const stepY = <usize>lanesOf<T>() * 4;
  for (let p: usize = 0, groups = <usize>(n / 4); p < groups; p++) {
    const t1 = TWIDDLES + p * tableStep;
    const t2 = TWIDDLES + 2 * p * tableStep;
    const t3 = TWIDDLES + 3 * p * tableStep;
    const w1r = splat<T>(load<f32>(t1)), w1i = splat<T>(load<f32>(t1, 4));
    const w2r = splat<T>(load<f32>(t2)), w2i = splat<T>(load<f32>(t2, 4));
    const w3r = splat<T>(load<f32>(t3)), w3i = splat<T>(load<f32>(t3, 4));
    for (let end = y + bytes; y < end; y += stepY, x += stepX) {
      const ar = load<T>(x), ai = load<T>(x + imX);
      const br = load<T>(x + qx), bi = load<T>(x + qx + imX);
      const cr = load<T>(x + 2 * qx), ci = load<T>(x + 2 * qx + imX);
      const dr = load<T>(x + 3 * qx), di = load<T>(x + 3 * qx + imX);
      const pr = add<T>(ar, cr), pi = add<T>(ai, ci), mr = sub<T>(ar, cr), mi = sub<T>(ai, ci);
      const qr = add<T>(br, dr), qi = add<T>(bi, di), nr = sub<T>(br, dr), ni = sub<T>(bi, di);
      const r1 = add<T>(mr, ni), i1 = sub<T>(mi, nr);
      const r2 = sub<T>(pr, qr), i2 = sub<T>(pi, qi);
      const r3 = sub<T>(mr, ni), i3 = add<T>(mi, nr);
      store<T>(y, add<T>(pr, qr));
      store<T>(y + imY, add<T>(pi, qi));
      store<T>(y + bytes, sub<T>(mul<T>(r1, w1r), mul<T>(i1, w1i)));
      store<T>(y + bytes + imY, add<T>(mul<T>(r1, w1i), mul<T>(i1, w1r)));
      store<T>(y + 2 * bytes, sub<T>(mul<T>(r2, w2r), mul<T>(i2, w2i)));
      store<T>(y + 2 * bytes + imY, add<T>(mul<T>(r2, w2i), mul<T>(i2, w2r)));
      store<T>(y + 3 * bytes, sub<T>(mul<T>(r3, w3r), mul<T>(i3, w3i)));
      store<T>(y + 3 * bytes + imY, add<T>(mul<T>(r3, w3i), mul<T>(i3, w3r)));
    }
    y += 3 * bytes;
  }
}

/** Last pass when log2 of the size is odd: groups of two, no twiddles. */
@inline function pass2<T>(x: usize, y: usize, im: usize, s: i32): void {
  const bytes = <usize>s << 2;
  for (let end = y + bytes; y < end; y += <usize>lanesOf<T>() * 4, x += <usize>lanesOf<T>() * 4) {
    const ar = load<T>(x), ai = load<T>(x + im), br = load<T>(x + bytes), bi = load<T>(x + bytes + im);
    store<T>(y, add<T>(ar, br));
    store<T>(y + im, add<T>(ai, bi));
    store<T>(y + bytes, sub<T>(ar, br));
    store<T>(y + bytes + im, sub<T>(ai, bi));
  }
}

/** Passes that m points take. */
function passes(m: i32): i32 {
  return (32 - clz(m - 1) + 1) >> 1;
}

/** All passes after the first, which left its result in `from`; every stride is a multiple of four here. */
function laterPasses(from: usize, to: usize, m: i32): void {
  const im = planeOffset(m);
  let n = m >> 2;
  let s = 4;
  while (n > 1) {
    if (n == 2) {
      if (ASC_FEATURE_SIMD) pass2<v128>(from, to, im, s);
      else pass2<f32>(from, to, im, s);
    } else {
      if (ASC_FEATURE_SIMD) pass4<v128>(from, im, 4, to, im, n, s);
      else pass4<f32>(from, im, 4, to, im, n, s);
    }
    const other = from;
    from = to;
    to = other;
    n >>= 2;
    s <<= 2;
  }
}

/**
 * Complex forward transform of m points, m = 16..32 768, m <= half the planned size: planes at x and x + imX, elements
 * `pitch` bytes apart; the result is in split planes at FFT_WORK, im at planeOffset(m). Uses FFT_OUTPUT as work buffer;
 * x may be neither.
 */
export function complexFft(x: usize, imX: usize, pitch: usize, m: i32): void {
  const odd = (passes(m) & 1) != 0;
  const first = odd ? FFT_WORK : FFT_OUTPUT;
  pass4<f32>(x, imX, pitch, first, planeOffset(m), m, 1);
  laterPasses(first, odd ? FFT_OUTPUT : FFT_WORK, m);
}

/** Real forward transform of n f32 at x, n = 64..65 536: n/2 + 1 interleaved bins at FFT_OUTPUT; x is kept. */
export function realFft(x: usize, n: i32): void {
  const m = n >> 1;
  complexFft(x, 4, 8, m);
  const im = planeOffset(m);
  const z0 = load<f32>(FFT_WORK), z0i = load<f32>(FFT_WORK + im);
  const half = <usize>m >> 1;
  let low = FFT_OUTPUT, high = FFT_OUTPUT + (<usize>m << 3);
  store<f32>(low, z0 + z0i);
  store<f32>(low, 0, 4);
  store<f32>(high, z0 - z0i);
  store<f32>(high, 0, 4);
  const tableStep = <usize>(tableSize / n) * 8;
  let tw = TWIDDLES, f = FFT_WORK, b = FFT_WORK + (<usize>m << 2);
  for (let k: usize = 1; k < half; k++) {
    tw += tableStep;
    f += 4;
    b -= 4;
    low += 8;
    high -= 8;
    const zr = load<f32>(f), zi = load<f32>(f + im), yr = load<f32>(b), yi = load<f32>(b + im);
    const wr: f32 = 0.5 * load<f32>(tw, 4), wi: f32 = -0.5 * load<f32>(tw);
    const er = (zr + yr) * 0.5, ei = (zi - yi) * 0.5, dr = zr - yr, di = zi + yi;
    const tr = dr * wr - di * wi, ti = dr * wi + di * wr;
    store<f32>(low, er + tr);
    store<f32>(low, ei + ti, 4);
    store<f32>(high, er - tr);
    store<f32>(high, ti - ei, 4);
  }
  store<f32>(FFT_OUTPUT + (<usize>half << 3), load<f32>(FFT_WORK + (half << 2)));
  store<f32>(FFT_OUTPUT + (<usize>half << 3), -load<f32>(FFT_WORK + (half << 2) + im), 4);
}
