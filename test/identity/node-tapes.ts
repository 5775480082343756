/**
 * The runs that the build for a sensor node must answer as the full builds do: what it accepts, at most
 * NODE_INPUT_CAPACITY samples a push, no look at the state (other builds keep other bytes) or at a spectrum it does not
 * keep. One window is one decision record.
 */
import {
  BOUNDARY_END,
  BOUNDARY_GAP,
  BOUNDARY_SNAPSHOT,
  FFT_MIN,
  NODE_FFT_MAX,
  NODE_INPUT_CAPACITY,
  NODE_MAX_LEARN_DECISIONS,
  NODE_MAX_WINDOW,
  NODE_SCALAR_CAPACITY,
} from '../../core-wasm/memory.ts';
import { Gaussian } from '../../host/acquire/gaussian.ts';
import { Random } from '../../host/acquire/random.ts';
import { settingsOf } from '../../host/analyse/settings.ts';
import type { PointPlan } from '../../host/types.ts';
import { pointPlan } from '../core-wasm/point.ts';
import { settings } from './points.ts';
import { bearing, SIGNALS } from './signals.ts';
import { Tape } from './tape.ts';

const RATE_HZ = 6400;
const RPM = 2610; // lines of the shaft stand clear of twice the supply, and a turn is more than 5 bins of a window
const TEETH = 17;
const SUPPLY_HZ = 50;
const HOP = NODE_MAX_WINDOW / 2;
/** Windows of a life: learned, then healthy, then with its fault. */
const LEARNED = NODE_MAX_LEARN_DECISIONS;
const HEALTHY = 40;
const FAULTY = 90;
const PUSH = NODE_INPUT_CAPACITY;

/** Amplitude of a line on the axes x, y, z; order in turns of the shaft, or Hz. */
interface Line {
  order?: number;
  hz?: number;
  peak: [number, number, number];
}

const NOISE = [0.03, 0.1, 0.3];
const HEALTH: Line[] = [
  { order: 1, peak: [0.05, 0.05, 0.02] },
  { order: 2, peak: [0.02, 0.02, 0.01] },
  { order: 3, peak: [0.01, 0.01, 0.01] },
  { order: TEETH, peak: [0.03, 0.03, 0.03] },
];
/** What each fault adds. z lies along the shaft. */
export const FAULTS = {
  unbalance: [{ order: 1, peak: [0.4, 0.4, 0.02] }],
  misalignment: [{ order: 1, peak: [0.01, 0.01, 1] }],
  'bent shaft': [{ order: 1, peak: [0.5, 0.5, 1.1] }],
  looseness: [4, 4.5, 5, 5.5, 6, 6.5, 7].map((order) => ({ order, peak: [0.3, 0.3, 0.3] })),
  gear: [-2, -1, 1, 2].map((side) => ({ order: TEETH + side, peak: [0.1, 0.1, 0.1] })),
  electrical: [{ hz: 2 * SUPPLY_HZ, peak: [0.5, 0.5, 0.2] }],
  impacts: [],
  'stuck sensor': [],
  'switched off': [],
  'swapped axes': [],
} as const satisfies Record<string, readonly { order?: number; hz?: number; peak: readonly number[] }[]>;
type Fault = keyof typeof FAULTS;

/** White noise, louder from axis to axis, and the lines. */
function signal(n: number, from: number, lines: readonly Line[], seed: number): Float32Array[] {
  return [0, 1, 2].map((axis) => {
    const gaussian = new Gaussian(Random.stream(seed, `axis ${axis}`));
    return Float32Array.from({ length: n }, (_, i) => {
      const noise = NOISE[axis] * gaussian.next();
      const seconds = (from + i) / RATE_HZ;
      return lines.reduce((sum, { order = 0, hz = (order * RPM) / 60, peak }) => {
        return sum + peak[axis] * Math.sin(2 * Math.PI * hz * seconds + axis + order);
      }, noise);
    });
  });
}

const lifeSettings = (changes: Partial<PointPlan> = {}): Uint8Array =>
  settingsOf(
    pointPlan({
      channels: [0, 1, 2],
      sampleRateHz: RATE_HZ,
      windowLength: NODE_MAX_WINDOW,
      learnDecisions: LEARNED,
      shaftRpm: RPM,
      fullScale: 16,
      rotor: { axialAxis: 'z', gearTeeth: TEETH, lineFrequencyHz: SUPPLY_HZ },
      decisionSeconds: HOP / RATE_HZ,
      ...changes,
    }),
  );

/** Three axes at 1024 samples, learned, healthy, then with a fault; it goes on in another instance twice, and is inherited. */
export function lifeTape(fault: Fault): Uint8Array {
  const seed = Object.keys(FAULTS).indexOf(fault);
  const sound = (LEARNED + HEALTHY + 1) * HOP;
  const ill = FAULTY * HOP;
  const healthy = signal(sound, 0, HEALTH, seed);
  let faulty = signal(ill, sound, [...HEALTH, ...FAULTS[fault]] as Line[], seed + 100);
  if (fault === 'impacts') {
    const random = Random.stream(seed, 'impacts');
    const rings = bearing(ill, random, { sampleRateHz: RATE_HZ, rpm: RPM, order: 3.58, faultFrom: 0 });
    for (const axis of faulty) for (const [i, value] of rings.entries()) axis[i] += value;
  }
  if (fault === 'stuck sensor') for (const axis of faulty) axis.fill(0.25);
  if (fault === 'switched off') faulty = faulty.map((axis) => axis.map((value) => 1e-4 * value));
  if (fault === 'swapped axes') faulty = [faulty[2], faulty[1], faulty[0]];
  const tape = new Tape().configure(lifeSettings());
  tape.push(healthy, 0, 20 * HOP + 77, PUSH).restore();
  tape.push(healthy, 20 * HOP + 77, sound, PUSH);
  tape.push(faulty, 0, ill / 2, PUSH).restore();
  tape
    .push(faulty, ill / 2, ill, PUSH)
    .boundary(BOUNDARY_END)
    .restore();
  tape.inherit(lifeSettings({ shaftRpm: 1.03 * RPM })).push(healthy, 0, 8 * HOP, PUSH);
  return tape.boundary(BOUNDARY_END).end();
}

/**
 * Speeds given from outside in turn, each with a normal of its own: of two as many rows wait as may, of three more than that.
 * Then another speed.
 */
export function statesTape(states: 2 | 3 = 2): Uint8Array {
  const tape = new Tape().configure(lifeSettings({ learnDecisions: LEARNED / 2, shaftRpm: null }));
  for (let turn = 0; turn < (states === 2 ? 26 : 60); turn++) {
    const other = turn >= 20 && turn % 2 === 1;
    const gain = other ? 2.5 : 0.5 + 0.5 * (turn % states);
    const axes = signal(5 * HOP, 5 * HOP * turn, HEALTH, 1000 + turn).map((axis) => axis.map((v) => gain * v));
    tape.inputs(other ? 2 * RPM : gain * RPM, 0).push(axes, 0, axes[0].length, PUSH);
    if (turn % 7 === 6) tape.restore();
    if (turn % 5 === 4) tape.boundary(BOUNDARY_GAP);
  }
  return tape.boundary(BOUNDARY_END).end();
}

/** Readings of 1 and of 16 channels that are learned, jump and come back. */
export function scalarTape(): Uint8Array {
  const tape = new Tape();
  for (const channels of [1, 16]) {
    const random = Random.stream(channels, 'node scalars');
    const jump = (i: number, channel: number): number => (i > 90 && i < 110 ? 5 * (channel + 1) : 0);
    const samples = Array.from({ length: channels }, (_, channel) =>
      Float32Array.from({ length: 160 }, (_, i) => 20 + random.uniform() + jump(i, channel)),
    );
    const plan = pointPlan({
      kind: 'scalar',
      channels: [...samples.keys()],
      sampleRateHz: 1,
      windowLength: 0,
      learnDecisions: LEARNED,
      decisionSeconds: 1,
    });
    tape.reset().configure(settingsOf(plan)).push(samples, 0, 70, NODE_SCALAR_CAPACITY).restore();
    tape.push(samples, 70, 160, NODE_SCALAR_CAPACITY).boundary(BOUNDARY_END);
  }
  return tape.end();
}

const WINDOWS = [64, 128, 256, 512, 1024, 1024, 1024];
const SPEEDS_RPM = [0, 300, 1775, 3000, 12_000];
const NAMES = Object.keys(SIGNALS);

/** About 150 windows of one random point without a bearing, and one transform forth and back. */
export function seededNodeTape(seed: number): Uint8Array {
  const random = Random.stream(seed, 'node tape');
  const below = (limit: number): number => random.next() % limit;
  const window = WINDOWS[below(WINDOWS.length)];
  const axes = 1 + below(3);
  const shaftRpm = SPEEDS_RPM[below(SPEEDS_RPM.length)];
  const sampleRateHz = [200, 1000, 6400, 12_000, 25_600][below(5)];
  const rotor = { axialAxis: 'x', gearTeeth: 17 * below(2), lineFrequencyHz: 50 * below(2) } as const;
  // whatever states are told apart, eight that want eight decisions each never have more waiting than a node holds
  const learnDecisions = below(4) === 0 ? 0 : 8;
  const point = { learnDecisions, shaftRpm, sampleRateHz, loneWindows: below(4) === 0, fullScale: below(3) || null };
  const tape = new Tape().configure(settings(window, axes, { ...point, rotor, faultOrder: null }));
  const scale = 10 ** (8 * random.uniform() - 6);
  while (tape.windows < 150) {
    const n = Math.ceil(window * (0.5 + 20 * random.uniform()));
    const strange = below(10) === 0;
    const samples = Array.from({ length: axes }, () => {
      if (strange) return SIGNALS[NAMES[below(NAMES.length)]](n, window, random);
      const order = 0.4 + 5 * random.uniform();
      const faultFrom = below(2) === 0 && shaftRpm > 0 ? 0 : n;
      return bearing(n, random, { sampleRateHz, rpm: shaftRpm || 1, order, faultFrom }).map((value) => scale * value);
    });
    tape.push(samples, 0, n, 1 + below(PUSH));
    if (below(6) === 0) tape.inputs(SPEEDS_RPM[below(SPEEDS_RPM.length)], below(100));
    if (below(8) === 0) tape.restore();
    if (below(3) === 0) tape.boundary([BOUNDARY_SNAPSHOT, BOUNDARY_GAP, BOUNDARY_END][below(3)]);
  }
  tape.boundary(BOUNDARY_END).reset();
  const size = FFT_MIN << below(Math.log2(NODE_FFT_MAX / FFT_MIN) + 1);
  return tape
    .fft(Float32Array.from({ length: size }, () => scale * (random.uniform() - 0.5)))
    .inverse(size)
    .end();
}
