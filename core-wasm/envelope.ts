// Squared envelope of one window in one band, from the bins of its transform: the band's bins become the whole spectrum
// of a shorter complex signal (decimated Hilbert transform). Twice as many points as bins, so that the square of its
// magnitude does not alias. A wrap-around at the window's ends is accepted: the features compare like with like.
import { complexFft } from './fft';
import { FFT_INPUT, FFT_OUTPUT, FFT_WORK } from './map';
import { planeOffset } from './twiddles';

/** Mean, largest value and relative variance of the squared envelope. */
export let meanSquare: f32 = 0;
export let highest: f32 = 0;
export let relativeVariance: f32 = 0;

/** Points of the envelope of an n-sample window in the feature band 0.2..0.45 fs. */
@inline function featurePoints(n: i32): i32 {
  return n >> 1;
}

@inline function featureFirstBin(n: i32): i32 {
  return <i32>NativeMathf.ceil(0.2 * <f32>n);
}

@inline function featureLastBin(n: i32): i32 {
  return <i32>NativeMathf.floor(0.45 * <f32>n);
}

/**
 * Places the interleaved bins first..last at `spectrum`, times `scale`, at 0.. of a zeroed complex signal of m points and transforms it
 * back: the analytic signal of the band stands at FFT_WORK, its imaginary plane first. Planes are exchanged on the way
 * in, which makes the forward transform an inverse one.
 */
export function bandSignal(spectrum: usize, first: i32, last: i32, m: i32, scale: f32): void {
  const im = planeOffset(m);
  let bin = spectrum + (<usize>first << 3);
  let p = FFT_INPUT;
  for (let k = first; k <= last; k++, bin += 8, p += 4) {
    store<f32>(p, load<f32>(bin, 4) * scale);
    store<f32>(p + im, load<f32>(bin) * scale);
  }
  const bytes = (<usize>m << 2) - (p - FFT_INPUT);
  memory.fill(p, 0, bytes);
  memory.fill(p + im, 0, bytes);
  complexFft(FFT_INPUT, im, m);
}

/** Measures the squared envelope of 0.2..0.45 fs of the n-sample window whose bins stand at FFT_OUTPUT; destroys them. */
export function measureEnvelope(n: i32): void {
  const m = featurePoints(n);
  const im = planeOffset(m);
  bandSignal(FFT_OUTPUT, featureFirstBin(n), featureLastBin(n), m, 2 / <f32>n);
  let sum: f32 = 0, top: f32 = 0;
  for (let p = FFT_WORK, end = FFT_WORK + (<usize>m << 2); p < end; p += 4) {
    const re = load<f32>(p), quad = load<f32>(p + im);
    const e = re * re + quad * quad;
    store<f32>(p, e);
    sum += e;
    top = NativeMathf.max(top, e);
  }
  const level = sum / <f32>m;
  const inverse: f32 = 1 / NativeMathf.max(level, 1e-18);
  let spread: f32 = 0;
  for (let p = FFT_WORK, end = FFT_WORK + (<usize>m << 2); p < end; p += 4) {
    const d = load<f32>(p) * inverse - 1; // relative before it is squared: 1e9 to the fourth leaves f32
    spread += d * d;
  }
  meanSquare = level;
  highest = top;
  relativeVariance = level > 0 ? spread / <f32>m : 0;
}
