/** What is kept in flash: rate, range, key, counter, calibration. Changed in SETTINGS, then `keep()`. */
import { load_, save } from './board';
import { axes, defaultRange, defaultRate, rangeCount, rangeMilliG, rateCount, rateMilliHz, SETTINGS, SETTINGS_BEFORE, SETTINGS_BYTES } from './map';

const VERSION: u32 = 1;

export const KEY_BYTES: i32 = 32;
export const KEY: usize = SETTINGS + 24;
export const OFFSET: usize = SETTINGS + 56;
export const GAIN: usize = SETTINGS + 68;
export const ORIENTATION: usize = SETTINGS + 80;

/** How far the counter in flash runs ahead of the one in use: one write in so many commands. */
const COUNTER_STEP: u64 = 256;

export function hasKey(): bool {
  return load<u8>(SETTINGS, 12) != 0;
}
export function hasCalibration(): bool {
  return load<u8>(SETTINGS, 13) != 0;
}
/** Both are indices into the tables of the descriptor. */
export let rate: i32 = 0;
export let range: i32 = 0;
/** The last one that a command used. */
export let counter: u64 = 0;

export function settingsBegin(): void {
  memory.fill(SETTINGS, 0, SETTINGS_BYTES);
  if (load_(SETTINGS, SETTINGS_BYTES) != SETTINGS_BYTES || load<u32>(SETTINGS) != VERSION) {
    memory.fill(SETTINGS, 0, SETTINGS_BYTES);
    store<u32>(SETTINGS, VERSION);
  }
  counter = load<u64>(SETTINGS, 16);
  rate = rateOf(load<u32>(SETTINGS, 4));
  if (rate < 0) rate = defaultRate(); // of another sensor's image
  range = rangeOf(load<u32>(SETTINGS, 8));
  if (range < 0) range = defaultRange();
}

export function rateOf(milliHz: u32): i32 {
  for (let i = 0; i < rateCount(); i++) if (rateMilliHz(i) == milliHz) return i;
  return -1;
}

export function rangeOf(milliG: u32): i32 {
  for (let i = 0; i < rangeCount(); i++) if (rangeMilliG(i) == milliG) return i;
  return -1;
}

/** Before a change: what `keep` goes back to. */
export function change(): void {
  memory.copy(SETTINGS_BEFORE, SETTINGS, SETTINGS_BYTES);
}

/** Writes what was changed to flash; false = it is as before, here and there. */
export function keep(): bool {
  if (save(SETTINGS, SETTINGS_BYTES)) return true;
  memory.copy(SETTINGS, SETTINGS_BEFORE, SETTINGS_BYTES);
  return false;
}

export function keepRateAndRange(newRate: i32, newRange: i32): bool {
  change();
  store<u32>(SETTINGS, rateMilliHz(newRate), 4);
  store<u32>(SETTINGS, rangeMilliG(newRange), 8);
  if (!keep()) return false;
  rate = newRate;
  range = newRange;
  return true;
}

export function keepKey(at: usize): bool {
  change();
  memory.copy(KEY, at, KEY_BYTES);
  store<u8>(SETTINGS, 1, 12);
  return keep();
}

/** `orientation` stands at 9 bytes; 0 for all three takes the calibration out. */
export function keepCalibration(offset: usize, gain: usize, orientation: usize): bool {
  change();
  store<u8>(SETTINGS, offset != 0, 13);
  if (offset != 0) {
    memory.copy(OFFSET, offset, axes() << 2);
    memory.copy(GAIN, gain, axes() << 2);
    memory.copy(ORIENTATION, orientation, 9);
  }
  return keep();
}

/** False if the flash does not take it: the command must not be done, or it could be played again after a reset. */
export function useCounter(used: u64): bool {
  if (used > load<u64>(SETTINGS, 16)) {
    change();
    store<u64>(SETTINGS, used > ~COUNTER_STEP ? u64.MAX_VALUE : used + COUNTER_STEP, 16);
    if (!keep()) return false;
  }
  counter = used;
  return true;
}
