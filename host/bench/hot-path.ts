/**
 * What the host spends its time on: `Core.push` of a point with three axes and a known bearing that has learned its
 * normal. Everything from samples to score is in it; cutting, explaining and storing are not (npm run bench has these).
 */
import { Simulator } from '../acquire/simulator.ts';
import { Core, type Kernel } from '../analyse/core.ts';
import { settingsOf } from '../analyse/settings.ts';
import { planPoints } from '../window/plan.ts';
import { type Contender, digits, inRounds, type RoundsSettings } from './rounds.ts';

export const HOT_PATH = { axes: 3, sampleRateHz: 25_600, windowLength: 4096, overlap: 0.5 } as const;

/** Machine time in one run: several turns of the long spectra, which are made about once a second. */
const RUN_S = 10;
/** What is played over and over, and learned from: long enough that a sound machine looks sound. */
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

/** @param kernels that this engine runs; the figures are in their order */
export async function hotPathSpeed(
  kernels: Kernel[],
  settings: RoundsSettings,
  signal: AbortSignal,
): Promise<PathSpeed[]> {
  const simulator = new Simulator({ durationS: SIGNAL_S, fault: 'none', sampleRateHz: HOT_PATH.sampleRateHz });
  const axes = await rendered(simulator);
  const contenders = kernels.map((kernel) => learnedPoint(kernel, simulator, axes));
  const figures = await inRounds(contenders, settings, signal);
  return figures.map((nsPerRun) => {
    const perS = RUN_S / (nsPerRun / 1e9);
    const windowsPerMachineS = HOT_PATH.sampleRateHz / (HOT_PATH.windowLength * (1 - HOT_PATH.overlap));
    const windowsPerS = perS * windowsPerMachineS;
    return {
      timesRealTime: digits(perS),
      windowsPerS: digits(windowsPerS),
      samplesPerS: digits(perS * HOT_PATH.sampleRateHz * HOT_PATH.axes),
      nsPerWindow: digits(1e9 / windowsPerS),
    };
  });
}

async function rendered(simulator: Simulator): Promise<Float32Array[]> {
  const axes = Array.from({ length: HOT_PATH.axes }, () => new Float32Array(SIGNAL_S * HOT_PATH.sampleRateHz));
  for await (const event of simulator.events())
    if (event.kind === 'samples')
      for (const [i, axis] of axes.entries()) axis.set(event.channels[i], event.firstSample);
  return axes;
}

/** Set up as the host sets it up, and past its learning. */
function learnedPoint(kernel: Kernel, simulator: Simulator, axes: Float32Array[]): Contender {
  const [plan] = planPoints(simulator.info, { learnSamples: SIGNAL_S * HOT_PATH.sampleRateHz });
  const core = new Core(kernel);
  core.configure(settingsOf(plan));
  const { capacity } = core;
  let at = 0;
  const run = (times: number): void => {
    for (let left = times * RUN_S * HOT_PATH.sampleRateHz; left > 0; ) {
      const to = Math.min(at + capacity, at + left, axes[0].length);
      core.push(axes, at, to);
      left -= to - at;
      at = to % axes[0].length;
    }
  };
  run(SIGNAL_S / RUN_S + 1);
  return { run };
}
