// Which rotor fault, from what has changed since the machine was learned: lines of the shaft, of the supply. Added power is
// weighed as velocity (over order squared), the quantity that forces at the shaft make comparable between orders and the
// one severity is judged by; a line counts when it is 50 % above its normal, beyond its own spread, and above noise.
// Rules of the trade (docs/adr/0010), no training: unbalance is 1x that rises in both radial directions; misalignment is
// 1x along the shaft, or 2x and 3x; a bent shaft is 1x along the shaft and across it; looseness is many harmonics or half orders.
import { normalAt } from './baseline';
import { ROW, SORT, STATE } from './map';
import {
  BANDS,
  DIAGNOSIS_BENT_SHAFT,
  DIAGNOSIS_ELECTRICAL,
  DIAGNOSIS_GEAR,
  DIAGNOSIS_LOOSENESS,
  DIAGNOSIS_MISALIGNMENT,
  DIAGNOSIS_NONE,
  DIAGNOSIS_UNBALANCE,
  FEATURE_BAND,
  FEATURES_PER_AXIS,
  SET_AXIAL_AXIS,
  SET_LINE_HZ,
} from './memory';
import { HALF_ORDERS, LINE_ELECTRICAL, lineNoise, lineNormal, linePower, lineSpread, logLevel } from './orders';
import { median } from './rank';
import { TINY } from './spectrum';
import { settingF32, settingU32 } from './setting';
import { State } from './state';

const RISE: f32 = 0.4054651; // ln 1.5: half as much again
const STRONG: f32 = 1.0986123; // ln 3: far beyond what mounting a sound machine anew did
const DOUBLE: f32 = 0.6931472; // ln 2: mounting a sound machine anew moves 1x by up to 0.6
const ONE_WAY: f32 = 0.75; // of the added power on one axis: a rotating force that two directions share gives each a half
const CERTAIN: f32 = 4; // standard deviations of a noise power that a line must exceed
const SPREADS: f32 = 3;
const TWICE_SHARE: f32 = 0.25; // of the velocity power of 1x: half its amplitude
const LOOSE_LINES: i32 = 4; // half orders and harmonics from 4x on that rise together
const LOOSE_SHARE: f32 = 0.25; // of the velocity power of all lines
const ALIKE: f32 = 0.2; // nepers that bands of a machine that got louder alike lie apart
const TURNED: f32 = 0.1; // share of 1x along the shaft: more load leaves it where it was
const SAME_SPEED: f32 = 0.1; // shaft forces go with speed squared: at another speed the learned levels say nothing

@inline function state(): State {
  return changetype<State>(STATE);
}

/** Nepers by which a line of an axis is above normal: 0 when it is not, or not surely. */
export function lineRise(axis: i32, line: i32): f32 {
  const s = state();
  const power = linePower(axis, line), noise = lineNoise(axis, line);
  if (power <= noise * (1 + CERTAIN / NativeMathf.sqrt(<f32>s.orderAveraged))) return 0;
  const rise = logLevel(power, noise) - lineNormal(axis, line);
  return rise > SPREADS * lineSpread(axis, line) ? rise : 0;
}

/** Power that a line of an axis has gained. */
function added(axis: i32, line: i32, rise: f32): f32 {
  if (rise <= 0) return 0;
  const power = linePower(axis, line) - lineNoise(axis, line);
  return power * (1 - NativeMathf.exp(-2 * rise));
}

/** Nepers by which a power has grown. */
@inline function grown(now: f32, normal: f32): f32 {
  return 0.5 * NativeMathf.log((now + TINY) / (normal + TINY));
}

/** Nepers by which the middle one of all bands has risen in the decision at ROW: more load, or more gain. */
function commonRise(axes: i32): f32 {
  let n = 0;
  for (let axis = 0; axis < axes; axis++)
    for (let i = 0; i < BANDS; i++, n++) {
      const band = axis * FEATURES_PER_AXIS + FEATURE_BAND + i;
      store<f32>(SORT + (<usize>n << 2), load<f32>(ROW + (<usize>band << 2)) - normalAt(band));
    }
  return median(SORT, n);
}

/** Judges the newest lines into State: evidence in nepers, `rotor`, `rotorConfidence`. */
export function judgeRotor(axes: i32): void {
  const s = state();
  if (NativeMathf.abs(s.shaftRpm - s.referenceRpm) > SAME_SPEED * s.referenceRpm) s.gear = 0;
  else if (s.rotorJudged != s.orderUpdates && s.orderSegment > 0 && s.orderReference > 0) weighLines(axes);
  s.rotorJudged = s.orderUpdates;
  decide(commonRise(axes));
}

function weighLines(axes: i32): void {
  const s = state();
  s.turned = 0;
  s.unbalance = s.misalignment = s.bent = s.loose = s.electrical = 0;
  const axial = <i32>settingU32(SET_AXIAL_AXIS) - 1;
  let first: f32 = 0, second: f32 = 0, firstPower: f32 = 0; // largest rises of 1x across the shaft, or in any direction
  let along: f32 = 0, alongPower: f32 = 0, acrossPower: f32 = 0; // 1x along the shaft
  let alongNormal: f32 = 0, onceNormal: f32 = 0;
  let twice: f32 = 0, total: f32 = 0, looseLines = 0;
  let onceNow: f32 = 0, twiceNow: f32 = 0, twiceNormal: f32 = 0, looseNow: f32 = 0, looseNormal: f32 = 0;
  for (let line = 0; line < HALF_ORDERS; line++) {
    const order: f32 = 0.5 * <f32>(line + 1);
    let most: f32 = 0, power: f32 = 0, now: f32 = 0, normal: f32 = 0;
    for (let axis = 0; axis < axes; axis++) {
      if (linePower(axis, line) == 0) continue;
      const rise = lineRise(axis, line), gain = added(axis, line, rise) / (order * order);
      most = NativeMathf.max(most, rise);
      power += gain;
      now += NativeMathf.max(0, linePower(axis, line) - lineNoise(axis, line)) / (order * order);
      normal += NativeMathf.exp(2 * lineNormal(axis, line)) / (order * order);
      if (line != 1) continue;
      if (axis == axial) {
        along = rise;
        alongPower = gain;
        alongNormal = NativeMathf.exp(2 * lineNormal(axis, line));
        continue;
      }
      acrossPower += gain;
      if (rise > first) {
        second = first;
        first = rise;
        firstPower = gain;
      } else second = NativeMathf.max(second, rise);
    }
    total += power;
    if (line == 1) {
      onceNow = now;
      onceNormal = normal;
    }
    else if (line == 3 || line == 5) {
      twice += power;
      twiceNow += now;
      twiceNormal += normal;
    } else {
      looseNow += now;
      looseNormal += normal;
      if (most < DOUBLE) continue;
      looseLines++;
    }
  }
  weighElectrical(axes, total);
  const loose = grown(looseNow, looseNormal);
  if (looseLines >= LOOSE_LINES && loose >= DOUBLE && looseNow > LOOSE_SHARE * (onceNow + twiceNow + looseNow)) s.loose = loose;
  if (twice > alongPower + acrossPower) {
    if (twiceNow > TWICE_SHARE * onceNow) s.misalignment = grown(twiceNow, twiceNormal);
  } else if (axial >= 0 && axial < axes) {
    s.turned = i32(alongPower > acrossPower && alongPower / (alongPower + acrossPower) > alongNormal / onceNormal + TURNED);
    if (acrossPower >= alongPower) s.unbalance = first;
    else if (alongPower > ONE_WAY * (alongPower + acrossPower)) s.misalignment = along;
    else s.bent = NativeMathf.min(along, first);
  } else if (axes == 1 || (second >= RISE && firstPower < ONE_WAY * acrossPower)) s.unbalance = first;
  // one direction far before the others may be the shaft's own: named, and no surer than it must be
  else if (second >= RISE && first >= STRONG) s.unbalance = DOUBLE;
}

/** Twice the supply frequency, where it stands clear of the shaft's harmonics. */
function weighElectrical(axes: i32, total: f32): void {
  const s = state();
  const order: f32 = (<f32>2 * settingF32(SET_LINE_HZ)) / (s.shaftRpm / 60);
  if (order <= 0) return;
  let most: f32 = 0, power: f32 = 0;
  for (let axis = 0; axis < axes; axis++) {
    if (linePower(axis, LINE_ELECTRICAL) == 0) continue;
    const rise = lineRise(axis, LINE_ELECTRICAL);
    most = NativeMathf.max(most, rise);
    power += added(axis, LINE_ELECTRICAL, rise) / (order * order);
  }
  if (power > total) s.electrical = most;
}

/** `common`: what everything has risen by; a line that rose with the rest tells of no fault of the rotor. */
function decide(common: f32): void {
  const s = state();
  // half way to certain where a fault may first be named
  let best: f32 = (0.5 * s.unbalance) / DOUBLE, name: u32 = DIAGNOSIS_UNBALANCE;
  const askew: f32 = (0.5 * s.misalignment) / RISE, bent: f32 = (0.5 * s.bent) / RISE;
  if (askew > best) { best = askew; name = DIAGNOSIS_MISALIGNMENT; }
  if (bent > best) { best = bent; name = DIAGNOSIS_BENT_SHAFT; }
  const geared: f32 = (0.5 * s.gear) / DOUBLE;
  if (geared > best) { best = geared; name = DIAGNOSIS_GEAR; }
  // these have shown that they hold a good part of what was added: they come before what may have excited them
  if (s.loose > 0) { best = (0.5 * s.loose) / DOUBLE; name = DIAGNOSIS_LOOSENESS; }
  if (s.electrical > 0) { best = (0.5 * s.electrical) / DOUBLE; name = DIAGNOSIS_ELECTRICAL; }
  const rise = name == DIAGNOSIS_UNBALANCE ? s.unbalance : name == DIAGNOSIS_MISALIGNMENT ? s.misalignment : name == DIAGNOSIS_BENT_SHAFT ? s.bent : name == DIAGNOSIS_LOOSENESS ? s.loose : name == DIAGNOSIS_GEAR ? s.gear : s.electrical;
  const turned = s.turned != 0 && (name == DIAGNOSIS_MISALIGNMENT || name == DIAGNOSIS_BENT_SHAFT);
  if (!turned && rise - common < ALIKE) best = 0;
  s.rotor = best < 0.5 ? DIAGNOSIS_NONE : name;
  s.rotorConfidence = best < 0.5 ? 0 : NativeMathf.min(1, best);
}
