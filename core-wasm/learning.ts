// Healthy decisions become a normal. They are kept until there are enough, then medians and spreads are taken from all of
// them; the limits come from thirds that are judged by the other two, so that every score behind a limit is of rows that
// the judge had not seen.
import { deviate, largest, resetSmoothing, rootMeanSquare, SMOOTHING } from './baseline';
import { floorOf, isFaultLine, isLine } from './floor';
import { LEARN_LARGEST, LEARN_LIST, LEARN_ROWS, LEARN_SCORES, LEARN_TAGS, MAX_FEATURES, ROW, SORT, STATE } from './map';
import { FEATURE_RMS, FEATURES_PER_AXIS, MAX_REGIMES, MIN_LEARN_DECISIONS, MODE_SCALAR } from './memory';
import { median } from './rank';
import { driftPtr, FITTED, inertiaPtr, medianPtr, NEVER, NOT_YET, Regime, regimeAt, spreadPtr } from './regime';
import { forgetSilence, learnSilence } from './silence';
import { IS_NODE, MAX_LEARN_DECISIONS } from './sizes';
import { State } from './state';

const FOLDS: i32 = 3;
/** Few rows tell a spread badly: the limit keeps a wider distance, as a share of itself, of ROOM / rows. */
const ROOM: f32 = 4;
const SINGLE_ROOM: f32 = 24; // the largest of many features has the heavier tail
const SINGLE_SHARE: f32 = 0.8; // of the threshold in spreads: the largest scatters less than it is far
/** What is expected of the spread of a score before any row is seen, worth PRIOR_ROWS rows. */
const PRIOR_ROWS: f32 = 20;
const PRIOR_SPREAD: f32 = 0.15;
const PRIOR_SINGLE: f32 = 0.5;
/**
 * Limits of a vibration point are never smaller. The root mean square of k features scatters about 1 by 1 / sqrt(k) and
 * more, since they are not independent: nine of that is nobody's fault. The largest of them is seven off once in a long
 * while, because heights of lines scatter more than Gaussian values do. Readings are few and do neither.
 */
const LEAST_SCATTERS: f32 = 9;
const LEAST_SINGLE: f32 = 7;
/**
 * Smallest spread of a score, as a share of its median or of 1, which is what healthy data gives by definition: a root
 * mean square of k independent features varies by 1/sqrt(2k), and no point has more than 50 that are independent.
 */
const SCORE_FLOOR: f32 = 0.1;
const MIN_SPECTRA: i32 = 4; // envelope spectra behind a learned fault line
const SEPARATE: f32 = 0.35; // nepers = 3 dB between the levels of two operating states, with nothing in between
const LOUDER: f32 = 0.804719; // 7 dB: four fifths of the power are the machine's, not the sensor's
const TIGHT: f32 = 3; // such a gap is this many times wider than either side scatters

@inline function at(array: usize, i: i32): f32 {
  return load<f32>(array + (<usize>i << 2));
}

@inline function put(array: usize, i: i32, value: f32): void {
  store<f32>(array + (<usize>i << 2), value);
}

@inline function learnRow(row: i32): usize {
  return LEARN_ROWS + <usize>(row * MAX_FEATURES) * 4;
}

/** Row number k of those being fitted. */
@inline function listed(k: i32): i32 {
  return load<i32>(LEARN_LIST + (<usize>k << 2));
}

/** Keeps the features at ROW as a healthy decision of the current regime; fits it when `wanted` have been kept. */
export function learn(features: i32, wanted: i32, factor: f32): void {
  const s = changetype<State>(STATE);
  if (IS_NODE && s.learned == MAX_LEARN_DECISIONS) {
    settle(longest(), features, factor);
    if (regimeAt(s.regime).fitted == FITTED) return;
  }
  if (s.learned == MAX_LEARN_DECISIONS) {
    // rows of states that are seldom met make room: the oldest goes
    const oldest = <i32>load<u8>(LEARN_TAGS);
    removeRows(oldest, 1);
    regimeAt(oldest).rows--;
  }
  memory.copy(learnRow(s.learned), ROW, <usize>features << 2);
  store<u8>(LEARN_TAGS + <usize>s.learned, <u8>s.regime);
  s.learned++;
  s.taken++;
  const regime = regimeAt(s.regime);
  regime.rows++;
  if (regime.rows >= wanted) settle(s.regime, features, factor);
}

/**
 * The regime of which most rows wait. A node has no more of them than one regime may want: with the oldest going, two that
 * take turns would never have enough. As there are eight regimes and 64 rows, this one has at least MIN_LEARN_DECISIONS.
 */
function longest(): i32 {
  const s = changetype<State>(STATE);
  let index = 0, most = 0;
  for (let i = 0; i < s.regimes; i++) {
    const regime = regimeAt(i);
    if (regime.fitted != NOT_YET || regime.rows <= most) continue;
    most = regime.rows;
    index = i;
  }
  return index;
}

/** The healthy part is over: fits what there is. False when that is too little: there will be no baseline. */
export function finishLearning(features: i32, factor: f32): bool {
  const s = changetype<State>(STATE);
  for (let i = 0; i < s.regimes; i++) {
    const regime = regimeAt(i);
    if (regime.fitted != NOT_YET) continue;
    if (regime.rows < MIN_LEARN_DECISIONS) regime.fitted = NEVER;
    else settle(i, features, factor);
  }
  let any = false;
  for (let i = 0; i < s.regimes; i++) any = any || regimeAt(i).fitted == FITTED;
  s.fitted = any ? FITTED : NEVER;
  s.finished = 1;
  return any;
}

/** Drops the first `most` rows kept for a regime. */
export function removeRows(regime: i32, most: i32): void {
  const s = changetype<State>(STATE);
  let kept = 0;
  for (let row = 0; row < s.learned; row++) {
    const tag = <i32>load<u8>(LEARN_TAGS + <usize>row);
    if (tag == regime && most > 0) {
      most--;
      continue;
    }
    if (kept != row) {
      memory.copy(learnRow(kept), learnRow(row), MAX_FEATURES * 4);
      store<u8>(LEARN_TAGS + <usize>kept, <u8>tag);
    }
    kept++;
  }
  s.learned = kept;
}

/** Turns the rows of a regime into its normal, or into several where its levels fall apart. */
function settle(index: i32, features: i32, factor: f32): void {
  const s = changetype<State>(STATE);
  const met = s.regime;
  if (s.mode != MODE_SCALAR && regimeAt(index).rpm == 0 && regimeAt(index).load == 0) separate(index, features);
  for (let i = 0; i < s.regimes; i++) {
    if (i != index && !(regimeAt(i).fitted == NOT_YET && regimeAt(i).split != 0)) continue;
    const count = list(i);
    if (count < MIN_LEARN_DECISIONS) continue;
    s.regime = i;
    regimeAt(i).rows = count;
    fit(regimeAt(i), features, count, factor);
  }
  for (let i = 0; i < s.regimes; i++) {
    if (i == index || regimeAt(i).split != 0) removeRows(i, MAX_LEARN_DECISIONS);
    regimeAt(i).split = 0;
  }
  s.regime = met;
  s.fitted = FITTED;
  resetSmoothing();
}

/** Lists the rows of a regime in time order; returns how many. */
function list(index: i32): i32 {
  const s = changetype<State>(STATE);
  let count = 0;
  for (let row = 0; row < s.learned; row++) {
    if (<i32>load<u8>(LEARN_TAGS + <usize>row) != index) continue;
    store<i32>(LEARN_LIST + (<usize>count << 2), row);
    count++;
  }
  return count;
}

/** Mean level of a row over its axes, in nepers. */
function levelOf(row: i32, features: i32): f32 {
  let sum: f32 = 0;
  for (let i = FEATURE_RMS; i < features; i += FEATURES_PER_AXIS) sum += at(learnRow(row), i);
  return sum / <f32>(features / FEATURES_PER_AXIS);
}

/**
 * Idle and load, slow and fast: rows whose levels fall into groups with an empty gap between them belong to regimes of
 * their own. Rows that fall into no group large enough are what happens between two states, and teach nothing.
 */
function separate(index: i32, features: i32): void {
  const s = changetype<State>(STATE);
  const count = list(index);
  for (let k = 0; k < count; k++) put(SORT, k, levelOf(listed(k), features));
  sortValues(count);
  if (!fallApart(count)) return;
  let from = 0, groups = 0;
  for (let k = 1; k <= count; k++) {
    if (k < count && at(SORT, k) - at(SORT, k - 1) < SEPARATE) continue;
    const low = at(SORT, from), high = at(SORT, k - 1);
    let target = -1;
    if (from == 0 && at(SORT, count - 1) - high >= LOUDER) {
      forgetSilence();
      for (let j = 0; j < count; j++)
        if (levelOf(listed(j), features) <= high) learnSilence(learnRow(listed(j)), features / FEATURES_PER_AXIS);
    }
    if (k - from >= MIN_LEARN_DECISIONS) {
      if (groups == 0) target = index;
      else if (s.regimes < MAX_REGIMES) {
        target = s.regimes++;
        regimeAt(target).split = 1;
        regimeAt(target).shown = regimeAt(index).shown;
      }
      groups++;
    }
    retag(index, features, low, high, target);
    from = k;
  }
  adopt();
}

const NOBODY: u8 = 255;
const ADOPTED: u8 = 128; // a row that already has its new owner

/** Gives the rows of `index` with levels in low..high to `target`, or to nobody. */
function retag(index: i32, features: i32, low: f32, high: f32, target: i32): void {
  const s = changetype<State>(STATE);
  for (let row = 0; row < s.learned; row++) {
    if (<i32>load<u8>(LEARN_TAGS + <usize>row) != index) continue;
    const level = levelOf(row, features);
    if (level < low || level > high) continue;
    store<u8>(LEARN_TAGS + <usize>row, target < 0 ? NOBODY : <u8>target | ADOPTED);
  }
}

/** Takes the marks off, and the rows of nobody away. */
function adopt(): void {
  const s = changetype<State>(STATE);
  let kept = 0;
  for (let row = 0; row < s.learned; row++) {
    const tag = load<u8>(LEARN_TAGS + <usize>row);
    if (tag == NOBODY) continue;
    memory.copy(learnRow(kept), learnRow(row), MAX_FEATURES * 4);
    store<u8>(LEARN_TAGS + <usize>kept, tag & ~ADOPTED);
    kept++;
  }
  s.learned = kept;
}

/** Insertion sort of count values at SORT: a few hundred, once in the life of a point. */
function sortValues(count: i32): void {
  for (let k = 1; k < count; k++) {
    const value = at(SORT, k);
    let to = k;
    for (; to > 0 && at(SORT, to - 1) > value; to--) put(SORT, to, at(SORT, to - 1));
    put(SORT, to, value);
  }
}

/** Whether the sorted levels at SORT have a gap, and every group that can be a regime is tight beside it. */
function fallApart(count: i32): bool {
  let gap: f32 = 0, widest: f32 = 0;
  let from = 0, groups = 0;
  for (let k = 1; k <= count; k++) {
    const step: f32 = k < count ? at(SORT, k) - at(SORT, k - 1) : 0;
    if (k < count && step < SEPARATE) continue;
    if (k < count && (gap == 0 || step < gap)) gap = step;
    if (k - from >= MIN_LEARN_DECISIONS) {
      groups++;
      widest = NativeMathf.max(widest, scatter(from, k));
    }
    from = k;
  }
  return gap > 0 && groups > 0 && gap > TIGHT * widest;
}

/** Half of the middle two thirds of the sorted values from..to: one standard deviation of Gaussian ones. */
function scatter(from: i32, to: i32): f32 {
  const n = to - from;
  return 0.5 * (at(SORT, from + (n * 5) / 6) - at(SORT, from + n / 6));
}

/** Fits the `count` rows listed: limits by thirds, then medians and spreads of all. */
function fit(regime: Regime, features: i32, count: i32, factor: f32): void {
  judgeThirds(regime, features, count);
  // a machine that was still starting up is not what the rest of the rows call normal; at most a quarter of them
  const late = count / FOLDS;
  const usual = limitOf(LEARN_SCORES + (<usize>late << 2), count - late, factor, PRIOR_SPREAD);
  let lead = 0;
  while (lead < count / 4 && at(LEARN_SCORES, lead) > usual) lead++;
  if (lead > 0 && count - lead >= MIN_LEARN_DECISIONS) {
    count -= lead;
    memory.copy(LEARN_LIST, LEARN_LIST + (<usize>lead << 2), <usize>count << 2);
    judgeThirds(regime, features, count);
  }
  const rows = <f32>count;
  regime.threshold = limitOf(LEARN_SCORES, count, factor * (1 + ROOM / rows), PRIOR_SPREAD);
  regime.single = limitOf(LEARN_LARGEST, count, SINGLE_SHARE * factor * (1 + SINGLE_ROOM / rows), PRIOR_SINGLE);
  fitFeatures(regime, features, count, 0, 0);
  if (changetype<State>(STATE).mode != MODE_SCALAR) {
    let used = 0;
    for (let i = 0; i < features; i++) used += i32(load<f32>(spreadPtr(regime, i)) > 0);
    regime.threshold = NativeMathf.max(regime.threshold, 1 + LEAST_SCATTERS / NativeMathf.sqrt(<f32>used));
    regime.single = NativeMathf.max(regime.single, LEAST_SINGLE);
  }
  regime.fitted = FITTED;
}

/** Scores of every listed row by a judge that learned from the other two thirds. */
function judgeThirds(regime: Regime, features: i32, count: i32): void {
  for (let fold = 0; fold < FOLDS; fold++) {
    const from = (count * fold) / FOLDS, to = (count * (fold + 1)) / FOLDS;
    fitFeatures(regime, features, count, from, to);
    resetSmoothing();
    for (let k = from; k < to; k++) {
      deviate(learnRow(listed(k)), features);
      put(LEARN_SCORES, k, rootMeanSquare);
      put(LEARN_LARGEST, k, largest);
    }
  }
}

/** `factor` spreads above the median of n scores. */
function limitOf(scores: usize, n: i32, factor: f32, prior: f32): f32 {
  let sum: f32 = 0, squares: f32 = 0;
  for (let i = 0; i < n; i++) sum += at(scores, i);
  const mean = sum / <f32>n;
  for (let i = 0; i < n; i++) {
    const d = at(scores, i) - mean;
    squares += d * d;
  }
  const middle = median(scores, n);
  for (let i = 0; i < n; i++) put(SORT, i, NativeMathf.abs(at(scores, i) - middle));
  const seen = NativeMathf.max(1.4826 * median(SORT, n), 0.5 * NativeMathf.sqrt(squares / <f32>n));
  const pooled = NativeMathf.sqrt((<f32>n * seen * seen + PRIOR_ROWS * prior * prior) / (<f32>n + PRIOR_ROWS));
  return middle + factor * NativeMathf.max(pooled, SCORE_FLOOR * NativeMathf.max(middle, 1));
}

function fitFeatures(regime: Regime, features: i32, count: i32, skipFrom: i32, skipTo: i32): void {
  for (let i = 0; i < features; i++) fitFeature(regime, i, count, skipFrom, skipTo);
}

/** Median, spread and inertia of a feature from the listed rows but skipFrom..skipTo. */
function fitFeature(regime: Regime, i: i32, count: i32, skipFrom: i32, skipTo: i32): void {
  const s = changetype<State>(STATE);
  const line = isLine(i);
  let n = 0;
  let sum: f32 = 0;
  for (let k = 0; k < count; k++) {
    if (k >= skipFrom && k < skipTo) continue;
    const v = at(learnRow(listed(k)), i);
    if (line && v == 0) continue;
    put(SORT, n++, v);
    sum += v;
  }
  store<f32>(spreadPtr(regime, i), 0);
  store<f32>(driftPtr(regime, i), 0);
  if (line && (n < MIN_LEARN_DECISIONS || (isFaultLine(i) && s.updates < MIN_SPECTRA))) return;
  const mean = sum / <f32>n;
  let squares: f32 = 0;
  for (let k = 0; k < n; k++) {
    const d = at(SORT, k) - mean;
    squares += d * d;
  }
  const centre = median(SORT, n);
  for (let k = 0; k < n; k++) put(SORT, k, NativeMathf.abs(at(SORT, k) - centre));
  const robust: f32 = 1.4826 * median(SORT, n);
  const plain: f32 = 0.7 * NativeMathf.sqrt(squares / <f32>n);
  const spread = NativeMathf.max(NativeMathf.max(robust, plain) * (1 + 4 / <f32>n), floorOf(i, centre));
  store<f32>(medianPtr(regime, i), centre);
  store<f32>(spreadPtr(regime, i), spread);
  // a deviation that lasts from one decision to the next averages out less when smoothed
  let product: f32 = 0, power: f32 = 1e-9, before: f32 = 0;
  let first = true;
  for (let k = 0; k < count; k++) {
    if (k >= skipFrom && k < skipTo) continue;
    const v = at(learnRow(listed(k)), i);
    if (line && v == 0) continue;
    const z = (v - centre) / spread;
    if (!first) product += z * before;
    power += z * z;
    before = z;
    first = false;
  }
  const r = NativeMathf.min(0.95, NativeMathf.max(0, product / power)) * (1 - SMOOTHING);
  store<f32>(inertiaPtr(regime, i), (1 + r) / (1 - r));
}
