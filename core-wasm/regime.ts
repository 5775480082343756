// The operating states of a machine, each with a normal of its own: the speed and load it belongs to, and per feature the
// learned median, the healthy spread, how a deviation lasts, and how far the median has followed since.
import { LEARN_TAGS, MAX_FEATURES, REGIME_STRIDE, REGIMES, STATE } from './map';
import { MAX_REGIMES } from './memory';
import { isExplained } from './speed';
import { State } from './state';

export const NOT_YET: i32 = 0;
export const FITTED: i32 = 1;
export const NEVER: i32 = 2; // the healthy part is over and held too little: judged by defaults

const HEAD: usize = 64;
const ARRAY: usize = MAX_FEATURES * 4;
/** Levels grow with the square of the speed: 4 % of speed is 0.08 nepers, two of the smallest spreads. */
const SAME_SPEED: f32 = 0.04;
const SAME_LOAD: f32 = 0.1; // of the largest load seen

@unmanaged export class Regime {
  fitted: i32; // NOT_YET, FITTED or NEVER
  rows: i32; // kept to learn from
  rpm: f32; // 0 and 0: not known by inputs
  load: f32;
  split: i32; // 1 while its rows are being taken from another
  used: u32; // State.tick when it was last met
  threshold: f32; // of the root mean square deviation
  single: f32; // threshold of the largest deviation of one feature
  shown: f32; // rpm that the signal itself showed while it was learned, where nobody gave it; 0: none
}

@inline export function regimeAt(index: i32): Regime {
  return changetype<Regime>(REGIMES + <usize>index * REGIME_STRIDE);
}

/** Learned median of feature i. */
@inline export function medianPtr(regime: Regime, i: i32): usize {
  return changetype<usize>(regime) + HEAD + (<usize>i << 2);
}

/** 0: the feature takes no part. */
@inline export function spreadPtr(regime: Regime, i: i32): usize {
  return changetype<usize>(regime) + HEAD + ARRAY + (<usize>i << 2);
}

/** Variance of an average of deviations over that of independent ones; 1 when each decision is news. */
@inline export function inertiaPtr(regime: Regime, i: i32): usize {
  return changetype<usize>(regime) + HEAD + 2 * ARRAY + (<usize>i << 2);
}

/** What following has added to the median. */
@inline export function driftPtr(regime: Regime, i: i32): usize {
  return changetype<usize>(regime) + HEAD + 3 * ARRAY + (<usize>i << 2);
}

/** Forgets all of them; the first is there from the start. */
export function resetRegimes(): void {
  memory.fill(REGIMES, 0, <usize>MAX_REGIMES * REGIME_STRIDE);
  const s = changetype<State>(STATE);
  s.regimes = 1;
  s.regime = 0;
}

/** Whether the table can have been written by this core, for points that learn `wanted` decisions. */
export function areSane(wanted: i32): bool {
  const s = changetype<State>(STATE);
  if (s.regimes < 1 || s.regimes > MAX_REGIMES || s.regime < 0 || s.regime >= s.regimes) return false;
  let waiting = 0;
  for (let i = 0; i < s.regimes; i++) {
    const regime = regimeAt(i);
    if (regime.fitted < NOT_YET || regime.fitted > NEVER || regime.rows < 0 || regime.split != 0) return false;
    if (regime.fitted == FITTED && !(regime.threshold > 0 && regime.single > 0)) return false;
    if (regime.fitted == NOT_YET && regime.rows > 0 && regime.rows >= wanted) return false;
    if (regime.fitted == NOT_YET) waiting += regime.rows;
  }
  if (waiting > s.learned) return false;
  for (let row = 0; row < s.learned; row++) if (<i32>load<u8>(LEARN_TAGS + <usize>row) >= s.regimes) return false;
  return true;
}

@inline function isNamed(regime: Regime): bool {
  return regime.rpm != 0 || regime.load != 0;
}

/** Whether a speed that the signal shows may be that of a regime whose speed it has shown before. */
export function isShownSpeed(regime: Regime, rpm: f32): bool {
  if (regime.shown == 0) return false;
  const ratio = rpm / regime.shown;
  return NativeMathf.abs(ratio - 1) <= SAME_SPEED || isExplained(ratio);
}

/** A new regime of a speed that the signal shows. */
export function placeShown(rpm: f32): i32 {
  const index = place(0, 0);
  regimeAt(index).shown = rpm;
  return index;
}

/** Distance of the inputs from a regime, 1 at the edge of being the same. */
function distance(regime: Regime, rpm: f32, load: f32, loadSpan: f32): f32 {
  const speed = NativeMathf.abs(rpm - regime.rpm), full = NativeMathf.max(regime.rpm, rpm);
  const bySpeed = full > 0 ? speed / (SAME_SPEED * full) : 0;
  const byLoad = loadSpan > 0 ? NativeMathf.abs(load - regime.load) / (SAME_LOAD * loadSpan) : 0;
  return NativeMathf.max(bySpeed, byLoad);
}

/**
 * The regime of a speed and load, which is made when there is none. With all places taken, the one least lately met goes,
 * one that has learned nothing before all others.
 */
export function regimeFor(rpm: f32, load: f32, loadSpan: f32): i32 {
  const s = changetype<State>(STATE);
  let best = -1;
  let least: f32 = 1;
  for (let i = 0; i < s.regimes; i++) {
    const regime = regimeAt(i);
    if (!isNamed(regime)) continue;
    const d = distance(regime, rpm, load, loadSpan);
    if (d > least) continue;
    least = d;
    best = i;
  }
  if (best >= 0) return best;
  return place(rpm, load);
}

function place(rpm: f32, load: f32): i32 {
  const s = changetype<State>(STATE);
  let index = -1;
  // what nobody has named and nothing was learned in is nobody's
  for (let i = 0; i < s.regimes && index < 0; i++) {
    const regime = regimeAt(i);
    if (!isNamed(regime) && regime.shown == 0 && regime.fitted == NOT_YET && regime.rows == 0) index = i;
  }
  if (index < 0 && s.regimes < MAX_REGIMES) index = s.regimes++;
  if (index < 0) index = leastUsed();
  const regime = regimeAt(index);
  memory.fill(changetype<usize>(regime), 0, REGIME_STRIDE);
  regime.rpm = rpm;
  regime.load = load;
  return index;
}

function leastUsed(): i32 {
  const s = changetype<State>(STATE);
  let index = -1;
  for (let i = 0; i < s.regimes; i++) {
    if (index < 0) {
      index = i;
      continue;
    }
    const a = regimeAt(i), b = regimeAt(index);
    const unlearned = a.fitted != FITTED && b.fitted == FITTED;
    if (unlearned || ((a.fitted == FITTED) == (b.fitted == FITTED) && a.used < b.used)) index = i;
  }
  return index;
}
