// What the machine is doing: off, starting or changing over, in a known operating state, or in one that is still to be
// learned. Speed and load given from outside name the state; otherwise the one whose normal fits best.
import { distanceTo, quieterBy, resetSmoothing } from './baseline';
import { removeRows } from './learning';
import { ROW, STATE } from './map';
import {
  FEATURE_RMS,
  FEATURES_PER_AXIS,
  MAX_LEARN_DECISIONS,
  MODE_SCALAR,
  SET_DECISION_SECONDS,
  SET_OFF_LEVEL,
  STATE_ALERT,
  STATE_DANGER,
  STATE_LEARNING,
  STATE_NORMAL,
  STATE_OFF,
  STATE_TRANSIENT,
  STATE_UNKNOWN,
} from './memory';
import { FITTED, isShownSpeed, medianPtr, NOT_YET, placeShown, regimeAt, regimeFor } from './regime';
import { settingF32 } from './setting';
import { isSilence, isWhite } from './silence';
import { isAlarmYoung, shownLooks, shownRpm, showsNoShaft } from './speed';
import { State } from './state';

const OFF_NEPERS: f32 = 4.60517; // a machine 40 dB below its learned level on every axis does not run; at 20 dB a fault may hide
const QUIET_NEPERS: f32 = 1.381551; // 12 dB
const STILL_NEPERS: f32 = 0.35; // 3 dB, as between two states of operation
const IDLE_NEPERS: f32 = 2.302585; // a learned state 20 dB below the loudest one is the machine switched off
/** A shaft slower than this stands. */
export const STANDING_RPM: f32 = 1;
const PASSING_SECONDS: f32 = 60; // a start, a stop or a change of load takes no longer
const PASSING_DECISIONS: i32 = 3;
const MOVING_NEPERS: f32 = 0.115; // 1 dB from one decision to the next, on every axis
const SHOWN_LOOKS: i32 = 2; // sure looks that agree make a new speed a state
const CHANGED_SPEED: f32 = 0.02; // of the speed: more smears the orders within a decision
const CHANGED_LOAD: f32 = 0.1; // of the largest load

@inline function state(): State {
  return changetype<State>(STATE);
}

@inline function level(axis: i32): f32 {
  return load<f32>(ROW + (<usize>(axis * FEATURES_PER_AXIS + FEATURE_RMS) << 2));
}

/** A new stream knows nothing of what came before. */
export function resetOperation(): void {
  const s = state();
  s.given = s.changed = s.grace = 0;
  s.moving = -1;
  s.inputRpm = s.inputLoad = 0;
}

/** Speed (rpm, 0: unknown) and load (0: unknown) as they are now. */
export function noteInputs(rpm: f32, load: f32): void {
  const s = state();
  const known = rpm > 0 || load != 0;
  s.loadSpan = NativeMathf.max(s.loadSpan, NativeMathf.abs(load));
  if (known && s.given != 0) {
    const speed = NativeMathf.abs(rpm - s.inputRpm) > CHANGED_SPEED * NativeMathf.max(rpm, s.inputRpm);
    const torque = NativeMathf.abs(load - s.inputLoad) > CHANGED_LOAD * s.loadSpan;
    if (speed || torque) s.changed = 2; // the open decision, and the one whose first window still holds some of it
  }
  s.given = i32(known);
  s.inputRpm = rpm;
  s.inputLoad = load;
}

/**
 * The state of the decision at ROW: STATE_OFF, STATE_TRANSIENT, STATE_LEARNING, STATE_UNKNOWN (a state that may not be
 * learned any more), or STATE_NORMAL for one that can be judged, by the regime that is then the current one.
 */
export function meet(features: i32, axes: i32): u32 {
  const s = state();
  track(axes);
  if (isOff(axes)) {
    s.grace = passingDecisions();
    return STATE_OFF;
  }
  if (s.given != 0) {
    if (s.changed > 0) return STATE_TRANSIENT;
    const index = regimeFor(s.inputRpm, s.inputLoad, s.loadSpan);
    if (regimeAt(index).rows == 0) removeRows(index, MAX_LEARN_DECISIONS); // of another state that had this place before
    enter(index);
  } else if (!enterShown(features)) return STATE_TRANSIENT;
  else if (s.fitted == FITTED && s.regimes > 1 && isIdle(axes)) return STATE_OFF;
  const regime = regimeAt(s.regime);
  regime.used = s.tick;
  if (regime.fitted == FITTED) return STATE_NORMAL;
  return s.finished != 0 ? STATE_UNKNOWN : STATE_LEARNING;
}

function enter(index: i32): void {
  const s = state();
  if (index == s.regime) return;
  s.regime = index;
  resetSmoothing();
}

/**
 * Enters the regime of the speed that the signal shows, or the one that fits best where it shows none. False while it has
 * shown a new speed only once: the machine may be changing over.
 */
function enterShown(features: i32): bool {
  const s = state();
  const rpm = shownRpm(), regime = regimeAt(s.regime);
  let known = rpm == 0, any = false;
  for (let i = 0; i < s.regimes; i++) {
    known = known || isShownSpeed(regimeAt(i), rpm);
    any = any || regimeAt(i).shown > 0;
  }
  if (known) {
    if (s.fitted == FITTED && s.regimes > 1) enter(nearest(features, rpm));
    else if (rpm > 0) enter(firstOf(rpm));
    return true;
  }
  if (!any) {
    // what a learned machine never showed tells nothing of where it is now
    if (regime.fitted == NOT_YET) regime.shown = rpm;
    return true;
  }
  // an alarm that came before the speed changed is not explained by it: what was judged goes on being judged
  if ((s.state == STATE_ALERT || s.state == STATE_DANGER) && !isAlarmYoung()) return true;
  if (shownLooks() < SHOWN_LOOKS) return false;
  const index = placeShown(rpm);
  removeRows(index, MAX_LEARN_DECISIONS); // of another state that had this place before
  enter(index);
  return true;
}

/** The signal has shown that the machine changed its speed when it began to alarm: that is why. */
export function explainsAlarm(): bool {
  const s = state();
  return s.given == 0 && regimeAt(s.regime).shown > 0 && shownRpm() > 0 && isAlarmYoung();
}

/** The current regime, or else the first, of a speed that the signal has shown before. */
function firstOf(rpm: f32): i32 {
  const s = state();
  if (isShownSpeed(regimeAt(s.regime), rpm)) return s.regime;
  for (let i = 0; i < s.regimes; i++) if (isShownSpeed(regimeAt(i), rpm)) return i;
  return s.regime;
}

/**
 * The fitted regime that the features at ROW fit best, of those of a speed that the signal shows (0: of all); the current
 * one where they fit none. Nobody is pressed from a state that is not learned into one that does not fit.
 */
function nearest(features: i32, rpm: f32): i32 {
  const s = state();
  const first = rpm > 0 ? firstOf(rpm) : s.regime, from = regimeAt(first);
  const stays = from.fitted == FITTED || from.shown > 0;
  let best = first;
  let least: f32 = from.fitted == FITTED ? distanceTo(best, features) / from.threshold : 1e30;
  for (let i = 0; i < s.regimes; i++) {
    if (i == first || regimeAt(i).fitted != FITTED) continue;
    if (rpm > 0 && !isShownSpeed(regimeAt(i), rpm)) continue;
    const distance = distanceTo(i, features) / regimeAt(i).threshold;
    if (distance >= least || (distance > 1 && stays)) continue;
    least = distance;
    best = i;
  }
  return best;
}

/**
 * Far quieter than learned, or clearly quieter with nothing left but the noise of the sensor, which is the same at all
 * frequencies; where the lines of the shaft were seen while learning and are gone, less quiet is enough.
 */
function isSilent(axis: i32): bool {
  const quieter = quieterBy(axis);
  const least = regimeAt(changetype<State>(STATE).regime).shown > 0 && showsNoShaft() ? STILL_NEPERS : QUIET_NEPERS;
  return quieter >= OFF_NEPERS || (quieter >= least && isWhite(ROW, axis, false));
}

function isOff(axes: i32): bool {
  const s = state();
  if (s.given != 0 && s.inputRpm > 0) return s.inputRpm < STANDING_RPM; // whoever gives the speed knows better
  if (s.mode == MODE_SCALAR) return false;
  const off = settingF32(SET_OFF_LEVEL);
  const limit: f32 = off > 0 ? NativeMathf.log(off) : 0;
  const learned = regimeAt(s.regime).fitted == FITTED;
  if (off <= 0 && !learned) return false;
  if (off <= 0 && isSilence(ROW, axes)) return true;
  for (let axis = 0; axis < axes; axis++) {
    if (off > 0 ? level(axis) >= limit : !isSilent(axis)) return false;
  }
  return true;
}

/** The current regime is one that was learned while the machine stood among other machines. */
function isIdle(axes: i32): bool {
  const s = state();
  for (let axis = 0; axis < axes; axis++) {
    const i = axis * FEATURES_PER_AXIS + FEATURE_RMS;
    let loudest: f32 = -1e30;
    for (let k = 0; k < s.regimes; k++)
      if (regimeAt(k).fitted == FITTED) loudest = NativeMathf.max(loudest, load<f32>(medianPtr(regimeAt(k), i)));
    if (loudest - load<f32>(medianPtr(regimeAt(s.regime), i)) < IDLE_NEPERS) return false;
  }
  return axes > 0;
}

function passingDecisions(): i32 {
  const seconds = settingF32(SET_DECISION_SECONDS);
  return seconds > 0 ? max<i32>(PASSING_DECISIONS, <i32>NativeMathf.ceil(PASSING_SECONDS / seconds)) : PASSING_DECISIONS;
}

@inline function levelPtr(axis: i32): usize {
  return changetype<usize>(state()) + offsetof<State>('level0') + (<usize>axis << 2);
}

/** Counts decisions in a row in which the machine ran down, or went towards a louder state that is known. */
function track(axes: i32): void {
  const s = state();
  let falling = s.moving >= 0 && axes > 0, rising = falling;
  for (let axis = 0; axis < axes; axis++) {
    const now = level(axis), change = now - load<f32>(levelPtr(axis));
    falling = falling && change <= -MOVING_NEPERS;
    rising = rising && change >= MOVING_NEPERS;
    store<f32>(levelPtr(axis), now);
  }
  if (rising) rising = isLouderKnown(axes);
  s.moving = falling || rising ? s.moving + 1 : 0;
}

function isLouderKnown(axes: i32): bool {
  const s = state();
  for (let k = 0; k < s.regimes; k++) {
    if (k == s.regime || regimeAt(k).fitted != FITTED) continue;
    let louder = true;
    for (let axis = 0; axis < axes; axis++)
      louder = louder && load<f32>(medianPtr(regimeAt(k), axis * FEATURES_PER_AXIS + FEATURE_RMS)) > level(axis);
    if (louder) return true;
  }
  return false;
}

/** Whether a deviation may still be the machine starting, running down or changing over. Takes one decision of the time for it. */
export function isPassing(): bool {
  const s = state();
  if (s.grace > 0) {
    s.grace--;
    return true;
  }
  return s.moving > 0 && s.moving <= passingDecisions();
}
