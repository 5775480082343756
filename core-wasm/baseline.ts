// How far a decision is from what is normal for this machine in its present operating state. Deviations are smoothed and
// scaled so that healthy data gives about 1; the score is their root mean square, or the largest one where that is the
// rarer. The squares of the deviations add up: the explanation is the score, taken apart. Normal follows a healthy
// machine slowly, within bounds, and never a machine whose score has risen.
import { commonStep, followBound, followStep, isBand, isFaultLine, isLevel, isLine, isOverall } from './floor';
import { MAX_FEATURES, ROW, SMOOTH, SORT, STATE, TERMS, WEIGHT } from './map';
import { FEATURE_RMS, FEATURES_PER_AXIS, MODE_SCALAR } from './memory';
import { median } from './rank';
import { driftPtr, inertiaPtr, medianPtr, Regime, regimeAt, spreadPtr } from './regime';
import { State } from './state';

export const SMOOTHING: f32 = 0.3; // of a new deviation: three decisions carry two thirds of the weight
const FOLLOW_SHARE: f32 = 0.1; // of a deviation, however long the time: one decision is no new normal
const CLIP: f32 = 30; // spreads: one broken feature must not outshout all others

/** Of the row that was judged last. */
export let rootMeanSquare: f32 = 0;
export let largest: f32 = 0;
let count: i32 = 0;

@inline function at(array: usize, i: i32): f32 {
  return load<f32>(array + (<usize>i << 2));
}

@inline function put(array: usize, i: i32, value: f32): void {
  store<f32>(array + (<usize>i << 2), value);
}

@inline function current(): Regime {
  return regimeAt(changetype<State>(STATE).regime);
}

/** A new stream, or another operating state, starts from no deviation. */
export function resetSmoothing(): void {
  memory.fill(SMOOTH, 0, MAX_FEATURES * 4);
  memory.fill(WEIGHT, 0, MAX_FEATURES * 4);
}

/** What feature i is in health, in the current operating state. */
@inline export function normalAt(i: i32): f32 {
  return normalOf(current(), i);
}

@inline function normalOf(regime: Regime, i: i32): f32 {
  return load<f32>(medianPtr(regime, i)) + load<f32>(driftPtr(regime, i));
}

/** Deviation of feature i of a row in healthy spreads, clipped. NaN when the feature takes no part. */
@inline function spreadsFrom(regime: Regime, row: usize, i: i32): f32 {
  const spread = load<f32>(spreadPtr(regime, i)), value = at(row, i);
  if (spread == 0 || (isLine(i) && value == 0)) return NaN;
  const z = NativeMathf.min(CLIP, (value - normalOf(regime, i)) / spread);
  return NativeMathf.max(isFaultLine(i) ? 0 : -CLIP, z); // a fault line that is lower than usual is no fault
}

/**
 * Smooths the deviations of a row, leaves each in its own healthy spreads at TERMS (0: takes no part), and their root mean
 * square and largest. An average that has only begun is divided by the weight it has so far, and by its own spread.
 */
export function deviate(row: usize, features: i32): void {
  const regime = current();
  const oneWay = changetype<State>(STATE).mode != MODE_SCALAR; // one band alone that is quieter is no fault
  let sum: f32 = 0;
  count = 0;
  largest = 0;
  for (let i = 0; i < features; i++) {
    put(TERMS, i, 0);
    const z = spreadsFrom(regime, row, i);
    if (z != z) continue;
    const e = at(SMOOTH, i) + SMOOTHING * (z - at(SMOOTH, i));
    const weight: f32 = at(WEIGHT, i) + SMOOTHING * (1 - at(WEIGHT, i));
    put(SMOOTH, i, e);
    put(WEIGHT, i, weight);
    const rest: f32 = 1 - weight;
    const independent: f32 = (SMOOTHING / (2 - SMOOTHING)) * (1 - rest * rest) / (weight * weight);
    const variance = NativeMathf.min(1, independent * load<f32>(inertiaPtr(regime, i)));
    const t = e / (weight * NativeMathf.sqrt(variance));
    put(TERMS, i, t);
    sum += t * t;
    largest = NativeMathf.max(largest, oneWay ? t : NativeMathf.abs(t));
    count++;
  }
  rootMeanSquare = count > 0 ? NativeMathf.sqrt(sum / <f32>count) : 0;
}

/** Root mean square deviation of the features at ROW from the normal of a regime, not smoothed. */
export function distanceTo(index: i32, features: i32): f32 {
  const regime = regimeAt(index);
  let sum: f32 = 0;
  let n = 0;
  for (let i = 0; i < features; i++) {
    const z = spreadsFrom(regime, ROW, i);
    if (z != z) continue;
    sum += z * z;
    n++;
  }
  return n > 0 ? NativeMathf.sqrt(sum / <f32>n) : 0;
}

/** Score of the features at ROW: 1 at the limit. `isSingle` tells that one feature alone is what reaches it. */
export let isSingle: bool = false;
export function scoreRow(features: i32): f32 {
  const regime = current();
  deviate(ROW, features);
  const together = rootMeanSquare / regime.threshold, alone = largest / regime.single;
  isSingle = alone > together;
  return NativeMathf.max(together, alone);
}

/** Smoothed deviation of feature i in its own healthy spreads; 0 when it takes no part. */
@inline export function spreadsOf(i: i32): f32 {
  return at(TERMS, i);
}

/** Share of the squared deviation that is feature i's, 0..1; all of them add up to 1. */
export function shareOf(i: i32): f32 {
  const total = rootMeanSquare * rootMeanSquare * <f32>count;
  return total > 0 ? at(TERMS, i) * at(TERMS, i) / total : 0;
}

/** Feature i of the closed decision as a multiple of normal. */
export function ratioOf(i: i32): f32 {
  const normal = normalOf(current(), i), value = at(ROW, i);
  if (changetype<State>(STATE).mode != MODE_SCALAR) return NativeMathf.exp(value - normal);
  return NativeMathf.abs(normal) > 1e-9 ? value / normal : 0;
}

/** How far below normal the level of an axis is, in nepers (positive: quieter). */
export function quieterBy(axis: i32): f32 {
  const i = axis * FEATURES_PER_AXIS + FEATURE_RMS;
  return normalOf(current(), i) - at(ROW, i);
}

/**
 * Moves the normal of the current regime towards the smoothed features, as far as `seconds` allow. Away from what was
 * learned only while `healthy`; back to it always, since that much is known to be healthy. What most bands of the spectrum
 * do `together`, levels may follow faster, each no farther than it has gone itself.
 */
export function follow(features: i32, seconds: f32, healthy: bool, together: bool): void {
  const regime = current();
  const common: f32 = together ? within(commonStep(seconds), FOLLOW_SHARE * commonShift(regime, features)) : 0;
  for (let i = 0; i < features; i++) {
    if (at(TERMS, i) == 0 || at(WEIGHT, i) == 0) continue;
    const middle = load<f32>(medianPtr(regime, i)), drift = load<f32>(driftPtr(regime, i));
    const own: f32 = FOLLOW_SHARE * shiftOf(regime, i);
    let step = within(followStep(i, middle, seconds), own);
    if (!healthy && NativeMathf.abs(drift + step) >= NativeMathf.abs(drift)) step = 0;
    if (isLevel(i)) {
      if (common > 0) step = NativeMathf.max(step, NativeMathf.min(common, own));
      else step = NativeMathf.min(step, NativeMathf.max(common, own));
    }
    store<f32>(driftPtr(regime, i), within(followBound(i, middle), drift + step));
  }
}

/** x limited to -most..most. */
@inline function within(most: f32, x: f32): f32 {
  return NativeMathf.max(-most, NativeMathf.min(most, x));
}

/** Smoothed deviation of feature i in its own unit. */
@inline function shiftOf(regime: Regime, i: i32): f32 {
  return load<f32>(spreadPtr(regime, i)) * at(SMOOTH, i) / at(WEIGHT, i);
}

/** Median of how far the bands of all axes are from normal, nepers: no fault that raises a few of them moves it far. */
function commonShift(regime: Regime, features: i32): f32 {
  let n = 0;
  for (let i = 0; i < features; i++) {
    if (isBand(i) && at(WEIGHT, i) > 0) put(SORT, n++, shiftOf(regime, i));
  }
  return n > 0 ? median(SORT, n) : 0;
}

/** The overall level that has followed farthest, as a share of how far it may. Leaves its feature in `drifted`. */
export let drifted: i32 = 0;
export function driftShare(features: i32): f32 {
  const regime = current();
  let most: f32 = 0;
  drifted = 0;
  for (let i = 0; i < features; i++) {
    if (!isOverall(i) || load<f32>(spreadPtr(regime, i)) == 0) continue;
    const share = NativeMathf.abs(load<f32>(driftPtr(regime, i))) / followBound(i, load<f32>(medianPtr(regime, i)));
    if (share <= most) continue;
    most = share;
    drifted = i;
  }
  return most;
}

/** What following has made of a feature: its normal now over the one learned. */
export function driftRatio(i: i32): f32 {
  const regime = current();
  const drift = load<f32>(driftPtr(regime, i)), middle = load<f32>(medianPtr(regime, i));
  if (changetype<State>(STATE).mode != MODE_SCALAR) return NativeMathf.exp(drift);
  return NativeMathf.abs(middle) > 1e-9 ? (middle + drift) / middle : 0;
}
