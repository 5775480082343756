/** A minute of the simulated machine in memory, so that no race pays for the simulator. */
import { Simulator } from '../../host/acquire/simulator.ts';
import type { Source } from '../../host/acquire/source.ts';
import type { PointPlan, SourceEvent, SourceInfo } from '../../host/types.ts';
import { planPoints } from '../../host/window/plan.ts';

export const SIGNAL_S = 60;
const LEARN_S = 60;
const BLOCK_SCANS = 2560;

export interface StageSignal {
  info: SourceInfo;
  axes: Float32Array[];
}

/** 3 axes, 25.6 kHz, a sound 6205 bearing of known geometry. */
export async function stageSignal(): Promise<StageSignal> {
  const simulator = new Simulator({ durationS: SIGNAL_S, fault: 'none' });
  const { info } = simulator;
  const axes = info.channels.map(() => new Float32Array(SIGNAL_S * info.sampleRateHz));
  for await (const event of simulator.events())
    if (event.kind === 'samples')
      for (const [i, axis] of axes.entries()) axis.set(event.channels[i], event.firstSample);
  return { info: { ...info, sampleCount: null }, axes };
}

/** As a host with default settings cuts it. */
export function stagePlan(info: SourceInfo): PointPlan {
  return planPoints(info, { learnSamples: LEARN_S * info.sampleRateHz })[0];
}

/** Plays the minute over and over; the blocks are views. */
export class MemorySource implements Source {
  readonly info: SourceInfo;
  readonly #axes: Float32Array[];

  constructor({ info, axes }: StageSignal) {
    this.info = info;
    this.#axes = axes;
  }

  async *events(signal?: AbortSignal): AsyncGenerator<SourceEvent> {
    const length = this.#axes[0].length;
    for (let firstSample = 0; !signal?.aborted; firstSample += BLOCK_SCANS) {
      const from = firstSample % length;
      const channels = this.#axes.map((axis) => axis.subarray(from, from + BLOCK_SCANS));
      yield { kind: 'samples', firstSample, channels };
    }
  }

  async close(): Promise<void> {}
}
