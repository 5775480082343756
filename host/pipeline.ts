/**
 * The order of the stages, and the only file that knows it: window → analyse → detect → alarm. Synchronous and pure but
 * for its own state, so a replay, the analysis thread and a test run the very same chain.
 */

import { Alarms } from './alarm/alarms.ts';
import { bestKernel, coreHash, type Kernel } from './analyse/core.ts';
import { PointAnalysis, type PointSnapshot, type PointSpectra } from './analyse/point.ts';
import { Condition, type ConditionSnapshot } from './detect/condition.ts';
import type { SeverityRule } from './detect/severity.ts';
import { verdictOf } from './detect/verdict.ts';
import { CoreError, InputError } from './errors.ts';
import { endSecondsAt, isSameRate } from './stream-time.ts';
import type { AlarmEvent, GapCause, PointEvent, PointPlan, SourceEvent, SourceInfo, Verdict } from './types.ts';
import { type PlanOptions, planPoints } from './window/plan.ts';
import { Stretches } from './window/stretches.ts';

export type Output =
  | { kind: 'verdict'; verdict: Verdict }
  | { kind: 'alarm'; event: AlarmEvent }
  | { kind: 'gap'; point: string | null; cause: GapCause; firstSample: number; lostSamples: number };

export interface PipelineOptions extends PlanOptions {
  /** What another stream of the same machine has learned; nothing is learned here then. */
  baseline?: LearnedBaseline;
  /** Limits of the velocity; without them no zone is given. */
  severity?: SeverityRule | null;
  kernel?: Kernel | 'auto';
  /** Another build of the core, for tests. */
  coreBytes?: Uint8Array;
}

/** Learned state of every point of a stream. */
export interface LearnedBaseline {
  source: string;
  points: LearnedPoint[];
}

export interface LearnedPoint {
  plan: PointPlan;
  snapshot: PointSnapshot;
  /** Mean squares of each axis while it was learned, as host/baseline/levels.ts has them; absent where nobody measured. */
  levels?: Float32Array;
}

/** A sample is one scan of all axes of a point. in = analysed + pending + lost. */
export interface Counts {
  samplesIn: number;
  samplesAnalysed: number;
  samplesPending: number;
  samplesLost: number;
  nonfinite: number;
  decisions: number;
  alarms: number;
}

interface PointChain {
  plan: PointPlan;
  stretches: Stretches;
  analysis: PointAnalysis;
  condition: Condition;
}

export class Pipeline {
  readonly plans: PointPlan[];
  readonly kernel: Kernel;
  readonly coreHash: Uint8Array;
  readonly #info: SourceInfo;
  readonly #options: PipelineOptions;
  readonly #points: PointChain[];
  #alarms: Alarms;
  #decisions = 0;

  /** @throws InputError when the source gives no point that can be analysed, or a baseline does not fit it */
  constructor(info: SourceInfo, options: PipelineOptions) {
    this.#info = info;
    this.#options = options;
    this.kernel = options.kernel === undefined || options.kernel === 'auto' ? bestKernel() : options.kernel;
    this.coreHash = coreHash();
    this.plans = plannedPoints(info, options);
    this.#points = this.plans.map((plan) => {
      const analysis = new PointAnalysis(plan, this.kernel, options.coreBytes);
      const learned = options.baseline && learnedPoint(options.baseline, plan);
      if (learned) inherit(analysis, learned.snapshot, info, options.baseline?.source);
      return {
        plan,
        stretches: new Stretches(plan),
        analysis,
        condition: new Condition(plan, options.severity ?? null),
      };
    });
    this.#alarms = new Alarms();
  }

  push(event: SourceEvent): Output[] {
    const outputs: Output[] = [];
    for (const point of this.#points) for (const step of point.stretches.push(event)) this.#step(point, step, outputs);
    return outputs;
  }

  /** The stream is over: what is open is closed. */
  end(): Output[] {
    const outputs: Output[] = [];
    for (const point of this.#points) for (const step of point.stretches.end()) this.#step(point, step, outputs);
    return outputs;
  }

  #step({ plan, analysis, condition }: PointChain, event: PointEvent, outputs: Output[]): void {
    if (event.kind === 'gap') {
      const { cause, firstSample, lostSamples } = event;
      outputs.push({ kind: 'gap', point: plan.name, cause, firstSample, lostSamples });
      return;
    }
    for (const decision of analysis.push(event)) {
      const verdict = verdictOf(decision, plan);
      condition.judge(verdict, endSecondsAt(this.#info, verdict.start + verdict.length));
      this.#decisions++;
      outputs.push({ kind: 'verdict', verdict });
      for (const alarm of this.#alarms.push(verdict)) outputs.push({ kind: 'alarm', event: alarm });
    }
    // after what the core decided on the samples before it
    if (event.kind === 'inputs') condition.setRpm(event.rpm);
  }

  /** Nothing more may be learned: what there is becomes the baseline, where it is enough. */
  endLearning(): void {
    for (const { analysis } of this.#points) analysis.endLearning();
  }

  /**
   * Forgets what is normal for a point and learns it anew from the next sample on, as long as a live machine is learned
   * from. Its open stretch is closed first; a rest of it that is too short for a window is a gap.
   *
   * @returns null when there is no such point
   */
  relearn(name: string): Output[] | null {
    const at = this.#points.findIndex(({ plan }) => plan.name === name);
    if (at < 0) return null;
    const outputs: Output[] = [];
    const old = this.#points[at];
    for (const step of old.stretches.push({ kind: 'snapshotEnd' })) this.#step(old, step, outputs);
    const plan = relearned(old.plan, this.#info, this.#options);
    const analysis = new PointAnalysis(plan, this.kernel, this.#options.coreBytes);
    analysis.samplesAnalysed = old.analysis.samplesAnalysed;
    this.plans[at] = plan;
    this.#points[at] = { ...old, plan, analysis };
    return outputs;
  }

  /** Spectra behind the last decision of a point, as copies; null for a scalar point or one that does not exist. */
  spectra(name: string): PointSpectra | null {
    return this.#points.find(({ plan }) => plan.name === name)?.analysis.spectra() ?? null;
  }

  /** What has been learned, to judge another stream of the same machine with. Take it before `end` or after. */
  baseline(): LearnedBaseline {
    return {
      source: this.#info.name,
      points: this.#points.map(({ plan, analysis }) => ({ plan, snapshot: analysis.snapshot() })),
    };
  }

  /** The bytes given to the core for a point, in the order of `plans`. */
  get settings(): Uint8Array[] {
    return this.#points.map(({ analysis }) => analysis.settings);
  }

  get counts(): Counts {
    const sum = (of: (point: PointChain) => number): number =>
      this.#points.reduce((total, point) => total + of(point), 0);
    return {
      samplesIn: sum(({ stretches }) => stretches.samplesIn),
      samplesAnalysed: sum(({ analysis }) => analysis.samplesAnalysed),
      samplesPending: sum(({ analysis }) => analysis.samplesPending),
      samplesLost: sum(({ stretches }) => Object.values(stretches.lost).reduce((a, b) => a + b, 0)),
      nonfinite: sum(({ stretches }) => stretches.nonfinite),
      decisions: this.#decisions,
      alarms: this.#alarms.episodes,
    };
  }

  /** Everything that later outputs depend on; `restore` of it in a new pipeline of the same source goes on exactly there. */
  snapshot(): PipelineSnapshot {
    return {
      points: this.#points.map(({ analysis, stretches, condition }) => ({
        analysis: analysis.snapshot(),
        stretches: stretches.snapshot(),
        condition: condition.snapshot(),
      })),
      alarms: this.#alarms.snapshot(),
      decisions: this.#decisions,
    };
  }

  restore(snapshot: PipelineSnapshot): void {
    this.#points.forEach(({ analysis, stretches, condition }, i) => {
      analysis.restore(snapshot.points[i].analysis);
      stretches.restore(snapshot.points[i].stretches);
      condition.restore(snapshot.points[i].condition);
    });
    this.#alarms = Alarms.restore(snapshot.alarms);
    this.#decisions = snapshot.decisions;
  }
}

export interface PipelineSnapshot {
  points: { analysis: PointSnapshot; stretches: ReturnType<Stretches['snapshot']>; condition: ConditionSnapshot }[];
  alarms: ReturnType<Alarms['snapshot']>;
  decisions: number;
}

function inherit(analysis: PointAnalysis, snapshot: PointSnapshot, info: SourceInfo, baseline = ''): void {
  try {
    analysis.inherit(snapshot);
  } catch (cause) {
    if (!(cause instanceof CoreError) || cause.code !== 'CORE_LEARN') throw cause;
    throw new InputError(
      'BASELINE_UNFINISHED',
      `${info.name}: point ${analysis.plan.name}: ${baseline} ended before enough healthy decisions were learned ` +
        `(wanted ${analysis.plan.learnDecisions}); it is no baseline, and nothing was analysed`,
      { cause },
    );
  }
}

/** The points of a stream, cut as the pipeline cuts them. @throws InputError as the constructor of Pipeline */
export function plannedPoints(info: SourceInfo, options: PipelineOptions): PointPlan[] {
  const learnSamples = options.baseline ? null : options.learnSamples;
  return planPoints(info, { ...options, learnSamples }).map((plan) => withBaseline(plan, info, options.baseline));
}

/** The same name, or else the same channels: a trace calls its points after them, a plant as its people do. */
export function learnedPoint({ points }: LearnedBaseline, plan: PointPlan): LearnedPoint | undefined {
  const channels = plan.channelNames.join('\n');
  return (
    points.find((point) => point.plan.name === plan.name) ??
    points.find((point) => point.plan.channelNames.join('\n') === channels)
  );
}

/** Cut as before; only a point that was told never to learn gets the number of decisions of a live machine. */
function relearned(plan: PointPlan, info: SourceInfo, options: PipelineOptions): PointPlan {
  const learnDecisions =
    plan.learnDecisions ||
    planPoints({ ...info, sampleCount: null }, { ...options, learnSamples: 'auto' }).find(
      ({ name }) => name === plan.name,
    )!.learnDecisions;
  return { ...plan, learnDecisions, learnUntilSample: null };
}

/** A point judged with a baseline is cut as that baseline was; its speed is its own. */
function withBaseline(plan: PointPlan, info: SourceInfo, baseline: LearnedBaseline | undefined): PointPlan {
  if (!baseline) return plan;
  const learned = learnedPoint(baseline, plan)?.plan;
  const fits =
    learned !== undefined &&
    isSameRate(plan.sampleRateHz, learned.sampleRateHz) &&
    learned.channels.length === plan.channels.length &&
    learned.units.every((unit, i) => unit === plan.units[i]);
  if (!fits) {
    const describe = (p: PointPlan | undefined): string =>
      p ? `${p.channelNames.join(', ')} in ${p.units.join(', ')} at ${p.sampleRateHz} Hz` : 'no such point';
    throw new InputError(
      'BASELINE_FIT',
      `${info.name}: point ${plan.name}: the baseline of ${baseline.source} has ${describe(learned)}, ` +
        `wanted ${describe(plan)}; nothing was analysed`,
    );
  }
  const { windowLength, windowsPerDecision, learnDecisions, loneWindows, decisionSeconds } = learned;
  // the core compares features of one rate only; what a rate that was measured anew is off is less than a speed wanders
  const { thresholdSpreads, persistenceDecisions, sampleRateHz } = learned;
  const cutting = { windowLength, windowsPerDecision, learnDecisions, loneWindows, decisionSeconds };
  return { ...plan, ...cutting, sampleRateHz, thresholdSpreads, persistenceDecisions };
}
