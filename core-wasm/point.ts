// The life of a point: configure, push, boundary, inputs, snapshot, restore. Checks what it is given and returns a status.
import { resetSmoothing } from './baseline';
import { planDemodulation } from './demodulate';
import { finishLearning } from './learning';
import { planTwiddles } from './twiddles';
import { LEARN_ROWS, MAP_BASE, MAP_END, MAX_FEATURES, ORDER_LENGTH, SETTINGS, STATE, STATE_SETTINGS } from './map';
import {
  BOUNDARY_END,
  BOUNDARY_SNAPSHOT,
  FEATURES_PER_AXIS,
  LAYOUT_VERSION,
  MAX_AXES,
  MAX_SCALARS,
  MIN_LEARN_DECISIONS,
  MIN_WINDOW,
  MODE_SCALAR,
  MODE_VIBRATION,
  NODE_CORE_BYTES,
  OK,
  SET_AXES,
  SET_AXIAL_AXIS,
  SET_BPFI,
  SET_BPFO,
  SET_BSF,
  SET_DECISION_SECONDS,
  SET_FTF,
  SET_FULL_SCALE,
  SET_GEAR_TEETH,
  SET_LAYOUT,
  SET_LEARN_DECISIONS,
  SET_LINE_HZ,
  SET_MODE,
  SET_OFF_LEVEL,
  SET_PERSISTENCE,
  SET_SAMPLE_RATE_HZ,
  SET_SHAFT_RPM,
  SET_THRESHOLD,
  SET_VELOCITY_SCALE,
  SET_WINDOW,
  SETTINGS_BYTES,
  STATE_LEARNING,
  STATE_UNKNOWN,
  STATUS_AXES,
  STATUS_BOUNDARY,
  STATUS_COUNT,
  STATUS_LAYOUT,
  STATUS_LEARN,
  STATUS_MODE,
  STATUS_NOT_CONFIGURED,
  STATUS_RATE,
  STATUS_SETTING,
  STATUS_SNAPSHOT,
  STATUS_WINDOW,
} from './memory';
import { noteInputs, resetOperation, STANDING_RPM } from './operation';
import { areSane, FITTED, NEVER, NOT_YET, resetRegimes } from './regime';
import { areOrdersSane } from './order-points';
import { endScalars, pushScalars } from './scalar';
import { HAS_BEARINGS, INPUT_CAPACITY, IS_NODE, MAX_LEARN_DECISIONS, MAX_WINDOW, SCALAR_CAPACITY, STATE_LAYOUT } from './sizes';
import { planSpectrum } from './spectrum';
import { State } from './state';
import { settingU32 } from './setting';
import { endStretch, giveShaftSpeed, pushVibration, startVibration } from './vibration';

let configured: bool = false;

@inline function state(): State {
  return changetype<State>(STATE);
}

@inline function u32At(word: i32): u32 {
  return load<u32>(SETTINGS + (<usize>word << 2));
}

@inline function f32At(word: i32): f32 {
  return load<f32>(SETTINGS + (<usize>word << 2));
}

/** A number that is neither negative nor infinite nor NaN. */
@inline function isSane(value: f32): bool {
  return value >= 0 && value < 1e30;
}

function checkSettings(): i32 {
  if (u32At(SET_LAYOUT) != LAYOUT_VERSION) return STATUS_LAYOUT;
  const mode = u32At(SET_MODE), axes = u32At(SET_AXES), n = <i32>u32At(SET_WINDOW);
  if (mode != MODE_VIBRATION && mode != MODE_SCALAR) return STATUS_MODE;
  if (axes < 1 || axes > <u32>(mode == MODE_SCALAR ? MAX_SCALARS : MAX_AXES)) return STATUS_AXES;
  const rate = f32At(SET_SAMPLE_RATE_HZ);
  if (!isSane(rate) || rate <= 0) return STATUS_RATE;
  if (mode == MODE_VIBRATION && (n < MIN_WINDOW || n > MAX_WINDOW || (n & (n - 1)) != 0)) return STATUS_WINDOW;
  const rows = <i32>u32At(SET_LEARN_DECISIONS);
  if (rows != 0 && (rows < MIN_LEARN_DECISIONS || rows > MAX_LEARN_DECISIONS)) return STATUS_LEARN;
  if (!isSane(f32At(SET_VELOCITY_SCALE)) || !isSane(f32At(SET_SHAFT_RPM)) || !isSane(f32At(SET_FULL_SCALE))) return STATUS_SETTING;
  for (let word = SET_BPFO; word <= SET_FTF; word++) if (!isSane(f32At(word)) || f32At(word) > 1000) return STATUS_SETTING;
  const bearing = f32At(SET_BPFO) > 0;
  if (!HAS_BEARINGS && bearing) return STATUS_SETTING;
  if (bearing != f32At(SET_BPFI) > 0 || bearing != f32At(SET_BSF) > 0 || bearing != f32At(SET_FTF) > 0) return STATUS_SETTING;
  if (u32At(SET_AXIAL_AXIS) > axes || u32At(SET_GEAR_TEETH) > 1000 || !isSane(f32At(SET_LINE_HZ))) return STATUS_SETTING;
  if (!isSane(f32At(SET_DECISION_SECONDS)) || !isSane(f32At(SET_OFF_LEVEL))) return STATUS_SETTING;
  if (!isSane(f32At(SET_THRESHOLD)) || f32At(SET_THRESHOLD) <= 0 || u32At(SET_PERSISTENCE) < 1 || u32At(SET_PERSISTENCE) > 1000) return STATUS_SETTING;
  return OK;
}

export function isPoint(): bool {
  return configured;
}

/** What follows from the settings alone and is therefore no state. */
function planVibration(): void {
  const n = <i32>u32At(SET_WINDOW);
  if (HAS_BEARINGS) planDemodulation(n);
  else planTwiddles(max<i32>(n, ORDER_LENGTH));
  planSpectrum(f32At(SET_SAMPLE_RATE_HZ), n);
}

/** First byte that is not ours. */
@inline function memoryEnd(): usize {
  return IS_NODE ? NODE_CORE_BYTES : <usize>memory.size() << 16;
}

export function configurePoint(): i32 {
  const status = checkSettings();
  if (status != OK) return status;
  // constants of the compiler would overlap the map, or the map would not fit the memory
  if (__heap_base > MAP_BASE || MAP_END > memoryEnd()) return STATUS_LAYOUT;
  memory.fill(STATE, 0, LEARN_ROWS - STATE);
  memory.copy(STATE_SETTINGS, SETTINGS, SETTINGS_BYTES);
  const s = state();
  s.layout = STATE_LAYOUT;
  s.mode = u32At(SET_MODE);
  s.state = u32At(SET_LEARN_DECISIONS) > 0 ? STATE_LEARNING : STATE_UNKNOWN;
  resetRegimes();
  resetSmoothing();
  resetOperation();
  if (s.mode == MODE_VIBRATION) {
    planVibration();
    startVibration(f32At(SET_SHAFT_RPM));
  }
  configured = true;
  return OK;
}

/** Largest count of one push. */
export function pointCapacity(): i32 {
  if (!configured) return STATUS_NOT_CONFIGURED;
  return state().mode == MODE_SCALAR ? SCALAR_CAPACITY : INPUT_CAPACITY;
}

export function isScalar(): bool {
  return configured && state().mode == MODE_SCALAR;
}

export function pushPoint(count: i32): i32 {
  if (!configured) return STATUS_NOT_CONFIGURED;
  if (count < 0 || count > pointCapacity()) return STATUS_COUNT;
  return isScalar() ? pushScalars(count) : pushVibration(count);
}

export function endPoint(kind: i32): i32 {
  if (!configured) return STATUS_NOT_CONFIGURED;
  if (kind < BOUNDARY_SNAPSHOT || kind > BOUNDARY_END) return STATUS_BOUNDARY;
  return isScalar() ? endScalars(kind) : endStretch(kind);
}

export function setPointInputs(rpm: f32, load: f32): i32 {
  if (!configured) return STATUS_NOT_CONFIGURED;
  const speed = NativeMathf.abs(rpm); // a machine that turns the other way has the same orders
  if (!isSane(speed) || !isSane(NativeMathf.abs(load))) return STATUS_SETTING;
  if (!isScalar()) giveShaftSpeed(speed < STANDING_RPM ? 0 : speed, speed == 0);
  noteInputs(speed, load);
  return OK;
}

/** Bytes that matter now: of the rows, those that still wait to be learned from. */
export function stateBytes(): i32 {
  const rows: usize = configured ? <usize>state().learned * MAX_FEATURES * 4 : 0;
  return <i32>(LEARN_ROWS - STATE + rows);
}

/**
 * Makes a new stream of what `restore` has brought: judged with its baseline, but with the speed, bearing and full scale
 * of the settings given. What must not differ (how decisions are cut) is refused, and so is a baseline that never became one.
 */
export function inheritPoint(): i32 {
  if (!configured) return STATUS_NOT_CONFIGURED;
  const status = checkSettings();
  if (status != OK) return status;
  for (let word = SET_MODE; word <= SET_LEARN_DECISIONS; word++) if (u32At(word) != settingU32(word)) return STATUS_SETTING;
  if (u32At(SET_LEARN_DECISIONS) > 0 && state().fitted != FITTED) return STATUS_LEARN;
  memory.copy(STATE_SETTINGS, SETTINGS, SETTINGS_BYTES);
  endPoint(BOUNDARY_END);
  if (!isScalar()) startVibration(f32At(SET_SHAFT_RPM));
  state().state = STATE_UNKNOWN;
  return OK;
}

/** No more may be learned: what there is becomes the baseline. 1 when there is one, 0 when too little was learned. */
export function finishPoint(): i32 {
  if (!configured) return STATUS_NOT_CONFIGURED;
  if (settingU32(SET_LEARN_DECISIONS) == 0) return 0;
  const axes = <i32>settingU32(SET_AXES);
  const features = isScalar() ? axes : axes * FEATURES_PER_AXIS;
  return i32(finishLearning(features, reinterpret<f32>(settingU32(SET_THRESHOLD))));
}

/** Takes the state block as somebody has written it back: everything is checked before anything is believed. */
export function restorePoint(): i32 {
  configured = false;
  const s = state();
  if (s.layout != STATE_LAYOUT) return STATUS_SNAPSHOT;
  memory.copy(SETTINGS, STATE_SETTINGS, SETTINGS_BYTES);
  if (checkSettings() != OK || s.mode != u32At(SET_MODE)) return STATUS_SNAPSHOT;
  const n = <i32>u32At(SET_WINDOW);
  const vibration = s.mode == MODE_VIBRATION;
  if (vibration && (s.fill < 0 || s.fill > n || s.pending < 0 || s.pending > n / 2)) return STATUS_SNAPSHOT;
  if (s.learned < 0 || s.learned > MAX_LEARN_DECISIONS || !areSane(<i32>u32At(SET_LEARN_DECISIONS))) return STATUS_SNAPSHOT;
  if (s.points < 0 || s.points > 4096 || s.spectrumLength < 0 || s.spectrumLength > 4096 || s.decimation < 0) return STATUS_SNAPSHOT;
  if (!HAS_BEARINGS && (s.points != 0 || s.spectrumLength != 0)) return STATUS_SNAPSHOT;
  if (vibration && s.decimation < 1) return STATUS_SNAPSHOT;
  if (vibration && !areOrdersSane(f32At(SET_SAMPLE_RATE_HZ))) return STATUS_SNAPSHOT;
  if (s.fitted < NOT_YET || s.fitted > NEVER) return STATUS_SNAPSHOT;
  if (vibration && (s.decimated < 0 || s.decimated >= s.decimation)) return STATUS_SNAPSHOT;
  if ((s.spectrumLength & (s.spectrumLength - 1)) != 0 || s.spectrumPoints < 0 || s.spectrumPoints > s.spectrumLength) return STATUS_SNAPSHOT;
  if (s.windows < 0 || s.stretch < 0 || s.frames < 0 || s.averaged < 0 || !isSane(s.shaftRpm)) return STATUS_SNAPSHOT;
  if (vibration) planVibration();
  configured = true;
  return OK;
}
