/** One trace through the pipeline, as fast as it goes, and what a person wants to know of it afterwards. */
import { release } from '../acquire/release.ts';
import type { Source } from '../acquire/source.ts';
import { InputError } from '../errors.ts';
import { type LearnedBaseline, type Output, Pipeline, type PipelineOptions } from '../pipeline.ts';
import type { AlarmEvent, Diagnosis, PointPlan, SourceInfo, Verdict } from '../types.ts';
import { Interrupted } from './exit.ts';
import type { ReplayJob } from './replay-jobs.ts';
import { type ReplayRow, SpanRows } from './replay-rows.ts';
import { SeverityTally } from './replay-severity.ts';

/** Of a trace with more samples than this that are no numbers, nothing is believed. */
const MAX_NONFINITE_SHARE = 0.01;

export interface ReplayHooks {
  row(row: ReplayRow): Promise<void>;
  verdict(verdict: Verdict, info: SourceInfo): void;
  /** `samples` a channel that were read since the last call. */
  progress(samples: number, name: string): void;
  note(text: string): void;
  signal: AbortSignal;
}

export type Judging = { learnSamples: number | null } & Pick<PipelineOptions, 'severity'>;

export interface TraceResult {
  info: SourceInfo;
  plans: PointPlan[];
  decisions: number;
  alarmDecisions: number;
  /** Episodes. */
  alarms: number;
  firstAlarm: AlarmEvent | null;
  /** The last verdict that alarmed. */
  lastAlarm: Verdict | null;
  /** The one that most alarming decisions gave. */
  diagnosis: Diagnosis | null;
  samplesLost: number;
  samplesIn: number;
  baseline: LearnedBaseline;
  severity: SeverityTally;
}

/**
 * @param judging  samples a channel to learn from, null for none, and limits of the velocity
 * @param learned  what another trace of the same machine has learned
 * @throws InputError of the source, `REPLAY_NONFINITE` | `REPLAY_SHORT`; Interrupted
 */
export async function replayTrace(
  source: Source,
  job: ReplayJob,
  judging: Judging,
  learned: LearnedBaseline | undefined,
  hooks: ReplayHooks,
): Promise<TraceResult> {
  const { info } = source;
  let told = 0;
  const tellNotes = (): void => {
    for (; told < info.notes.length; told++) hooks.note(`${info.name}: ${info.notes[told]}`);
  };
  tellNotes();
  const pipeline = await pipelineFor(info, job, judging, learned, hooks);
  const rows = new SpanRows(info.name, pipeline.plans.length);
  const tally = new Tally();
  const take = async (outputs: Output[]): Promise<void> => {
    for (const output of outputs) {
      tally.add(output);
      if (output.kind !== 'verdict' || !job.isWanted) continue;
      hooks.verdict(output.verdict, info);
      for (const row of rows.push(output.verdict)) await hooks.row(row);
    }
  };
  for await (const event of source.events(hooks.signal)) {
    await take(pipeline.push(event));
    if (event.kind !== 'samples') continue;
    hooks.progress(event.channels[0].length, info.name);
    release(event.channels);
  }
  if (hooks.signal.aborted) throw new Interrupted(`${info.name} was not replayed to its end`);
  await take(pipeline.end());
  if (job.isWanted) for (const row of rows.end()) await hooks.row(row);
  tellNotes(); // what only the end of the file could tell
  const { counts, plans } = pipeline;
  refuseNonsense(info, counts);
  const { decisions, alarms, samplesIn, samplesLost } = counts;
  const { alarmDecisions, firstAlarm, lastAlarm, diagnosis, severity } = tally;
  const result = { info, plans, decisions, alarms, samplesIn, samplesLost, baseline: pipeline.baseline() };
  return { ...result, alarmDecisions, firstAlarm, lastAlarm, diagnosis, severity };
}

/** A recording that is too short to learn its own normal from is judged by defaults, and that is said. */
async function pipelineFor(
  info: SourceInfo,
  job: ReplayJob,
  judging: Judging,
  learned: LearnedBaseline | undefined,
  hooks: ReplayHooks,
): Promise<Pipeline> {
  const options: PipelineOptions = learned ? { ...judging, baseline: learned } : judging;
  try {
    return new Pipeline(info, options);
  } catch (error) {
    if (!(error instanceof InputError && error.code === 'LEARN_SHORT' && job.learn === 'auto')) throw error;
    hooks.note(`${info.name}: too short to learn what is normal for this machine; judged by defaults`);
    return new Pipeline(info, { ...judging, learnSamples: null });
  }
}

function refuseNonsense(info: SourceInfo, counts: Pipeline['counts']): void {
  const share = counts.samplesIn > 0 ? counts.nonfinite / counts.samplesIn : 0;
  if (share > MAX_NONFINITE_SHARE)
    throw new InputError(
      'REPLAY_NONFINITE',
      `${info.name}: ${(share * 100).toPrecision(3)} % of the samples are no numbers, wanted at most ` +
        `${MAX_NONFINITE_SHARE * 100} %; the rows already written stand, but do not trust them`,
    );
  if (counts.decisions === 0)
    throw new InputError(
      'REPLAY_SHORT',
      `${info.name}: no stretch without a gap is long enough for one window; got ${counts.samplesIn} samples, ` +
        `${counts.samplesLost} of them lost; nothing was judged`,
    );
}

class Tally {
  alarmDecisions = 0;
  firstAlarm: AlarmEvent | null = null;
  lastAlarm: Verdict | null = null;
  readonly severity = new SeverityTally();
  readonly #diagnoses = new Map<Diagnosis, number>();

  add(output: Output): void {
    if (output.kind === 'alarm') {
      if (output.event.type === 'state' && output.event.verdict.alarm) this.firstAlarm ??= output.event;
      return;
    }
    if (output.kind !== 'verdict') return;
    const { alarm, diagnosis } = output.verdict;
    this.severity.add(output.verdict);
    if (!alarm) return;
    this.alarmDecisions++;
    this.lastAlarm = output.verdict;
    if (diagnosis) this.#diagnoses.set(diagnosis, (this.#diagnoses.get(diagnosis) ?? 0) + 1);
  }

  get diagnosis(): Diagnosis | null {
    return [...this.#diagnoses].sort((a, b) => b[1] - a[1])[0]?.[0] ?? null;
  }
}
