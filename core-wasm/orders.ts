// Levels of the shaft orders 0.5, 1, 1.5 .. 10 and of twice the supply frequency on each axis, averaged over segments of
// up to 32 turns, and what they were while the machine was learned. Each segment finds its own speed within 2 % of the
// nominal one before its lines are read: a nominal speed is seldom true, and a speed that wanders must not smear order 10.
import { realFft } from './fft';
import { hannPowers } from './hann';
import { lanesOf, splat, sub } from './lanes';
import { FFT_INPUT, FFT_OUTPUT, ORDER_CHUNK, ORDER_LENGTH, ORDER_LEVELS, ORDER_LEVELS_STRIDE, ORDER_LINES, POWER, STATE } from './map';
import { MAX_AXES, SET_LINE_HZ, SET_SAMPLE_RATE_HZ } from './memory';
import { collectOrderPoints, discardOrderPoints, orderPointsOf, orderRateHz, resetOrderPoints, setOrderRate } from './order-points';
import { rank } from './rank';
import { powerScale, TINY } from './spectrum';
import { settingF32 } from './setting';
import { forgetSpeed, isSpeedPlain, lookForSpeed, SEARCH_RPM } from './speed';
import { State } from './state';
import { sumOf } from './sums';

export const HALF_ORDERS: i32 = 20; // line i is order (i + 1) / 2
export const LINE_ELECTRICAL: i32 = 20;
export const LINES_READ: i32 = 21;
export const LINE_SIDEBANDS: i32 = 22; // gear.ts; the place after it is what its open decision adds up

const BINS: i32 = ORDER_LENGTH / 2;
const TURNS: f32 = 16; // before anything is said of the running machine
const LEAST_TURNS: f32 = 8; // where no more will come: Hann's main lobe is 4 bins, half orders touch at 8 turns
const GROWTH: f32 = 1.25; // until a segment is whole, a look each time that a quarter more has come
const AVERAGING: i32 = 8; // segments
const ORDERS: i32 = HALF_ORDERS / 2;
const NOISE_MARGIN: f32 = 4; // medians: noise passes that in one bin of sixteen
const SEARCH: i32 = 16; // steps either way
const SPEEDS_TRIED: f32 = 33;
const SEARCH_STEP: f32 = 0.00125; // 2 % in all; order 10 moves by less than half a bin a step
const SMEAR: f32 = 0.003; // of the order: what the speed may change within a segment
const MEDIAN_TO_MEAN: f32 = 1.442695; // of the power of noise, which is exponentially distributed: 1 / ln 2

@inline function state(): State {
  return changetype<State>(STATE);
}

@inline function rateHz(): f32 {
  return settingF32(SET_SAMPLE_RATE_HZ);
}

/** Speed that points are collected for: where none is known, one that lets it be looked for. */
@inline function collectedRpm(): f32 {
  const s = state();
  return s.spectraRpm > 0 ? s.spectraRpm : SEARCH_RPM;
}

const POWERS_STRIDE: usize = (BINS + 4) * 4;
@inline function powers(axis: i32): usize {
  return POWER + <usize>axis * POWERS_STRIDE;
}

@inline function levelAt(axis: i32, kind: i32, line: i32): usize {
  return ORDER_LEVELS + <usize>axis * ORDER_LEVELS_STRIDE + (<usize>(kind * ORDER_LINES + line) << 2);
}

/** Power of a line (its variance), the noise of its place included; 0: not seen. */
@inline export function linePower(axis: i32, line: i32): f32 {
  return load<f32>(levelAt(axis, 0, line));
}

/** Noise that the place of a line would hold without it. */
@inline export function lineNoise(axis: i32, line: i32): f32 {
  return load<f32>(levelAt(axis, 1, line));
}

/** Learned mean of the log level in nepers. */
@inline export function lineNormal(axis: i32, line: i32): f32 {
  const n = <f32>state().orderReference;
  return load<f32>(levelAt(axis, 2, line)) / n;
}

/** Learned spread of the log level in nepers; 0 when one segment is all that was learned from. */
export function lineSpread(axis: i32, line: i32): f32 {
  return lineSpreadOf(load<f32>(levelAt(axis, 2, line)), load<f32>(levelAt(axis, 3, line)), state().orderReference);
}

/** Standard deviation of `count` values from their sum and sum of squares; 0 for one. */
export function lineSpreadOf(sum: f32, squares: f32, count: i32): f32 {
  if (count < 2) return 0;
  const n = <f32>count, mean = sum / n;
  return NativeMathf.sqrt(NativeMathf.max(0, (squares - n * mean * mean) / (n - 1)));
}

/** Log level in nepers of a line above its noise; a line that the noise hides is as high as the noise. */
@inline export function logLevel(power: f32, noise: f32): f32 {
  return 0.5 * NativeMathf.log(NativeMathf.max(power - noise, noise) + TINY);
}

/** Turns behind each segment. */
export function orderTurns(): f32 {
  const s = state();
  return s.orderSegment > 0 && s.spectraRpm > 0 ? (<f32>s.orderSegment / orderRateHz(rateHz())) * (s.spectraRpm / 60) : 0;
}

/** Starts over for another speed (0: unknown) or another stream; what was learned stays. */
export function forgetOrders(): void {
  const s = state();
  s.orderSegment = 0;
  s.orderAveraged = 0;
  s.orderSpeed = 0;
  s.speedConfidence = 0;
  s.rotorJudged = s.orderUpdates;
  s.unbalance = s.misalignment = s.bent = s.loose = s.electrical = 0;
  s.rotor = 0;
  s.rotorConfidence = 0;
  setOrderRate(rateHz(), collectedRpm());
  forgetSpeed();
  for (let axis = 0; axis < MAX_AXES; axis++) clear(axis, 0);
}

/** Two kinds of the lines that are read here. */
function clear(axis: i32, kind: i32): void {
  memory.fill(levelAt(axis, kind, 0), 0, <usize>LINES_READ << 2);
  memory.fill(levelAt(axis, kind + 1, 0), 0, <usize>LINES_READ << 2);
}

/** 1x is below half the sample rate, or looked for. */
export function tracksOrders(): bool {
  return state().spectraRpm / 60 < 0.5 * rateHz();
}

/** Takes the newest `count` samples of each axis, which end at `end` bytes of its history. `learns`: the machine is sound. */
export function takeOrders(axes: i32, end: usize, count: i32, learns: bool): void {
  const s = state();
  for (let left = count; left > 0; ) {
    const take = min<i32>(left, ORDER_CHUNK);
    collectOrderPoints(axes, end - (<usize>(left - take) << 2), take);
    left -= take;
    // by the number of points alone, so that it does not matter how they were pushed
    for (let next = nextLength(); s.orderPoints >= next; next = nextLength()) {
      update(axes, next, learns);
      if (next == ORDER_LENGTH) discardOrderPoints(axes, ORDER_LENGTH);
    }
  }
}

/** Points at which the lines are measured next. */
function nextLength(): i32 {
  const s = state();
  const turns: f32 = (TURNS * orderRateHz(rateHz())) / (collectedRpm() / 60);
  const grown = NativeMathf.max(turns, GROWTH * <f32>s.orderSegment);
  return grown < <f32>ORDER_LENGTH ? <i32>NativeMathf.ceil(grown) : ORDER_LENGTH;
}

/** At the end of a stretch, or of what may be learned from: what has been collected counts if nothing longer came before. */
export function flushOrders(axes: i32, learns: bool): void {
  if (state().orderPoints > state().orderSegment) lookAtRest(axes, learns);
}

/** Measures all that has been collected, if that is enough to tell one line from the next. */
function lookAtRest(axes: i32, learns: bool): void {
  const s = state();
  if (<f32>s.orderPoints * (collectedRpm() / 60) < LEAST_TURNS * orderRateHz(rateHz())) return;
  update(axes, min<i32>(s.orderPoints, ORDER_LENGTH), learns);
}

/** The end of a stretch: points on either side do not join. */
export function endOrders(axes: i32, learns: bool): void {
  const s = state();
  if (s.orderPoints >= s.orderSegment || 2 * s.orderPoints >= ORDER_LENGTH) lookAtRest(axes, learns);
  resetOrderPoints();
}

function update(axes: i32, points: i32, learns: bool): void {
  const s = state();
  const binHz = orderRateHz(rateHz()) / <f32>ORDER_LENGTH;
  const first = s.shaftRpm / 60 / binHz; // bin of 1x at the nominal speed
  for (let axis = 0; axis < axes; axis++) measure(axis, points);
  lookForSpeed(powers(0), POWERS_STRIDE, axes, points, orderRateHz(rateHz()), learns);
  if (s.spectraRpm <= 0) {
    s.orderSegment = max<i32>(s.orderSegment, points);
    return;
  }
  for (let axis = 0; axis < axes; axis++) {
    for (let order = 1; order <= ORDERS; order++)
      store<f32>(surroundingsAt(axis, order), medianAround(axis, <i32>(<f32>order * first - 0.25 * first), <i32>(0.75 * first)));
  }
  learns = learns && isSpeedPlain(); // orders of another speed are no normal of this one
  findSpeed(axes, first);
  if (points > s.orderSegment) {
    s.orderSegment = points;
    s.orderAveraged = 0;
  }
  s.orderAveraged = min<i32>(s.orderAveraged + 1, AVERAGING);
  s.orderUpdates++;
  if (learns) {
    if (points > s.orderReferenceSegment) {
      s.orderReferenceSegment = points;
      s.orderReference = 0;
      for (let axis = 0; axis < MAX_AXES; axis++) clear(axis, 2);
    }
    s.orderReference++;
    s.referenceRpm = s.shaftRpm;
  }
  for (let axis = 0; axis < axes; axis++)
    for (let line = 0; line < LINES_READ; line++) readLine(axis, line, first, binHz, points, learns);
}

@inline function centreAs<T>(x: usize, bytes: usize, mean: f32): void {
  const m = splat<T>(mean);
  for (let i: usize = 0; i < bytes; i += <usize>lanesOf<T>() << 2) store<T>(FFT_INPUT + i, sub<T>(load<T>(x + i), m));
}

/** Power spectrum of an axis: mean removed, Hann, zero-padded; its sum is the variance. */
function measure(axis: i32, points: i32): void {
  const x = orderPointsOf(axis), to = powers(axis);
  const mean = sumOf(x, points) / <f32>points;
  const bytes = <usize>(points & ~3) << 2;
  if (ASC_FEATURE_SIMD) centreAs<v128>(x, bytes, mean);
  else centreAs<f32>(x, bytes, mean);
  for (let i = points & ~3; i < points; i++) store<f32>(FFT_INPUT + (<usize>i << 2), load<f32>(x + (<usize>i << 2)) - mean);
  store<f32>(to, 0);
  if (points == ORDER_LENGTH) {
    realFft(FFT_INPUT, ORDER_LENGTH);
    hannPowers(FFT_OUTPUT, to, 1, BINS - 1, powerScale(ORDER_LENGTH));
    return;
  }
  weigh(points);
  realFft(FFT_INPUT, ORDER_LENGTH);
  const scale: f32 = 2 / (<f32>ORDER_LENGTH * 0.375 * <f32>points);
  for (let k = 1; k < BINS; k++) {
    const re = load<f32>(FFT_OUTPUT + (<usize>k << 3)), im = load<f32>(FFT_OUTPUT + (<usize>k << 3), 4);
    store<f32>(to + (<usize>k << 2), (re * re + im * im) * scale);
  }
}

/** Hann over the first `points` of the input, nothing after. */
function weigh(points: i32): void {
  const stepR = NativeMath.cos((2.0 * Math.PI) / <f64>points), stepI = NativeMath.sin((2.0 * Math.PI) / <f64>points);
  let c = 1.0, q = 0.0;
  for (let i = 0; i < points; i++) {
    const p = FFT_INPUT + (<usize>i << 2);
    store<f32>(p, load<f32>(p) * <f32>(0.5 - 0.5 * c));
    const next = c * stepR - q * stepI;
    q = c * stepI + q * stepR;
    c = next;
  }
  memory.fill(FFT_INPUT + (<usize>points << 2), 0, <usize>(ORDER_LENGTH - points) << 2);
}

@inline function binAt(axis: i32, k: i32): f32 {
  return load<f32>(powers(axis) + (<usize>k << 2));
}

/** The speed at which the ten harmonics stand highest above what is around them, as a product: no one line decides. */
function findSpeed(axes: i32, first: f32): void {
  const s = state();
  let best: f32 = -1e30, bestSpeed: f32 = 1, total: f32 = 0;
  for (let step = 0; step <= 2 * SEARCH; step++) {
    // from the middle outwards, so that silence keeps the nominal speed
    const away = (step + 1) >> 1;
    const speed: f32 = 1 + SEARCH_STEP * <f32>((step & 1) != 0 ? away : -away);
    let product = 1.0; // of ten ratios of f32: within f64
    for (let order = 1; order <= ORDERS; order++) {
      const bin: f32 = <f32>order * first * speed;
      const k = <i32>NativeMathf.floor(bin);
      const part: f32 = bin - <f32>k;
      if (k < 2 || k >= BINS - 1) continue;
      let sum: f32 = 0, around: f32 = TINY;
      for (let axis = 0; axis < axes; axis++) {
        sum += (1 - part) * binAt(axis, k) + part * binAt(axis, k + 1);
        around += load<f32>(surroundingsAt(axis, order));
      }
      product *= <f64>(1 + sum / (NOISE_MARGIN * around)); // noise alone hardly tells one speed from another
    }
    const score = <f32>NativeMath.log(product);
    total += score;
    if (score <= best) continue;
    best = score;
    bestSpeed = speed;
  }
  s.orderSpeed = bestSpeed;
  // nepers of amplitude that a harmonic gains over the mean of all speeds tried
  const gain = (best - total / SPEEDS_TRIED) / <f32>HALF_ORDERS;
  s.speedConfidence = NativeMathf.min(1, NativeMathf.max(0, gain));
}

/** Where line i stands, in bins; 0 when it cannot be told from the shaft's harmonics. */
function lineBin(line: i32, first: f32, binHz: f32, reach: f32): f32 {
  const s = state();
  if (line < HALF_ORDERS) return 0.5 * <f32>(line + 1) * first * s.orderSpeed;
  const hz: f32 = <f32>2 * settingF32(SET_LINE_HZ);
  if (hz <= 0) return 0;
  if (hz >= binHz * <f32>BINS) return 0;
  const bin = hz / binHz, one = first * s.orderSpeed;
  const nearest = NativeMathf.max(1, NativeMathf.floor(bin / one + 0.5)) * one;
  return NativeMathf.abs(bin - nearest) < <f32>2 * reach ? 0 : bin;
}

/** Median power of the bins around an order and the half order below it. */
const MEDIANS: usize = memory.data(MAX_AXES * 11 * 4, 4);
@inline function surroundingsAt(axis: i32, order: i32): usize {
  return MEDIANS + (<usize>(axis * (ORDERS + 1) + order) << 2);
}

function medianAround(axis: i32, centre: i32, reach: i32): f32 {
  const from = max<i32>(1, centre - reach), to = min<i32>(BINS - 1, centre + reach), count = max<i32>(1, to - from + 1);
  return rank(powers(axis) + (<usize>from << 2), count, count >> 1);
}

function readLine(axis: i32, line: i32, first: f32, binHz: f32, points: i32, learns: bool): void {
  const s = state();
  const lobe: f32 = (<f32>2 * <f32>ORDER_LENGTH) / <f32>points;
  const bin = lineBin(line, first, binHz, lobe);
  const half = <i32>NativeMathf.min(NativeMathf.ceil(lobe + SMEAR * bin), NativeMathf.max(1, 0.25 * first));
  const centre = <i32>NativeMathf.floor(bin + 0.5);
  let power: f32 = 0, noise: f32 = 0;
  if (centre - half >= 1 && centre + half < BINS) {
    for (let k = centre - half; k <= centre + half; k++) power += binAt(axis, k);
    const median = line < HALF_ORDERS ? load<f32>(surroundingsAt(axis, (line >> 1) + 1)) : medianAround(axis, centre, <i32>(0.75 * first));
    noise = median * MEDIAN_TO_MEAN * <f32>(half + half + 1);
  }
  const weight: f32 = 1 / <f32>s.orderAveraged;
  const p = levelAt(axis, 0, line), n = levelAt(axis, 1, line);
  store<f32>(p, load<f32>(p) + weight * (power - load<f32>(p)));
  store<f32>(n, load<f32>(n) + weight * (noise - load<f32>(n)));
  if (!learns) return;
  const level = logLevel(power, noise);
  const sum = levelAt(axis, 2, line), squares = levelAt(axis, 3, line);
  store<f32>(sum, load<f32>(sum) + level);
  store<f32>(squares, load<f32>(squares) + level * level);
}
