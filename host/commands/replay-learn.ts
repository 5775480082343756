/** How many samples of a trace may be learned from. A table does not say how long it is, so it is counted first. */
import type { Source } from '../acquire/source.ts';
import type { SourceInfo } from '../types.ts';
import { autoLearnSamples } from '../window/plan.ts';
import type { ReplayJob } from './replay-jobs.ts';

/** More than this teaches nothing new, and a long file need not be read twice to its end. */
const COUNTED_S = 600;

/**
 * @param open opens the trace once more, for counting
 * @returns samples a channel, or null when nothing may be learned
 */
export async function learnSamplesOf(
  job: ReplayJob,
  info: SourceInfo,
  open: () => Promise<Source>,
  signal: AbortSignal,
): Promise<number | null> {
  if (job.learn === null || typeof job.learn === 'number') return job.learn;
  const sampleCount = info.sampleCount ?? (await counted(await open(), signal));
  return job.learn === 'all' ? sampleCount : autoLearnSamples({ ...info, sampleCount });
}

async function counted(source: Source, signal: AbortSignal): Promise<number> {
  const enough = COUNTED_S * source.info.sampleRateHz;
  let samples = 0;
  try {
    for await (const event of source.events(signal)) {
      if (event.kind === 'samples') samples += event.channels[0].length;
      if (event.kind === 'gap') samples += event.lostSamples;
      if (samples >= enough) break;
    }
  } finally {
    await source.close();
  }
  return samples;
}
