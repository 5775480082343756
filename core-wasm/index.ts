// The exports of the analysis core and nothing else. Contract: memory.ts; meaning: docs/core.md.
import { INPUT, INPUT_STRIDE, RESULTS, SCALAR_INPUT_STRIDE, SETTINGS, STATE, demodulatorSpectrum, spectrumOf } from './map';
import { LAYOUT_VERSION, OK, RESULT_BYTES, STATUS_BUSY, STATUS_NOT_CONFIGURED, STATUS_POINTER } from './memory';
import { configurePoint, endPoint, finishPoint, inheritPoint, isPoint, isScalar, pointCapacity, pushPoint, restorePoint, setPointInputs, stateBytes } from './point';
import { HAS_BEARINGS } from './sizes';
import { isTransform, planTransform, runInverse, runTransform, transformInput, transformOutput } from './transform';

export function layoutVersion(): i32 {
  return LAYOUT_VERSION;
}

/** Where the host writes SETTINGS_BYTES of settings. */
export function settingsPtr(): usize {
  return SETTINGS;
}

/** Starts a point from the settings at settingsPtr(), which is what `settings` must be. May be called again. */
export function configure(settings: usize): i32 {
  if (isTransform()) return STATUS_BUSY;
  return settings == SETTINGS ? configurePoint() : STATUS_POINTER;
}

export function capacity(): i32 {
  return pointCapacity();
}

/** Where capacity() f32 of an axis (or of a channel of a scalar point) are written; constant once configured. */
export function inputPtr(axis: i32): usize {
  return INPUT + <usize>axis * (isScalar() ? SCALAR_INPUT_STRIDE : INPUT_STRIDE);
}

export function push(count: i32): i32 {
  return pushPoint(count);
}

export function boundary(kind: i32): i32 {
  return endPoint(kind);
}

export function setInputs(rpm: f32, load: f32): i32 {
  return setPointInputs(rpm, load);
}

export function resultPtr(): usize {
  return RESULTS;
}

export function resultSize(): i32 {
  return RESULT_BYTES;
}

/** Power spectrum of the last window of an axis: n/2 + 1 f32, unit squared a bin, Hann, bins of fs/n; 0 in a node build. */
export function spectrumPtr(axis: i32): usize {
  return spectrumOf(axis);
}

/** Averaged envelope spectrum of a band of an axis; envelopeLength() / 2 + 1 f32; 0 in a node build. */
export function envelopeSpectrumPtr(axis: i32, band: i32): usize {
  return HAS_BEARINGS ? demodulatorSpectrum(axis, band) : 0;
}

/** The state is one block that is always whole between calls: taking a snapshot is reading it. */
export function snapshot(): i32 {
  return isPoint() ? OK : STATUS_NOT_CONFIGURED;
}

export function snapshotPtr(): usize {
  return STATE;
}

export function snapshotSize(): i32 {
  return stateBytes();
}

/** Goes on from the bytes that the host has written back at snapshotPtr(). */
export function restore(): i32 {
  if (isTransform()) return STATUS_BUSY;
  return restorePoint();
}

/** After restore: a new stream, judged by what was learned there, with the settings at settingsPtr(). */
export function inherit(): i32 {
  return isTransform() ? STATUS_BUSY : inheritPoint();
}

/** The part that may be learned from is over: 1 when there is a baseline, 0 when too little was learned for one. */
export function endLearning(): i32 {
  return isTransform() ? STATUS_BUSY : finishPoint();
}

/** Plans a transform of n real points, a power of two from 64 to 65 536; the instance can then be nothing else. */
export function fftPlan(n: i32): i32 {
  return isPoint() ? STATUS_BUSY : planTransform(n);
}

/** Where the n f32 of the planned size are written; 0 for another size. */
export function fftInput(n: i32): usize {
  return transformInput(n);
}

/** Where the n/2 + 1 interleaved complex bins of the planned size are read; 0 for another size. */
export function fftOutput(n: i32): usize {
  return transformOutput(n);
}

/** X[k] = sum x[t] exp(-2 pi i k t / n), not scaled; the input is kept. */
export function rfft(n: i32): i32 {
  return isPoint() ? STATUS_BUSY : runTransform(n);
}

/** The way back from the bins, which are kept, scaled by 1/n: rfft and irfft give the signal again. */
export function irfft(n: i32): i32 {
  return isPoint() ? STATUS_BUSY : runInverse(n);
}

export { envelopeLength, envelopeBinHz } from './demodulate';
