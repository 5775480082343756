// Which bearing part, from the averaged envelope spectra. A part is believed when the comb of its harmonics, with the
// sidebands that physics predicts, holds more of the modulation than anything else does: than another part in what is left
// without the lines of the first, and than the same comb at any other order. What turns with the shaft is taken out
// before. No training, no data set: geometry and speed only.
import { DEMOD_BANDS, ENVELOPE_SPECTRUM, FFT_INPUT, MAX_WINDOW_BINS, STATE } from './map';
import { DIAGNOSIS_BALL, DIAGNOSIS_INNER_RACE, DIAGNOSIS_NONE, DIAGNOSIS_OUTER_RACE } from './memory';
import { demodulator, envelopeRateHz } from './demodulate';
import { rank } from './rank';
import { State } from './state';

const HIGHEST_ORDER: f32 = 25;
const LOWEST_ORDER: f32 = 0.2;
const HARMONICS: i32 = 4;
const SLIPS: i32 = 17; // -2 %..+2 %: rolling elements slide a little, and the speed is seldom exact
const SLIP_STEP: f32 = 0.0025;
const SLIP_COST: f32 = 0.3; // nepers for 1 %, and with its square: chance finds more the farther it may look
const SIDEBAND_WEIGHT: f32 = 0.8;
const INNER_CAP: f32 = 1; // sidebands count at most so many times what they belong to
const BALL_CAP: f32 = 2; // a ball hits both races at a load that changes with the cage: sidebands carry more
const CAGE_WEIGHT: f32 = 0.5; // of cage lines beside those of a ball
const EXCESS: f32 = 4; // lines count above this many local medians: noise alone passes one bin in sixteen
const FLOOR: f32 = 0.01; // share added before the logarithm: a comb of nothing scores ln 0.01
const MARGIN: f32 = 0.7; // nepers over everything else: docs/adr/0009
const SURER: f32 = 0.5; // nepers more that halve what is missing to certainty, by e
/**
 * Turns behind each spectrum. The closest lines that must be told apart are sidebands at the cage order, 0.4: Hann needs
 * four bins of 1/turns for that.
 */
const LEAST_TURNS: f32 = 10;
// every other order that a comb can stand at, in the same steps as the slips, and every order of a cage
const LOWEST_COMB: f32 = 1.2;
const COMBS: i32 = 760; // to 8 times the shaft
const LOWEST_CAGE: f32 = 0.25;
const CAGES: i32 = 535; // to 0.95
const OTHERS: i32 = COMBS + CAGES;

const OUTER: i32 = 0;
const INNER: i32 = 1;
const BALL: i32 = 2;
const PARTS: i32 = 3;
const CAGE: i32 = 3; // told, never named: its lines come with those of a ball

// one spectrum at a time: what stands out, what is left of it without a part, the running sum of either
const ROW_BYTES: usize = MAX_WINDOW_BINS * 4;
const LINES: usize = FFT_INPUT;
const REST: usize = LINES + ROW_BYTES;
const RUNNING: usize = REST + ROW_BYTES;
// sums of logarithms over all spectra
const EVIDENCE: usize = RUNNING + ROW_BYTES; // part and cage x slip
const RIVALS: usize = EVIDENCE + (PARTS + 1) * SLIPS * 4; // part taken out x part x slip
const SCAN: usize = RIVALS + PARTS * PARTS * SLIPS * 4; // part taken out x other order
const SCAN_END: usize = SCAN + PARTS * OTHERS * 4;
const HITS: usize = SCAN_END; // part x slip x harmonic: spectra in which it stands

let bins: i32 = 0;
let total: f32 = 0;
let binOrder: f32 = 0;
let resolution: f32 = 1; // bins: a zero-padded spectrum has more than it tells
let bpfo: f32 = 0;
let bpfi: f32 = 0;
let twiceBsf: f32 = 0;
let ftf: f32 = 0;

@inline function at(array: usize, i: i32): f32 {
  return load<f32>(array + (<usize>i << 2));
}

@inline function put(array: usize, i: i32, value: f32): void {
  store<f32>(array + (<usize>i << 2), value);
}

@inline function addLog(array: usize, i: i32, share: f32): void {
  put(array, i, at(array, i) + NativeMathf.log(share + FLOOR));
}

@inline function stretch(slip: i32): f32 {
  return 1 + SLIP_STEP * <f32>(slip - SLIPS / 2);
}

@inline function orderOf(part: i32): f32 {
  return part == OUTER ? bpfo : part == INNER ? bpfi : twiceBsf;
}

/** Fills LINES with what stands EXCESS times above the local median, joined by straight lines; leaves `total`. */
function prepare(spectrum: usize): void {
  const first = max<i32>(1, <i32>NativeMathf.ceil(LOWEST_ORDER / binOrder));
  const width = max<i32>(9, <i32>(0.5 / binOrder) | 1);
  const step = max<i32>(1, width >> 1);
  let from = 0, left = localMedian(spectrum, 0, width), right = localMedian(spectrum, step, width);
  let background: f32 = 0, excess: f32 = 0;
  for (let k = 0; k < bins; k++) {
    if (k >= from + step) {
      from += step;
      left = right;
      right = localMedian(spectrum, from + step, width);
    }
    const local = left + (right - left) * (<f32>(k - from) / <f32>step);
    put(LINES, k, k < first ? 0 : NativeMathf.max(at(spectrum, k) - EXCESS * local, 0));
    if (k >= first) background += local;
  }
  for (let order = 1; order <= <i32>HIGHEST_ORDER; order++) strip(spectrum, LINES, <f32>order);
  for (let k = 0; k < bins; k++) excess += at(LINES, k);
  total = excess + background;
}

function localMedian(spectrum: usize, centre: i32, width: i32): f32 {
  const from = max<i32>(0, min<i32>(centre - width, bins - 1)), to = min<i32>(bins - 1, centre + width);
  const count = max<i32>(1, to - from + 1);
  return rank(spectrum + (<usize>from << 2), count, count >> 1);
}

/** Takes the peak at `order`, from valley to valley, out of `lines`. A slope of a higher peak beside it is no peak. */
function strip(spectrum: usize, lines: usize, order: f32): void {
  const middle = <i32>NativeMathf.floor(order / binOrder + 0.5), reach = max<i32>(1, <i32>(resolution + 0.5));
  if (middle - reach < 1 || middle + reach + 2 > bins) return;
  let top = middle - reach;
  for (let k = top + 1; k <= middle + reach; k++) if (at(spectrum, k) > at(spectrum, top)) top = k;
  if (at(spectrum, top) < at(spectrum, top - 1) || at(spectrum, top) < at(spectrum, top + 1)) return;
  const most = <i32>(resolution * 3) + 1;
  let low = top, high = top;
  while (low > 0 && top - low < most && at(spectrum, low - 1) <= at(spectrum, low)) low--;
  while (high < bins - 1 && high - top < most && at(spectrum, high + 1) <= at(spectrum, high)) high++;
  for (let k = low; k <= high; k++) put(lines, k, 0);
}

/** Takes out everything that a part explains: its harmonics, their sidebands, the cage. */
function stripFamily(spectrum: usize, part: i32, by: f32): void {
  memory.copy(REST, LINES, <usize>bins << 2);
  const order = orderOf(part) * by, cage = ftf * by;
  const side: f32 = part == BALL ? cage : 1, sides = part == BALL ? 2 : 4;
  for (let h = 1; h <= 2 * HARMONICS; h++) for (let d = -sides; d <= sides; d++) strip(spectrum, REST, <f32>h * order + <f32>d * side);
  const cages = part == BALL ? 12 : 4;
  for (let h = 1; h <= cages; h++) strip(spectrum, REST, <f32>h * cage);
  if (part != BALL) return;
  for (let turn = 1; turn <= 2; turn++) {
    strip(spectrum, REST, <f32>turn - cage);
    strip(spectrum, REST, <f32>turn + cage);
  }
}

/** Running sum of `lines`: entry k holds those below bin k. */
function accumulate(lines: usize): void {
  let sum: f32 = 0;
  put(RUNNING, 0, 0);
  for (let k = 0; k < bins; k++) {
    sum += at(lines, k);
    put(RUNNING, k + 1, sum);
  }
}

/** What stands within `reach` bins of an order. */
@inline function near(order: f32, reach: i32): f32 {
  const bin = <i32>NativeMathf.floor(order / binOrder + 0.5);
  if (bin < reach + 1 || bin >= bins - reach - 1) return 0;
  return at(RUNNING, bin + reach + 1) - at(RUNNING, bin - reach);
}

/** Power that a part explains at one slip. */
function comb(part: i32, by: f32, wide: i32, narrow: i32): f32 {
  const order = orderOf(part) * by, cage = ftf * by;
  let sum: f32 = 0;
  for (let h = 1; h <= HARMONICS; h++) {
    const centre = order * <f32>h, line = near(centre, wide);
    sum += line;
    if (part == OUTER) continue;
    const side: f32 = part == BALL ? cage : 1, cap = part == BALL ? BALL_CAP : INNER_CAP;
    sum += NativeMathf.min(SIDEBAND_WEIGHT * (near(centre - side, wide) + near(centre + side, wide)), cap * line);
  }
  if (part == BALL) for (let h = 1; h <= HARMONICS; h++) sum += CAGE_WEIGHT * near(cage * <f32>h, narrow);
  return sum;
}

function addCombs(into: usize, part: i32, wide: i32, narrow: i32): void {
  for (let slip = 0; slip < SLIPS; slip++) addLog(into, part * SLIPS + slip, comb(part, stretch(slip), wide, narrow) / total);
}

function addHits(part: i32, wide: i32): void {
  for (let slip = 0; slip < SLIPS; slip++)
    for (let h = 1; h <= HARMONICS; h++) {
      const i = (part * SLIPS + slip) * HARMONICS + h - 1;
      if (near(orderOf(part) * stretch(slip) * <f32>h, wide) > 0) put(HITS, i, at(HITS, i) + 1);
    }
}

/** The comb of every other order, and of every cage, in what a part has left. */
function addOthers(into: usize, wide: i32, narrow: i32): void {
  let order: f32 = LOWEST_COMB;
  for (let i = 0; i < COMBS; i++, order *= 1 + SLIP_STEP) {
    let sum: f32 = 0;
    for (let h = 1; h <= HARMONICS; h++) sum += near(order * <f32>h, wide);
    addLog(into, i, sum / total);
  }
  order = LOWEST_CAGE;
  for (let i = COMBS; i < OTHERS; i++, order *= 1 + SLIP_STEP) {
    let sum: f32 = 0;
    for (let h = 1; h <= HARMONICS; h++) sum += near(order * <f32>h, narrow);
    addLog(into, i, CAGE_WEIGHT * sum / total);
  }
}

/** Evidence of a part: the mean logarithm over `count` spectra at its best slip, which is left in `slipFound`. */
let slipFound: i32 = 0;
function bestOf(sums: usize, part: i32, count: f32): f32 {
  let best: f32 = -1e30;
  for (let slip = 0; slip < SLIPS; slip++) {
    const percent = (stretch(slip) - 1) * 100;
    const evidence = at(sums, part * SLIPS + slip) / count - SLIP_COST * percent * percent;
    if (evidence <= best) continue;
    best = evidence;
    slipFound = slip;
  }
  return best;
}

/** Weighs all axes and bands into State: evidence in nepers, the strongest thing beside it, diagnosis, confidence, lines. */
export function diagnose(axes: i32, sampleRateHz: f32, outerOrder: f32, innerOrder: f32, spinOrder: f32, cageOrder: f32): void {
  const s = changetype<State>(STATE);
  if (s.spectrumLength == 0) return;
  binOrder = envelopeRateHz(sampleRateHz) / <f32>s.spectrumLength / (s.shaftRpm / 60);
  resolution = <f32>s.spectrumLength / <f32>s.spectrumPoints;
  if (<f32>s.spectrumPoints / <f32>s.spectrumLength / binOrder < LEAST_TURNS) return;
  bpfo = outerOrder;
  bpfi = innerOrder;
  twiceBsf = 2 * spinOrder;
  ftf = cageOrder;
  bins = min<i32>((s.spectrumLength >> 1) + 1, <i32>(HIGHEST_ORDER / binOrder));
  const wide = max<i32>(1, <i32>(resolution * 2 + 0.5)), narrow = max<i32>(1, <i32>(resolution + 0.5));
  memory.fill(EVIDENCE, 0, HITS + PARTS * SLIPS * HARMONICS * 4 - EVIDENCE);
  for (let axis = 0; axis < axes; axis++)
    for (let band = 0; band < DEMOD_BANDS; band++) {
      prepare(demodulator(axis, band) + ENVELOPE_SPECTRUM);
      if (total <= 0) continue;
      accumulate(LINES);
      for (let part = 0; part < PARTS; part++) {
        addCombs(EVIDENCE, part, wide, narrow);
        addHits(part, wide);
      }
      for (let slip = 0; slip < SLIPS; slip++) {
        let sum: f32 = 0;
        for (let h = 1; h <= HARMONICS; h++) sum += near(ftf * stretch(slip) * <f32>h, narrow);
        addLog(EVIDENCE, CAGE * SLIPS + slip, sum / total);
      }
    }
  const count = <f32>(axes * DEMOD_BANDS);
  s.outer = bestOf(EVIDENCE, OUTER, count);
  const outerSlip = slipFound;
  s.inner = bestOf(EVIDENCE, INNER, count);
  const innerSlip = slipFound;
  s.ball = bestOf(EVIDENCE, BALL, count);
  const ballSlip = slipFound;
  s.cage = bestOf(EVIDENCE, CAGE, count);
  for (let axis = 0; axis < axes; axis++)
    for (let band = 0; band < DEMOD_BANDS; band++) {
      const spectrum = demodulator(axis, band) + ENVELOPE_SPECTRUM;
      prepare(spectrum);
      if (total <= 0) continue;
      for (let part = 0; part < PARTS; part++) {
        stripFamily(spectrum, part, stretch(part == OUTER ? outerSlip : part == INNER ? innerSlip : ballSlip));
        accumulate(REST);
        for (let other = 0; other < PARTS; other++) if (other != part) addCombs(RIVALS + <usize>(part * PARTS * SLIPS) * 4, other, wide, narrow);
        addOthers(SCAN + <usize>(part * OTHERS) * 4, wide, narrow);
      }
    }
  decide(count, outerSlip, innerSlip, ballSlip);
}

/** The strongest thing in what a part has left: another part, or the comb of any other order. */
function strongestBeside(part: i32, count: f32): f32 {
  let most: f32 = -1e30;
  for (let other = 0; other < PARTS; other++)
    if (other != part) most = NativeMathf.max(most, bestOf(RIVALS + <usize>(part * PARTS * SLIPS) * 4, other, count));
  for (let i = 0; i < OTHERS; i++) most = NativeMathf.max(most, at(SCAN + <usize>(part * OTHERS) * 4, i) / count);
  return most;
}

function decide(count: f32, outerSlip: i32, innerSlip: i32, ballSlip: i32): void {
  const s = changetype<State>(STATE);
  const outer = s.outer - strongestBeside(OUTER, count);
  const inner = s.inner - strongestBeside(INNER, count);
  const ball = s.ball - strongestBeside(BALL, count);
  let part = OUTER, margin = outer, slip = outerSlip, evidence = s.outer;
  if (inner > margin) { part = INNER; margin = inner; slip = innerSlip; evidence = s.inner; }
  if (ball > margin) { part = BALL; margin = ball; slip = ballSlip; evidence = s.ball; }
  s.decoy = evidence - margin;
  s.margin = margin;
  const named = margin > MARGIN;
  s.diagnosis = !named ? DIAGNOSIS_NONE : part == OUTER ? DIAGNOSIS_OUTER_RACE : part == INNER ? DIAGNOSIS_INNER_RACE : DIAGNOSIS_BALL;
  // half way to certain at exactly MARGIN
  s.confidence = named ? 1 - 0.5 * NativeMathf.exp((MARGIN - margin) / SURER) : 0;
  s.slip = stretch(slip) - 1;
  s.lines = 0;
  for (let h = 0; h < HARMONICS; h++)
    if (at(HITS, (part * SLIPS + slip) * HARMONICS + h) * 2 >= count) s.lines |= 1 << h;
}
