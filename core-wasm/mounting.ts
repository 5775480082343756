// Does the sensor still sit where it was learned, turned the same way, set to the same range? A decision is held against
// the learned band levels of every axis and the learned mean, which on a sensor that measures down to 0 Hz is gravity.
import { normalAt } from './baseline';
import { ROW, STATE } from './map';
import { AXIS_WORDS, BANDS, FEATURE_BAND, FEATURE_RMS, FEATURES_PER_AXIS, MAX_AXES, RES_AXES, SENSOR_DETACHED, SENSOR_OK, SENSOR_RANGE, SENSOR_SWAPPED, VALUE_MEAN } from './memory';
import { State } from './state';

const OCTAVE: f32 = 0.6931472; // ranges are powers of two apart
const OCTAVES: i32 = 3;
const LOST: f32 = 2.302585; // 20 dB
const TURNED: f32 = 0.2; // of the length of the mean: 12 degrees
const STILL: f32 = 0.1; // of that length: within it a mean has stayed
const ALIKE: f32 = 0.25; // nepers RMS over all bands: the spread of sound machines from one hour to the next
const UNLIKE: f32 = 1; // nepers RMS: axes that can be told apart

/** Mean of the axes in the decision, and learned. */
const now: usize = memory.data(MAX_AXES * 4, 4);
const learned: usize = memory.data(MAX_AXES * 4, 4);

@inline function at(array: usize, i: i32): f32 {
  return load<f32>(array + (<usize>i << 2));
}

@inline function meanSum(axis: i32): usize {
  return STATE + offsetof<State>('mean0') + (<usize>axis << 2);
}

@inline function meanOf(record: usize, axis: i32): f32 {
  return at(record, RES_AXES + axis * AXIS_WORDS + FEATURES_PER_AXIS + VALUE_MEAN);
}

/** Keeps the mean of each axis of one healthy decision. */
export function learnMounting(record: usize, axes: i32): void {
  for (let axis = 0; axis < axes; axis++) store<f32>(meanSum(axis), load<f32>(meanSum(axis)) + meanOf(record, axis));
}

/** Nepers RMS between the bands at ROW, their axes in the order given, and the learned ones raised by `gain` nepers. */
function distance(axes: i32, order: i32, gain: f32): f32 {
  let sum: f32 = 0;
  for (let axis = 0; axis < axes; axis++)
    for (let i = 0; i < BANDS; i++) {
      const d = at(ROW, axisIn(order, axis) * FEATURES_PER_AXIS + FEATURE_BAND + i) - normalAt(axis * FEATURES_PER_AXIS + FEATURE_BAND + i) - gain;
      sum += d * d;
    }
  return NativeMathf.sqrt(sum / <f32>(axes * BANDS));
}

/** Orders of the axes, two bits an axis: as learned, the three exchanges of two, the two turns of all three. */
@inline function orderOf(i: i32): i32 {
  const table = memory.data<i32>([0 | (1 << 2) | (2 << 4), 1 | (0 << 2) | (2 << 4), 2 | (1 << 2) | (0 << 4), 0 | (2 << 2) | (1 << 4), 1 | (2 << 2) | (0 << 4), 2 | (0 << 2) | (1 << 4)]);
  return load<i32>(table + (<usize>i << 2));
}

@inline function axisIn(order: i32, axis: i32): i32 {
  return (order >> (2 * axis)) & 3;
}

/** Distance of the means, their axes in the order given, from the learned ones. */
function moved(axes: i32, order: i32): f32 {
  let sum: f32 = 0;
  for (let axis = 0; axis < axes; axis++) {
    const d = at(now, axisIn(order, axis)) - at(learned, axis);
    sum += d * d;
  }
  return NativeMathf.sqrt(sum);
}

/** The gain, a power of two other than 1, by which every band of every axis has changed; 0 when there is none. */
function commonGain(axes: i32): f32 {
  const octaves = NativeMathf.floor((at(ROW, FEATURE_RMS) - normalAt(FEATURE_RMS)) / OCTAVE + 0.5);
  if (octaves == 0 || NativeMathf.abs(octaves) > <f32>OCTAVES) return 0;
  return distance(axes, orderOf(0), octaves * OCTAVE) < ALIKE ? NativeMathf.exp(octaves * OCTAVE) : 0;
}

/** Judges the features at ROW and the means in `record` against what was learned. Returns SENSOR_*. */
export function judgeMounting(record: usize, axes: i32): u32 {
  const s = changetype<State>(STATE);
  let length: f32 = 0, vibration: f32 = 0, quieter = true;
  for (let axis = 0; axis < axes; axis++) {
    store<f32>(now + (<usize>axis << 2), meanOf(record, axis));
    const mean = load<f32>(meanSum(axis)) / <f32>s.taken, rms = normalAt(axis * FEATURES_PER_AXIS + FEATURE_RMS);
    store<f32>(learned + (<usize>axis << 2), mean);
    length += mean * mean;
    vibration += NativeMathf.exp(2 * rms);
    quieter = quieter && rms - at(ROW, axis * FEATURES_PER_AXIS + FEATURE_RMS) > LOST;
  }
  length = NativeMathf.sqrt(length);
  // a mean that vibration could have made by chance is no gravity
  const hasMean = length * length > vibration;
  const turned = hasMean ? moved(axes, orderOf(0)) / length : 0;
  // a machine that stops leaves gravity where it was
  if (quieter) return turned > TURNED ? SENSOR_DETACHED : SENSOR_OK;
  // a machine may well run half as loud, but gravity does not
  const gain: f32 = hasMean ? commonGain(axes) : 0;
  if (gain != 0) {
    let sum: f32 = 0;
    for (let axis = 0; axis < axes; axis++) {
      const d = at(now, axis) - gain * at(learned, axis);
      sum += d * d;
    }
    return NativeMathf.sqrt(sum) < STILL * gain * length ? SENSOR_RANGE : SENSOR_OK;
  }
  if (axes < 2 || distance(axes, orderOf(0), 0) < UNLIKE) return SENSOR_OK;
  const orders = axes == 2 ? 2 : 6;
  for (let i = 1; i < orders; i++)
    if (distance(axes, orderOf(i), 0) < ALIKE && (!hasMean || moved(axes, orderOf(i)) < STILL * length)) return SENSOR_SWAPPED;
  return SENSOR_OK;
}
