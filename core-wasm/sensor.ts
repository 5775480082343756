// Is this still a measurement? A stuck, clipped or disconnected sensor must never pass for a quiet machine.
import { SENSOR_CLIPPED, SENSOR_DISCONNECTED, SENSOR_OK, SENSOR_STUCK } from './memory';
import { highest, lowest } from './moments';

const CLIPPED_SHARE: f32 = 0.01; // of the samples at one extreme
const FEWEST: i32 = 4; // equal samples at an extreme: fewer are chance in a short window
const FULL_SCALE_SHARE: f32 = 0.001; // where the full scale is known, less is enough
/**
 * A waveform that is not clipped passes its extreme no more often than the eighth of its range next to it: a sine spends
 * 0.34 as much time at the top level of 60 as in the rest of that eighth, and less with more levels.
 */
const CROWDING: f32 = 0.5;
const LEVELS_TO_JUDGE: f32 = 256; // with fewer quantisation steps the extreme levels hold many samples by nature
const DEAD_LEVELS: f32 = 2; // a floating or unplugged converter input toggles between neighbours

/**
 * Judges n raw samples at x, after moments.measure has found their extremes. fullScale in the unit, 0 when unknown.
 * Returns SENSOR_*.
 */
export function judgeSensor(x: usize, n: i32, fullScale: f32): u32 {
  const low = lowest, high = highest;
  if (high == low) return SENSOR_STUCK;
  const end = x + (<usize>n << 2);
  countExtremes(x, end, low, high);
  const crowd = max<i32>(atHigh, atLow);
  if (fullScale > 0) {
    const rail = fullScale * 0.999;
    if (<f32>crowd >= FULL_SCALE_SHARE * <f32>n && crowd >= 2 && ((high >= rail && atHigh >= 2) || (low <= -rail && atLow >= 2)))
      return SENSOR_CLIPPED;
  }
  if (crowd < FEWEST || <f32>crowd < CLIPPED_SHARE * <f32>n) return SENSOR_OK;
  return judgeLevels(x, end, low, high, n);
}

let atHigh: i32 = 0;
let atLow: i32 = 0;

/** Counts the samples that are exactly at an extreme. */
function countExtremes(x: usize, end: usize, low: f32, high: f32): void {
  atHigh = atLow = 0;
  if (ASC_FEATURE_SIMD) {
    const l = f32x4.splat(low), h = f32x4.splat(high);
    let lows = i32x4.splat(0), highs = i32x4.splat(0);
    for (let p = x; p < end; p += 32) {
      const v = v128.load(p), w = v128.load(p, 16);
      lows = i32x4.add(lows, i32x4.add(f32x4.eq(v, l), f32x4.eq(w, l))); // true is -1
      highs = i32x4.add(highs, i32x4.add(f32x4.eq(v, h), f32x4.eq(w, h)));
    }
    lows = i32x4.neg(lows);
    highs = i32x4.neg(highs);
    atLow = i32x4.extract_lane(lows, 0) + i32x4.extract_lane(lows, 1) + i32x4.extract_lane(lows, 2) + i32x4.extract_lane(lows, 3);
    atHigh = i32x4.extract_lane(highs, 0) + i32x4.extract_lane(highs, 1) + i32x4.extract_lane(highs, 2) + i32x4.extract_lane(highs, 3);
    return;
  }
  for (let p = x; p < end; p += 4) {
    const v = load<f32>(p);
    atLow += i32(v == low);
    atHigh += i32(v == high);
  }
}

/** The slow look, only when many samples share an extreme. */
function judgeLevels(x: usize, end: usize, low: f32, high: f32, n: i32): u32 {
  const range = high - low, reach = range * 0.125;
  let step = range, before = load<f32>(x);
  let nearHigh = 0, nearLow = 0;
  for (let p = x; p < end; p += 4) {
    const v = load<f32>(p);
    const d = NativeMathf.abs(v - before);
    if (d > range * 1e-6 && d < step) step = d;
    before = v;
    nearHigh += i32(v < high && v >= high - reach);
    nearLow += i32(v > low && v <= low + reach);
  }
  const levels = range / step;
  if (levels <= DEAD_LEVELS * 1.001) return SENSOR_DISCONNECTED;
  if (levels < LEVELS_TO_JUDGE) return SENSOR_OK;
  const share = NativeMathf.max(<f32>FEWEST, CLIPPED_SHARE * <f32>n);
  if (<f32>atHigh >= share && <f32>atHigh > CROWDING * <f32>nearHigh) return SENSOR_CLIPPED;
  if (<f32>atLow >= share && <f32>atLow > CROWDING * <f32>nearLow) return SENSOR_CLIPPED;
  return SENSOR_OK;
}
