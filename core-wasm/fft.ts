// The real FFT and its inverse, n = 64..65 536. n = 4v real points are four transforms of v points, one a lane: a first
// pass of radix 4 (or 8, where log2 v is odd), joins of radix 4, and one step that joins the lanes. The SIMD and the
// scalar module do the same operations in the same order on every value. X[k] = sum x[t] exp(-2 pi i k t / n).
import { join, joinEights, joinFours } from './join';
import { joinLanes } from './join-lanes';
import { FFT_OUTPUT, FFT_WORK } from './fft-map';
import { split, splitEights, splitFours } from './split';
import { splitFirstLanes, splitLanes } from './split-lanes';
import { joinTwiddles, laneTwiddles } from './twiddles';

@inline function log2(v: i32): i32 {
  return 31 - clz(v);
}

/** Length of the spectra after the first pass. */
@inline function firstLength(v: i32): i32 {
  return (log2(v) & 1) != 0 ? 8 : 4;
}

/** Joins between the first pass and the lanes. */
@inline function joinsOf(v: i32): i32 {
  return (log2(v) - 2) >> 1;
}

/** Real forward transform of n f32 at x: n/2 + 1 interleaved bins at FFT_OUTPUT, not scaled; x, not among these, is kept. */
export function realFft(x: usize, n: i32): void {
  const v = n >> 2;
  const odd = (joinsOf(v) & 1) != 0; // the last join writes FFT_WORK
  let from = odd ? FFT_OUTPUT : FFT_WORK, to = odd ? FFT_WORK : FFT_OUTPUT, length = firstLength(v);
  if (ASC_FEATURE_SIMD) {
    if (length == 8) joinEights<v128>(x, from, v);
    else joinFours<v128>(x, from, v);
  } else if (length == 8) joinEights<f32>(x, from, v);
  else joinFours<f32>(x, from, v);
  for (; length < v; length <<= 2) {
    if (ASC_FEATURE_SIMD) join<v128>(from, to, v, length, joinTwiddles(length));
    else join<f32>(from, to, v, length, joinTwiddles(length));
    const other = from;
    from = to;
    to = other;
  }
  joinLanes(FFT_WORK, FFT_OUTPUT, v, laneTwiddles(v));
}

/** Where the four spectra of an inverse transform to x have to stand: passes alternate and the last one writes x. */
@inline function spectraFor(x: usize, v: i32): usize {
  return (joinsOf(v) & 1) != 0 ? x : FFT_WORK;
}

/** From the four spectra at spectraFor(x, v) to n reals at x. */
function splitAll(x: usize, v: i32): void {
  let from = spectraFor(x, v), to = from == x ? FFT_WORK : x;
  const first = firstLength(v);
  for (let length = v >> 2; length >= first; length >>= 2) {
    if (ASC_FEATURE_SIMD) split<v128>(from, to, v, length, joinTwiddles(length));
    else split<f32>(from, to, v, length, joinTwiddles(length));
    const other = from;
    from = to;
    to = other;
  }
  if (ASC_FEATURE_SIMD) {
    if (first == 8) splitEights<v128>(from, to, v);
    else splitFours<v128>(from, to, v);
  } else if (first == 8) splitEights<f32>(from, to, v);
  else splitFours<f32>(from, to, v);
}

/**
 * Real inverse transform, scaled by 1/n: n f32 at x from the n/2 + 1 interleaved bins at `bins`, which are kept; the
 * imaginary parts of bins 0 and n/2 count as zero. Uses FFT_WORK; x takes n * 4 + 80 bytes and is none of the two.
 */
export function inverseFft(bins: usize, x: usize, n: i32): void {
  const v = n >> 2, far = <usize>v << 3;
  const gain: f32 = 1 / <f32>n; // a power of two: exact
  const f = spectraFor(x, v);
  splitLanes(false, bins, f, v, laneTwiddles(v), gain);
  splitFirstLanes(f, load<f32>(bins) * gain, load<f32>(bins + far) * gain, load<f32>(bins + far, 4) * gain, load<f32>(bins + 2 * far) * gain);
  splitAll(x, v);
}

/**
 * The analytic signal of a band: z[t] = gain * sum over k = 0..m/2-1 of S[k] exp(2 pi i k t / m), t = 0..m-1, from the m/2
 * interleaved bins at `bins` (which are kept). Re z comes to x, im z to y: two real inverse transforms, of the band and
 * of the band turned by -90 degrees. Uses FFT_WORK; x and y take m * 4 + 80 bytes each. m = 16.. planned size.
 */
export function analyticSignal(bins: usize, x: usize, y: usize, m: i32, gain: f32): void {
  const v = m >> 2, far = <usize>v << 3;
  const half: f32 = 0.5 * gain; // the mirrored bins, which a real transform implies, double all but the first
  const re = load<f32>(bins) * gain, im = load<f32>(bins, 4) * gain;
  const middleRe = load<f32>(bins + far) * half, middleIm = load<f32>(bins + far, 4) * half;
  let f = spectraFor(x, v);
  splitLanes(false, bins, f, v, laneTwiddles(v), half);
  splitFirstLanes(f, re, middleRe, middleIm, 0);
  splitAll(x, v);
  f = spectraFor(y, v);
  splitLanes(true, bins, f, v, laneTwiddles(v), half);
  splitFirstLanes(f, im, middleIm, -middleRe, 0);
  splitAll(y, v);
}
