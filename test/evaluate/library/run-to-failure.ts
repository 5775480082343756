/** A machine recorded until it failed, of which nobody knows when the fault began. */
import { episodes } from '../statistics/episodes.ts';
import { isAlarm, type ScoredRow, type ScoredTrace, scoredRows } from './scored.ts';

const EARLY_SHARE = 0.15;
const LASTING_SHARE = 0.5;

export interface RunToFailure {
  lifeHours: number;
  /** From the first row of an alarm that lasts (at least half of the rows that are left) to the end. */
  leadHours: number | null;
  /** Alarm episodes in the first 15 % of life after learning, and before the lasting alarm. */
  earlyEpisodes: number;
  episodesBefore: number;
}

export function runToFailure(one: ScoredTrace): RunToFailure {
  const { trace, rows } = one;
  const scored = scoredRows(one);
  let alarmsLeft = rows.filter(isAlarm).length;
  let lasting: ScoredRow | null = null;
  const isScored = new Set(scored);
  for (const [i, row] of rows.entries()) {
    if (row.alarm && isScored.has(row) && alarmsLeft >= LASTING_SHARE * (rows.length - i)) {
      lasting = row;
      break;
    }
    if (row.alarm) alarmsLeft--;
  }
  const episodesBelow = (end: number): number => episodes(scored.filter(({ start }) => start < end).map(isAlarm));
  return {
    lifeHours: trace.samples * trace.hoursPerSample,
    leadHours: lasting === null ? null : (trace.samples - lasting.start) * trace.hoursPerSample,
    earlyEpisodes: episodesBelow(EARLY_SHARE * trace.samples),
    episodesBefore: episodesBelow(lasting?.start ?? trace.samples),
  };
}
