// The slow part of the raw signal of each axis, 32 to 64 points a shaft turn: what orders up to 10 are read from. Three
// stages: triangular averages of four samples, of blocks of those, then a 32-tap low-pass that keeps one point in four.
// Together they hold what folds back onto orders up to 3 below -60 dB, onto order 10 below -40 dB. Every sample is taken
// once; nothing here depends on how pushes are cut.
import { add, addLanes, lanesOf, mul, splat } from './lanes';
import { HISTORY, HISTORY_STRIDE, LANES, ORDER_AXES, ORDER_CHUNK, ORDER_DELAY, ORDER_LENGTH, ORDER_POINTS, ORDER_STRIDE, ORDER_TAPS, POWER, STATE } from './map';
import { MAX_AXES } from './memory';
import { isSpeedSane, SEARCH_RPM } from './speed';
import { State } from './state';

const POINTS_A_TURN: f32 = 32; // order 10 and what a filter of this length needs above it
const GROUP: i32 = 4; // samples of the first stage
const RATIO: i32 = 4; // of the last stage
const MOST: f32 = 1e6; // samples a point: a shaft as slow as that is never seen anyway

// what the open blocks of an axis hold
const SUM: usize = 0;
const RISING: usize = 4; // weights 1, 2, 3 ..: whole numbers, so that it does not matter where a push ends
const BEFORE: usize = 8; // the rising half of the last block's triangle
const GROUP_BEFORE: usize = 12;

const TAPS: usize = memory.data(ORDER_TAPS * 4, 16);
let planned: i32 = 0; // ratio for which the taps stand

@inline function state(): State {
  return changetype<State>(STATE);
}

@inline function axisAt(axis: i32): usize {
  return ORDER_AXES + <usize>axis * ORDER_STRIDE;
}

/** The points of an axis, oldest first. */
@inline export function orderPointsOf(axis: i32): usize {
  return axisAt(axis) + ORDER_POINTS;
}

/** Points per second. */
export function orderRateHz(sampleRateHz: f32): f32 {
  const s = state();
  return sampleRateHz / <f32>(s.orderGroup * s.orderBlock * s.orderRatio);
}

/** Samples a point, as far as the stages divide it. */
@inline function samplesAPoint(sampleRateHz: f32, shaftRpm: f32): i32 {
  return <i32>NativeMathf.min(MOST, NativeMathf.max(1, sampleRateHz / (POINTS_A_TURN * (shaftRpm / 60))));
}

/** Chooses the decimation for a shaft speed above 0 and starts over. */
export function setOrderRate(sampleRateHz: f32, shaftRpm: f32): void {
  const s = state();
  const all = samplesAPoint(sampleRateHz, shaftRpm);
  s.orderGroup = all >= GROUP * RATIO ? GROUP : 1;
  s.orderRatio = all >= RATIO ? RATIO : all >= 2 ? 2 : 1;
  s.orderBlock = all / (s.orderGroup * s.orderRatio);
  resetOrderPoints();
}

/** What was collected belongs to a stretch that is over. */
export function resetOrderPoints(): void {
  const s = state();
  s.orderUngrouped = s.orderInBlock = s.orderWaiting = 0;
  s.orderPoints = -1;
  for (let axis = 0; axis < MAX_AXES; axis++) memory.fill(axisAt(axis), 0, ORDER_DELAY);
}

/** Drops the oldest points of every axis. */
export function discardOrderPoints(axes: i32, count: i32): void {
  const s = state();
  for (let axis = 0; axis < axes; axis++) {
    const p = orderPointsOf(axis);
    const rest = <usize>(s.orderPoints - count) << 2;
    memory.copy(p, p + (<usize>count << 2), rest);
    memory.fill(p + rest, 0, <usize>count << 2); // a snapshot shows what was collected, not how
  }
  s.orderPoints -= count;
}

/** Hamming-weighted sinc, -6 dB at half the rate that is kept; its sum is 1. */
function planTaps(ratio: i32): void {
  planned = ratio;
  const turn = Math.PI / <f64>ratio;
  let total = 0.0;
  for (let pass = 0; pass < 2; pass++)
    for (let i = 0; i < ORDER_TAPS; i++) {
      const t = <f64>i - 0.5 * <f64>(ORDER_TAPS - 1);
      const weight = 0.54 - 0.46 * NativeMath.cos((2.0 * Math.PI * <f64>i) / <f64>(ORDER_TAPS - 1));
      const tap = (weight * NativeMath.sin(turn * t)) / t;
      if (pass == 0) total += tap;
      else store<f32>(TAPS + (<usize>i << 2), <f32>(tap / total));
    }
}

/** The newest `count` samples of every axis, which end at `end` bytes of its history; at most ORDER_CHUNK. */
export function collectOrderPoints(axes: i32, end: usize, count: i32): void {
  const s = state();
  if (planned != s.orderRatio && s.orderRatio > 1) planTaps(s.orderRatio);
  const available = s.orderGroup == 1 ? count : s.orderUngrouped + count;
  const values = available / s.orderGroup; // what the first stage gives
  const blocks = (s.orderInBlock + values) / s.orderBlock; // and the second
  const waiting = s.orderWaiting + blocks;
  const taps = s.orderRatio == 1 ? 1 : ORDER_TAPS;
  const made = waiting < taps ? 0 : (waiting - taps) / s.orderRatio + 1;
  for (let axis = 0; axis < axes; axis++) {
    const own = axisAt(axis);
    const from = HISTORY + <usize>axis * HISTORY_STRIDE + end - (<usize>available << 2);
    const input = own + ORDER_DELAY + (<usize>s.orderWaiting << 2);
    const grouped = s.orderBlock == 1 ? input : POWER;
    if (s.orderGroup > 1) group(own, from, grouped, values);
    else if (s.orderBlock == 1) memory.copy(input, from, <usize>values << 2);
    if (s.orderBlock > 1) average(own, s.orderGroup > 1 ? grouped : from, input, values);
    keep(own, waiting, made);
  }
  s.orderUngrouped = available - values * s.orderGroup;
  s.orderInBlock = s.orderInBlock + values - blocks * s.orderBlock;
  s.orderWaiting = waiting - made * s.orderRatio;
  s.orderPoints += made;
}

/** First stage: triangles 1 2 3 4 3 2 1 over neighbouring groups of four samples, one value a group. */
function group(own: usize, p: usize, to: usize, values: i32): void {
  let before = load<f32>(own, GROUP_BEFORE);
  const end = to + (<usize>values << 2);
  if (ASC_FEATURE_SIMD) {
    const four = f32x4.splat(4), share = f32x4.splat(0.0625);
    let last = f32x4.splat(before);
    for (; to + 16 <= end; to += 16, p += 64) {
      const x = v128.load(p), y = v128.load(p, 16), z = v128.load(p, 32), w = v128.load(p, 48);
      const xy = v128.shuffle<f32>(x, y, 0, 1, 4, 5), zw = v128.shuffle<f32>(z, w, 0, 1, 4, 5);
      const xyHigh = v128.shuffle<f32>(x, y, 2, 3, 6, 7), zwHigh = v128.shuffle<f32>(z, w, 2, 3, 6, 7);
      const d = v128.shuffle<f32>(xyHigh, zwHigh, 1, 3, 5, 7);
      const cd = f32x4.add(v128.shuffle<f32>(xyHigh, zwHigh, 0, 2, 4, 6), d);
      const bcd = f32x4.add(v128.shuffle<f32>(xy, zw, 1, 3, 5, 7), cd);
      const all = f32x4.add(v128.shuffle<f32>(xy, zw, 0, 2, 4, 6), bcd);
      const rising = f32x4.add(f32x4.add(all, bcd), f32x4.add(cd, d));
      const falling = f32x4.sub(f32x4.mul(four, all), rising);
      v128.store(to, f32x4.mul(share, f32x4.add(falling, v128.shuffle<f32>(last, rising, 3, 4, 5, 6))));
      last = rising;
    }
    before = f32x4.extract_lane(last, 3);
  }
  for (; to < end; to += 4, p += 16) {
    const d = load<f32>(p, 12), cd = load<f32>(p, 8) + d, bcd = load<f32>(p, 4) + cd, all = load<f32>(p) + bcd;
    const rising = all + bcd + (cd + d);
    const falling: f32 = <f32>4 * all - rising;
    store<f32>(to, <f32>0.0625 * (falling + before));
    before = rising;
  }
  store<f32>(own, before, GROUP_BEFORE);
}

/** Second stage: triangles over neighbouring blocks, one value a block. */
function average(own: usize, p: usize, to: usize, values: i32): void {
  const s = state();
  const block = s.orderBlock;
  const inverse: f32 = 1 / <f32>block;
  let sum = load<f32>(own, SUM), rising = load<f32>(own, RISING), before = load<f32>(own, BEFORE);
  let inBlock = s.orderInBlock;
  const end = p + (<usize>values << 2);
  while (p < end) {
    const stop = min<usize>(end, p + (<usize>(block - inBlock) << 2));
    let weight: f32 = <f32>(inBlock + 1);
    inBlock += <i32>((stop - p) >> 2);
    for (; p < stop; p += 4) {
      const v = load<f32>(p);
      sum += v;
      rising += v * weight;
      weight += 1;
    }
    if (inBlock < block) break;
    const half = rising * inverse;
    store<f32>(to, (before + (sum - half)) * inverse);
    to += 4;
    before = half;
    sum = rising = 0;
    inBlock = 0;
  }
  store<f32>(own, sum, SUM);
  store<f32>(own, rising, RISING);
  store<f32>(own, before, BEFORE);
}

/** Third stage: the low-pass, one point in `ratio`; what later points need moves to the front. */
function keep(own: usize, waiting: i32, made: i32): void {
  const s = state();
  const input = own + ORDER_DELAY;
  let to = own + ORDER_POINTS + (<usize>s.orderPoints << 2);
  let p = input;
  for (let i = 0; i < made; i++, p += <usize>s.orderRatio << 2, to += 4) {
    if (s.orderPoints + i < 0) continue; // holds the step from nothing to the mean of the signal
    store<f32>(to, s.orderRatio == 1 ? load<f32>(p) : ASC_FEATURE_SIMD ? filteredAs<v128>(p) : filteredAs<f32>(p));
  }
  if (made == 0) return;
  const rest = (<usize>waiting << 2) - (p - input);
  memory.copy(input, p, rest);
  memory.fill(input + rest, 0, p - input);
}

@inline function filteredAs<T>(p: usize): f32 {
  for (let lane: usize = 0; lane < 16; lane += <usize>lanesOf<T>() << 2) {
    let even = splat<T>(0), odd = splat<T>(0);
    for (let i: usize = lane; i < <usize>ORDER_TAPS * 4; i += 32) {
      even = add<T>(even, mul<T>(load<T>(p + i), load<T>(TAPS + i)));
      odd = add<T>(odd, mul<T>(load<T>(p + i, 16), load<T>(TAPS + i, 16)));
    }
    store<T>(LANES + lane, add<T>(even, odd));
  }
  return addLanes(LANES);
}

/** What State says of the collection can be true: nothing is written or read outside its place. */
export function areOrdersSane(sampleRateHz: f32): bool {
  const s = state();
  // what the rest of the core holds to be true of the two speeds
  if (!(s.spectraRpm >= 0 && s.spectraRpm < 1e30) || !(s.orderSpeed >= 0 && s.orderSpeed < 1.1)) return false;
  if (s.spectraRpm > 0 && !(NativeMathf.abs(s.shaftRpm - s.spectraRpm) <= 0.02 * s.spectraRpm)) return false;
  if (s.orderGroup * s.orderRatio * s.orderBlock > samplesAPoint(sampleRateHz, s.spectraRpm > 0 ? s.spectraRpm : SEARCH_RPM)) return false;
  if (!isSpeedSane()) return false;
  if ((s.orderGroup != 1 && s.orderGroup != GROUP) || (s.orderRatio != 1 && s.orderRatio != 2 && s.orderRatio != RATIO)) return false;
  if (s.orderBlock < 1 || s.orderBlock > <i32>MOST || s.orderInBlock < 0 || s.orderInBlock >= s.orderBlock) return false;
  if (s.orderUngrouped < 0 || s.orderUngrouped >= s.orderGroup || s.orderUngrouped > s.fill) return false;
  if (s.orderWaiting < 0 || s.orderWaiting >= ORDER_TAPS || s.orderPoints < -1 || s.orderPoints >= ORDER_LENGTH) return false;
  return s.orderSegment >= 0 && s.orderSegment <= ORDER_LENGTH && s.orderAveraged >= 0 && s.orderReference >= 0;
}
