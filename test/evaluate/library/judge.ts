/**
 * Sends the recordings of a library through the product's own pipeline, as `spindle replay --library` does, at any
 * threshold, and keeps what came out: the rows, and every verdict with its features for the peers.
 */
import { openSource } from '../../../host/acquire/open.ts';
import { type ReplayRow, SpanRows } from '../../../host/commands/replay-rows.ts';
import { type LearnedBaseline, Pipeline } from '../../../host/pipeline.ts';
import type { PointPlan, SourceEvent, SourceInfo, Verdict } from '../../../host/types.ts';
import type { LabelledTrace } from './labelled-trace.ts';

export interface JudgedTrace {
  trace: LabelledTrace;
  rows: ReplayRow[];
  verdicts: Verdict[];
  plans: PointPlan[];
}

/** A recording read once, to be judged many times. */
export interface ReadTrace {
  trace: LabelledTrace;
  info: SourceInfo;
  events: SourceEvent[];
}

export async function readTrace(trace: LabelledTrace): Promise<ReadTrace> {
  const source = await openSource(trace.library.sidecarPath);
  try {
    const events: SourceEvent[] = [];
    for await (const event of source.events()) events.push(event);
    return { trace, info: source.info, events };
  } finally {
    await source.close();
  }
}

/** Judges recordings in the order of `labelledTraces`, in which every baseline is learned before it is needed. */
export class Judge {
  readonly #thresholdSpreads: number | undefined;
  readonly #baselines = new Map<string, LearnedBaseline>();

  /** @param thresholdSpreads the product's default if absent */
  constructor(thresholdSpreads?: number) {
    this.#thresholdSpreads = thresholdSpreads;
  }

  /** @throws InputError as Pipeline does */
  judge({ trace, info, events }: ReadTrace): JudgedTrace {
    const { machine, name, learnSamples } = trace;
    const baseline = machine === null || machine === name ? undefined : this.#baselines.get(machine);
    const pipeline = new Pipeline(info, {
      learnSamples,
      ...(baseline ? { baseline } : {}),
      ...(this.#thresholdSpreads === undefined ? {} : { thresholdSpreads: this.#thresholdSpreads }),
    });
    const spans = new SpanRows(name, pipeline.plans.length);
    const rows: ReplayRow[] = [];
    const verdicts: Verdict[] = [];
    const take = (outputs: ReturnType<Pipeline['push']>): void => {
      for (const output of outputs) {
        if (output.kind !== 'verdict') continue;
        verdicts.push(output.verdict);
        rows.push(...spans.push(output.verdict));
      }
    };
    for (const event of events) take(pipeline.push(event));
    take(pipeline.end());
    rows.push(...spans.end());
    if (machine === name) this.#baselines.set(name, pipeline.baseline());
    return { trace, rows, verdicts, plans: pipeline.plans };
  }
}
