/** Figures of many simulated machines of one kind. */
import { Random } from '../../../host/acquire/random.ts';
import { bootstrap, clopperPearson, type Interval, poisson } from '../statistics/intervals.ts';
import { INTERVAL_S } from './drawn-machine.ts';
import type { Kind } from './kinds.ts';
import {
  DB_PER_SNAPSHOT,
  FAULT_START_DB,
  FAULTS,
  type FaultyLife,
  type GrowingFault,
  type HealthyLife,
} from './life.ts';
import { runTasks } from './pool.ts';
import type { Lives, Task } from './task.ts';

const SNAPSHOTS_PER_DAY = 86_400 / INTERVAL_S;
/** dB over what is there of the same sort. */
export const FAULT_SIZES_DB = [-6, 0, 6, 12] as const;
/** A machine that changes by itself is judged on false alarms; what it hides of a fault shows in these. */
export const FAULT_KINDS: readonly Kind[] = ['steady', 'warm-up while learning', 'load cycle, load given'];
const SEEDS_PER_TASK = 10;
const RESAMPLES = 1000;

export interface HealthyFigures {
  kind: Kind;
  machines: number;
  machineDays: number;
  episodes: number;
  episodesPerDay: number;
  /** As if episodes came independently of each other; they do not when one machine is odd. */
  poisson: Interval;
  /** Machines drawn anew; null: no episode, from which no resample can tell anything. */
  overMachines: Interval | null;
  alarmedMachines: number;
  alarmedShare: Interval;
  alarmRowShare: number;
  diagnosedRows: number;
}

export interface FaultFigures {
  kind: Kind;
  fault: GrowingFault;
  machines: number;
  alarmedBefore: number;
  /** Machines whose first alarm came once the fault had begun and before it had reached FAULT_SIZES_DB[i]. */
  detectedBy: { sizeDb: number; machines: number; share: Interval }[];
  /** Minutes from the start of the fault until half of the machines without an earlier alarm have alarmed. */
  medianDelayMinutes: number | null;
  named: { right: number; wrong: number };
}

export interface SimulatedFigures {
  healthy: HealthyFigures[];
  faulty: FaultFigures[];
}

/** @param seeds machines of each kind; @param done is told how many more machines have lived */
export async function simulatedFigures(
  kinds: readonly Kind[],
  seeds: number,
  threads: number,
  done: (machines: number, label: string) => void = () => {},
): Promise<SimulatedFigures> {
  const pairs: Pick<Task, 'kind' | 'fault'>[] = kinds.map((kind) => ({ kind, fault: null }));
  for (const kind of FAULT_KINDS.filter((kind) => kinds.includes(kind)))
    for (const fault of FAULTS) pairs.push({ kind, fault });
  const tasks = pairs.flatMap((pair) =>
    Array.from({ length: Math.ceil(seeds / SEEDS_PER_TASK) }, (_, i) => ({
      ...pair,
      from: 1 + i * SEEDS_PER_TASK,
      to: 1 + Math.min(seeds, (i + 1) * SEEDS_PER_TASK),
    })),
  );
  const lives = await runTasks(tasks, threads, ({ kind, fault, from, to }) => done(to - from, fault ?? kind));
  const of = ({ kind, fault }: (typeof pairs)[number]): Lives[] =>
    lives.filter(({ task }) => task.kind === kind && task.fault === fault);
  const figures: SimulatedFigures = { healthy: [], faulty: [] };
  for (const pair of pairs) {
    if (pair.fault === null)
      figures.healthy.push(
        healthyFigures(
          pair.kind,
          of(pair).flatMap(({ healthy }) => healthy),
        ),
      );
    else
      figures.faulty.push(
        faultFigures(
          pair.kind,
          pair.fault,
          of(pair).flatMap(({ faulty }) => faulty),
        ),
      );
  }
  return figures;
}

export function healthyFigures(kind: Kind, lives: readonly HealthyLife[]): HealthyFigures {
  const sum = (some: readonly HealthyLife[], of: (life: HealthyLife) => number): number =>
    some.reduce((total, life) => total + of(life), 0);
  const perDay = (some: readonly HealthyLife[]): number =>
    (sum(some, (life) => life.episodes) * SNAPSHOTS_PER_DAY) / sum(some, (life) => life.judged);
  const total = sum(lives, (life) => life.episodes);
  const machineDays = sum(lives, (life) => life.judged) / SNAPSHOTS_PER_DAY;
  const [low, high] = poisson(total);
  const alarmedMachines = lives.filter(({ alarmed }) => alarmed > 0).length;
  return {
    kind,
    machines: lives.length,
    machineDays,
    episodes: total,
    episodesPerDay: total / machineDays,
    poisson: [low / machineDays, high / machineDays],
    overMachines: total > 0 ? bootstrap(lives, perDay, Random.stream(1, kind), RESAMPLES) : null,
    alarmedMachines,
    alarmedShare: clopperPearson(alarmedMachines, lives.length),
    alarmRowShare: sum(lives, (life) => life.alarmed) / sum(lives, (life) => life.judged),
    diagnosedRows: sum(lives, (life) => life.diagnosed),
  };
}

export function faultFigures(kind: Kind, fault: GrowingFault, lives: readonly FaultyLife[]): FaultFigures {
  const quiet = lives.filter(({ alarmedBefore }) => !alarmedBefore);
  const delays = quiet.map(({ delay }) => delay ?? Number.POSITIVE_INFINITY).sort((a, b) => a - b);
  const middle = delays[Math.ceil(delays.length / 2) - 1];
  const named = quiet.filter(({ diagnosis }) => diagnosis !== null);
  const right = named.filter(({ diagnosis }) => diagnosis === fault).length;
  return {
    kind,
    fault,
    machines: lives.length,
    alarmedBefore: lives.length - quiet.length,
    detectedBy: FAULT_SIZES_DB.map((sizeDb) => {
      const machines = delays.filter((delay) => FAULT_START_DB + DB_PER_SNAPSHOT * delay <= sizeDb).length;
      return { sizeDb, machines, share: clopperPearson(machines, lives.length) };
    }),
    medianDelayMinutes: Number.isFinite(middle) ? (middle * INTERVAL_S) / 60 : null,
    named: { right, wrong: named.length - right },
  };
}
