// Stockham autosort FFT, decimation in frequency, split planes. No normalisation: X[k] = sum x[t] exp(-2 pi i k t / n); the
// inverse of a complex transform is the forward one with planes exchanged.
//
// m complex points take a radix-4 first pass (stride 1), middle passes (radix 4, and one of radix 8 or 2 where log2 m is
// odd), and a radix-4 last pass. Every lane does what the scalar code does, in the same order: the bits are the same.
import { firstPassScalars, firstPassVectors } from './first-pass';
import { add, sub } from './lanes';
import { FFT_OUTPUT, FFT_WORK } from './map';
import { middle2, middle4, middle8 } from './middle-pass';
import { planeOffset } from './twiddles';

/** First and middle passes; what is left are groups of four at FFT_WORK. x may be neither FFT_OUTPUT nor FFT_WORK. */
export function upToLastPass(x: usize, imX: usize, interleaved: bool, m: i32): void {
  const im = planeOffset(m);
  const log2 = 31 - clz(m);
  const middle = log2 - 4;
  const passes = (middle & 1) != 0 && middle > 1 ? (middle - 1) >> 1 : (middle + 1) >> 1;
  let from = (passes & 1) != 0 ? FFT_OUTPUT : FFT_WORK;
  let to = (passes & 1) != 0 ? FFT_WORK : FFT_OUTPUT;
  if (ASC_FEATURE_SIMD) {
    if (interleaved) firstPassVectors(x, 0, true, from, m);
    else firstPassVectors(x, imX, false, from, m);
  } else firstPassScalars(x, imX, interleaved ? 8 : 4, from, m);
  let n = m >> 2, s = 4;
  if ((middle & 1) != 0) {
    if (middle == 1) {
      if (ASC_FEATURE_SIMD) middle2<v128>(from, to, im, n, s);
      else middle2<f32>(from, to, im, n, s);
      n >>= 1;
      s <<= 1;
    } else {
      if (ASC_FEATURE_SIMD) middle8<v128>(from, to, im, n, s);
      else middle8<f32>(from, to, im, n, s);
      n >>= 3;
      s <<= 3;
    }
    const other = from;
    from = to;
    to = other;
  }
  while (n > 4) {
    if (ASC_FEATURE_SIMD) middle4<v128>(from, to, im, n, s);
    else middle4<f32>(from, to, im, n, s);
    n >>= 2;
    s <<= 2;
    const other = from;
    from = to;
    to = other;
  }
}

/** Radix 4 in place: the groups of four are a quarter of the points apart, and no twiddle is left. */
@inline function last4<T>(x: usize, im: usize, m: i32): void {
  const q = <usize>m; // bytes of a quarter
  for (const end = x + q; x < end; x += sizeof<T>()) {
    const ar = load<T>(x), ai = load<T>(x + im), cr = load<T>(x + 2 * q), ci = load<T>(x + 2 * q + im);
    const br = load<T>(x + q), bi = load<T>(x + q + im), dr = load<T>(x + 3 * q), di = load<T>(x + 3 * q + im);
    const pr = add<T>(ar, cr), pi = add<T>(ai, ci), mr = sub<T>(ar, cr), mi = sub<T>(ai, ci);
    const qr = add<T>(br, dr), qi = add<T>(bi, di), nr = sub<T>(br, dr), ni = sub<T>(bi, di);
    store<T>(x, add<T>(pr, qr));
    store<T>(x + im, add<T>(pi, qi));
    store<T>(x + q, add<T>(mr, ni));
    store<T>(x + q + im, sub<T>(mi, nr));
    store<T>(x + 2 * q, sub<T>(pr, qr));
    store<T>(x + 2 * q + im, sub<T>(pi, qi));
    store<T>(x + 3 * q, sub<T>(mr, ni));
    store<T>(x + 3 * q + im, add<T>(mi, nr));
  }
}

/**
 * Complex forward transform of m points, m = 16..32 768, m <= half the planned size: planes at x and x + imX. The result
 * is in split planes at FFT_WORK, im at planeOffset(m). Uses FFT_OUTPUT as work buffer; x may be neither.
 */
export function complexFft(x: usize, imX: usize, m: i32): void {
  upToLastPass(x, imX, false, m);
  if (ASC_FEATURE_SIMD) last4<v128>(FFT_WORK, planeOffset(m), m);
  else last4<f32>(FFT_WORK, planeOffset(m), m);
}
