/** Learns a baseline from a source: what is normal, how steady it was, and the levels that go with it. */
import { release } from '../acquire/release.ts';
import type { Source } from '../acquire/source.ts';
import { InputError } from '../errors.ts';
import { type LearnedBaseline, Pipeline, type PipelineOptions } from '../pipeline.ts';
import { LevelMeter } from './levels.ts';
import { Steadiness } from './steadiness.ts';

export interface LearningHooks {
  signal: AbortSignal;
  /** Samples a channel after which nothing more is read; null: to the end of the source, as a replay does. */
  limit: number | null;
  /** `samples` a channel that were read since the last call. */
  progress(samples: number, decisions: number): void;
}

export interface Learning {
  baseline: LearnedBaseline;
  steadiness: Steadiness;
  /** Samples a channel that were read. */
  samples: number;
}

/**
 * With a limit, reading also ends as soon as every point has learned.
 *
 * @throws InputError LEARN_SHORT when a point has learned less than it takes; as the source and the pipeline do
 */
export async function learnFrom(source: Source, options: PipelineOptions, hooks: LearningHooks): Promise<Learning> {
  const { info } = source;
  const pipeline = new Pipeline(info, options);
  const steadiness = new Steadiness(info, pipeline.plans);
  const meters = new Map(
    pipeline.plans.filter(({ kind }) => kind === 'vibration').map((plan) => [plan.name, new LevelMeter(plan, info)]),
  );
  const take = (outputs: ReturnType<Pipeline['push']>): void => {
    for (const output of outputs) {
      steadiness.push(output);
      if (output.kind !== 'verdict' || !output.verdict.calibrating || output.verdict.sensorCause) continue;
      meters.get(output.verdict.point)?.add(output.verdict);
    }
  };
  let samples = 0;
  for await (const event of source.events(hooks.signal)) {
    for (const meter of meters.values()) meter.push(event);
    take(pipeline.push(event));
    if (event.kind === 'samples') {
      samples += event.channels[0].length;
      hooks.progress(event.channels[0].length, steadiness.decisions);
      release(event.channels);
    }
    if (hooks.limit !== null && (steadiness.isComplete || samples > hooks.limit)) break;
  }
  take(pipeline.end());
  pipeline.endLearning();
  const baseline = pipeline.baseline();
  for (const point of baseline.points) {
    const levels = meters.get(point.plan.name)?.mean;
    if (levels) point.levels = Float32Array.from(levels.flatMap((values) => Array.from(values)));
  }
  if (!hooks.signal.aborted) refuseUnfinished(baseline, steadiness, source, options);
  return { baseline, steadiness, samples };
}

function refuseUnfinished(
  baseline: LearnedBaseline,
  steadiness: Steadiness,
  { info }: Source,
  options: PipelineOptions,
): void {
  try {
    new Pipeline(info, { ...options, baseline });
  } catch (cause) {
    if (!(cause instanceof InputError && cause.code === 'BASELINE_UNFINISHED')) throw cause;
    const why = steadiness.findings().map(({ point, text }) => `\n  ${point}: ${text}`);
    throw new InputError(
      'LEARN_SHORT',
      `${info.name}: got ${steadiness.decisions} healthy decisions, wanted at least 8; nothing was learned${why.slice(0, 4).join('')}`,
      { cause },
    );
  }
}
