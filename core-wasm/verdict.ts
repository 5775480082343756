// From a row of features to a decision: learning, score, persistence, state, reasons; and the record that leaves the core.
import {
  drifted,
  driftRatio,
  driftShare,
  follow,
  isSingle,
  largest,
  ratioOf,
  resetSmoothing,
  rootMeanSquare,
  scoreRow,
  shareOf,
  spreadsOf,
} from './baseline';
import { learn } from './learning';
import { explainsAlarm, isPassing, meet } from './operation';
import { noteQuiet } from './speed';
import { settingF32, settingU32 } from './setting';
import { NEVER, regimeAt } from './regime';
import { ROW, STATE } from './map';
import {
  DIAGNOSIS_BALL,
  DIAGNOSIS_NONE,
  DIAGNOSIS_OUTER_RACE,
  DIAGNOSIS_SENSOR,
  FAULT_HARMONICS,
  FEATURES_PER_AXIS,
  FLAG_DRIFT,
  FLAG_PARTIAL,
  FLAG_SINGLE,
  FLAG_UNLEARNED,
  MODE_SCALAR,
  RES_ALARM,
  RES_CONFIDENCE,
  RES_DIAGNOSIS,
  RES_DRIFT,
  RES_DRIFT_AXIS,
  RES_DRIFT_FEATURE,
  RES_DRIFT_RATIO,
  RES_EVIDENCE,
  RES_FLAGS,
  RES_LARGEST,
  RES_LARGEST_THRESHOLD,
  RES_LEARNED,
  RES_LENGTH,
  RES_LINE_ORDER,
  RES_LINES,
  RES_RAW_SCORE,
  RES_RAW_THRESHOLD,
  RES_REGIME,
  RES_REGIMES,
  RES_SCORE,
  RES_SENSOR,
  RES_SLIP,
  RES_START_HI,
  RES_START_LO,
  RES_STATE,
  RES_WHY,
  RES_WINDOWS,
  SENSOR_OK,
  SET_DECISION_SECONDS,
  SET_LEARN_DECISIONS,
  SET_PERSISTENCE,
  SET_THRESHOLD,
  SET_WINDOWS_PER_DECISION,
  STATE_ALERT,
  STATE_DANGER,
  STATE_LEARNING,
  STATE_NORMAL,
  STATE_OFF,
  STATE_TRANSIENT,
  STATE_UNKNOWN,
  WHY_COUNT,
  WHY_WORDS,
} from './memory';
import { State } from './state';

const DANGER_SCORE: f32 = 3; // thresholds; a first form, until severity comes from more than the distance to normal
const OBVIOUS_SCORE: f32 = 3; // thresholds: waiting for more decisions would add nothing
const FOLLOW_SCORE: f32 = 0.7; // above this share of the limit normal follows only what the whole spectrum does, above 1 nothing
const DRIFT_LIMIT: f32 = 0.98; // share of the way that normal may follow, at which the drift itself alarms
const RELEASE: f32 = 0.8; // an alarm ends below this share of what raised it

@inline function putU32(record: usize, word: i32, value: u32): void {
  store<u32>(record + (<usize>word << 2), value);
}

@inline function putF32(record: usize, word: i32, value: f32): void {
  store<f32>(record + (<usize>word << 2), value);
}

/** No baseline, and none to come: judged by defaults. */
export function isUnlearned(): bool {
  return settingU32(SET_LEARN_DECISIONS) == 0 || changetype<State>(STATE).fitted == NEVER;
}

/** Counts decisions in a row and moves between normal, alert and danger. */
function persist(s: State, score: f32): void {
  const needed = <i32>settingU32(SET_PERSISTENCE);
  s.above = score > 1 ? s.above + 1 : 0;
  s.aboveDanger = score > DANGER_SCORE ? s.aboveDanger + 1 : 0;
  s.below = score < RELEASE ? s.below + 1 : 0;
  s.belowDanger = score < DANGER_SCORE * RELEASE ? s.belowDanger + 1 : 0;
  s.broken = 0;
  const alarming = isAlarming(s);
  if (s.aboveDanger >= needed) s.state = STATE_DANGER;
  else if ((s.above >= needed || score > OBVIOUS_SCORE) && !alarming) s.state = STATE_ALERT;
  else if (alarming && s.below >= needed) s.state = STATE_NORMAL;
  else if (s.state == STATE_DANGER && s.belowDanger >= needed) s.state = STATE_ALERT;
  else if (!alarming) s.state = STATE_NORMAL;
}

@inline function isAlarming(s: State): bool {
  return s.state == STATE_ALERT || s.state == STATE_DANGER;
}

/** Counts nothing as in a row any more. */
export function resetPersistence(): void {
  const s = changetype<State>(STATE);
  s.above = s.aboveDanger = s.below = s.belowDanger = s.broken = 0;
}

/** A sensor that no longer measures is an alarm of its own, as persistent as any other; nothing is learned from it. */
function judgeBrokenSensor(s: State): void {
  s.broken++;
  if (isAlarming(s)) return; // what was wrong before is not cured by a sensor that fails as well
  s.state = s.broken >= <i32>settingU32(SET_PERSISTENCE) ? STATE_ALERT : STATE_UNKNOWN;
}

function writeReasons(record: usize, features: i32, scalar: bool): void {
  for (let n = 0; n < WHY_COUNT; n++) {
    let best = -1;
    let size: f32 = 0;
    for (let i = 0; i < features; i++) {
      const t = NativeMathf.abs(spreadsOf(i));
      if (t <= size) continue;
      let used = false;
      for (let k = 0; k < n; k++) used = used || indexOf(record, k, scalar) == i;
      if (used) continue;
      size = t;
      best = i;
    }
    if (best < 0) break;
    const word = RES_WHY + n * WHY_WORDS;
    const t = spreadsOf(best);
    putU32(record, word, scalar ? best : best % FEATURES_PER_AXIS);
    putU32(record, word + 1, scalar ? 0 : best / FEATURES_PER_AXIS);
    putF32(record, word + 2, ratioOf(best));
    putF32(record, word + 3, t);
    putF32(record, word + 4, shareOf(best));
  }
}

@inline function indexOf(record: usize, n: i32, scalar: bool): i32 {
  const at = record + (<usize>(RES_WHY + n * WHY_WORDS) << 2);
  return scalar ? <i32>load<u32>(at) : <i32>(load<u32>(at, 4) * FEATURES_PER_AXIS + load<u32>(at));
}

/** The rest of a stretch that a gap has cut short varies more than a whole decision: it is no measure of normal. */
function isWhole(): bool {
  const s = changetype<State>(STATE);
  return (s.flags & FLAG_PARTIAL) == 0 || 2 * s.windows >= <i32>settingU32(SET_WINDOWS_PER_DECISION);
}

/** Score of a decision in an operating state whose normal is known; moves the alarm and lets the normal follow. */
function judgeKnown(features: i32, axes: i32): f32 {
  const s = changetype<State>(STATE);
  let score = scoreRow(features);
  if (isSingle) s.flags |= FLAG_SINGLE;
  const calm = score <= 1 && !isAlarming(s), healthy = calm && score <= FOLLOW_SCORE;
  const drift = driftShare(features) / DRIFT_LIMIT;
  if (drift > score) {
    score = drift;
    s.flags |= FLAG_DRIFT;
  }
  if (score > 1 && !isAlarming(s) && isPassing()) {
    s.state = STATE_TRANSIENT;
    resetPersistence();
    resetSmoothing(); // what passes is not carried into what comes after
    return score; // and normal follows none of it
  }
  if (score <= 1) s.grace = 0;
  persist(s, score);
  const seconds = settingF32(SET_DECISION_SECONDS);
  if (seconds > 0) follow(features, seconds, healthy, calm);
  return score;
}

function writeDrift(record: usize, features: i32, scalar: bool): void {
  putF32(record, RES_LARGEST, largest);
  putF32(record, RES_DRIFT, driftShare(features));
  putU32(record, RES_DRIFT_FEATURE, scalar ? drifted : drifted % FEATURES_PER_AXIS);
  putU32(record, RES_DRIFT_AXIS, scalar ? 0 : drifted / FEATURES_PER_AXIS);
  putF32(record, RES_DRIFT_RATIO, driftRatio(drifted));
}

/** Score without a baseline: `level` is what the stage that knows the signal takes for suspicious, 1 at its limit. */
let defaultScore: f32 = 0;
export function setDefaultScore(level: f32): void {
  defaultScore = level;
}

/**
 * Judges the features at ROW (and State's open decision) and fills `record` up to RES_AXES. Returns true when a
 * diagnosis is worth its cost: an alarm, a score near it, or a point without a baseline.
 */
export function judge(record: usize, features: i32, axes: i32): bool {
  const s = changetype<State>(STATE);
  const wanted = <i32>settingU32(SET_LEARN_DECISIONS);
  const scalar = s.mode == MODE_SCALAR;
  let score: f32 = 0, raw: f32 = 0;
  s.tick++;
  memory.fill(record + (<usize>RES_WHY << 2), 0, WHY_COUNT * WHY_WORDS * 4);
  if (s.sensor != SENSOR_OK) {
    judgeBrokenSensor(s);
    score = 1;
  } else if (isUnlearned()) {
    s.flags |= FLAG_UNLEARNED;
    score = defaultScore;
    persist(s, score);
    if (s.state == STATE_NORMAL) s.state = STATE_UNKNOWN;
  } else {
    const state = meet(features, axes);
    const alarming = isAlarming(s);
    if (state == STATE_NORMAL) {
      score = judgeKnown(features, axes);
      raw = rootMeanSquare;
      writeReasons(record, features, scalar);
      writeDrift(record, features, scalar);
    } else if (state == STATE_OFF) {
      s.state = STATE_OFF;
      resetPersistence();
    } else if (!alarming || (state != STATE_TRANSIENT && explainsAlarm())) {
      // what was wrong in one state is not cured by another, and nothing is learned beside an alarm
      if (state == STATE_LEARNING && isWhole()) learn(features, wanted, settingF32(SET_THRESHOLD));
      if (state == STATE_UNKNOWN) s.flags |= FLAG_UNLEARNED;
      s.state = state;
      resetPersistence();
    }
  }
  const alarm = isAlarming(s);
  if (!alarm) noteQuiet();
  putU32(record, RES_FLAGS, s.flags);
  putU32(record, RES_START_LO, <u32>s.start);
  putU32(record, RES_START_HI, <u32>(s.start >> 32));
  putU32(record, RES_LENGTH, <u32>(s.end - s.start));
  putU32(record, RES_WINDOWS, s.windows);
  putU32(record, RES_STATE, s.state);
  putF32(record, RES_SCORE, score);
  putF32(record, RES_RAW_SCORE, raw);
  const regime = regimeAt(s.regime);
  putF32(record, RES_RAW_THRESHOLD, regime.threshold);
  putU32(record, RES_ALARM, u32(alarm));
  putU32(record, RES_SENSOR, s.sensor);
  putU32(record, RES_LEARNED, regime.rows);
  putF32(record, RES_LARGEST_THRESHOLD, regime.single);
  putU32(record, RES_REGIME, s.regime);
  putU32(record, RES_REGIMES, s.regimes);
  if (s.changed > 0) s.changed--;
  return s.sensor == SENSOR_OK && (alarm || isUnlearned() || score > 0.5);
}

/** Adds what diagnosis found; it speaks only in an alarm, or where nothing could be learned. */
export function writeDiagnosis(record: usize, looked: bool): void {
  const s = changetype<State>(STATE);
  const alarm = isAlarming(s);
  const speaks = looked && (alarm || (s.flags & FLAG_UNLEARNED) != 0);
  let diagnosis: u32 = speaks ? s.named : DIAGNOSIS_NONE;
  let confidence: f32 = diagnosis != DIAGNOSIS_NONE ? s.namedConfidence : 0;
  if (s.sensor != SENSOR_OK) {
    diagnosis = DIAGNOSIS_SENSOR;
    confidence = 1;
  }
  putU32(record, RES_DIAGNOSIS, diagnosis);
  putF32(record, RES_CONFIDENCE, confidence);
  putF32(record, RES_EVIDENCE, s.outer);
  putF32(record, RES_EVIDENCE + 1, s.inner);
  putF32(record, RES_EVIDENCE + 2, s.ball);
  putF32(record, RES_EVIDENCE + 3, s.cage);
  putF32(record, RES_EVIDENCE + 4, s.decoy);
  if (diagnosis >= <u32>DIAGNOSIS_OUTER_RACE && diagnosis <= <u32>DIAGNOSIS_BALL) writeLines(record, s);
}

function writeLines(record: usize, s: State): void {
  putF32(record, RES_SLIP, s.slip);
  const from = STATE + offsetof<State>('faultLine0');
  let count = 0;
  for (let i = 0; i < FAULT_HARMONICS; i++) {
    const order = load<f32>(from + (<usize>i << 2));
    if (order > 0) count++;
    putF32(record, RES_LINE_ORDER + i, order);
  }
  putU32(record, RES_LINES, count);
}
