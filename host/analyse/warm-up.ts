/**
 * Engines run a WebAssembly module slowly until they have seen which parts are worth optimising, and an optimised part
 * serves every instance of the module. A throwaway point is analysed for that, so that the first windows of a machine
 * take no longer than the later ones.
 */
import { Random } from '../acquire/random.ts';
import type { PointPlan } from '../types.ts';
import { Core, type Kernel } from './core.ts';
import { settingsOf } from './settings.ts';

/** After learning the signal is this much louder: an alarm, with its reasons and its search for a cause, runs as well. */
const LOUDER = 4;
/**
 * Past these little gets faster any more. 25 to 55 ms on a desk, and even on a board ten times slower far less than the
 * silence for which a thread is thought wedged.
 */
const WINDOWS = 256;
const WINDOW_LENGTH = 4096;

/** Speed and bearing are known and learning is short: every part of the hot path has its turn. */
const PLAN: PointPlan = {
  name: 'warm-up',
  kind: 'vibration',
  channels: [0],
  channelNames: ['x'],
  units: ['g'],
  sampleRateHz: 25_600,
  windowLength: WINDOW_LENGTH,
  windowsPerDecision: 2,
  loneWindows: false,
  learnDecisions: 8,
  learnUntilSample: null,
  shaftRpm: 1775,
  faultOrder: { bpfo: 3.5848, bpfi: 5.4152, bsf: 2.3567, ftf: 0.39831 },
  bearingName: null,
  thresholdSpreads: 5,
  persistenceDecisions: 3,
  fullScale: null,
  decisionSeconds: null,
  offBelow: null,
};

/** @returns the milliseconds that it took */
export function warmUp(kernel: Kernel): number {
  const startMs = performance.now();
  const random = Random.stream(1, 'warm-up');
  const quiet = Float32Array.from({ length: 8 * WINDOW_LENGTH }, () => 2 * random.uniform() - 1);
  const loud = quiet.map((value) => LOUDER * value);
  const core = new Core(kernel);
  core.configure(settingsOf(PLAN));
  for (let windows = 0; windows < WINDOWS; windows += 2) {
    const from = ((windows / 2) % 8) * WINDOW_LENGTH; // half-overlapped: two windows a length
    core.push([windows < WINDOWS / 2 ? quiet : loud], from, from + WINDOW_LENGTH);
  }
  return performance.now() - startMs;
}
