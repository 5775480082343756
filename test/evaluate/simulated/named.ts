/**
 * A simulated machine with each fault that the simulator knows, at fixed sizes, in a recording of its own that is judged
 * by what was learned from the sound machine: whether it alarms, and whether it names the right fault.
 */
import { Simulator } from '../../../host/acquire/simulator.ts';
import type { MachineFault, SimulatorSettings } from '../../../host/acquire/simulator-settings.ts';
import { type LearnedBaseline, Pipeline } from '../../../host/pipeline.ts';
import type { Verdict } from '../../../host/types.ts';
import { mostFrequent } from '../statistics/most-frequent.ts';
import { broadbandG, drawnMachine } from './drawn-machine.ts';

/** Sizes as in life.ts, in dB over what the sound machine has. */
export const NAMED_FAULTS: readonly { fault: MachineFault; sizeDb: number }[] = [
  { fault: 'none', sizeDb: 0 },
  { fault: 'outer_race', sizeDb: 6 },
  { fault: 'outer_race', sizeDb: 12 },
  { fault: 'inner_race', sizeDb: 6 },
  { fault: 'inner_race', sizeDb: 12 },
  { fault: 'ball', sizeDb: 6 },
  { fault: 'ball', sizeDb: 12 },
  { fault: 'unbalance', sizeDb: 0 },
  { fault: 'unbalance', sizeDb: 6 },
];

/** High enough for the ringing of a housing to die out between two passes. */
const RATE_HZ = 4000;
const LEARN_S = 60;
/** 300 turns of the slowest machine. */
const JUDGE_S = 30;
/** The faulty recording has its own noise. */
const OTHER_NOISE = 1_000_000;

export interface NamedRecording {
  alarmed: boolean;
  /** What most rows named. */
  named: string | null;
}

async function judged(settings: SimulatorSettings, baseline?: LearnedBaseline): Promise<[Verdict[], LearnedBaseline]> {
  const source = new Simulator({ ...settings, blockScans: 8192 });
  const learnSamples = baseline ? null : LEARN_S * RATE_HZ;
  const pipeline = new Pipeline(source.info, baseline ? { learnSamples, baseline } : { learnSamples });
  const verdicts: Verdict[] = [];
  const take = (outputs: ReturnType<Pipeline['push']>): void => {
    for (const output of outputs) if (output.kind === 'verdict') verdicts.push(output.verdict);
  };
  for await (const event of source.events()) take(pipeline.push(event));
  take(pipeline.end());
  return [verdicts, pipeline.baseline()];
}

/** @returns in the order of NAMED_FAULTS */
export async function namedRecordings(seed: number): Promise<NamedRecording[]> {
  const sound = drawnMachine(seed, RATE_HZ);
  const [, baseline] = await judged({ ...sound, durationS: LEARN_S + 1 });
  const recordings: NamedRecording[] = [];
  for (const { fault, sizeDb } of NAMED_FAULTS) {
    const reference = fault === 'unbalance' ? sound.shaftG[0] : broadbandG(sound);
    const faulty = { fault, faultStartS: 0, faultG: reference * 10 ** (sizeDb / 20), faultLimit: 1 };
    const settings = { ...sound, ...faulty, seed: seed + OTHER_NOISE, durationS: JUDGE_S };
    const [verdicts] = await judged(settings, baseline);
    recordings.push({
      alarmed: verdicts.some(({ alarm }) => alarm),
      named: mostFrequent(verdicts.map(({ diagnosis }) => diagnosis)),
    });
  }
  return recordings;
}
