/**
 * A peer in the place of the core's detector: the same features, learned from the same decisions, the same persistence
 * and the same rows. Threshold: median + c x spread of its score over the last third of what it learned from, which the
 * fit has not seen; a feature line without a value counts as normal.
 */
import { FEATURE_ORDER, FEATURES_PER_AXIS } from '../../../core-wasm/memory.ts';
import { SpanRows } from '../../../host/commands/replay-rows.ts';
import type { PointPlan, Verdict } from '../../../host/types.ts';
import type { JudgedTrace } from '../library/judge.ts';
import type { ScoredRow, ScoredTrace } from '../library/scored.ts';
import type { Peer } from './peers.ts';
import { type Row, type Score, scaleOf } from './scale.ts';

const FIT_SHARE = 0.67;
/** An alarm ends below this share of the threshold, for as many decisions as it took to begin: the core's own rule. */
const RELEASE = 0.8;

/** A learned point: distance from the healthy median in healthy spreads. */
type PointScore = (verdict: Verdict) => number;

/** Scores of every verdict of a trace, in order; null where no baseline was learned. */
export interface PeerScores {
  judged: JudgedTrace;
  scores: (number | null)[];
}

const isWhole = (verdict: Verdict, plan: PointPlan): boolean => 2 * verdict.windows >= plan.windowsPerDecision;

/** @returns null when too little was learned */
function learnPoint(peer: Peer, plan: PointPlan, verdicts: readonly Verdict[], seed: number): PointScore | null {
  const learned = verdicts.filter((v) => v.point === plan.name && v.calibrating && isWhole(v, plan));
  const used = Math.max(4, Math.floor(learned.length * FIT_SHARE));
  if (learned.length < used + 2) return null;
  const isLine = (column: number): boolean => plan.kind === 'vibration' && column % FEATURES_PER_AXIS >= FEATURE_ORDER;
  const columns = [...learned[0].features.keys()].filter(
    (column) =>
      (plan.kind === 'scalar' || peer.sees(column % FEATURES_PER_AXIS)) &&
      !(isLine(column) && learned.slice(0, used).some(({ features }) => features[column] === 0)),
  );
  if (columns.length === 0) return null;
  const raw = ({ features }: Verdict): Row => columns.map((column) => features[column]);
  const scale = scaleOf(learned.slice(0, used).map(raw));
  const scaled = (verdict: Verdict): Row =>
    scale(raw(verdict)).map((z, i) => (isLine(columns[i]) && verdict.features[columns[i]] === 0 ? 0 : z));
  const model: Score = peer.learn(learned.slice(0, used).map(scaled), seed);
  const { middle, spread } = spreadOf(learned.slice(used).map((verdict) => model(scaled(verdict))));
  return (verdict) => (model(scaled(verdict)) - middle) / spread;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

/** Robust, but never much below the plain deviation. */
function spreadOf(scores: readonly number[]): { middle: number; spread: number } {
  const middle = median(scores);
  const mean = scores.reduce((a, b) => a + b, 0) / scores.length;
  const deviation = Math.sqrt(scores.reduce((sum, score) => sum + (score - mean) ** 2, 0) / scores.length);
  const robust = 1.4826 * median(scores.map((score) => Math.abs(score - middle)));
  return { middle, spread: Math.max(robust, 0.5 * deviation, 1e-3 * Math.abs(middle), 1e-6) };
}

/** @param judged of a library, in the order in which baselines are learned before they are needed */
export function peerScores(peer: Peer, judged: readonly JudgedTrace[], seed: number): PeerScores[] {
  const machines = new Map<string, Map<string, PointScore | null>>();
  return judged.map((one) => {
    const { trace, plans, verdicts } = one;
    if (trace.machine === trace.name)
      machines.set(
        trace.name,
        new Map(plans.map((plan) => [plan.name, learnPoint(peer, plan, verdicts, seed)] as const)),
      );
    const points = trace.machine === null ? undefined : machines.get(trace.machine);
    return { judged: one, scores: verdicts.map((verdict) => points?.get(verdict.point)?.(verdict) ?? null) };
  });
}

/** Alarms of a peer on one point that learns from its own first verdicts; none where it could not learn. */
export function peerAlarms(
  peer: Peer,
  plan: PointPlan,
  verdicts: readonly Verdict[],
  spreads: number,
  seed: number,
): boolean[] {
  const score = learnPoint(peer, plan, verdicts, seed);
  const persistence = new Persistence(plan.persistenceDecisions);
  return verdicts.map(
    (verdict) => score !== null && !verdict.calibrating && persistence.push(score(verdict) / spreads),
  );
}

/** The rows that a peer gives when its threshold is `spreads` above the median. It diagnoses nothing. */
export function peerRows({ judged, scores }: PeerScores, spreads: number): ScoredTrace {
  const { trace, plans, verdicts } = judged;
  const spans = new SpanRows(trace.name, plans.length);
  const points = new Map(plans.map(({ name, persistenceDecisions }) => [name, new Persistence(persistenceDecisions)]));
  const rows: ScoredRow[] = [];
  for (const [i, verdict] of verdicts.entries()) {
    const score = (scores[i] ?? 0) / spreads;
    const alarm = !verdict.calibrating && points.get(verdict.point)!.push(score);
    rows.push(...spans.push({ ...verdict, score, alarm, diagnosis: null }));
  }
  rows.push(...spans.end());
  return { trace, rows };
}

/** Alarm after so many scores above 1 in a row, until as many fell below the release. */
export class Persistence {
  readonly #needed: number;
  #above = 0;
  #below = 0;
  #isAlarm = false;

  constructor(needed: number) {
    this.#needed = needed;
  }

  push(score: number): boolean {
    this.#above = score > 1 ? this.#above + 1 : 0;
    this.#below = score < RELEASE ? this.#below + 1 : 0;
    if (this.#above >= this.#needed) this.#isAlarm = true;
    else if (this.#below >= this.#needed) this.#isAlarm = false;
    return this.#isAlarm;
  }
}
