/**
 * What the host spends its time on: `Core.push` of a point with three axes and a known bearing that has learned its
 * normal. Everything from samples to score is in it; cutting, explaining and storing are not (npm run bench has these).
 * Beside it the same features in plain JavaScript, axis by axis: the yardstick by which machines can be compared.
 */
import { Simulator } from '../acquire/simulator.ts';
import { Core, type Kernel } from '../analyse/core.ts';
import { settingsOf } from '../analyse/settings.ts';
import type { PointPlan } from '../types.ts';
import { planPoints } from '../window/plan.ts';
import { PLAIN_TRANSFORMS } from './plain-fft.ts';
import { PlainPath, pathSettings } from './plain-path.ts';
import { type Contender, digits, inRounds, type RoundsSettings } from './rounds.ts';

export const HOT_PATH = { axes: 3, sampleRateHz: 25_600, windowLength: 4096, overlap: 0.5 } as const;

const HOP = HOT_PATH.windowLength * (1 - HOT_PATH.overlap);
/** Windows in one run: a turn of the long spectra at the simulator's speed, so that every run does the same. */
const RUN_WINDOWS = 12;
/** What is played over and over, and learned from: long enough that a sound machine looks sound, and whole hops. */
const SIGNAL_S = 60;

export interface PathSpeed {
  /** Machine time over computing time on one core; as a count, the points of this rate that one core sustains. */
  timesRealTime: number;
  /** Windows of all axes. */
  windowsPerS: number;
  /** Samples of single axes, on one core. */
  samplesPerS: number;
  nsPerWindow: number;
}

/** @param kernels that this engine runs; the figures of `cores` are in their order */
export async function hotPathSpeed(
  kernels: Kernel[],
  settings: RoundsSettings,
  signal: AbortSignal,
): Promise<{ plain: PathSpeed; cores: PathSpeed[] }> {
  const simulator = new Simulator({ durationS: SIGNAL_S, fault: 'none', sampleRateHz: HOT_PATH.sampleRateHz });
  const axes = await rendered(simulator);
  const [plan] = planPoints(simulator.info, { learnSamples: SIGNAL_S * HOT_PATH.sampleRateHz });
  const contenders = [plainPoint(plan, axes), ...kernels.map((kernel) => learnedPoint(kernel, plan, axes))];
  const [plain, ...cores] = (await inRounds(contenders, settings, signal)).map((ns) => speedOf(ns / RUN_WINDOWS));
  return { plain, cores };
}

function speedOf(nsPerWindow: number): PathSpeed {
  const windowsPerS = 1e9 / nsPerWindow;
  return {
    timesRealTime: digits((windowsPerS * HOP) / HOT_PATH.sampleRateHz),
    windowsPerS: digits(windowsPerS),
    samplesPerS: digits(windowsPerS * HOP * HOT_PATH.axes),
    nsPerWindow: digits(nsPerWindow),
  };
}

async function rendered(simulator: Simulator): Promise<Float32Array[]> {
  const axes = Array.from({ length: HOT_PATH.axes }, () => new Float32Array(SIGNAL_S * HOT_PATH.sampleRateHz));
  for await (const event of simulator.events())
    if (event.kind === 'samples')
      for (const [i, axis] of axes.entries()) axis.set(event.channels[i], event.firstSample);
  return axes;
}

/** Runs `push` hop by hop through the signal, over and over. */
function played(axes: Float32Array[], push: (from: number, to: number) => void): Contender {
  let at = 0;
  const run = (times: number): undefined => {
    for (let left = times * RUN_WINDOWS; left > 0; left--) {
      push(at, at + HOP);
      at = (at + HOP) % axes[0].length;
    }
  };
  return { run };
}

/** Set up as the host sets it up, and past its learning. */
function learnedPoint(kernel: Kernel, plan: PointPlan, axes: Float32Array[]): Contender {
  const core = new Core(kernel);
  core.configure(settingsOf(plan));
  const point = played(axes, (from, to) => void core.push(axes, from, to));
  point.run(Math.ceil((1.1 * axes[0].length) / HOP / RUN_WINDOWS));
  return point;
}

function plainPoint(plan: PointPlan, axes: Float32Array[]): Contender {
  const paths = axes.map(() => new PlainPath(pathSettings(plan), PLAIN_TRANSFORMS));
  return played(axes, (from) => {
    for (let axis = 0; axis < paths.length; axis++) paths[axis].push(axes[axis], from);
  });
}
