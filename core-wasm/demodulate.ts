// Continuous squared envelope of each axis in DEMOD_BANDS bands, decimated to about 56 points a shaft turn, and its
// averaged power spectrum: the long view (73 turns) in which bearing fault orders stand out.
// Frames are the windows of the hop grid: Hann-weighted bins, whitened by the running magnitude of each bin (this takes
// out gear and shaft lines and the colour of resonances), one decimated Hilbert transform a band, overlap-added: periodic
// Hann frames at half overlap add up to one. Source: facts of cepstrum pre-whitening and envelope analysis, Randall &
// Antoni 2011; the streaming form is ours.
import { analyticSignal, realFft } from './fft';
import { planTwiddles } from './twiddles';
import { DEMOD_BANDS, DEMOD_STRIDE, DEMODULATORS, ENVELOPE, ENVELOPE_LENGTH, ENVELOPE_SPECTRUM, FFT_INPUT, FFT_OUTPUT, POWER, STATE, TAIL, WHITENED, WHITENING, WHITENING_STRIDE } from './map';
import { hann, hannAt, hannPowers, squaredMagnitudes } from './hann';
import { add, lanesOf, mul, splat, sub } from './lanes';
import { FAULT_LINES, MAX_AXES, MAX_WINDOW, SET_BPFO, SET_SAMPLE_RATE_HZ } from './memory';
import { lineHeight, powerScale } from './spectrum';
import { sumOf } from './sums';
import { settingF32 } from './setting';
import { State } from './state';

const POINTS_A_TURN: f32 = 56;
const UPDATE_POINTS: i32 = ENVELOPE_LENGTH / 2;
const SHORTEST_FLUSH: i32 = 64; // about one turn: less says nothing
const AVERAGING: i32 = 8; // spectra in the exponential average
const LEAST_MAGNITUDE: f32 = 2e-15; // twice the bin's, as hann gives it; below, a bin is silent: it stays so
const WHITENING_MEMORY: i32 = 20; // frames
const LINE_TOLERANCE: f32 = 0.02; // of the order: slip, and a speed that is not known better

@inline function state(): State {
  return changetype<State>(STATE);
}

@inline export function demodulator(axis: i32, band: i32): usize {
  return DEMODULATORS + <usize>(axis * DEMOD_BANDS + band) * DEMOD_STRIDE;
}

@inline function cell(axis: i32, band: i32): usize {
  return STATE + offsetof<State>('cell0') + (<usize>(axis * DEMOD_BANDS + band) << 2);
}

/** Bins of one band: an eighth of the window, so the envelope has a quarter of the sample rate. */
@inline function bandBins(n: i32): i32 {
  return n >> 3;
}

/** First bin of a band, even so that the phase of successive frames agrees: 0.05, 0.175, 0.3 fs. */
@inline function bandFirst(band: i32, n: i32): i32 {
  return (n / 20 + band * bandBins(n)) & ~1;
}

/** Envelope points per second. */
@inline export function envelopeRateHz(sampleRateHz: f32): f32 {
  return sampleRateHz * 0.25 / <f32>state().decimation;
}

/** What is collected belongs to a stretch that is over. */
function resetDemodulation(): void {
  const s = state();
  s.primed = 0;
  s.points = 0;
  s.decimated = 0;
  memory.fill(STATE + offsetof<State>('cell0'), 0, 9 * 4);
}

/** Starts over, spectra, whitening and what was concluded from them: another speed, or another stream. */
export function forgetSpectra(): void {
  const s = state();
  s.frames = 0;
  s.spectrumLength = 0;
  s.spectrumPoints = 0;
  s.averaged = 0;
  memory.fill(lineAt(0, 0), 0, MAX_AXES * FAULT_LINES * 4);
  s.outer = s.inner = s.ball = s.cage = s.decoy = 0;
  s.diagnosis = 0;
  s.confidence = 0;
  s.diagnosed = s.updates;
  resetDemodulation();
}

export function setDecimation(sampleRateHz: f32, shaftRpm: f32): void {
  const perTurn = (sampleRateHz * 0.25) / (POINTS_A_TURN * (shaftRpm / 60));
  state().decimation = max<i32>(1, <i32>NativeMathf.floor(perTurn));
  state().spectraRpm = shaftRpm;
}

/**
 * Power spectrum of the window whose bins stand at FFT_OUTPUT, as hannPower gives it, and on the way the bins of the bands,
 * whitened, to WHITENED: updates the running magnitude of each, divides by it.
 */
export function whitenedPower(axis: i32, power: usize, n: i32): void {
  const first = bandFirst(0, n), next = first + DEMOD_BANDS * bandBins(n); // a multiple of four apart
  const scale = powerScale(n);
  store<f32>(power, 0);
  hannPowers(FFT_OUTPUT, power, 1, first - 1, scale);
  whiten(axis, power, n, first, next, 0.25 * scale);
  hannPowers(FFT_OUTPUT, power, next, (n >> 1) - 1, scale);
  store<f32>(power + (<usize>n << 1), 0);
}

function whiten(axis: i32, power: usize, n: i32, first: i32, next: i32, scale: f32): void {
  const frames = state().frames;
  const gain: f32 = 1 / <f32>min<i32>(frames + 1, WHITENING_MEMORY);
  let p = FFT_OUTPUT + (<usize>first << 3), to = WHITENED + (<usize>first << 3);
  let r = WHITENING + <usize>axis * WHITENING_STRIDE + (<usize>first << 2), w = power + (<usize>first << 2);
  const end = w + (<usize>(next - first) << 2);
  if (frames == 0) memory.fill(r, 0, end - w); // the first gain is 1: whatever stands there must be a number
  if (ASC_FEATURE_SIMD) {
    const g = f32x4.splat(gain), least = f32x4.splat(LEAST_MAGNITUDE), one = f32x4.splat(1), k = f32x4.splat(scale);
    let left = v128.load(p - 8);
    for (; w < end; w += 16, r += 16, p += 32, to += 32) {
      const middle = v128.load(p, 8), right = v128.load(p, 24);
      const a = hann<v128>(left, v128.load(p), middle), b = hann<v128>(middle, v128.load(p, 16), right);
      left = right;
      const squares = squaredMagnitudes(a, b), before = v128.load(r);
      v128.store(w, mul<v128>(squares, k));
      const level = add<v128>(before, mul<v128>(g, sub<v128>(f32x4.sqrt(squares), before)));
      v128.store(r, level);
      const inverse = v128.and(f32x4.div(one, level), f32x4.gt(level, least));
      v128.store(to, mul<v128>(a, v128.shuffle<f32>(inverse, inverse, 0, 0, 1, 1)));
      v128.store(to, mul<v128>(b, v128.shuffle<f32>(inverse, inverse, 2, 2, 3, 3)), 16);
    }
    return;
  }
  for (; w < end; w += 4, r += 4, p += 8, to += 8) {
    const re = hannAt(p), im = hannAt(p + 4);
    const squares = re * re + im * im, before = load<f32>(r);
    store<f32>(w, squares * scale);
    const level = before + gain * (NativeMathf.sqrt(squares) - before);
    store<f32>(r, level);
    const inverse: f32 = level > LEAST_MAGNITUDE ? 1 / level : 0;
    store<f32>(to, re * inverse);
    store<f32>(to, im * inverse, 4);
  }
}

/**
 * Takes the bins of one axis that `whitenedPower` has left at WHITENED. All axes of a frame are given in turn; `advanceFrame`
 * follows the last. `isolated`: the frame has no neighbours at half overlap, its envelope stands alone.
 */
export function demodulateFrame(axis: i32, n: i32, isolated: bool): void {
  const s = state();
  const half = bandBins(n), m = half << 1;
  const re = FFT_INPUT, im = FFT_INPUT + (<usize>m << 2) + 128;
  for (let band = 0; band < DEMOD_BANDS; band++) {
    analyticSignal(WHITENED + (<usize>bandFirst(band, n) << 3), re, im, m, 1);
    if (isolated) squarePlane(re, im, squares(band), m);
    else overlapPlane(re, im, demodulator(axis, band) + TAIL, squares(band), half);
  }
  if (isolated || s.primed) collect(axis, isolated ? m : half);
}

/** Squared magnitudes of a band's new envelope points, until `collect` has averaged them. */
@inline function squares(band: i32): usize {
  return FFT_OUTPUT + <usize>band * ((MAX_WINDOW / 4) * 4 + 128);
}

@inline function squareAs<T>(re: usize, im: usize, to: usize, bytes: usize): void {
  for (let i: usize = 0; i < bytes; i += <usize>lanesOf<T>() << 2) {
    const r = load<T>(re + i), q = load<T>(im + i);
    store<T>(to + i, add<T>(mul<T>(r, r), mul<T>(q, q)));
  }
}

@inline function overlapAs<T>(re: usize, im: usize, tail: usize, to: usize, bytes: usize): void {
  for (let i: usize = 0; i < bytes; i += <usize>lanesOf<T>() << 2) {
    const r = add<T>(load<T>(re + i), load<T>(tail + i)), q = add<T>(load<T>(im + i), load<T>(tail + bytes + i));
    store<T>(to + i, add<T>(mul<T>(r, r), mul<T>(q, q)));
    store<T>(tail + i, load<T>(re + bytes + i));
    store<T>(tail + bytes + i, load<T>(im + bytes + i));
  }
}

function squarePlane(re: usize, im: usize, to: usize, points: i32): void {
  if (ASC_FEATURE_SIMD) squareAs<v128>(re, im, to, <usize>points << 2);
  else squareAs<f32>(re, im, to, <usize>points << 2);
}

/** Squares the first half of a frame overlap-added to the tail of the frame before, and keeps its second half as the tail. */
function overlapPlane(re: usize, im: usize, tail: usize, to: usize, half: i32): void {
  if (ASC_FEATURE_SIMD) overlapAs<v128>(re, im, tail, to, <usize>half << 2);
  else overlapAs<f32>(re, im, tail, to, <usize>half << 2);
}

/** Averages `count` squares of each band of an axis into envelope points; the bands go side by side, as their sums do. */
function collect(axis: i32, count: i32): void {
  const s = state();
  const decimation = s.decimation;
  const share: f32 = 1 / <f32>decimation;
  const apart = squares(1) - squares(0);
  const cells = cell(axis, 0);
  let a = load<f32>(cells), b = load<f32>(cells, 4), c = load<f32>(cells, 8);
  let target = demodulator(axis, 0) + ENVELOPE + (<usize>s.points << 2);
  let p = squares(0), left = decimation - s.decimated;
  const stop = p + (<usize>count << 2);
  while (p < stop) {
    const end = min<usize>(p + (<usize>left << 2), stop);
    left -= <i32>((end - p) >> 2);
    for (; p < end; p += 4) {
      a += load<f32>(p);
      b += load<f32>(p + apart);
      c += load<f32>(p + 2 * apart);
    }
    if (left > 0) break; // the last cell stays open
    store<f32>(target, a * share);
    store<f32>(target + DEMOD_STRIDE, b * share);
    store<f32>(target + 2 * DEMOD_STRIDE, c * share);
    target += 4;
    left = decimation;
    a = b = c = 0;
  }
  store<f32>(cells, a);
  store<f32>(cells, b, 4);
  store<f32>(cells, c, 8);
}

/** Accounts for the frame that demodulateFrame took for every axis, and makes new spectra when there is enough. */
export function advanceFrame(axes: i32, n: i32, isolated: bool): void {
  const s = state();
  if (isolated || s.primed) {
    const points = s.decimated + (isolated ? bandBins(n) << 1 : bandBins(n));
    s.decimated = points % s.decimation;
    s.points += points / s.decimation;
    if (s.points >= ENVELOPE_LENGTH) {
      updateSpectra(axes, ENVELOPE_LENGTH);
      discard(axes, UPDATE_POINTS);
    } else if (s.points >= UPDATE_POINTS && s.spectrumPoints < UPDATE_POINTS) updateSpectra(axes, UPDATE_POINTS);
  }
  s.frames++;
  s.primed = isolated ? 0 : 1;
}

/** Drops the oldest envelope points: what follows overlaps the last spectrum by half. */
function discard(axes: i32, count: i32): void {
  const s = state();
  for (let axis = 0; axis < axes; axis++)
    for (let band = 0; band < DEMOD_BANDS; band++) {
      const e = demodulator(axis, band) + ENVELOPE;
      memory.copy(e, e + (<usize>count << 2), <usize>(s.points - count) << 2);
    }
  s.points -= count;
}

/** At the end of a stretch: what has been collected still counts, unless it is far shorter than what the average holds. */
export function flushDemodulation(axes: i32): void {
  const s = state();
  if (s.points >= SHORTEST_FLUSH && 2 * s.points >= s.spectrumPoints) updateSpectra(axes, min<i32>(s.points, ENVELOPE_LENGTH));
  resetDemodulation();
}

/** Power spectra of the first `points` of each envelope, averaged; longer stretches than before start a new average. */
function updateSpectra(axes: i32, points: i32): void {
  const s = state();
  if (points > s.spectrumPoints) {
    s.spectrumPoints = points;
    s.spectrumLength = 64;
    while (s.spectrumLength < points) s.spectrumLength <<= 1;
    s.averaged = 0;
  }
  s.averaged = min<i32>(s.averaged + 1, AVERAGING);
  const weight: f32 = 1 / <f32>s.averaged;
  memory.fill(lineAt(0, 0), 0, MAX_AXES * FAULT_LINES * 4);
  for (let axis = 0; axis < axes; axis++)
    for (let band = 0; band < DEMOD_BANDS; band++) {
      newSpectrum(demodulator(axis, band) + ENVELOPE, points, s.spectrumLength);
      addLines(axis, points, s.spectrumLength);
      average(demodulator(axis, band) + ENVELOPE_SPECTRUM, s.spectrumLength, weight);
    }
  s.updates++;
}

@inline function lineAt(axis: i32, line: i32): usize {
  return STATE + offsetof<State>('line0') + (<usize>(axis * FAULT_LINES + line) << 2);
}

/** Height of a fault line in the newest spectra, mean over the bands in nepers; 0 while there are none. */
export function faultLine(axis: i32, line: i32): f32 {
  return load<f32>(lineAt(axis, line));
}

/** Order of fault line 0..4: BPFO, BPFI, twice BSF, FTF, 1x. */
function faultOrder(line: i32): f32 {
  if (line == FAULT_LINES - 1) return 1;
  const order = settingF32(SET_BPFO + line);
  return line == 2 ? 2 * order : order;
}

@inline function centreAs<T>(e: usize, to: usize, bytes: usize, level: f32, scale: f32): void {
  const l = splat<T>(level), k = splat<T>(scale);
  for (let i: usize = 0; i < bytes; i += <usize>lanesOf<T>() << 2) store<T>(to + i, mul<T>(sub<T>(load<T>(e + i), l), k));
}

/** Power spectrum at POWER of `points` envelope values at e: relative to their mean, Hann, zero-padded to `length`. */
function newSpectrum(e: usize, points: i32, length: i32): void {
  const level = sumOf(e, points) / <f32>points;
  // relative modulation: a louder machine has the same spectrum
  const scale: f32 = level > 0 ? 1 / level : 0;
  const norm: f32 = 16.0 / (3.0 * <f32>points), half = length >> 1;
  if (ASC_FEATURE_SIMD) centreAs<v128>(e, FFT_INPUT, <usize>(points & ~3) << 2, level, scale);
  else centreAs<f32>(e, FFT_INPUT, <usize>(points & ~3) << 2, level, scale);
  for (let i = points & ~3; i < points; i++)
    store<f32>(FFT_INPUT + (<usize>i << 2), (load<f32>(e + (<usize>i << 2)) - level) * scale);
  if (points < length) {
    weighPadded(points, length);
    realFft(FFT_INPUT, length);
    for (let k = 0; k <= half; k++) {
      const bin = FFT_OUTPUT + (<usize>k << 3);
      const re = load<f32>(bin), im = load<f32>(bin, 4);
      store<f32>(POWER + (<usize>k << 2), (re * re + im * im) * norm);
    }
    return;
  }
  realFft(FFT_INPUT, length);
  hannPowers(FFT_OUTPUT, POWER, 1, half - 1, norm);
  // the neighbours of the first and the last bin are each other's conjugates
  const first: f32 = 0.5 * (load<f32>(FFT_OUTPUT) - load<f32>(FFT_OUTPUT, 8));
  const end = FFT_OUTPUT + (<usize>half << 3);
  const last: f32 = 0.5 * (load<f32>(end) - load<f32>(end - 8));
  store<f32>(POWER, first * first * norm);
  store<f32>(POWER + (<usize>half << 2), last * last * norm);
}

/** Hann over `points` values that do not fill their transform, and zeros to its end. */
function weighPadded(points: i32, length: i32): void {
  // by rotation in f64: the same bits everywhere, and no table for every possible length
  const stepR = NativeMath.cos((2.0 * Math.PI) / <f64>points), stepI = NativeMath.sin((2.0 * Math.PI) / <f64>points);
  let c = 1.0, si = 0.0;
  for (let i = 0; i < points; i++) {
    const at = FFT_INPUT + (<usize>i << 2);
    store<f32>(at, load<f32>(at) * <f32>(0.5 - 0.5 * c));
    const next = c * stepR - si * stepI;
    si = c * stepI + si * stepR;
    c = next;
  }
  memory.fill(FFT_INPUT + (<usize>points << 2), 0, <usize>(length - points) << 2);
}

/** Adds this band's share of every fault line of an axis, from the spectrum at POWER. */
function addLines(axis: i32, points: i32, length: i32): void {
  const s = state();
  const binOrder = envelopeRateHz(settingF32(SET_SAMPLE_RATE_HZ)) / <f32>length / (s.shaftRpm / 60);
  const resolution = <f32>length / <f32>points; // bins of a zero-padded spectrum overlap
  for (let line = 0; line < FAULT_LINES; line++) {
    const bin = faultOrder(line) / binOrder;
    if (bin < 3 * resolution) continue; // within the foot of the mean
    const height = lineHeight(POWER, (length >> 1) + 1, bin, NativeMathf.max(resolution, bin * LINE_TOLERANCE));
    store<f32>(lineAt(axis, line), faultLine(axis, line) + height / <f32>DEMOD_BANDS);
  }
}

@inline function averageAs<T>(spectrum: usize, bytes: usize, weight: f32): void {
  const w = splat<T>(weight);
  for (let i: usize = 0; i < bytes; i += <usize>lanesOf<T>() << 2) {
    const before = load<T>(spectrum + i);
    store<T>(spectrum + i, add<T>(before, mul<T>(w, sub<T>(load<T>(POWER + i), before))));
  }
}

/** Moves an average towards the spectrum at POWER. */
function average(spectrum: usize, length: i32, weight: f32): void {
  const bytes = <usize>length << 1; // of all bins but the last
  if (weight == 1) memory.copy(spectrum, POWER, bytes + 4);
  else if (ASC_FEATURE_SIMD) averageAs<v128>(spectrum, bytes, weight);
  else averageAs<f32>(spectrum, bytes, weight);
  if (weight == 1) return;
  const last = load<f32>(spectrum + bytes);
  store<f32>(spectrum + bytes, last + weight * (load<f32>(POWER + bytes) - last));
}

/** Twiddles that both the windows and the envelope spectra need. */
export function planDemodulation(n: i32): void {
  planTwiddles(max<i32>(n, ENVELOPE_LENGTH));
}

/** Length of the transform behind the averaged envelope spectra; 0 while there is none. */
export function envelopeLength(): i32 {
  return state().spectrumLength;
}

/** Distance of their bins in Hz; 0 while there is none. */
export function envelopeBinHz(): f32 {
  const length = state().spectrumLength;
  return length > 0 ? envelopeRateHz(settingF32(SET_SAMPLE_RATE_HZ)) / <f32>length : 0;
}
