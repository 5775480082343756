// What is normal for this machine, learned from its own first healthy decisions, and how far a decision is from it.
// Per feature: median and spread (never below a practical floor); deviations are smoothed; the score is their root mean
// square, in units in which healthy data gives about 1. The threshold comes from healthy data alone. The squares of the
// smoothed deviations add up to the squared score: the explanation is the score, taken apart.
import { LEARN_ROWS, MAX_FEATURES, MEDIAN, ROW, SMOOTH, SMOOTH_SPREAD, SORT, SPREAD, STATE } from './map';
import {
  FEATURE_CENTROID,
  FEATURE_CREST,
  FEATURE_ENVELOPE_CREST,
  FEATURE_ENVELOPE_KURTOSIS,
  FEATURE_FAULT,
  FEATURE_KURTOSIS,
  FEATURE_ORDER,
  FEATURES_PER_AXIS,
  MIN_LEARN_DECISIONS,
  MODE_SCALAR,
} from './memory';
import { median } from './rank';
import { State } from './state';

export const NOT_YET: i32 = 0;
export const FITTED: i32 = 1;
export const NEVER: i32 = 2; // the healthy part is over and held too little: judged by defaults

const SMOOTHING: f32 = 0.4; // of a new deviation: three decisions carry most of the weight
const CLIP: f32 = 30; // spreads: one broken feature must not outshout all others
const LEVEL_FLOOR: f32 = 0.045; // nepers = 0.4 dB: what no maintenance decision would rest on
const SCALAR_FLOOR: f32 = 1e-3; // of the median
const FIT_SHARE: f32 = 0.67; // of the learned rows; the rest, unseen, sets the threshold
/**
 * Smallest spread of the score, as a share of its median, or of 1, which is what healthy data gives by definition. A root mean square of k independent features varies by
 * 1/sqrt(2k); no point has more than 50 that are independent. Fewer learned decisions can only seem steadier by chance.
 */
const SCORE_FLOOR: f32 = 0.1;
const MIN_SPECTRA: i32 = 4; // envelope spectra behind a learned fault line

@inline function at(array: usize, i: i32): f32 {
  return load<f32>(array + (<usize>i << 2));
}

@inline function put(array: usize, i: i32, value: f32): void {
  store<f32>(array + (<usize>i << 2), value);
}

@inline function learnRow(row: i32): usize {
  return LEARN_ROWS + <usize>(row * MAX_FEATURES) * 4;
}

/** Lines have no value (exactly 0) until a spectrum resolves them. */
@inline function isLine(i: i32, mode: u32): bool {
  return mode != MODE_SCALAR && i % FEATURES_PER_AXIS >= FEATURE_ORDER;
}

/** Smallest spread that a feature may have. */
function floorOf(i: i32, mode: u32, middle: f32): f32 {
  if (mode == MODE_SCALAR) return SCALAR_FLOOR * NativeMathf.abs(middle) + 1e-9;
  const k = i % FEATURES_PER_AXIS;
  if (k >= FEATURE_ORDER) return 4 * LEVEL_FLOOR;
  if (k == FEATURE_CENTROID) return 0.5 * LEVEL_FLOOR;
  if (k == FEATURE_CREST || k == FEATURE_KURTOSIS || k == FEATURE_ENVELOPE_CREST || k == FEATURE_ENVELOPE_KURTOSIS) return 2 * LEVEL_FLOOR;
  return LEVEL_FLOOR;
}

/** Forgets everything learned. */
export function resetBaseline(): void {
  const s = changetype<State>(STATE);
  s.learned = 0;
  s.fitted = 0;
  memory.fill(MEDIAN, 0, (SMOOTH_SPREAD - MEDIAN) + MAX_FEATURES * 4);
}

/** A new stream judged with the same baseline starts from no deviation. */
export function resetSmoothing(): void {
  memory.fill(SMOOTH, 0, MAX_FEATURES * 4);
}

/** Keeps the features at ROW as one healthy decision; fits the baseline when `wanted` have been kept. */
export function learn(features: i32, wanted: i32, factor: f32): void {
  const s = changetype<State>(STATE);
  memory.copy(learnRow(s.learned), ROW, <usize>features << 2);
  s.learned++;
  if (s.learned == wanted) fit(features, factor);
}

/** The healthy part is over: fits what there is. False when that is too little: there will be no baseline. */
export function finishLearning(features: i32, factor: f32): bool {
  const s = changetype<State>(STATE);
  if (s.fitted != NOT_YET) return s.fitted == FITTED;
  if (s.learned < MIN_LEARN_DECISIONS) s.fitted = NEVER;
  else fit(features, factor);
  return s.fitted == FITTED;
}

function fit(features: i32, factor: f32): void {
  const s = changetype<State>(STATE);
  const rows = s.learned;
  const used = max<i32>(4, <i32>(<f32>rows * FIT_SHARE));
  for (let i = 0; i < features; i++) fitFeature(i, used, s);
  resetSmoothing();
  const tested = rows - used;
  for (let row = 0; row < rows; row++) {
    const score = deviation(learnRow(row), features);
    if (row >= used) put(SORT, row - used, score);
  }
  let sum: f32 = 0, squares: f32 = 0;
  for (let i = 0; i < tested; i++) sum += at(SORT, i);
  const level = sum / <f32>tested;
  for (let i = 0; i < tested; i++) {
    const d = at(SORT, i) - level;
    squares += d * d;
  }
  const middle = median(SORT, tested);
  for (let i = 0; i < tested; i++) put(SORT, i, NativeMathf.abs(at(SORT, i) - middle));
  let spread = NativeMathf.max(1.4826 * median(SORT, tested), 0.5 * NativeMathf.sqrt(squares / <f32>tested));
  spread = NativeMathf.max(spread, SCORE_FLOOR * NativeMathf.max(middle, 1));
  s.median = middle;
  // a spread told from few decisions is uncertain: the same allowance as for a feature's spread
  s.threshold = middle + factor * spread;
  s.fitted = FITTED;
}

function fitFeature(i: i32, rows: i32, s: State): void {
  const line = isLine(i, s.mode);
  let n = 0;
  let sum: f32 = 0;
  for (let row = 0; row < rows; row++) {
    const v = at(learnRow(row), i);
    if (line && v == 0) continue;
    put(SORT, n++, v);
    sum += v;
  }
  put(SPREAD, i, 0);
  if (line && (n < MIN_LEARN_DECISIONS || (i % FEATURES_PER_AXIS >= FEATURE_FAULT && s.updates < MIN_SPECTRA))) return;
  const level = sum / <f32>n;
  let squares: f32 = 0;
  for (let k = 0; k < n; k++) {
    const d = at(SORT, k) - level;
    squares += d * d;
  }
  const middle = median(SORT, n);
  for (let k = 0; k < n; k++) put(SORT, k, NativeMathf.abs(at(SORT, k) - middle));
  const robust: f32 = 1.4826 * median(SORT, n);
  const plain: f32 = 0.7 * NativeMathf.sqrt(squares / <f32>n);
  const spread = NativeMathf.max(NativeMathf.max(robust, plain) * (1 + 4 / <f32>n), floorOf(i, s.mode, middle));
  put(MEDIAN, i, middle);
  put(SPREAD, i, spread);
  // a deviation that lasts from one decision to the next averages out less when smoothed
  let product: f32 = 0, power: f32 = 1e-9, before: f32 = 0;
  let first = true;
  for (let row = 0; row < rows; row++) {
    const v = at(learnRow(row), i);
    if (line && v == 0) continue;
    const z = (v - middle) / spread;
    if (!first) product += z * before;
    power += z * z;
    before = z;
    first = false;
  }
  const r = NativeMathf.min(0.95, NativeMathf.max(0, product / power));
  const a: f32 = 1 - SMOOTHING;
  put(SMOOTH_SPREAD, i, NativeMathf.sqrt((SMOOTHING / (2 - SMOOTHING)) * ((1 + r * a) / (1 - r * a))));
}

/** Smooths the deviations of one row of features and returns their root mean square. */
function deviation(row: usize, features: i32): f32 {
  const mode = changetype<State>(STATE).mode;
  let sum: f32 = 0;
  let count = 0;
  for (let i = 0; i < features; i++) {
    const spread = at(SPREAD, i), value = at(row, i);
    if (spread == 0 || (isLine(i, mode) && value == 0)) continue;
    const z = NativeMathf.min(CLIP, NativeMathf.max(-CLIP, (value - at(MEDIAN, i)) / spread));
    const e = at(SMOOTH, i) + SMOOTHING * (z - at(SMOOTH, i));
    put(SMOOTH, i, e);
    const t = e / at(SMOOTH_SPREAD, i);
    sum += t * t;
    count++;
  }
  return count > 0 ? NativeMathf.sqrt(sum / <f32>count) : 0;
}

/** Raw score of the features at ROW: about 1 for healthy data. */
export function rawScore(features: i32): f32 {
  return deviation(ROW, features);
}

/** Smoothed deviation of feature i in its own healthy spreads; 0 when it takes no part. */
export function spreadsOf(i: i32): f32 {
  const silent = at(SPREAD, i) == 0 || (isLine(i, changetype<State>(STATE).mode) && at(ROW, i) == 0);
  return silent ? 0 : at(SMOOTH, i) / at(SMOOTH_SPREAD, i);
}

/** Feature i of the closed decision as a multiple of normal. */
export function ratioOf(i: i32): f32 {
  const normal = at(MEDIAN, i), value = at(ROW, i);
  if (changetype<State>(STATE).mode != MODE_SCALAR) return NativeMathf.exp(value - normal);
  return NativeMathf.abs(normal) > 1e-9 ? value / normal : 0;
}

/** How far below normal the level of an axis is, in nepers (positive: quieter). */
export function quieterBy(axis: i32): f32 {
  const i = axis * FEATURES_PER_AXIS;
  return at(MEDIAN, i) - at(ROW, i);
}
