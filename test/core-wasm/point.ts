/** Small ways to put a signal through the core: a plan with defaults, all axes in one go, records copied out. */
import * as layout from '../../core-wasm/memory.ts';
import { Random } from '../../host/acquire/random.ts';
import { Core, type Kernel } from '../../host/analyse/core.ts';
import { settingsOf } from '../../host/analyse/settings.ts';
import type { PointPlan } from '../../host/types.ts';

export interface CoreRecord {
  words: Uint32Array;
  floats: Float32Array;
}

/** One axis in g at 25 600 Hz, windows of 4096, each a decision, nothing learned, no shaft speed, no bearing. */
export function pointPlan(changes: Partial<PointPlan> = {}): PointPlan {
  const axes = changes.channels?.length ?? 1;
  return {
    name: 'test',
    kind: 'vibration',
    channels: Array.from({ length: axes }, (_, i) => i),
    channelNames: ['x', 'y', 'z'].slice(0, axes),
    units: Array.from({ length: axes }, () => 'g' as const),
    sampleRateHz: 25_600,
    windowLength: 4096,
    windowsPerDecision: 1,
    loneWindows: false,
    learnDecisions: 0,
    learnUntilSample: null,
    shaftRpm: null,
    faultOrder: null,
    bearingName: null,
    thresholdSpreads: 5,
    persistenceDecisions: 3,
    fullScale: null,
    decisionSeconds: null,
    offBelow: null,
    ...changes,
  };
}

export function configuredCore(plan: PointPlan, kernel: Kernel | 'auto' = 'auto'): Core {
  const core = new Core(kernel);
  core.configure(settingsOf(plan));
  return core;
}

/** Copies of the decisions that the last call made. */
export function records(core: Core, count: number): CoreRecord[] {
  return Array.from({ length: count }, (_, i) => {
    const { words, floats } = core.record(i);
    return { words: words.slice(), floats: floats.slice() };
  });
}

/** Pushes everything in blocks of at most `block`; no boundary. */
export function pushAll(core: Core, axes: Float32Array[], block = core.capacity): CoreRecord[] {
  const made: CoreRecord[] = [];
  for (let from = 0; from < axes[0].length; from += block)
    made.push(...records(core, core.push(axes, from, Math.min(from + block, axes[0].length))));
  return made;
}

/** Pushes everything and ends the stream. */
export function analyse(plan: PointPlan, axes: Float32Array[], kernel: Kernel | 'auto' = 'auto'): CoreRecord[] {
  const core = configuredCore(plan, kernel);
  const made = pushAll(core, axes);
  return [...made, ...records(core, core.boundary(layout.BOUNDARY_END))];
}

export const featureOf = (record: CoreRecord, feature: number, axis = 0): number =>
  record.floats[layout.RES_AXES + axis * layout.AXIS_WORDS + feature];

export const plainValueOf = (record: CoreRecord, value: number, axis = 0): number =>
  featureOf(record, layout.FEATURES_PER_AXIS + value, axis);

/** Uniform noise within +-amplitude, repeatable. */
export function uniformNoise(n: number, seed: number, amplitude = 1): Float32Array {
  const random = Random.stream(seed, 'test noise');
  return Float32Array.from({ length: n }, () => amplitude * (2 * random.uniform() - 1));
}

/** amplitude * sin(2 pi cycles i / n + phase) */
export function sineWave(n: number, cycles: number, amplitude = 1, phase = 0): Float32Array {
  return Float32Array.from({ length: n }, (_, i) => amplitude * Math.sin((2 * Math.PI * cycles * i) / n + phase));
}
