// What is too small to matter: the least spread a feature may have, and how far its normal may follow a healthy machine.
// All of it is in nepers of a level, 0.045 = 0.4 dB, times what a feature's own scale makes of a neper.
import { STATE } from './map';
import {
  BANDS,
  CHANNEL_LEVEL,
  CHANNEL_TEMPERATURE,
  FEATURE_BAND,
  FEATURE_CENTROID,
  FEATURE_CREST,
  FEATURE_ENVELOPE_CREST,
  FEATURE_ENVELOPE_KURTOSIS,
  FEATURE_ENVELOPE_RMS,
  FEATURE_FAULT,
  FEATURE_KURTOSIS,
  FEATURE_ORDER,
  FEATURE_RMS,
  FEATURE_VELOCITY,
  FEATURES_PER_AXIS,
  MODE_SCALAR,
  SET_CHANNEL_KINDS,
} from './memory';
import { settingU32 } from './setting';
import { State } from './state';

const LEVEL_FLOOR: f32 = 0.045; // nepers = 0.4 dB: what no maintenance decision would rest on
const READING_FLOOR: f32 = 0.01; // of a reading: the usual class of industrial transmitters
const DEGREES_A_NEPER: f32 = 40; // so that a temperature follows 4 K an hour, up to 9 K; below 1 K is nothing
const DEGREE_FLOOR: f32 = 1;
const ABSOLUTE_FLOOR: f32 = 1e-9;
/** As fast as a machine warms up. That a fault is not learned rests on how far normal may go, not on how fast. */
const FOLLOW_NEPERS_PER_HOUR: f32 = 0.1;
/** Of what most of the spectrum does: the whole way in an hour. A fault raises a few bands, warming and load all of them. */
const COMMON_NEPERS_PER_HOUR: f32 = 0.2231436;
/** ln 1.25: a change by more than a quarter is significant by itself (ISO 20816-3, criterion II), whatever its pace. */
const FOLLOW_NEPERS: f32 = 0.2231436;

@inline function isScalar(): bool {
  return changetype<State>(STATE).mode == MODE_SCALAR;
}

/** CHANNEL_* of a scalar channel, two bits each. */
@inline function kindOf(i: i32): u32 {
  return (settingU32(SET_CHANNEL_KINDS) >> (<u32>i << 1)) & 3;
}

/** How much of feature i a neper of level is worth, around its normal value. */
function neperOf(i: i32, normal: f32): f32 {
  if (isScalar()) return kindOf(i) == CHANNEL_TEMPERATURE ? DEGREES_A_NEPER : NativeMathf.abs(normal) + ABSOLUTE_FLOOR;
  const k = i % FEATURES_PER_AXIS;
  if (k >= FEATURE_ORDER) return 4;
  if (k == FEATURE_CENTROID) return 0.5;
  const shape = k == FEATURE_CREST || k == FEATURE_KURTOSIS || k == FEATURE_ENVELOPE_CREST || k == FEATURE_ENVELOPE_KURTOSIS;
  return shape ? 2 : 1;
}

/** Smallest spread that feature i may have. */
export function floorOf(i: i32, normal: f32): f32 {
  if (!isScalar()) return LEVEL_FLOOR * neperOf(i, normal);
  const kind = kindOf(i);
  if (kind == CHANNEL_TEMPERATURE) return DEGREE_FLOOR;
  return (kind == CHANNEL_LEVEL ? LEVEL_FLOOR : READING_FLOOR) * NativeMathf.abs(normal) + ABSOLUTE_FLOOR;
}

/** Largest step of the normal of feature i in `seconds`. */
@inline export function followStep(i: i32, normal: f32, seconds: f32): f32 {
  return (FOLLOW_NEPERS_PER_HOUR / 3600) * seconds * neperOf(i, normal);
}

/** Largest step of all levels together in `seconds`, in nepers. */
@inline export function commonStep(seconds: f32): f32 {
  return (COMMON_NEPERS_PER_HOUR / 3600) * seconds;
}

/** A level of vibration, which a change of the whole spectrum changes as much. */
@inline export function isLevel(i: i32): bool {
  if (isScalar()) return false;
  const k = i % FEATURES_PER_AXIS;
  return k == FEATURE_RMS || k == FEATURE_VELOCITY || k == FEATURE_ENVELOPE_RMS || isBand(i);
}

/** A level of one band. */
@inline export function isBand(i: i32): bool {
  const k = i % FEATURES_PER_AXIS;
  return !isScalar() && k >= FEATURE_BAND && k < FEATURE_BAND + BANDS;
}

/** Farthest that the normal of feature i may go from what was learned. */
@inline export function followBound(i: i32, normal: f32): f32 {
  return FOLLOW_NEPERS * neperOf(i, normal);
}

/** The level of an axis as a whole, or a reading. */
@inline export function isOverall(i: i32): bool {
  return isScalar() || i % FEATURES_PER_AXIS == FEATURE_RMS;
}

/** A line of a bearing part in the envelope, or of the shaft's modulation of it. */
@inline export function isFaultLine(i: i32): bool {
  return !isScalar() && i % FEATURES_PER_AXIS >= FEATURE_FAULT;
}

/** Lines have no value (exactly 0) until a spectrum resolves them. */
@inline export function isLine(i: i32): bool {
  return !isScalar() && i % FEATURES_PER_AXIS >= FEATURE_ORDER;
}
