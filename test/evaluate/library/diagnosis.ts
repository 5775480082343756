/** Whether what most rows of a recording name is what was wrong with the machine. */
import { mostFrequent } from '../statistics/most-frequent.ts';
import type { ScoredTrace } from './scored.ts';

export const BEARING_FAULTS = ['outer_race', 'inner_race', 'ball', 'roller', 'cage'];
export const ROTOR_FAULTS = ['unbalance', 'misalignment', 'bent_shaft', 'looseness'];

export interface DiagnosisCount {
  recordings: number;
  right: number;
  wrong: number;
  silent: number;
}

/** A roller that is damaged is named as a ball is. */
const partOf = (fault: string): string => (fault === 'roller' ? 'ball' : fault);

/** By group, and `all`. */
export function diagnosisCounts(
  judged: readonly ScoredTrace[],
  faults: readonly string[],
  groupOf: (one: ScoredTrace) => string,
): Record<string, DiagnosisCount> {
  const groups: Record<string, DiagnosisCount> = {};
  for (const one of judged) {
    const { label, faultType } = one.trace;
    if (label !== 'fault' || faultType === null || !faults.includes(faultType)) continue;
    const named = namedBy(one);
    const outcome = named === null ? 'silent' : partOf(named) === partOf(faultType) ? 'right' : 'wrong';
    for (const group of [groupOf(one), 'all']) {
      groups[group] ??= { recordings: 0, right: 0, wrong: 0, silent: 0 };
      groups[group].recordings++;
      groups[group][outcome]++;
    }
  }
  return groups;
}

/** What most rows of a recording name. */
function namedBy({ rows }: ScoredTrace): string | null {
  return mostFrequent(rows.filter((row) => !row.calibrating).map((row) => row.diagnosis));
}

/** Recordings whose fault is one that can be named, and was named something else. */
export function wrongDiagnoses(judged: readonly ScoredTrace[]): { trace: string; named: string }[] {
  return judged.flatMap((one) => {
    const { name, faultType } = one.trace;
    const named = namedBy(one);
    const isKnown = [...BEARING_FAULTS, ...ROTOR_FAULTS].includes(faultType ?? '');
    return isKnown && named !== null && partOf(named) !== partOf(faultType!) ? [{ trace: name, named }] : [];
  });
}
