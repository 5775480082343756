/**
 * Tapes of recordings and of simulated machines, cut as the host cuts them (host/window), with every window a decision.
 * Learned from its own beginning where there is enough of it.
 */
import {
  BOUNDARY_END,
  BOUNDARY_GAP,
  BOUNDARY_SNAPSHOT,
  NODE_INPUT_CAPACITY,
  NODE_MAX_LEARN_DECISIONS,
  NODE_MAX_WINDOW,
  NODE_SCALAR_CAPACITY,
} from '../../core-wasm/memory.ts';
import { readLibrary } from '../../host/acquire/library.ts';
import { Simulator } from '../../host/acquire/simulator.ts';
import { MACHINE_FAULTS } from '../../host/acquire/simulator-settings.ts';
import type { Source } from '../../host/acquire/source.ts';
import { openTrace } from '../../host/acquire/trace.ts';
import { settingsOf } from '../../host/analyse/settings.ts';
import type { PointEvent, PointPlan, SourceInfo } from '../../host/types.ts';
import { planPoints } from '../../host/window/plan.ts';
import { Stretches } from '../../host/window/stretches.ts';
import { TRACES } from '../support/traces.ts';
import { Tape } from './tape.ts';

export interface NamedTape {
  name: string;
  tape: Uint8Array;
  windows: number;
}

export const REAL_WINDOWS = 800;
export const LIBRARY_WINDOWS = 100_000;
const REAL_TRACES = 20;
const BOUNDARIES = { snapshot: BOUNDARY_SNAPSHOT, gap: BOUNDARY_GAP, end: BOUNDARY_END };

function plansOf(info: SourceInfo): PointPlan[] {
  const plans = ((): PointPlan[] => {
    try {
      return planPoints(info, { learnSamples: 'auto' });
    } catch {
      return planPoints(info, { learnSamples: null }); // too short to learn from
    }
  })();
  return plans.map((plan) => ({ ...plan, windowsPerDecision: 1 }));
}

/** Plays the source to each of its points; `write` gets what the point's analysis would get. */
async function eachEvent(source: Source, plans: PointPlan[], write: (point: number, event: PointEvent) => void) {
  const points = plans.map((plan) => new Stretches(plan));
  for await (const event of source.events())
    for (const [point, stretches] of points.entries()) for (const made of stretches.push(event)) write(point, made);
  for (const [point, stretches] of points.entries()) for (const made of stretches.end()) write(point, made);
  await source.close();
}

/** For another build: how a plan has to be changed for it, and the samples of a push; without the state, if it keeps another. */
interface Cut {
  planFor(plan: PointPlan): PointPlan;
  blockOf(plan: PointPlan): number | undefined;
  state: boolean;
}
const AS_PLANNED: Cut = { planFor: (plan) => plan, blockOf: () => undefined, state: true };
const FOR_NODE: Cut = {
  planFor: (plan) => ({
    ...plan,
    windowLength: Math.min(NODE_MAX_WINDOW, plan.windowLength),
    learnDecisions: Math.min(NODE_MAX_LEARN_DECISIONS, plan.learnDecisions),
    faultOrder: null,
  }),
  blockOf: ({ kind }) => (kind === 'scalar' ? NODE_SCALAR_CAPACITY : NODE_INPUT_CAPACITY),
  state: false,
};

async function tapesOf(name: string, source: Source, cut = AS_PLANNED): Promise<NamedTape[]> {
  const plans = plansOf(source.info).map((plan) => cut.planFor(plan));
  const tapes = plans.map((plan) => new Tape().configure(settingsOf(plan)));
  await eachEvent(source, plans, (point, event) => {
    const tape = tapes[point];
    if (event.kind === 'samples') tape.push(event.axes, 0, event.axes[0].length, cut.blockOf(plans[point]));
    else if (event.kind === 'inputs') tape.inputs(event.rpm ?? 0, event.load ?? 0);
    else if (event.kind === 'boundary') tape.boundary(BOUNDARIES[event.reason]);
  });
  return tapes.map((tape, point) => ({
    name: plans.length === 1 ? name : `${name} ${plans[point].name}`,
    tape: (cut.state ? tape.state() : tape).end(),
    windows: tape.windows,
  }));
}

/** Every point of every trace of the library, then seeded machines until LIBRARY_WINDOWS windows are full. */
export async function* libraryTapes(): AsyncGenerator<NamedTape & { trace: string | null }> {
  let windows = 0;
  for (const { name, sidecarPath } of await readLibrary(TRACES))
    for (const tape of await tapesOf(name, await openTrace(sidecarPath))) {
      windows += tape.windows;
      yield { ...tape, trace: name };
    }
  for (let seed = 1; windows < LIBRARY_WINDOWS; seed++)
    for (const tape of await tapesOf(`simulated machine ${seed}`, simulatedMachine(seed))) {
      windows += tape.windows;
      yield { ...tape, trace: null };
    }
}

/** Every trace as a sensor node would judge it: without its bearing, windows to NODE_MAX_WINDOW, in the node's pushes. */
export async function* libraryNodeTapes(): AsyncGenerator<NamedTape> {
  for (const { name, sidecarPath } of await readLibrary(TRACES))
    yield* await tapesOf(name, await openTrace(sidecarPath), FOR_NODE);
}

/** Twenty minutes of a fan-sized machine, another fault, speed and axis count for each seed. */
function simulatedMachine(seed: number): Source {
  return new Simulator({
    seed,
    sampleRateHz: 6400,
    durationS: 1200,
    axes: ((seed % 3) + 1) as 1 | 2 | 3,
    rpm: 600 + 300 * (seed % 7),
    tacho: seed % 2 === 0,
    fault: MACHINE_FAULTS[seed % MACHINE_FAULTS.length],
    faultStartS: 400,
    sensorFault: seed % 4 === 3 ? 'stuck' : null,
    sensorFaultStartS: 1100,
    switchOffS: seed % 5 === 4 ? 1000 : null,
  });
}

/** REAL_WINDOWS windows for slow machines: the beginning and the end of every eighth trace of the library. */
export async function realTape(): Promise<Uint8Array> {
  const library = await readLibrary(TRACES);
  const tape = new Tape();
  const step = Math.floor(library.length / REAL_TRACES);
  const quota = REAL_WINDOWS / REAL_TRACES;
  for (let turn = 0; tape.windows < REAL_WINDOWS; turn++) {
    const trace = library[(turn * step + Math.floor(turn / REAL_TRACES)) % library.length];
    const wanted = Math.min(quota, REAL_WINDOWS - tape.windows);
    await excerpt(tape, await openTrace(trace.sidecarPath), wanted, turn % 2 ? 8 : 0);
  }
  return tape.end();
}

/** At most `windows` windows of the first point of a source: half from its first stretches, the rest from its last. */
async function excerpt(tape: Tape, source: Source, windows: number, learnDecisions: number): Promise<void> {
  const [planned] = plansOf(source.info);
  const plan = { ...planned, learnDecisions };
  const stretches: Float32Array[][] = [];
  let open: Float32Array[][] = [];
  await eachEvent(source, [plan], (_, event) => {
    if (event.kind === 'samples') open.push(event.axes);
    if (event.kind !== 'boundary') return;
    if (open.length > 0) stretches.push(plan.channels.map((_, axis) => join(open.map((axes) => axes[axis]))));
    open = [];
  });
  tape.reset().configure(settingsOf(plan));
  const middle = tape.windows + Math.floor(windows / 2);
  const last = tape.windows + windows;
  let next = 0;
  for (; next < stretches.length && tape.windows < middle; next++) {
    tape.push(stretches[next], 0, samplesFor(plan, stretches[next], middle - tape.windows));
    tape.boundary(BOUNDARY_SNAPSHOT);
  }
  // what the beginning has not used up, from the end backwards
  for (let at = stretches.length - 1; at >= 0 && tape.windows < last; at--) {
    const samples = stretches[at];
    const length = samplesFor(plan, samples, last - tape.windows);
    tape.push(samples, samples[0].length - length, samples[0].length).boundary(BOUNDARY_GAP);
    if (at < next) break;
  }
  tape.state().boundary(BOUNDARY_END);
}

/** Samples of a stretch that give at most `windows` windows, the last one on the grid. */
function samplesFor(plan: PointPlan, axes: Float32Array[], windows: number): number {
  const n = plan.kind === 'scalar' ? 2 : plan.windowLength;
  const most = plan.kind === 'scalar' ? windows : n + ((windows - 1) * n) / 2;
  return Math.min(axes[0].length, most);
}

function join(parts: Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
