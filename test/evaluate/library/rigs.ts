/** Healthy and faulty recordings of the machines of a rig; the rig's figure is the mean over its machines. */
import { auroc } from '../statistics/auroc.ts';
import { bootstrap, drawn } from '../statistics/intervals.ts';
import {
  alarmShare,
  isAlarm,
  type Measured,
  type Redraw,
  type ScoredRow,
  type ScoredTrace,
  scoredRows,
} from './scored.ts';

export interface RigFigures {
  machines: number;
  /** Faulty recordings, and those with at least one alarm row. */
  faulty: number;
  faultyAlarmed: number;
  /** Healthy recordings, and those with at least one alarm row after learning. */
  healthy: number;
  healthyAlarmed: number;
  detection: Measured | null;
  auroc: Measured | null;
  rowFalseAlarmRate: number | null;
}

/** The recordings that one learned normal judges. */
interface MachineRows {
  healthy: ScoredRow[][];
  faulty: ScoredRow[][];
}

/** By rig. */
export function rigFigures(traces: readonly ScoredTrace[], draw: Redraw): Record<string, RigFigures> {
  const rigs = new Map<string, Map<string, MachineRows>>();
  for (const one of traces) {
    const { rig, machine, label } = one.trace;
    if (label !== 'normal' && label !== 'fault') continue;
    const machines = rigs.get(rig) ?? new Map<string, MachineRows>();
    const rows = machines.get(machine!) ?? { healthy: [], faulty: [] };
    rows[label === 'normal' ? 'healthy' : 'faulty'].push(scoredRows(one));
    machines.set(machine!, rows);
    rigs.set(rig, machines);
  }
  const figures: Record<string, RigFigures> = {};
  for (const [rig, machines] of rigs) figures[rig] = rigFigure([...machines.values()], draw);
  return figures;
}

function rigFigure(machines: MachineRows[], { random, resamples }: Redraw): RigFigures {
  const meanOver = (of: (machine: MachineRows) => number | null) => (some: MachineRows[]) => {
    const values = some.map(of).filter((value) => value !== null);
    return values.length > 0 ? values.reduce((a, b) => a + b, 0) / values.length : null;
  };
  const detection = meanOver(({ faulty }) => alarmShare(faulty.flat()));
  const area = meanOver(({ healthy, faulty }) =>
    auroc(
      healthy.flat().map((row) => row.score),
      faulty.flat().map((row) => row.score),
    ),
  );
  const compared = machines.filter(({ faulty }) => faulty.length > 0);
  const measured = (of: (some: MachineRows[]) => number | null): Measured | null => {
    const value = of(machines);
    if (value === null) return null;
    const redrawn = (some: MachineRows[]): MachineRows[] =>
      some.map(({ healthy, faulty }) => ({ healthy: drawn(healthy, random), faulty: drawn(faulty, random) }));
    return { value, interval: bootstrap(compared, (some) => of(redrawn(some)), random, resamples) };
  };
  const healthy = machines.flatMap((machine) => machine.healthy);
  const faulty = machines.flatMap((machine) => machine.faulty);
  const alarmed = (recordings: ScoredRow[][]): number => recordings.filter((rows) => rows.some(isAlarm)).length;
  return {
    machines: machines.length,
    faulty: faulty.length,
    faultyAlarmed: alarmed(faulty),
    healthy: healthy.length,
    healthyAlarmed: alarmed(healthy),
    detection: measured(detection),
    auroc: measured(area),
    rowFalseAlarmRate: meanOver((machine) => alarmShare(machine.healthy.flat()))(machines),
  };
}
