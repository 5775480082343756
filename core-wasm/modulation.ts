// What stands out of the averaged envelope spectra, in bins up to 25 orders, with the lines of the shaft taken out. Rows
// for all spectra of a point, and a copy of one of which the lines of a part can be taken out as well, live in FFT_INPUT.
import { DEMOD_BANDS, demodulatorSpectrum, ENVELOPE_LENGTH, FFT_INPUT } from './map';
import { MAX_AXES } from './memory';
import { rank } from './rank';

const HIGHEST_ORDER: f32 = 25;
const LOWEST_ORDER: f32 = 0.2;
/**
 * Lines count above this many local medians: noise passes in one bin of sixteen where one spectrum is behind it, and
 * hardly ever where eight are.
 */
const EXCESS: f32 = 4;
const STRIDE: usize = (ENVELOPE_LENGTH / 2 + 4) * 4;
const ROWS: usize = FFT_INPUT;
const REST: usize = ROWS + <usize>(MAX_AXES * DEMOD_BANDS) * STRIDE;
const CUMULATIVE: usize = REST + STRIDE; // of the row opened last: k + 1 entries
const TOTALS: usize = CUMULATIVE + STRIDE; // excess plus background of each row
export const MODULATION_END: usize = TOTALS + 64;

let bins: i32 = 0;
let binsAnOrder: f32 = 1;
let reach: i32 = 1; // bins that the top of a shaft line may be off
let foot: i32 = 4; // bins from a top to its valleys: the main lobe of Hann ends at two, rounded up by half of one for slip
let nearHalf: i32 = 2;
let narrowHalf: i32 = 1;
/** Of the row opened last: excess plus background. */
export let total: f32 = 0;

@inline function rowAt(row: i32): usize {
  return ROWS + <usize>row * STRIDE;
}

@inline function powerOf(row: i32): usize {
  return demodulatorSpectrum(row / DEMOD_BANDS, row % DEMOD_BANDS);
}

/** `resolution`: bins of a zero-padded spectrum that one of a full one takes, 1..2. Fills the rows of `axes` axes. */
export function measureModulation(axes: i32, length: i32, binOrder: f32, resolution: f32): void {
  bins = min<i32>((length >> 1) + 1, <i32>(HIGHEST_ORDER / binOrder));
  binsAnOrder = 1 / binOrder;
  reach = max<i32>(1, <i32>(resolution + 0.5));
  foot = <i32>(resolution * 3) + 1;
  nearHalf = max<i32>(1, <i32>(resolution * 2 + 0.5));
  narrowHalf = reach;
  const first = max<i32>(1, <i32>NativeMathf.ceil(LOWEST_ORDER / binOrder));
  for (let row = 0; row < axes * DEMOD_BANDS; row++) measureRow(row, first);
}

/** Local median at every half step, joined by straight lines, and what stands EXCESS times above it. */
function measureRow(row: i32, first: i32): void {
  const spectrum = powerOf(row), to = rowAt(row);
  const width = max<i32>(9, <i32>(0.5 * binsAnOrder) | 1);
  const step = width >> 1;
  let at = 0, left = localMedian(spectrum, 0, width), right = localMedian(spectrum, step, width);
  let sum: f32 = 0;
  for (let k = 0; k < bins; k++) {
    if (k >= at + step) {
      at += step;
      left = right;
      right = localMedian(spectrum, at + step, width);
    }
    const local = left + (right - left) * (<f32>(k - at) / <f32>step);
    if (k >= first) sum += local;
    const excess = NativeMathf.max(load<f32>(spectrum + (<usize>k << 2)) - EXCESS * local, 0);
    store<f32>(to + (<usize>k << 2), k < first ? 0 : excess);
  }
  for (let order = 1; order <= <i32>HIGHEST_ORDER; order++) strip(spectrum, to, <f32>order, reach);
  for (let k = first; k < bins; k++) sum += load<f32>(to + (<usize>k << 2));
  store<f32>(TOTALS + (<usize>row << 2), sum);
}

function localMedian(spectrum: usize, centre: i32, width: i32): f32 {
  const from = max<i32>(0, min<i32>(centre - width, bins - 1)), to = min<i32>(bins - 1, centre + width);
  const count = max<i32>(1, to - from + 1);
  return rank(spectrum + (<usize>from << 2), count, count >> 1);
}

/** Takes the peak at an order out, from valley to valley, where a top lies within `reach` bins. */
function strip(spectrum: usize, row: usize, order: f32, reach: i32): void {
  const centre = <i32>(order * binsAnOrder + 0.5);
  if (centre - reach < 1 || centre + reach + 2 > bins) return;
  let top = centre - reach;
  for (let k = top + 1; k <= centre + reach; k++) if (powerAt(spectrum, k) > powerAt(spectrum, top)) top = k;
  if (powerAt(spectrum, top) < powerAt(spectrum, top - 1) || powerAt(spectrum, top) < powerAt(spectrum, top + 1)) return;
  let from = top, to = top;
  while (from > 0 && top - from < foot && powerAt(spectrum, from - 1) <= powerAt(spectrum, from)) from--;
  while (to < bins - 1 && to - top < foot && powerAt(spectrum, to + 1) <= powerAt(spectrum, to)) to++;
  memory.fill(row + (<usize>from << 2), 0, <usize>(to - from + 1) << 2);
}

@inline function powerAt(spectrum: usize, k: i32): f32 {
  return load<f32>(spectrum + (<usize>k << 2));
}

/** `near` and `total` speak of this row from now on. */
export function openRow(row: i32): void {
  integrate(rowAt(row));
  total = load<f32>(TOTALS + (<usize>row << 2));
}

/** A copy of a row, from which `takeOut` removes lines before `openRest`. */
export function copyRow(row: i32): void {
  memory.copy(REST, rowAt(row), <usize>bins << 2);
}

/** What `near` counts at an order is what is taken out there. */
export function takeOut(row: i32, order: f32): void {
  if (order > LOWEST_ORDER && order < HIGHEST_ORDER) strip(powerOf(row), REST, order, nearHalf);
}

/** `near` speaks of the copy from now on; `total` of the row it is of. */
export function openRest(row: i32): void {
  integrate(REST);
  total = load<f32>(TOTALS + (<usize>row << 2));
}

function integrate(row: usize): void {
  let sum: f32 = 0;
  store<f32>(CUMULATIVE, 0);
  for (let k = 0; k < bins; k++) {
    sum += load<f32>(row + (<usize>k << 2));
    store<f32>(CUMULATIVE + (<usize>(k + 1) << 2), sum);
  }
}

@inline function within(order: f32, half: i32): f32 {
  const b = <i32>NativeMathf.floor(order * binsAnOrder + 0.5);
  if (b <= half || b >= bins - half - 1) return 0;
  return load<f32>(CUMULATIVE + (<usize>(b + half + 1) << 2)) - load<f32>(CUMULATIVE + (<usize>(b - half) << 2));
}

/** Excess within the main lobe of Hann around an order, of the row opened last. */
export function near(order: f32): f32 {
  return within(order, nearHalf);
}

/** The same within half of it: lines of the cage stand close to those of the shaft. */
export function nearNarrowly(order: f32): f32 {
  return within(order, narrowHalf);
}

/** Order at which the excess of a row is greatest near an order: centre of gravity of its top and the bins beside it. */
export function topNear(row: i32, order: f32): f32 {
  const centre = <i32>(order * binsAnOrder + 0.5), from = rowAt(row);
  let top = centre - nearHalf;
  for (let k = top + 1; k <= centre + nearHalf; k++) if (powerAt(from, k) > powerAt(from, top)) top = k;
  const below = powerAt(from, top - 1), at = powerAt(from, top), above = powerAt(from, top + 1);
  return (<f32>top + (above - below) / (below + at + above)) / binsAnOrder;
}
