/**
 * The one constant of a detector that is a trade, its threshold in spreads, chosen on all rigs but one and judged on the
 * one left out: a figure that no choice has seen. Rule of choice, the same for every method: the smallest threshold at
 * and above which no healthy recording of the other rigs alarms, times 1.25.
 */
import { type Figures, figuresOf } from '../library/figures.ts';
import { isAlarm, type ScoredTrace, scoredRows } from '../library/scored.ts';
import { episodes } from '../statistics/episodes.ts';

/** Spreads: from always alarming to never, 9.4 % a step. */
export const GRID: readonly number[] = Array.from({ length: 60 }, (_, i) => 2 * 200 ** (i / 59));
const MARGIN = 1.25;

/** Anything that judges a library at a threshold in spreads. */
export interface Method {
  name: string;
  /** The rows of one rig, null: of all that have a baseline. */
  rows: (spreads: number, rig: string | null) => ScoredTrace[] | Promise<ScoredTrace[]>;
  /** The rows of all healthy recordings that have a baseline, labelled rigs left out. */
  healthyRows: (spreads: number) => ScoredTrace[];
}

export interface LeftOut {
  rig: string;
  spreads: number;
  figures: Figures;
}

/** Healthy alarm episodes of each rig at each threshold of the grid. */
function healthyEpisodes(method: Method): Map<string, number>[] {
  return GRID.map((spreads) => {
    const counts = new Map<string, number>();
    for (const one of method.healthyRows(spreads)) {
      const { rig } = one.trace;
      counts.set(rig, (counts.get(rig) ?? 0) + episodes(scoredRows(one).map(isAlarm)));
    }
    return counts;
  });
}

/** @param counts of the grid's thresholds; @param rig left out, null for none */
export function chosenSpreads(counts: readonly Map<string, number>[], rig: string | null): number {
  const isQuiet = (at: Map<string, number>): boolean => [...at].every(([name, count]) => name === rig || count === 0);
  const loudest = counts.findLastIndex((at) => !isQuiet(at));
  return MARGIN * GRID[Math.min(loudest + 1, GRID.length - 1)];
}

/** @param rigs that have recordings with a baseline */
export async function leaveOneRigOut(
  method: Method,
  rigs: readonly string[],
): Promise<{ all: number; leftOut: LeftOut[] }> {
  const counts = healthyEpisodes(method);
  const leftOut: LeftOut[] = [];
  for (const rig of rigs) {
    const spreads = chosenSpreads(counts, rig);
    leftOut.push({ rig, spreads, figures: figuresOf(await method.rows(spreads, rig), 0) });
  }
  return { all: chosenSpreads(counts, null), leftOut };
}
