/**
 * The decision of a recording that a person asks about, with the spectra behind it. The stream is handed on in slices of
 * half a window, so that no decision is overtaken by the next one; the numbers do not depend on it.
 */
import type { Source } from '../acquire/source.ts';
import type { PointSpectra } from '../analyse/point.ts';
import { type AxisPowers, LevelMeter } from '../baseline/levels.ts';
import { featureTable } from '../detect/features.ts';
import { InputError } from '../errors.ts';
import type { Output, Pipeline } from '../pipeline.ts';
import { endSecondsAt, secondsAt } from '../stream-time.ts';
import type { PointPlan, SourceEvent, SourceInfo, Verdict } from '../types.ts';
import { type Explanation, explanationOf, type Learned, type Machine, type Pictured } from './explanation.ts';

/** Which decision. Without `sample`: the one with the highest score, of those that alarm if any does. */
export interface Wanted {
  /** The decision that judges this sample first. */
  sample: number | null;
  /** Of this point only. */
  point: string | null;
}

interface Candidate {
  verdict: Verdict;
  plan: PointPlan;
  spectra: PointSpectra | null;
  sinceS: number | null;
  shaftRpm: number | null;
  levels: AxisPowers[] | null;
}

/** What a stream is judged by that does not learn from itself. */
export interface JudgedBy {
  learned: Learned;
  /** Levels of a point while it was learned; null where nobody measured them. */
  levelsOf(plan: PointPlan): AxisPowers[] | null;
}

/**
 * @param judgedBy null when it learns from itself
 * @throws InputError EXPLAIN_POINT, EXPLAIN_AT when there is no such decision; as the source does
 */
export async function explainTrace(
  source: Source,
  pipeline: Pipeline,
  wanted: Wanted,
  judgedBy: JudgedBy | null,
  hooks: { signal: AbortSignal; progress(samples: number): void },
): Promise<Pictured> {
  const { info } = source;
  const names = pipeline.plans.map(({ name }) => name);
  if (wanted.point !== null && !names.includes(wanted.point))
    throw new InputError(
      'EXPLAIN_POINT',
      `${info.name}: got the point "${wanted.point}", wanted one of: ${names.join(', ')}; nothing was explained`,
    );
  const search = new Search(pipeline, wanted, info, judgedBy === null);
  for await (const event of source.events(hooks.signal)) {
    for (const slice of slices(event, pipeline.plans)) {
      search.before(slice);
      search.take(slice, pipeline.push(slice));
    }
    if (event.kind === 'samples') hooks.progress(event.channels[0].length);
    if (search.isOver) break;
  }
  if (!search.isOver) search.take(null, pipeline.end());
  const found = search.found;
  if (!found) {
    const where = wanted.sample === null ? 'the whole recording' : `sample ${wanted.sample}`;
    const last = search.end > 0 ? `; decisions reach to sample ${search.end}, ${endSecondsAt(info, search.end)} s` : '';
    throw new InputError('EXPLAIN_AT', `${info.name}: no decision judges ${where}${last}; nothing was explained`);
  }
  const { verdict, plan, spectra, sinceS, shaftRpm, levels: now } = found;
  const normal = judgedBy ? judgedBy.levelsOf(plan) : search.ownLevels(plan.name);
  const machine: Machine = { ...plan, shaftRpm: shaftRpm ?? plan.shaftRpm };
  const { start, length } = verdict;
  const explanation: Explanation = explanationOf({
    record: info.name,
    verdict,
    machine,
    kind: plan.kind,
    featureUnits: featureTable(plan).units,
    startS: secondsAt(info, start),
    endS: endSecondsAt(info, start + length),
    endUtc: info.startUtcUs === null ? null : isoOf(info.startUtcUs / 1000 + 1000 * endSecondsAt(info, start + length)),
    sinceS,
    learned: judgedBy?.learned ?? search.ownLearning(plan.name),
    levels: now && normal && { now, normal },
    hasShares: true,
    hasEvidence: true,
  });
  return { explanation, machine, spectra };
}

const isoOf = (utcMs: number): string => new Date(utcMs).toISOString();

class Search {
  readonly #pipeline: Pipeline;
  readonly #wanted: Wanted;
  readonly #info: SourceInfo;
  readonly #learns: boolean;
  readonly #meters: Map<string, LevelMeter>;
  readonly #since = new Map<string, number>();
  readonly #learnt = new Map<string, number>();
  #shaftRpm: number | null;
  found: Candidate | null = null;
  isOver = false;
  /** Of the last sample judged. */
  end = 0;

  constructor(pipeline: Pipeline, wanted: Wanted, info: SourceInfo, learns: boolean) {
    this.#pipeline = pipeline;
    this.#wanted = wanted;
    this.#info = info;
    this.#learns = learns;
    this.#shaftRpm = info.shaftRpm;
    const measured = pipeline.plans.filter(({ kind }) => kind === 'vibration');
    this.#meters = new Map(measured.map((plan) => [plan.name, new LevelMeter(plan, info)]));
  }

  before(event: SourceEvent): void {
    for (const meter of this.#meters.values()) meter.push(event);
  }

  take(event: SourceEvent | null, outputs: Output[]): void {
    if (event?.kind === 'inputs') this.#shaftRpm = event.rpm ?? this.#shaftRpm;
    for (const [i, output] of outputs.entries()) {
      if (output.kind !== 'verdict') continue;
      const { verdict } = output;
      if (verdict.calibrating) {
        this.#learnt.set(verdict.point, (this.#learnt.get(verdict.point) ?? 0) + 1);
        if (this.#learns) this.#meters.get(verdict.point)?.add(verdict);
      }
      this.end = Math.max(this.end, verdict.start + verdict.length);
      // the state event of a verdict comes right behind it
      const next = outputs[i + 1];
      if (next?.kind === 'alarm' && next.event.type === 'state' && next.event.point === verdict.point)
        this.#since.set(verdict.point, endSecondsAt(this.#info, next.event.sample));
      if (this.#isBetter(verdict)) this.#keep(verdict);
    }
  }

  ownLevels(point: string): AxisPowers[] | null {
    return this.#meters.get(point)?.mean ?? null;
  }

  /** What a stream that learns from itself has learned. */
  ownLearning(point: string): Learned | null {
    const decisions = this.#learnt.get(point);
    if (decisions === undefined) return null;
    return { source: 'its own first part', decisions, by: null, learnedUtc: null, forced: [] };
  }

  #isBetter(verdict: Verdict): boolean {
    const { sample, point } = this.#wanted;
    if (point !== null && verdict.point !== point) return false;
    const before = this.found?.verdict;
    if (sample !== null) {
      if (sample < verdict.start || sample >= verdict.start + verdict.length) return false;
      // of several points the worst; of overlapping decisions the first
      return !before || (verdict.start === before.start && verdict.score > before.score);
    }
    if (!before) return true;
    if (verdict.alarm !== before.alarm) return verdict.alarm;
    if (verdict.calibrating !== before.calibrating) return before.calibrating;
    return verdict.score > before.score;
  }

  #keep(verdict: Verdict): void {
    const plan = this.#pipeline.plans.find(({ name }) => name === verdict.point)!;
    const spectra = this.#pipeline.spectra(verdict.point);
    const sinceS = this.#since.get(verdict.point) ?? null;
    const levels = this.#meters.get(verdict.point)?.measure(verdict) ?? null;
    this.found = { verdict, plan, spectra, sinceS, shaftRpm: this.#shaftRpm, levels };
    const isOnly = this.#wanted.point !== null || this.#pipeline.plans.length === 1;
    this.isOver = this.#wanted.sample !== null && isOnly;
  }
}

/** Half a window of the point with the shortest one at a time. */
function* slices(event: SourceEvent, plans: PointPlan[]): Generator<SourceEvent> {
  const hop = Math.min(...plans.map(({ kind, windowLength }) => (kind === 'scalar' ? Infinity : windowLength / 2)));
  const scans = event.kind === 'samples' ? event.channels[0].length : 0;
  if (event.kind !== 'samples' || scans <= hop) {
    yield event;
    return;
  }
  for (let from = 0; from < scans; from += hop) {
    const channels = event.channels.map((lane) => lane.subarray(from, Math.min(scans, from + hop)));
    yield { kind: 'samples', firstSample: event.firstSample + from, channels };
  }
}
