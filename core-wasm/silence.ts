// The machine switched off as its sensor hears it: noise that is the same at all frequencies. Its level is learned where
// the machine stood among the decisions it was learned from.
import { BAND_BINS, STATE } from './map';
import { BANDS, FEATURE_BAND, FEATURE_RMS, FEATURES_PER_AXIS } from './memory';
import { State } from './state';

const WHITE_NEPERS: f32 = 0.3; // 2.6 dB: sensors and their filters are flat within that
const NEAR_NEPERS: f32 = 0.175; // 1.5 dB, half of what lies between two states at least: nearer to silence than to any other

@inline function feature(row: usize, axis: i32, k: i32): f32 {
  return load<f32>(row + (<usize>(axis * FEATURES_PER_AXIS + k) << 2));
}

@inline function levelPtr(axis: i32): usize {
  return STATE + offsetof<State>('silence0') + (<usize>axis << 2);
}

/**
 * Whether the bands of an axis in a row of features hold power as their widths are: within WHITE_NEPERS, and with `lenient`
 * also by what half the logarithm of a mean of so few exponential values is off and scatters (chi-square of
 * twice the bins), averaged over the windows of a decision.
 */
export function isWhite(row: usize, axis: i32, lenient: bool): bool {
  let weights: f32 = 0, sum: f32 = 0, squares: f32 = 0;
  const windows = <f32>max<i32>(1, changetype<State>(STATE).windows);
  for (let i = 0; i < BANDS; i++) {
    const width = load<i32>(BAND_BINS + (<usize>(i + 1) << 2)) - load<i32>(BAND_BINS + (<usize>i << 2));
    const one: f32 = lenient ? 1 / <f32>max<i32>(1, width) : 0;
    const d = feature(row, axis, FEATURE_BAND + i) - 0.5 * NativeMathf.log(<f32>max<i32>(1, width)) + 0.25 * one;
    const weight: f32 = 1 / (WHITE_NEPERS * WHITE_NEPERS + 0.25 * (one + 0.5 * one * one) / windows);
    weights += weight;
    sum += weight * d;
    squares += weight * d * d;
  }
  return squares - sum * sum / weights < <f32>BANDS;
}

/** Nothing is known of how the machine sounds when it stands. */
export function forgetSilence(): void {
  changetype<State>(STATE).silences = 0;
}

/** Takes a row of the quietest group of those learned from; one that is not white makes it no silence. */
export function learnSilence(row: usize, axes: i32): void {
  const s = changetype<State>(STATE);
  if (s.silences < 0) return;
  for (let axis = 0; axis < axes; axis++) {
    if (!isWhite(row, axis, true)) {
      s.silences = -1;
      return;
    }
    const before: f32 = s.silences > 0 ? load<f32>(levelPtr(axis)) : 0;
    store<f32>(levelPtr(axis), before + (feature(row, axis, FEATURE_RMS) - before) / <f32>(s.silences + 1));
  }
  s.silences++;
}

/** Whether a row is no more than the silence that was learned. */
export function isSilence(row: usize, axes: i32): bool {
  if (changetype<State>(STATE).silences <= 0) return false;
  for (let axis = 0; axis < axes; axis++) {
    if (!(feature(row, axis, FEATURE_RMS) <= load<f32>(levelPtr(axis)) + NEAR_NEPERS && isWhite(row, axis, true))) return false;
  }
  return true;
}
