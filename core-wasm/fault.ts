// Which bearing part, from the averaged envelope spectra: a comb of the part's harmonics with the sidebands that physics
// predicts, one common slip searched, as a share of all modulation between 0.2 and 25 orders; the same comb at orders of
// no bearing part tells what chance gives. No training, no data set: geometry and speed only.
import { DEMOD_BANDS, ENVELOPE_SPECTRUM, FFT_INPUT, STATE } from './map';
import { DIAGNOSIS_BALL, DIAGNOSIS_CAGE, DIAGNOSIS_INNER_RACE, DIAGNOSIS_NONE, DIAGNOSIS_OUTER_RACE } from './memory';
import { demodulator, envelopeRateHz } from './demodulate';
import { rank } from './rank';
import { State } from './state';

const HIGHEST_ORDER: f32 = 25;
const LOWEST_ORDER: f32 = 0.2;
const HARMONICS: i32 = 4;
const SLIPS: i32 = 13; // -1.5 %..+1.5 %: rolling elements slide a little, and the speed is seldom exact
const SLIP_STEP: f32 = 0.0025;
const SIDEBAND_WEIGHT: f32 = 0.8;
const EXCESS: f32 = 2.5; // lines count above this many local medians: noise alone passes about one bin in six
const FLOOR: f32 = 0.01; // share added before the logarithm: a comb of nothing scores ln 0.01
const LEAD: f32 = 0.3; // nepers over the second best part
const OVER: f32 = 0.5; // nepers over the decoys
const BALL_HANDICAP: f32 = 0.4054651; // ln 1.5: a ball hits both races, its power splits over two families of lines
const DECOYS: i32 = 12;
/**
 * Turns behind each spectrum. The closest lines that must be told apart are sidebands at the cage order, 0.4: Hann needs
 * four bins of 1/turns for that.
 */
const LEAST_TURNS: f32 = 10;

@inline function decoyOrder(i: i32): f32 {
  const table = memory.data<f32>([1.37, 1.63, 2.27, 2.64, 2.79, 3.29, 3.41, 4.19, 4.41, 5.73, 5.87, 6.31]);
  return load<f32>(table + (<usize>i << 2));
}

/** Cumulative excess power (k + 1 entries) lies at FFT_INPUT; `total` is excess plus background. */
let bins: i32 = 0;
let total: f32 = 0;

/** Local median at every half step, joined by straight lines, then what stands EXCESS times above it. */
function prepare(spectrum: usize, length: i32, binOrder: f32): void {
  bins = min<i32>((length >> 1) + 1, <i32>(HIGHEST_ORDER / binOrder));
  const first = max<i32>(1, <i32>NativeMathf.ceil(LOWEST_ORDER / binOrder));
  const width = max<i32>(9, <i32>(0.5 / binOrder) | 1);
  const step = max<i32>(1, width >> 1);
  let at = 0, left = localMedian(spectrum, 0, width), right = left;
  let cumulative: f32 = 0, background: f32 = 0;
  store<f32>(FFT_INPUT, 0);
  for (let k = 0; k < bins; k++) {
    if (k >= at + step) {
      at += step;
      left = right;
      right = localMedian(spectrum, at + step, width);
    } else if (k == 0) right = localMedian(spectrum, step, width);
    const local = left + (right - left) * (<f32>(k - at) / <f32>step);
    const power = k < first ? <f32>0 : load<f32>(spectrum + (<usize>k << 2));
    const excess = NativeMathf.max(power - EXCESS * local, 0);
    cumulative += excess;
    if (k >= first) background += local;
    store<f32>(FFT_INPUT + (<usize>(k + 1) << 2), cumulative);
  }
  total = cumulative + background;
}

function localMedian(spectrum: usize, centre: i32, width: i32): f32 {
  const from = max<i32>(0, min<i32>(centre - width, bins - 1)), to = min<i32>(bins - 1, centre + width);
  const count = max<i32>(1, to - from + 1);
  return rank(spectrum + (<usize>from << 2), count, count >> 1);
}

@inline function near(order: f32, binOrder: f32): f32 {
  const b = <i32>NativeMathf.floor(order / binOrder + 0.5);
  if (b <= 2 || b >= bins - 3) return 0;
  return load<f32>(FFT_INPUT + (<usize>(b + 3) << 2)) - load<f32>(FFT_INPUT + (<usize>(b - 2) << 2));
}

/** Largest share of the modulation that a comb at `order` with sidebands at +-`side` (0: none) explains, over all slips. */
function comb(order: f32, side: f32, binOrder: f32): f32 {
  if (order <= 0 || total <= 0) return 0;
  let best: f32 = 0;
  for (let i = 0; i < SLIPS; i++) {
    const stretch: f32 = 1 + SLIP_STEP * <f32>(i - SLIPS / 2);
    let sum: f32 = 0;
    for (let h = 1; h <= HARMONICS; h++) {
      const centre = order * <f32>h;
      sum += near(centre * stretch, binOrder);
      if (side > 0) {
        sum += SIDEBAND_WEIGHT * near((centre - side) * stretch, binOrder);
        sum += SIDEBAND_WEIGHT * near((centre + side) * stretch, binOrder);
      }
    }
    best = NativeMathf.max(best, sum);
  }
  return best / total;
}

/** Does a decoy come near a line of a bearing part, its sidebands, or the shaft? Then it says nothing about chance. */
function clashes(order: f32, bpfo: f32, bpfi: f32, ball: f32, ftf: f32): bool {
  const close: f32 = 0.07;
  for (let h = 1; h <= 2; h++) {
    const line = order * <f32>h;
    if (NativeMathf.abs(line - NativeMathf.round(line)) < close) return true;
    for (let k = 1; k <= 3; k++) {
      const n = <f32>k;
      if (NativeMathf.abs(line - n * bpfo) < close) return true;
      for (let d = -1; d <= 1; d++) {
        if (NativeMathf.abs(line - (n * bpfi + <f32>d)) < close) return true;
        if (NativeMathf.abs(line - (n * ball + <f32>d * ftf)) < close) return true;
      }
    }
  }
  return false;
}

@inline function share(value: f32): f32 {
  return NativeMathf.log(value + FLOOR);
}

/** Weighs the evidence of all axes and bands into State: outer, inner, ball, cage, decoy in nepers, diagnosis, confidence. */
export function diagnose(axes: i32, sampleRateHz: f32, bpfo: f32, bpfi: f32, bsf: f32, ftf: f32): void {
  const s = changetype<State>(STATE);
  if (s.spectrumLength == 0) return;
  const shaftHz = s.shaftRpm / 60;
  const binOrder = envelopeRateHz(sampleRateHz) / <f32>s.spectrumLength / shaftHz;
  const turns = <f32>s.spectrumPoints / <f32>s.spectrumLength / binOrder;
  if (turns < LEAST_TURNS) return;
  const ball: f32 = 2 * bsf;
  let outerSum: f32 = 0, innerSum: f32 = 0, ballSum: f32 = 0, cageSum: f32 = 0, decoySum: f32 = 0;
  for (let axis = 0; axis < axes; axis++)
    for (let band = 0; band < DEMOD_BANDS; band++) {
      prepare(demodulator(axis, band) + ENVELOPE_SPECTRUM, s.spectrumLength, binOrder);
      outerSum += share(comb(bpfo, 0, binOrder));
      innerSum += share(comb(bpfi, 1, binOrder));
      ballSum += share(comb(ball, ftf, binOrder));
      cageSum += share(comb(ftf, 0, binOrder));
      let chance: f32 = 0;
      for (let i = 0; i < DECOYS; i++) {
        const order = decoyOrder(i);
        if (!clashes(order, bpfo, bpfi, ball, ftf)) chance = NativeMathf.max(chance, comb(order, 0, binOrder));
      }
      decoySum += share(chance);
    }
  const count = <f32>(axes * DEMOD_BANDS);
  s.outer = outerSum / count;
  s.inner = innerSum / count;
  s.ball = ballSum / count + BALL_HANDICAP;
  s.cage = cageSum / count;
  s.decoy = decoySum / count;
  decide(s);
}

function decide(s: State): void {
  let best = s.outer, second: f32 = -100, part: u32 = DIAGNOSIS_OUTER_RACE;
  if (s.inner > best) { second = best; best = s.inner; part = DIAGNOSIS_INNER_RACE; } else second = s.inner;
  if (s.ball > best) { second = best; best = s.ball; part = DIAGNOSIS_BALL; } else second = NativeMathf.max(second, s.ball);
  const lead = best - second, over = best - s.decoy;
  // half way to certain at exactly LEAD and OVER
  const confidence = NativeMathf.min(1, NativeMathf.max(0, 0.5 * NativeMathf.min(lead / LEAD, over / OVER)));
  s.confidence = confidence;
  s.diagnosis = lead > LEAD && over > OVER ? part : DIAGNOSIS_NONE;
}
