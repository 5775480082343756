/** Rows as an examiner sees them, and which of them count. */
import type { Random } from '../../../host/acquire/random.ts';
import type { Interval } from '../statistics/intervals.ts';
import type { LabelledTrace } from './labelled-trace.ts';

/** What an examiner needs of a row. */
export interface ScoredRow {
  start: number;
  score: number;
  alarm: boolean;
  diagnosis: string | null;
  calibrating: boolean;
}

export interface ScoredTrace {
  trace: LabelledTrace;
  /** In time order. */
  rows: readonly ScoredRow[];
}

/** A figure with its 95 % interval; the interval is null where too little is there to tell. */
export interface Measured {
  value: number;
  interval: Interval | null;
}

/** How often a figure is computed again, and from which random numbers. */
export interface Redraw {
  random: Random;
  resamples: number;
}

/** Rows that say learning count as such in this share of a trace that does not say how much may be learned. */
export const LEARN_SHARE = 0.3;

export const isAlarm = (row: ScoredRow): boolean => row.alarm;

/** Share of alarm rows; null when there is no row. */
export function alarmShare(rows: readonly ScoredRow[]): number | null {
  return rows.length > 0 ? rows.filter(isAlarm).length / rows.length : null;
}

/** Rows that are judged, not learned from. */
export function scoredRows({ trace, rows }: ScoredTrace): ScoredRow[] {
  const learned = trace.learnSamples ?? LEARN_SHARE * trace.samples;
  return rows.filter((row) => !(row.calibrating && row.start < learned));
}

/** From the start of each scored row to the start of the next row, or the end of the trace. */
export function scoredHours(one: ScoredTrace): number {
  const { trace, rows } = one;
  const scored = new Set(scoredRows(one));
  const samples = rows.reduce((sum, row, i) => {
    const end = i + 1 < rows.length ? rows[i + 1].start : trace.samples;
    return scored.has(row) ? sum + end - row.start : sum;
  }, 0);
  return samples * trace.hoursPerSample;
}
