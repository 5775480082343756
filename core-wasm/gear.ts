// Mesh of the gear on this shaft: power of the sidebands one and two turns beside the tooth mesh and its double, read off
// every window. A gear that wears, cracks or runs out of round is heard there first; the mesh itself follows the load.
// Looked for only where the teeth are known and the windows tell one sideband from the next.
import { ORDER_LEVELS, ORDER_LEVELS_STRIDE, ORDER_LINES, STATE } from './map';
import { MAX_AXES, SET_GEAR_TEETH, SET_SAMPLE_RATE_HZ } from './memory';
import { lineSpreadOf, LINE_SIDEBANDS, logLevel } from './orders';
import { rank } from './rank';
import { settingF32, settingU32 } from './setting';
import { State } from './state';

const HALF_LOBE: i32 = 2; // bins of Hann's main lobe to either side
const LEAST_BINS: f32 = 5; // a turn: the lobes of neighbouring sidebands stay apart
const HIGHEST: f32 = 0.45; // of the sample rate
const MEDIAN_TO_MEAN: f32 = 1.442695; // of noise power: 1 / ln 2
const AVERAGING: i32 = 8; // decisions
const CERTAIN: f32 = 4; // standard deviations of a noise power
const SPREADS: f32 = 3;

@inline function state(): State {
  return changetype<State>(STATE);
}

/** Kind 0: power now, 1: noise now, 2: sum and 3: sum of squares of the log level while learning. */
@inline function levelAt(axis: i32, kind: i32): usize {
  return ORDER_LEVELS + <usize>axis * ORDER_LEVELS_STRIDE + (<usize>(kind * ORDER_LINES + LINE_SIDEBANDS) << 2);
}

/** Of the open decision: power, then noise. */
@inline function openAt(axis: i32, kind: i32): usize {
  return levelAt(axis, kind) + 4;
}

export function knowsGear(): bool {
  return settingU32(SET_GEAR_TEETH) != 0 && state().shaftRpm > 0;
}

/** What was heard of another stream or at another speed is forgotten; what was learned stays. */
export function forgetGear(): void {
  state().meshAveraged = 0;
  state().gear = 0;
  for (let axis = 0; axis < MAX_AXES; axis++) for (let kind = 0; kind < 2; kind++) store<u64>(levelAt(axis, kind), 0);
}

/** Adds one window of an axis, whose power spectrum of n/2 + 1 bins stands at `power`, to the open decision. */
export function addMesh(axis: i32, power: usize, n: i32): void {
  const s = state();
  const turn = (s.shaftRpm / 60 / settingF32(SET_SAMPLE_RATE_HZ)) * <f32>n * (s.orderSpeed > 0 ? s.orderSpeed : 1);
  if (turn < LEAST_BINS) return;
  const teeth = <f32>settingU32(SET_GEAR_TEETH);
  for (let harmonic = 1; harmonic <= 2; harmonic++) {
    const mesh = teeth * <f32>harmonic * turn;
    if (mesh - 3 * turn < 1 || mesh + 3 * turn > HIGHEST * <f32>n) return;
    const from = <i32>(mesh - 3 * turn), to = <i32>(mesh + 3 * turn);
    const noise = rank(power + (<usize>from << 2), to - from + 1, (to - from + 1) >> 1) * MEDIAN_TO_MEAN;
    for (let side = -2; side <= 2; side++) {
      if (side == 0) continue;
      const centre = <i32>NativeMathf.floor(mesh + <f32>side * turn + 0.5);
      let sum: f32 = 0;
      for (let k = centre - HALF_LOBE; k <= centre + HALF_LOBE; k++) sum += load<f32>(power + (<usize>k << 2));
      const open = openAt(axis, 0), floor = openAt(axis, 1);
      store<f32>(open, load<f32>(open) + sum);
      store<f32>(floor, load<f32>(floor) + noise * <f32>(HALF_LOBE + HALF_LOBE + 1));
    }
  }
}

/** Closes the decision of `windows` windows: learns from it, or weighs how far the sidebands are above normal. */
export function closeMesh(axes: i32, windows: i32, learns: bool): void {
  const s = state();
  s.meshAveraged = min<i32>(s.meshAveraged + 1, AVERAGING);
  if (learns) s.meshReference++;
  s.gear = 0;
  for (let axis = 0; axis < axes; axis++) {
    for (let kind = 0; kind < 2; kind++) {
      const now = levelAt(axis, kind), open = openAt(axis, kind);
      store<f32>(now, load<f32>(now) + (load<f32>(open) / <f32>windows - load<f32>(now)) / <f32>s.meshAveraged);
      store<f32>(open, 0);
    }
    const power = load<f32>(levelAt(axis, 0)), noise = load<f32>(levelAt(axis, 1));
    if (power == 0) continue;
    const level = logLevel(power, noise);
    const sum = levelAt(axis, 2), squares = levelAt(axis, 3);
    if (learns) {
      store<f32>(sum, load<f32>(sum) + level);
      store<f32>(squares, load<f32>(squares) + level * level);
      continue;
    }
    if (s.meshReference == 0 || power <= noise * (1 + CERTAIN / NativeMathf.sqrt(<f32>(s.meshAveraged * windows)))) continue;
    const rise = level - load<f32>(sum) / <f32>s.meshReference;
    if (rise > SPREADS * lineSpreadOf(load<f32>(sum), load<f32>(squares), s.meshReference)) s.gear = NativeMathf.max(s.gear, rise);
  }
}
