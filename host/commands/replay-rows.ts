/**
 * One row a span of a trace: that of its worst point. Points of one trace decide at the same places, unless a gap in one
 * of them shifts its grid; then each place has a row of its own.
 */
import type { Verdict, Zone } from '../types.ts';
import { rounded } from './json-lines.ts';

/** A span is complete once every point has gone this many times the longest decision beyond it. */
const PATIENCE = 4;

/** The format of design.md 8. */
export interface ReplayRow {
  trace: string;
  point: string;
  /** First sample and samples of the span, on the trace's own count. */
  start: number;
  length: number;
  score: number;
  alarm: boolean;
  state: string;
  diagnosis: string | null;
  calibrating: boolean;
  why: { feature: string; axis: string; ratio: number; spreads: number }[];
  /** Only with --severity; `zone` is null where there is none. */
  severity?: { zone: Zone | null; velocityRmsMmPerS: number | null };
}

export class SpanRows {
  readonly #trace: string;
  readonly #pointCount: number;
  /** Verdicts of spans that are not complete, by first sample. */
  readonly #open = new Map<number, Verdict[]>();
  #longest = 0;

  constructor(trace: string, pointCount: number) {
    this.#trace = trace;
    this.#pointCount = pointCount;
  }

  /** @returns the rows that are complete now, in time order */
  push(verdict: Verdict): ReplayRow[] {
    this.#longest = Math.max(this.#longest, verdict.length);
    const span = this.#open.get(verdict.start);
    if (span) span.push(verdict);
    else this.#open.set(verdict.start, [verdict]);
    const settled = verdict.start - PATIENCE * this.#longest;
    return this.#take((start, verdicts) => start < settled || (this.#pointCount === 1 && verdicts.length === 1));
  }

  /** What is left at the end of the trace. */
  end(): ReplayRow[] {
    return this.#take(() => true);
  }

  #take(isComplete: (start: number, verdicts: Verdict[]) => boolean): ReplayRow[] {
    const rows: ReplayRow[] = [];
    for (const start of [...this.#open.keys()].sort((a, b) => a - b)) {
      const verdicts = this.#open.get(start)!;
      if (!isComplete(start, verdicts)) break;
      this.#open.delete(start);
      rows.push(rowOf(this.#trace, verdicts.reduce(worse)));
    }
    return rows;
  }
}

/** An alarm beats none, a judgement beats learning, then the higher score. */
function worse(a: Verdict, b: Verdict): Verdict {
  if (a.alarm !== b.alarm) return a.alarm ? a : b;
  if (a.calibrating !== b.calibrating) return a.calibrating ? b : a;
  return b.score > a.score ? b : a;
}

function rowOf(trace: string, verdict: Verdict): ReplayRow {
  const { point, start, length, score, alarm, state, diagnosis, calibrating, why } = verdict;
  return {
    trace,
    point,
    start,
    length,
    score: rounded(score),
    alarm,
    state,
    diagnosis,
    calibrating,
    why: why.map(({ feature, axis, ratio, spreads }) => ({
      feature,
      axis,
      ratio: rounded(ratio),
      spreads: rounded(spreads),
    })),
    ...severityOf(verdict),
  };
}

function severityOf({ severity, noZone }: Verdict): Pick<ReplayRow, 'severity'> {
  if (severity) return { severity: { zone: severity.zone, velocityRmsMmPerS: rounded(severity.velocityRmsMmPerS) } };
  return noZone === null ? {} : { severity: { zone: null, velocityRmsMmPerS: null } };
}
