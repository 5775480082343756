// A vibration point: cuts each axis into half-overlapped windows, measures them, averages the windows of a decision and
// has it judged. Windows never straddle a boundary; the last window of a stretch is aligned to its end.
import { HAS_BEARINGS } from './sizes';
import { resetSmoothing } from './baseline';
import { resetOperation } from './operation';
import { FITTED, NOT_YET } from './regime';
import { advanceFrame, demodulateFrame, faultLine, flushDemodulation, forgetSpectra, setDecimation, whitenedPower } from './demodulate';
import { nameCause, writeRotor } from './diagnosis';
import * as envelope from './envelope';
import { diagnose } from './fault';
import { realFft } from './fft';
import { addMesh, closeMesh, forgetGear, knowsGear } from './gear';
import {
  FFT_INPUT,
  HISTORY,
  HISTORY_STRIDE,
  INPUT,
  INPUT_STRIDE,
  RESULTS,
  ROW,
  SPECTRA,
  SPECTRUM_STRIDE,
  STATE,
  SUMS,
  SUMS_STRIDE,
} from './map';
import {
  AXIS_WORDS,
  BANDS,
  BOUNDARY_END,
  DIAGNOSIS_INNER_RACE,
  DIAGNOSIS_OUTER_RACE,
  FAULT_LINES,
  FEATURE_BAND,
  FEATURE_CENTROID,
  FEATURE_CREST,
  FEATURE_ENVELOPE_CREST,
  FEATURE_ENVELOPE_KURTOSIS,
  FEATURE_ENVELOPE_RMS,
  FEATURE_FAULT,
  FEATURE_KURTOSIS,
  FEATURE_ORDER,
  FEATURE_RMS,
  FEATURE_VELOCITY,
  FEATURES_PER_AXIS,
  FLAG_PARTIAL,
  FLAG_RANGE,
  ORDERS,
  RES_AXES,
  RESULT_BYTES,
  SENSOR_OK,
  SET_AXES,
  SET_BPFI,
  SET_BPFO,
  SET_BSF,
  SET_FTF,
  SET_FULL_SCALE,
  SET_LEARN_DECISIONS,
  SET_LONE_WINDOWS,
  SET_SAMPLE_RATE_HZ,
  SET_VELOCITY_SCALE,
  SET_WINDOW,
  SET_WINDOWS_PER_DECISION,
  VALUE_CENTROID_HZ,
  VALUE_CREST,
  VALUE_ENVELOPE_RMS,
  VALUE_KURTOSIS,
  VALUE_MEAN,
  VALUE_PEAK,
  VALUE_RMS,
  VALUE_VELOCITY,
} from './memory';
import { copyLimited } from './limit';
import * as moments from './moments';
import { judgeMounting, learnMounting } from './mounting';
import { endOrders, flushOrders, forgetOrders, takeOrders, tracksOrders } from './orders';
import { judgeRotor } from './rotor';
import { judgeSensor } from './sensor';
import * as spectrum from './spectrum';
import { TINY } from './spectrum';
import { adoptSpeed, disownSpeed, foundConfidence, isAdopted, isElsewhere, learnedRpm, newRpm, writeSpeed } from './speed';
import { State } from './state';
import { settingF32, settingU32 } from './setting';
import { isUnlearned, judge, resetPersistence, setDefaultScore, writeDiagnosis } from './verdict';

const LEAST_LEVEL: f32 = 1e-6; // accuracy is promised for levels of 1e-6..1e4
const MOST_LEVEL: f32 = 1e4;
const LINE_TOLERANCE: f32 = 0.02; // of the order: speed wanders and is seldom known better
const DEFAULT_KURTOSIS: f32 = 6; // without a baseline: twice Gauss means impacts
const DEFAULT_EVIDENCE: f32 = 1; // nepers of a fault comb over the strongest other order

let decisions: i32 = 0;

@inline function state(): State {
  return changetype<State>(STATE);
}

@inline function window(): i32 {
  return <i32>settingU32(SET_WINDOW);
}

@inline function axesOf(): i32 {
  return <i32>settingU32(SET_AXES);
}

@inline function knowsBearing(): bool {
  return HAS_BEARINGS && state().shaftRpm > 0 && settingF32(SET_BPFO) > 0;
}

/** What is measured now belongs to the healthy part. */
@inline function isLearning(): bool {
  return state().fitted == NOT_YET && state().sensor == SENSOR_OK && settingU32(SET_LEARN_DECISIONS) != 0;
}

@inline function put(array: usize, i: i32, value: f32): void {
  store<f32>(array + (<usize>i << 2), value);
}

@inline function addTo(array: usize, i: i32, value: f32): void {
  const at = array + (<usize>i << 2);
  store<f32>(at, load<f32>(at) + value);
}

/** The shaft speed holds from the next window on; 2 % away from where the long spectra began they start anew. */
function setShaftSpeed(rpm: f32): void {
  const s = state();
  s.shaftRpm = rpm;
  if (NativeMathf.abs(rpm - s.spectraRpm) > 0.02 * s.spectraRpm) startSpectra(rpm);
}

function startSpectra(rpm: f32): void {
  if (rpm > 0) setDecimation(settingF32(SET_SAMPLE_RATE_HZ), rpm);
  else state().spectraRpm = 0;
  forgetSpectra();
  forgetOrders();
  forgetGear();
}

/** A speed from outside, from the next window on. `unknown`: nobody can tell it now; then an estimate stands. */
export function giveShaftSpeed(rpm: f32, unknown: bool): void {
  if (unknown && isAdopted()) return;
  disownSpeed();
  setShaftSpeed(rpm);
}

/** Prepares a fresh point from the settings in the state block. */
export function startVibration(shaftRpm: f32): void {
  state().decimation = state().orderGroup = state().orderBlock = state().orderRatio = 1;
  disownSpeed();
  state().shaftRpm = shaftRpm > 0 ? shaftRpm : learnedRpm();
  startSpectra(state().shaftRpm);
  if (shaftRpm <= 0 && learnedRpm() > 0) adoptSpeed(learnedRpm(), 0, true);
  resetOperation();
  openDecision();
}

function openDecision(): void {
  const s = state();
  s.windows = 0;
  s.flags = 0;
  s.sensor = SENSOR_OK;
  s.kurtosis = 0;
  memory.fill(SUMS, 0, <usize>axesOf() * SUMS_STRIDE);
}

/** Consumes count samples of each axis at INPUT. Returns the number of decisions at RESULTS. */
export function pushVibration(count: i32): i32 {
  const s = state();
  const n = window(), hop = n >> 1, axes = axesOf();
  decisions = 0;
  let taken = 0;
  while (taken < count) {
    const room = s.fill < n ? n - s.fill : hop - s.pending;
    const take = min<i32>(room, count - taken);
    for (let axis = 0; axis < axes; axis++) append(axis, taken, take, n);
    if (s.fill < n) s.fill += take;
    else s.pending += take;
    if (tracksOrders()) takeOrders(axes, <usize>s.fill << 2, take, isLearning());
    taken += take;
    s.pushed += take;
    if (s.fill == n && (s.stretch == 0 || s.pending == hop)) {
      s.pending = 0;
      takeWindow(n, axes, false);
    }
  }
  return decisions;
}

/** Appends to the window of an axis, dropping its oldest samples once it is full; limits what would leave f32. */
function append(axis: i32, from: i32, count: i32, n: i32): void {
  const s = state();
  const history = HISTORY + <usize>axis * HISTORY_STRIDE;
  const bytes = <usize>count << 2;
  let to = history + (<usize>s.fill << 2);
  if (s.fill == n) {
    memory.copy(history, history + bytes, (<usize>n << 2) - bytes);
    to -= bytes;
  }
  if (copyLimited(INPUT + <usize>axis * INPUT_STRIDE + (<usize>from << 2), to, count)) s.flags |= FLAG_RANGE;
}

/** Ends a stretch: a last window aligned to its end, and the decision that is open. Returns decisions at RESULTS. */
export function endStretch(kind: i32): i32 {
  const s = state();
  const n = window(), axes = axesOf();
  decisions = 0;
  // before the last window: it may close the last decision, which is to know what the whole stretch showed
  if (knowsBearing() && settingU32(SET_LONE_WINDOWS) == 0) flushDemodulation(axes);
  if (s.fill == n && s.pending > 0) takeWindow(n, axes, true);
  if (tracksOrders()) endOrders(axes, isLearning());
  if (s.windows > 0) {
    if (settingU32(SET_WINDOWS_PER_DECISION) != 0) s.flags |= FLAG_PARTIAL;
    closeDecision(axes);
  }
  s.fill = s.pending = s.stretch = 0;
  if (kind == BOUNDARY_END) {
    forgetSpectra();
    forgetOrders();
    forgetGear();
    resetSmoothing();
    resetOperation();
    resetPersistence();
  }
  return decisions;
}

function takeWindow(n: i32, axes: i32, aligned: bool): void {
  const s = state();
  if (s.windows == 0) s.start = s.pushed - <u64>n;
  s.end = s.pushed;
  const alone = settingU32(SET_LONE_WINDOWS) != 0;
  const demodulates = knowsBearing() && (alone || !aligned);
  for (let axis = 0; axis < axes; axis++) {
    measureWindow(axis, n, demodulates);
    if (demodulates) demodulateFrame(axis, n, alone);
  }
  if (demodulates) advanceFrame(axes, n, alone);
  if (demodulates && alone) flushDemodulation(axes);
  s.stretch++;
  s.windows++;
  const planned = settingU32(SET_WINDOWS_PER_DECISION);
  if (planned != 0 && s.windows == planned) closeDecision(axes);
}

/** Adds the features and values of the current window of one axis to the open decision. */
function measureWindow(axis: i32, n: i32, demodulates: bool): void {
  const s = state();
  const x = HISTORY + <usize>axis * HISTORY_STRIDE;
  moments.measure(x, FFT_INPUT, n);
  const sensor = judgeSensor(x, n, settingF32(SET_FULL_SCALE));
  if (sensor != SENSOR_OK) s.sensor = sensor;
  if (moments.rms < LEAST_LEVEL || moments.peak > MOST_LEVEL) s.flags |= FLAG_RANGE;
  realFft(FFT_INPUT, n);
  const power = SPECTRA + <usize>axis * SPECTRUM_STRIDE;
  if (demodulates) whitenedPower(axis, power, n);
  else spectrum.hannPower(power, n);
  if (knowsGear()) addMesh(axis, power, n);
  envelope.measureEnvelope(n);

  const f = SUMS + <usize>axis * SUMS_STRIDE, v = f + FEATURES_PER_AXIS * 4;
  const integral = spectrum.integralRms(power);
  const crest: f32 = moments.rms > 0 ? moments.peak / moments.rms : 0;
  const centroid = spectrum.centroidHz(power, n);
  addTo(f, FEATURE_RMS, NativeMathf.log(moments.rms + 1e-10));
  addTo(f, FEATURE_VELOCITY, NativeMathf.log(integral + 1e-13));
  addTo(f, FEATURE_CREST, NativeMathf.log(NativeMathf.max(crest, 1e-3)));
  addTo(f, FEATURE_KURTOSIS, NativeMathf.log(NativeMathf.max(moments.kurtosis, 1e-3)));
  addTo(f, FEATURE_CENTROID, NativeMathf.log(centroid + 1e-6));
  addBands(f, power);
  const level = envelope.meanSquare + TINY;
  addTo(f, FEATURE_ENVELOPE_RMS, 0.5 * NativeMathf.log(level));
  addTo(f, FEATURE_ENVELOPE_CREST, NativeMathf.log((envelope.highest + TINY) / level));
  addTo(f, FEATURE_ENVELOPE_KURTOSIS, NativeMathf.log(envelope.relativeVariance + 1e-6));
  addOrders(f, power, n);
  addTo(v, VALUE_MEAN, moments.mean);
  addTo(v, VALUE_RMS, moments.rms);
  addTo(v, VALUE_PEAK, moments.peak);
  addTo(v, VALUE_CREST, crest);
  addTo(v, VALUE_KURTOSIS, moments.kurtosis);
  addTo(v, VALUE_VELOCITY, integral * settingF32(SET_VELOCITY_SCALE));
  addTo(v, VALUE_ENVELOPE_RMS, NativeMathf.sqrt(envelope.meanSquare));
  addTo(v, VALUE_CENTROID_HZ, centroid);
  s.kurtosis = NativeMathf.max(s.kurtosis, moments.kurtosis);
}

function addBands(f: usize, power: usize): void {
  for (let i = 0; i < BANDS; i++) addTo(f, FEATURE_BAND + i, 0.5 * NativeMathf.log(spectrum.bandPower(power, i) + TINY));
}

function addOrders(f: usize, power: usize, n: i32): void {
  const shaftBins = state().shaftRpm / 60 / <f32>(<f64>settingF32(SET_SAMPLE_RATE_HZ) / <f64>n);
  if (shaftBins <= 0) return;
  for (let k = 1; k <= ORDERS; k++) {
    const bin = shaftBins * <f32>k;
    if (bin < 3) continue; // the Hann main lobe is four bins wide
    addTo(f, FEATURE_ORDER + k - 1, spectrum.lineHeight(power, (n >> 1) + 1, bin, NativeMathf.max(1, bin * LINE_TOLERANCE)));
  }
}

/** Without a baseline: impacts (kurtosis) or fault lines that stand out are suspicious. */
function scoreByDefaults(): f32 {
  const s = state();
  let score = s.kurtosis / DEFAULT_KURTOSIS;
  if (s.diagnosis != 0 && !isElsewhere()) {
    const named = s.diagnosis == DIAGNOSIS_OUTER_RACE ? s.outer : s.diagnosis == DIAGNOSIS_INNER_RACE ? s.inner : s.ball;
    score = NativeMathf.max(score, (named - s.decoy) / DEFAULT_EVIDENCE);
  }
  return score;
}

function closeDecision(axes: i32): void {
  const s = state();
  const record = RESULTS + <usize>decisions * RESULT_BYTES;
  const gain: f32 = 1 / <f32>s.windows;
  const rate = settingF32(SET_SAMPLE_RATE_HZ);
  const bearing = knowsBearing();
  memory.fill(record, 0, RESULT_BYTES);
  for (let axis = 0; axis < axes; axis++) {
    const sums = SUMS + <usize>axis * SUMS_STRIDE;
    const row = ROW + <usize>(axis * FEATURES_PER_AXIS) * 4;
    const out = record + (<usize>(RES_AXES + axis * AXIS_WORDS) << 2);
    for (let i = 0; i < AXIS_WORDS; i++) put(out, i, load<f32>(sums + (<usize>i << 2)) * gain);
    if (bearing) for (let i = 0; i < FAULT_LINES; i++) put(out, FEATURE_FAULT + i, faultLine(axis, i));
    // orders of a speed at which the machine does not run are no orders
    if (isElsewhere()) memory.fill(out + (<usize>FEATURE_ORDER << 2), 0, (ORDERS + FAULT_LINES) * 4);
    memory.copy(row, out, FEATURES_PER_AXIS * 4);
  }
  const unlearned = isUnlearned();
  if (unlearned) {
    look(axes, rate, bearing);
    setDefaultScore(scoreByDefaults());
  }
  if (s.fitted == FITTED && s.sensor == SENSOR_OK) s.sensor = judgeMounting(record, axes);
  const learning = isLearning(), takenBefore = s.taken;
  const worth = judge(record, axes * FEATURES_PER_AXIS, axes);
  if (s.taken > takenBefore) learnMounting(record, axes);
  if (learning && s.fitted != NOT_YET && tracksOrders()) flushOrders(axes, true);
  if (worth && !unlearned) look(axes, rate, bearing);
  if (knowsGear()) closeMesh(axes, s.windows, learning);
  if (worth) judgeRotor(axes);
  nameCause();
  writeRotor(record, axes);
  writeSpeed(record);
  writeDiagnosis(record, worth);
  decisions++;
  openDecision();
  believeSpeed();
}

/** Takes over a speed that the signal has shown long enough, between two decisions. */
function believeSpeed(): void {
  const rpm = newRpm();
  if (rpm <= 0) return;
  const confidence = foundConfidence(), unknown = state().shaftRpm <= 0;
  setShaftSpeed(rpm);
  adoptSpeed(rpm, confidence, unknown);
}

/** Diagnoses when there is a spectrum that has not been looked at yet. */
function look(axes: i32, rate: f32, bearing: bool): void {
  const s = state();
  if (!bearing) return;
  if (s.updates == s.diagnosed) return;
  diagnose(axes, rate, settingF32(SET_BPFO), settingF32(SET_BPFI), settingF32(SET_BSF), settingF32(SET_FTF));
  s.diagnosed = s.updates;
}
