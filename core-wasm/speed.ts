// Shaft speed from the signal alone: the comb of harmonics that stands highest in the slow spectrum of all axes together.
// A line counts by how far it is above four local medians, up to a limit, so that no one line decides; a harmonic that is
// missing counts against its comb. Confidence is the share of that evidence that no other comb finds in what the best one
// leaves. Where a speed is known, the same search tells when the machine runs at another. docs/adr/0013-speed.md.
import { FFT_INPUT, ORDER_LENGTH, SPEED, SPEED_AVERAGE, SPEED_BINS, STATE } from './map';
import {
  RES_FOUND_CONFIDENCE,
  RES_FOUND_HZ,
  RES_SPEED_SOURCE,
  SET_FTF,
  SPEED_DOUBTED,
  SPEED_ESTIMATED,
  SPEED_GIVEN,
  SPEED_NOMINAL,
  SPEED_UNKNOWN,
} from './memory';
import { rank } from './rank';
import { NOT_YET } from './regime';
import { settingF32 } from './setting';
import { State } from './state';

/** Points are collected as for a shaft of this speed where none is known: that looks for 400 to 10 000 rpm. */
export const SEARCH_RPM: f32 = 1500;

const HARMONICS: i32 = 10;
const NOISE: f32 = 4; // local medians: noise passes that in one bin of sixteen
const CLEAR: f32 = 3; // times that: noise does so in one bin of four thousand
const MOST: f32 = 3; // nepers of power that one line may count: 13 dB
const MISSING: f32 = 0.5; // nepers that a missing one costs
const LEAST_TURNS: f32 = 8; // in a segment: Hann's main lobe is 4 bins, half orders touch at 8 turns
const HIGHEST: f32 = 230; // bins: a comb has a second harmonic within what can be seen, or one line of its own
const STEP: f32 = 1.004; // a tenth harmonic moves by less than a lobe a step
const MULTIPLE_SHARE: f32 = 0.03; // of a comb's power, 15 dB: half orders below that are not what the shaft turns at
const FULL_EVIDENCE: f32 = 4; // nepers: two lines as high as may count, less what is missing
const AVERAGING: i32 = 8; // looks
/** An estimate is used from here on: half of its evidence has no other explanation. */
const USED: f32 = 0.5;
const AGREEING: i32 = 3; // looks in a row before anything is measured at an estimate
const LATE_LOOKS: u32 = 3; // one that still holds some of the speed before, and two that agree
const ALIKE: f32 = 0.02;
const NEAR: f32 = 0.025; // what slip and a rounded name plate leave, and the search for orders takes up
const SLIP: f32 = 0.1; // of a motor under load, whose name plate may show the synchronous speed
const SLOWEST: f32 = 0.25; // of the speed believed: beyond these, a comb is rather a cage's or a mesh's
const FASTEST: f32 = 1.9;

@unmanaged class Speed {
  hz: f32; // of the newest look; 0: none
  sure: f32;
  agreedHz: f32; // of the newest look that was sure
  agreed: i32; // such looks in a row that agree
  elsewhere: i32; // 1: the comb of the speed believed is not there, that of agreedHz is
  halved: i32; // 1: its half or third is, too, so that it may be that
  learnedHz: f32; // where the comb was while the machine was learned; 0: it was not seen
  adopted: i32; // 1: the speed believed is an estimate
  segment: i32; // points behind each look averaged
  averaged: i32;
  looks: u32; // since configure
  quietLooks: u32; // of them, those before the last decision that did not alarm
}

const POOLED: usize = FFT_INPUT; // whitened power of this look
const LOGS: usize = POOLED + <usize>SPEED_BINS * 4; // what each bin counts
const REST: usize = LOGS + <usize>SPEED_BINS * 4; // the same without the lines of the best comb

@inline function speed(): Speed {
  return changetype<Speed>(SPEED);
}

@inline function at(array: usize, k: i32): f32 {
  return load<f32>(array + (<usize>k << 2));
}

@inline function put(array: usize, k: i32, value: f32): void {
  store<f32>(array + (<usize>k << 2), value);
}

/** A speed is given from outside now. */
@inline function isGiven(): bool {
  const s = changetype<State>(STATE);
  return s.given != 0 && s.inputRpm > 0;
}

/** Another stream, or another speed believed: what was seen is forgotten, what was learned stays. */
export function forgetSpeed(): void {
  const r = speed();
  r.hz = r.sure = r.agreedHz = 0;
  r.agreed = r.elsewhere = r.halved = r.segment = r.averaged = 0;
}

/** The speed believed comes from outside, or is forgotten. */
export function disownSpeed(): void {
  speed().adopted = 0;
}

/** Speed at which the machine was learned, in rpm, to begin with where none is told; 0: none. */
export function learnedRpm(): f32 {
  return speed().learnedHz * 60;
}

/** The machine surely runs at another speed than the one believed. */
export function isElsewhere(): bool {
  return speed().elsewhere != 0 && !isGiven();
}

/** What is measured at the speed believed may be learned as what is normal there. */
export function isSpeedPlain(): bool {
  return isGiven() || (speed().elsewhere == 0 && speed().halved == 0);
}

/** Speed in rpm that the newest look is sure of; 0: none, or one is given from outside. */
export function shownRpm(): f32 {
  const r = speed();
  return r.sure >= USED && r.agreed > 0 && !isGiven() ? r.agreedHz * 60 : 0;
}

/** The newest look shows no comb at all. */
export function showsNoShaft(): bool {
  const r = speed();
  return r.segment > 0 && r.sure < USED && !isGiven();
}

/** A decision did not alarm. */
export function noteQuiet(): void {
  speed().quietLooks = speed().looks;
}

/** The alarm is no older than the looks that it takes to tell another speed. */
export function isAlarmYoung(): bool {
  return speed().looks - speed().quietLooks <= LATE_LOOKS;
}

/** Looks in a row that agree on it. */
export function shownLooks(): i32 {
  return speed().agreed;
}

/** Speed to be believed from now on, in rpm: 0 when there is nothing new. It must not be taken over within a look. */
export function newRpm(): f32 {
  const r = speed();
  const s = changetype<State>(STATE);
  if (r.agreed < AGREEING || isGiven()) return 0;
  if (s.shaftRpm > 0) {
    // what was learned at a speed is judged at that speed
    if (r.elsewhere == 0 || r.learnedHz > 0 || s.fitted != NOT_YET) return 0;
    if (r.adopted == 0 && NativeMathf.abs(r.agreedHz * 60 / s.shaftRpm - 1) > SLIP) return 0;
  }
  return r.agreedHz * 60;
}

/** Confidence of the newest look. */
export function foundConfidence(): f32 {
  return speed().sure;
}

/** The speed believed is what `newRpm` told. `estimated`: nothing else says so. */
export function adoptSpeed(rpm: f32, confidence: f32, estimated: bool): void {
  const r = speed();
  r.hz = rpm / 60;
  r.sure = confidence;
  if (estimated) r.adopted = 1;
}

export function isAdopted(): bool {
  return speed().adopted != 0;
}

/** Takes the power spectra of `axes` axes, `stride` bytes apart, made of `points` points of `rateHz`. */
export function lookForSpeed(spectra: usize, stride: usize, axes: i32, points: i32, rateHz: f32, learns: bool): void {
  if (isGiven()) return;
  const r = speed();
  r.looks++;
  const lobe = <f32>ORDER_LENGTH / <f32>points; // bins that one of a spectrum without zeros behind it takes
  const binHz = rateHz / <f32>ORDER_LENGTH;
  if (LEAST_TURNS * lobe * STEP > HIGHEST) return;
  pool(spectra, stride, axes, lobe);
  find(POOLED, lobe);
  const alone = best, aloneSure = sure;
  if (points > r.segment) {
    r.segment = points;
    r.averaged = 0;
  }
  // a sure look at another speed starts the average anew, so that it does not hold two
  if (aloneSure >= USED && r.agreed > 0 && NativeMathf.abs(alone * binHz / r.agreedHz - 1) > ALIKE) r.averaged = 0;
  r.averaged = min<i32>(r.averaged + 1, AVERAGING);
  const weight: f32 = 1 / <f32>r.averaged;
  for (let k = 0; k < SPEED_BINS; k++) put(SPEED_AVERAGE, k, at(SPEED_AVERAGE, k) + weight * (at(POOLED, k) - at(SPEED_AVERAGE, k)));
  if (aloneSure < USED && r.averaged > 1) {
    find(SPEED_AVERAGE, lobe);
    logsOf(POOLED);
    if (evidenceOf(LOGS, best) < 0) sure = 0; // the average remembers what this look does not show
  }
  r.hz = sure > 0 ? best * binHz : 0;
  r.sure = sure;
  if (sure >= USED) compare(learns);
}

/** What a sure look says of the speed believed. */
function compare(learns: bool): void {
  const r = speed();
  const s = changetype<State>(STATE);
  r.agreed = r.agreed > 0 && NativeMathf.abs(r.hz / r.agreedHz - 1) <= ALIKE ? r.agreed + 1 : 1;
  r.agreedHz = r.hz;
  if (s.shaftRpm <= 0) return;
  const ratio = r.hz * 60 / s.shaftRpm;
  r.halved = i32(isPart(ratio));
  if (NativeMathf.abs(ratio - 1) <= NEAR) {
    r.elsewhere = 0;
    if (learns) r.learnedHz = r.hz;
  } else if (!isExplained(ratio)) r.elsewhere = 1;
}

/** Half or a third: half orders, or a slower shaft. */
function isPart(ratio: f32): bool {
  return NativeMathf.abs(ratio * <f32>2 - 1) <= NEAR || NativeMathf.abs(ratio * <f32>3 - 1) <= NEAR;
}

/** A comb at this multiple of the speed believed need not be another speed of the shaft. */
export function isExplained(ratio: f32): bool {
  if (ratio < SLOWEST || ratio > FASTEST) return true;
  if (isPart(ratio)) return true;
  const cage = settingF32(SET_FTF);
  if (cage <= 0) return false;
  for (let k = 1; k <= 2; k++) if (NativeMathf.abs(ratio / (cage * <f32>k) - 1) <= NEAR) return true;
  return false;
}

/** Mean over the axes of power over the local median, which is taken at every half width and joined by straight lines. */
function pool(spectra: usize, stride: usize, axes: i32, lobe: f32): void {
  const half = max<i32>(8, <i32>(<f32>6 * lobe));
  const share: f32 = 1 / <f32>axes;
  memory.fill(POOLED, 0, <usize>SPEED_BINS << 2);
  for (let axis = 0; axis < axes; axis++) {
    const power = spectra + <usize>axis * stride;
    let from = 0, left = medianAround(power, 0, half), right = medianAround(power, half, half);
    for (let k = 1; k < SPEED_BINS; k++) {
      if (k >= from + half) {
        from += half;
        left = right;
        right = medianAround(power, from + half, half);
      }
      const level = left + (right - left) * (<f32>(k - from) / <f32>half);
      const ratio: f32 = level > 0 ? at(power, k) / level : 0;
      put(POOLED, k, at(POOLED, k) + share * ratio);
    }
  }
}

function medianAround(power: usize, centre: i32, half: i32): f32 {
  const from = max<i32>(1, centre - half), count = centre + half - from + 1; // half of what is transformed lies above
  return rank(power + (<usize>from << 2), count, count >> 1);
}

/** Bin of the best comb and how sure it is that it is one. */
let best: f32 = 0;
let sure: f32 = 0;
function find(spectrum: usize, lobe: f32): void {
  logsOf(spectrum);
  const lowest: f32 = LEAST_TURNS * lobe;
  strongest(LOGS, lowest, HIGHEST);
  // a comb whose lines all stand at multiples is the multiple's
  for (let times = 3; times >= 2; times--) {
    if (best * <f32>times > HIGHEST || restShare(spectrum, best, times) >= MULTIPLE_SHARE) continue;
    const multiple: f32 = best * <f32>times;
    strongest(LOGS, multiple * 0.99, multiple * 1.01);
    break;
  }
  const comb = best, evidence = highest;
  takeOut(comb, lobe);
  strongest(REST, lowest, HIGHEST);
  const rival = NativeMathf.max(0, highest);
  sure = evidence > 0 ? NativeMathf.min(1, evidence / FULL_EVIDENCE) * NativeMathf.max(0, 1 - rival / evidence) : 0;
  best = refined(spectrum, comb, lobe);
}

/** What each bin of a spectrum counts, to LOGS. */
function logsOf(spectrum: usize): void {
  for (let k = 0; k < SPEED_BINS; k++) {
    const value = NativeMathf.max(at(spectrum, k), 1e-9);
    put(LOGS, k, NativeMathf.min(MOST, NativeMathf.max(-MISSING, NativeMathf.log(value / NOISE))));
  }
}

let highest: f32 = 0;
function strongest(logs: usize, from: f32, to: f32): void {
  highest = -1e30;
  for (let comb = from; comb <= to; comb *= STEP) {
    const evidence = evidenceOf(logs, comb);
    if (evidence <= highest) continue;
    highest = evidence;
    best = comb;
  }
}

/** 1 / sqrt(h): the higher a harmonic, the less it says, because there are more combs that it may belong to. */
const WEIGHTS: usize = memory.data<f32>([1, 0.70710677, 0.57735026, 0.5, 0.4472136, 0.40824828, 0.37796447, 0.35355338, 0.33333334, 0.31622776]);

function evidenceOf(logs: usize, comb: f32): f32 {
  let sum: f32 = 0, bin = comb;
  let h = 0;
  for (; h < HARMONICS; h++, bin += comb) {
    const k = <i32>bin;
    if (k + 1 >= SPEED_BINS) break;
    const part: f32 = bin - <f32>k, low = at(logs, k);
    sum += (low + part * (at(logs, k + 1) - low)) * at(WEIGHTS, h);
  }
  for (; h < HARMONICS; h++) sum -= MISSING * at(WEIGHTS, h); // beyond what can be seen
  return sum;
}

/** Power of the lines of a comb that are no multiples, over that of those that are. */
function restShare(spectrum: usize, comb: f32, times: i32): f32 {
  let others: f32 = 0, multiples: f32 = 0;
  for (let h = 1; h <= 2 * HARMONICS; h++) {
    const k = <i32>(comb * <f32>h + 0.5);
    if (k + 1 >= SPEED_BINS) break;
    const top = NativeMathf.max(at(spectrum, k), NativeMathf.max(at(spectrum, k - 1), at(spectrum, k + 1)));
    const excess = NativeMathf.max(0, top - NOISE);
    if (h % times == 0) multiples += excess;
    else others += excess;
  }
  return multiples > 0 ? others / multiples : 1;
}

/** LOGS without what stands at harmonics of a comb, to REST: there nothing speaks for any other, nor against it. */
function takeOut(comb: f32, lobe: f32): void {
  memory.copy(REST, LOGS, <usize>SPEED_BINS << 2);
  const half = <i32>NativeMathf.ceil(<f32>2 * lobe);
  for (let bin = comb; bin < <f32>(SPEED_BINS + half); bin += comb) {
    const k = <i32>(bin + 0.5), reach = half + <i32>((STEP - 1) * bin);
    const from = max<i32>(0, k - reach), to = min<i32>(SPEED_BINS - 1, k + reach);
    for (let i = from; i <= to; i++) put(REST, i, 0);
  }
}

/** Spacing of the lines of a comb by where their tops are. */
function refined(spectrum: usize, comb: f32, lobe: f32): f32 {
  const reach = <i32>NativeMathf.ceil(lobe);
  let places: f32 = 0, orders: f32 = 0;
  for (let h = 1; h <= HARMONICS; h++) {
    const centre = <i32>(comb * <f32>h + 0.5);
    if (centre - reach < 2 || centre + reach + 1 >= SPEED_BINS) break;
    let top = centre - reach;
    for (let k = top + 1; k <= centre + reach; k++) if (at(spectrum, k) > at(spectrum, top)) top = k;
    const below = at(spectrum, top - 1), middle = at(spectrum, top), above = at(spectrum, top + 1);
    if (middle < CLEAR * NOISE || middle < below || middle < above) continue;
    places += <f32>top + (above - below) / (below + middle + above);
    orders += <f32>h;
  }
  return orders > 0 ? places / orders : comb;
}

/** What the signal says of the speed, into a result record. */
export function writeSpeed(record: usize): void {
  const r = speed();
  const s = changetype<State>(STATE);
  if (!isGiven()) {
    store<f32>(record + (<usize>RES_FOUND_HZ << 2), r.hz);
    store<f32>(record + (<usize>RES_FOUND_CONFIDENCE << 2), r.sure);
  }
  const known = s.shaftRpm > 0;
  const source = isGiven() ? SPEED_GIVEN : !known ? SPEED_UNKNOWN : r.elsewhere != 0 ? SPEED_DOUBTED : r.adopted != 0 ? SPEED_ESTIMATED : SPEED_NOMINAL;
  store<u32>(record + (<usize>RES_SPEED_SOURCE << 2), source);
}

/** What the record says can be true. */
export function isSpeedSane(): bool {
  const r = speed();
  if (!(r.hz >= 0 && r.hz < 1e30) || !(r.sure >= 0 && r.sure <= 1)) return false;
  if (!(r.agreedHz >= 0 && r.agreedHz < 1e30) || !(r.learnedHz >= 0 && r.learnedHz < 1e30)) return false;
  return r.agreed >= 0 && (r.agreed == 0 || r.agreedHz > 0) && r.averaged >= 0 && r.segment >= 0 && r.segment <= ORDER_LENGTH;
}
