// The slow part of the raw signal of each axis, about 32 points a shaft turn: what orders up to 10 are read from. Two
// stages: triangular averages of blocks (two sums a sample, so the cost hardly depends on the rate), then a 32-tap
// low-pass that keeps one point in four. Together they hold what folds back onto orders up to 3 below -60 dB, onto
// order 10 below -40 dB. Every sample is taken once; nothing here depends on how pushes are cut.
import { HISTORY, HISTORY_STRIDE, ORDER_AXES, ORDER_CHUNK, ORDER_DELAY, ORDER_LENGTH, ORDER_POINTS, ORDER_STRIDE, ORDER_TAPS, STATE } from './map';
import { State } from './state';

const POINTS_A_TURN: f32 = 32; // order 10 and what a filter of this length needs above it
const RATIO: i32 = 4; // of the second stage
const MOST: f32 = 1e6; // samples a point: a shaft as slow as that is never seen anyway

const SUM: usize = 0;
const RISING: usize = 4;
const BEFORE: usize = 8; // the rising half of the last block's triangle

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
  return sampleRateHz / <f32>(s.orderBlock * s.orderRatio);
}

/** Chooses the decimation for a shaft speed above 0 and starts over. */
export function setOrderRate(sampleRateHz: f32, shaftRpm: f32): void {
  const s = state();
  const all = <i32>NativeMathf.min(MOST, NativeMathf.max(1, sampleRateHz / (POINTS_A_TURN * (shaftRpm / 60))));
  s.orderRatio = all >= RATIO ? RATIO : all >= 2 ? 2 : 1;
  s.orderBlock = all / s.orderRatio;
  resetOrderPoints();
}

/** What was collected belongs to a stretch that is over. */
export function resetOrderPoints(): void {
  const s = state();
  s.orderInBlock = s.orderInRatio = s.orderAt = 0;
  // the first points hold the step from nothing to the mean of the signal
  s.orderPoints = s.orderRatio > 1 ? -(ORDER_TAPS / s.orderRatio + 1) : -1;
  for (let axis = 0; axis < 3; axis++) memory.fill(axisAt(axis), 0, ORDER_POINTS);
}

/** Drops the oldest points of every axis. */
export function discardOrderPoints(axes: i32, count: i32): void {
  const s = state();
  for (let axis = 0; axis < axes; axis++) {
    const p = orderPointsOf(axis);
    memory.copy(p, p + (<usize>count << 2), <usize>(s.orderPoints - count) << 2);
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
  const block = s.orderBlock, ratio = s.orderRatio;
  let inBlock = 0, inRatio = 0, at = 0, points = 0;
  for (let axis = 0; axis < axes; axis++) {
    inBlock = s.orderInBlock;
    inRatio = s.orderInRatio;
    at = s.orderAt;
    points = s.orderPoints;
    const own = axisAt(axis);
    const inverse: f32 = 1 / <f32>block;
    let sum = load<f32>(own, SUM), rising = load<f32>(own, RISING), before = load<f32>(own, BEFORE);
    const last = HISTORY + <usize>axis * HISTORY_STRIDE + end;
    let p = last - (<usize>count << 2);
    while (p < last) {
      const stop = min<usize>(last, p + (<usize>(block - inBlock) << 2));
      inBlock += <i32>((stop - p) >> 2);
      let weight: f32 = <f32>(inBlock - <i32>((stop - p) >> 2) + 1) * inverse;
      for (; p < stop; p += 4) {
        const v = load<f32>(p);
        sum += v;
        rising += v * weight;
        weight += inverse;
      }
      if (inBlock < block) break;
      const mean = (before + (sum - rising)) * inverse;
      before = rising;
      sum = rising = 0;
      inBlock = 0;
      if (ratio == 1) {
        if (points >= 0) store<f32>(own + ORDER_POINTS + (<usize>points << 2), mean);
        points++;
        continue;
      }
      const place = own + ORDER_DELAY + (<usize>at << 2);
      store<f32>(place, mean);
      store<f32>(place + ORDER_TAPS * 4, mean);
      at = (at + 1) & (ORDER_TAPS - 1);
      if (++inRatio < ratio) continue;
      inRatio = 0;
      if (points >= 0) store<f32>(own + ORDER_POINTS + (<usize>points << 2), filtered(own + ORDER_DELAY + (<usize>at << 2)));
      points++;
    }
    store<f32>(own, sum, SUM);
    store<f32>(own, rising, RISING);
    store<f32>(own, before, BEFORE);
  }
  s.orderInBlock = inBlock;
  s.orderInRatio = inRatio;
  s.orderAt = at;
  s.orderPoints = points;
}

function filtered(oldest: usize): f32 {
  let even: f32 = 0, odd: f32 = 0;
  for (let i: usize = 0; i < <usize>ORDER_TAPS * 4; i += 8) {
    even += load<f32>(oldest + i) * load<f32>(TAPS + i);
    odd += load<f32>(oldest + i, 4) * load<f32>(TAPS + i, 4);
  }
  return even + odd;
}

/** What State says of the collection can be true: nothing is written or read outside its place. */
export function areOrdersSane(): bool {
  const s = state();
  if (s.orderBlock < 1 || s.orderBlock > <i32>MOST || (s.orderRatio != 1 && s.orderRatio != 2 && s.orderRatio != RATIO)) return false;
  if (s.orderInBlock < 0 || s.orderInBlock >= s.orderBlock || s.orderInRatio < 0 || s.orderInRatio >= s.orderRatio) return false;
  if (s.orderAt < 0 || s.orderAt >= ORDER_TAPS || s.orderPoints < -ORDER_TAPS || s.orderPoints >= ORDER_LENGTH) return false;
  return s.orderSegment >= 0 && s.orderSegment <= ORDER_LENGTH && s.orderAveraged >= 0 && s.orderReference >= 0;
}
