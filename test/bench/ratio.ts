/**
 * A ratio of two times measured in turn, in several processes: where code and data land in memory differs from process
 * to process, for us and for others, and no run of one can average it out. The best counts; all are shown.
 */
import { digits } from '../../host/bench/rounds.ts';

/** Nanoseconds by contender, of one process. */
export type Times = Record<string, number>;

export interface Ratio {
  /** `simd / FFTW3f`; lower is better. */
  name: string;
  /** One a process. */
  all: number[];
  best: number;
  /** At most this; null: for information. */
  goal: number | null;
}

/** @returns null when either of the two did not run */
export function ratioOf(ours: string, theirs: string, runs: Times[], goal: number | null): Ratio | null {
  if (runs.some((times) => !(ours in times && theirs in times))) return null;
  const all = runs.map((times) => times[ours] / times[theirs]);
  return { name: `${ours} / ${theirs}`, all, best: Math.min(...all), goal };
}

/** Of each contender the lowest of the processes. */
export function leastTimes(runs: Times[]): Times {
  return Object.fromEntries(Object.keys(runs[0]).map((name) => [name, Math.min(...runs.map((times) => times[name]))]));
}

/** The other way round, higher is better, as the history keeps it; null when it was not measured. */
export function timesAsFast(ratios: Ratio[], name: string): number | null {
  const found = ratios.find((ratio) => ratio.name === name);
  return found ? digits(1 / found.best) : null;
}

/** Judged as it is printed, so that nobody reads that 0.800 has missed 0.80. */
export function isMet({ best, goal }: Ratio): boolean {
  return goal === null || Number(best.toFixed(3)) <= goal;
}

export function ratioText(ratio: Ratio): string {
  const { name, all, best, goal } = ratio;
  const judged = goal === null ? '' : `goal ${goal.toFixed(2)}  ${isMet(ratio) ? 'met' : 'MISSED'}`;
  return `${name.padEnd(28)} ${best.toFixed(3)}  (${all.map((value) => value.toFixed(3)).join(' ')})  ${judged}`.trimEnd();
}
