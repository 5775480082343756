/** Recordings whose samples are labelled one by one. */
import { bootstrap } from '../statistics/intervals.ts';
import { alarmShare, LEARN_SHARE, type Measured, type Redraw, type ScoredTrace, scoredRows } from './scored.ts';

/** Labelled recordings are scored from here on: the first samples are there to learn from. */
const LABELLED_FROM = 400;

export interface LabelledFigures {
  recordings: number;
  f1: Measured;
  falseAlarmRate: Measured;
  missedRate: Measured;
  /** Share of alarm rows in healthy recordings of the same rig. */
  healthyRowAlarmRate: number | null;
}

interface LabelledCounts {
  hits: number;
  falseAlarms: number;
  misses: number;
  quiet: number;
}

/** @param traces of one rig */
export function labelledFigures(traces: readonly ScoredTrace[], { random, resamples }: Redraw): LabelledFigures {
  const counts = traces.filter(({ trace }) => trace.label === 'labelled').map(labelledCounts);
  const free = traces
    .filter(({ trace }) => trace.label === 'normal')
    .map((one) => alarmShare(scoredRows(one)))
    .filter((share) => share !== null);
  const sum = (some: LabelledCounts[], of: (count: LabelledCounts) => number): number =>
    some.reduce((total, count) => total + of(count), 0);
  const ratio = (above: (c: LabelledCounts) => number, below: (c: LabelledCounts) => number): Measured => {
    const of = (some: LabelledCounts[]): number => sum(some, above) / Math.max(1, sum(some, below));
    return { value: of(counts), interval: bootstrap(counts, of, random, resamples) };
  };
  return {
    recordings: counts.length,
    f1: ratio(
      (c) => 2 * c.hits,
      (c) => 2 * c.hits + c.falseAlarms + c.misses,
    ),
    falseAlarmRate: ratio(
      (c) => c.falseAlarms,
      (c) => c.falseAlarms + c.quiet,
    ),
    missedRate: ratio(
      (c) => c.misses,
      (c) => c.misses + c.hits,
    ),
    healthyRowAlarmRate: free.length > 0 ? free.reduce((a, b) => a + b, 0) / free.length : null,
  };
}

function labelledCounts(one: ScoredTrace): LabelledCounts {
  const { samples, anomalySegments } = one.trace;
  const from = Math.min(LABELLED_FROM, LEARN_SHARE * samples);
  const counts = { hits: 0, falseAlarms: 0, misses: 0, quiet: 0 };
  for (const { start, alarm } of scoredRows(one)) {
    if (start < from) continue;
    const isAnomalous = anomalySegments.some(([first, end]) => start >= first && start < end);
    if (alarm) counts[isAnomalous ? 'hits' : 'falseAlarms']++;
    else counts[isAnomalous ? 'misses' : 'quiet']++;
  }
  return counts;
}
