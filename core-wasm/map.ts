// The memory map: every buffer of the core has a fixed address, nothing is ever allocated. Sizes in bytes.
import { AXIS_WORDS, FEATURES_PER_AXIS, MAX_AXES, MAX_REGIMES, RESULT_BYTES, SETTINGS_BYTES } from './memory';
import { HAS_BEARINGS, INPUT_CAPACITY, IS_NODE, KEEPS_SPECTRA, MAX_LEARN_DECISIONS, MAX_RESULTS, MAX_WINDOW, SCALAR_CAPACITY } from './sizes';
import { FFT_END, FFT_INPUT, FFT_OUTPUT, FFT_WORK, MAP_BASE } from './fft-map';

export { FFT_INPUT, FFT_OUTPUT, FFT_WORK, MAP_BASE };

// ---- follows from the settings: made by configure and by restore
export const BAND_BINS: usize = FFT_END; // i32 edges of the bands

/** Points of one segment from which shaft orders are read. */
export const ORDER_LENGTH: i32 = 1024;

// ---- scratch: contents do not survive a call
export const SETTINGS: usize = MAP_BASE;
export const LANES: usize = SETTINGS + SETTINGS_BYTES; // up to eight vectors, each the four lanes of a sum
export const POWER: usize = BAND_BINS + 64; // an envelope's power spectrum, MAX_WINDOW / 2 + 1
export const SORT: usize = POWER + (MAX_WINDOW / 2 + 4) * 4; // values being ranked
export const LEARN_LIST: usize = POWER; // i32 rows being fitted, and what judging them gave
export const LEARN_SCORES: usize = LEARN_LIST + MAX_LEARN_DECISIONS * 4;
export const LEARN_LARGEST: usize = LEARN_SCORES + MAX_LEARN_DECISIONS * 4;
export const WHITENED: usize = SORT + (MAX_WINDOW / 2 + 4) * 4; // bins of the window, for demodulation
/** The power spectra of three axes' orders reach from POWER to here. */
const ORDER_POWERS_END: usize = POWER + <usize>MAX_AXES * (ORDER_LENGTH / 2 + 4) * 4;
export const INPUT: usize = HAS_BEARINGS ? WHITENED + (MAX_WINDOW / 2 + 2) * 8 : ORDER_POWERS_END; // between pushes the caller's, who may fill it in parts
export const INPUT_STRIDE: usize = INPUT_CAPACITY * 4;
export const SCALAR_INPUT_STRIDE: usize = SCALAR_CAPACITY * 4; // 16 channels fit where three axes do
export const RESULTS: usize = INPUT + <usize>MAX_AXES * INPUT_STRIDE;
const RESULTS_END: usize = RESULTS + MAX_RESULTS * RESULT_BYTES;
export const SPECTRA: usize = KEEPS_SPECTRA ? RESULTS_END : POWER; // last window, one row an axis
export const SPECTRUM_STRIDE: usize = KEEPS_SPECTRA ? (MAX_WINDOW / 2 + 4) * 4 : 0;
export const TERMS: usize = RESULTS_END + <usize>MAX_AXES * SPECTRUM_STRIDE; // deviations of the row judged last, in spreads

// ---- state: one block, everything a later decision depends on; snapshot and restore copy it whole
export const STATE: usize = (TERMS + <usize>(MAX_AXES * FEATURES_PER_AXIS) * 4 + 15) & ~15;
export const STATE_SETTINGS: usize = STATE + 512; // after the State record of state.ts
export const HISTORY: usize = STATE_SETTINGS + SETTINGS_BYTES; // last window of each axis
export const HISTORY_STRIDE: usize = MAX_WINDOW * 4;
export const SUMS: usize = HISTORY + <usize>MAX_AXES * HISTORY_STRIDE; // features and values of the open decision
export const SUMS_STRIDE: usize = AXIS_WORDS * 4;
/** Features of a point: axes end to end, or the channels of a scalar point. */
export const MAX_FEATURES: i32 = MAX_AXES * FEATURES_PER_AXIS;
export const ROW: usize = SUMS + <usize>MAX_AXES * SUMS_STRIDE; // features of the closed decision
export const SMOOTH: usize = ROW + MAX_FEATURES * 4; // EWMA of the deviation
export const WEIGHT: usize = SMOOTH + MAX_FEATURES * 4; // what that average rests on so far, up to 1
export const REGIMES: usize = WEIGHT + MAX_FEATURES * 4; // records of regime.ts
export const REGIME_STRIDE: usize = 64 + 4 * MAX_FEATURES * 4;
export const WHITENING: usize = REGIMES + <usize>MAX_REGIMES * REGIME_STRIDE; // running magnitude of each bin
export const WHITENING_STRIDE: usize = (MAX_WINDOW / 2 + 4) * 4;
export const DEMODULATORS: usize = WHITENING + (HAS_BEARINGS ? <usize>MAX_AXES * WHITENING_STRIDE : 0);

// ---- one demodulator: a band of an axis
export const DEMOD_BANDS: i32 = 3; // demodulate.ts and state.ts name each of them
export const ENVELOPE_LENGTH: i32 = 4096;
export const TAIL: usize = 0; // second half of the last frame: real parts, then imaginary ones
export const ENVELOPE: usize = TAIL + (MAX_WINDOW / 8) * 8;
export const ENVELOPE_SPECTRUM: usize = ENVELOPE + (ENVELOPE_LENGTH + MAX_WINDOW / 4) * 4; // room for one frame more
export const DEMOD_STRIDE: usize = ENVELOPE_SPECTRUM + (ENVELOPE_LENGTH / 2 + 4) * 4;

// ---- shaft orders of an axis: what the open blocks hold, the input of the low-pass, the points collected
export const ORDER_CHUNK: i32 = IS_NODE ? INPUT_CAPACITY : 256; // samples between two looks at what has been collected
export const ORDER_TAPS: i32 = 32;
export const ORDER_AXES: usize = DEMODULATORS + (HAS_BEARINGS ? <usize>(MAX_AXES * DEMOD_BANDS) * DEMOD_STRIDE : 0);
export const ORDER_DELAY: usize = 16;
export const ORDER_POINTS: usize = ORDER_DELAY + <usize>(ORDER_TAPS + ORDER_CHUNK) * 4;
export const ORDER_STRIDE: usize = ORDER_POINTS + (ORDER_LENGTH + ORDER_CHUNK) * 4;
/** Lines of an axis: power and the noise in it now, then sum and sum of squares of the log level while learning. */
export const ORDER_LINES: i32 = 24;
export const ORDER_LEVELS: usize = ORDER_AXES + <usize>MAX_AXES * ORDER_STRIDE;
export const ORDER_LEVELS_STRIDE: usize = 4 * ORDER_LINES * 4;

// ---- shaft speed found in the signal: the record of speed.ts, then what stands out of the averaged spectrum of all axes
export const SPEED: usize = ORDER_LEVELS + <usize>MAX_AXES * ORDER_LEVELS_STRIDE;
export const SPEED_BINS: i32 = 320; // of ORDER_LENGTH / 2: what the low-pass leaves clean
export const SPEED_AVERAGE: usize = SPEED + 64;

/** Rows kept while learning stand last, so that a snapshot taken after learning leaves them out. */
export const LEARN_TAGS: usize = SPEED_AVERAGE + <usize>SPEED_BINS * 4; // u8 regime of each row
export const LEARN_ROWS: usize = LEARN_TAGS + MAX_LEARN_DECISIONS;
export const LEARN_BYTES: usize = MAX_LEARN_DECISIONS * MAX_FEATURES * 4;
export const MAP_END: usize = LEARN_ROWS + LEARN_BYTES;

/** Of each axis, the spectrum of its last window; 0 where a build keeps none. */
export function spectrumOf(axis: i32): usize {
  return KEEPS_SPECTRA ? SPECTRA + <usize>axis * SPECTRUM_STRIDE : 0;
}

export function demodulatorSpectrum(axis: i32, band: i32): usize {
  return DEMODULATORS + <usize>(axis * DEMOD_BANDS + band) * DEMOD_STRIDE + ENVELOPE_SPECTRUM;
}
