/** Figures of many simulated machines, kind by kind and method by method. */
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
import { type NamedFigures, namedFigures } from './named-figures.ts';
import { runTasks } from './pool.ts';
import { CORE_NAME, type Task } from './task.ts';

/** dB over what is there of the same sort. */
export const FAULT_SIZES_DB = [-6, 0, 6, 12] as const;
/** What a machine that changes by itself hides of a fault shows in these. */
const FAULT_KINDS: readonly Kind[] = ['steady', 'warm-up while learning', 'load cycle, load given'];
const SEEDS_PER_TASK = 10;
const RESAMPLES = 1000;

export interface HealthyFigures {
  kind: Kind;
  method: string;
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
  method: string;
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

export interface SimulatedOptions {
  kinds: readonly Kind[];
  /** Machines of each kind: seeds 1 and up. */
  seeds: number;
  threads: number;
  /** Thresholds in spreads of the peers that judge the first `peerMachines` machines of each kind too, by name. */
  peers: Record<string, number>;
  peerMachines: number;
  peerSeed: number;
  /** Machines, of the first seeds, that are given faults of fixed sizes. */
  namedMachines: number;
  /** Told how many more machines have lived. */
  advance: (machines: number, label: string) => void;
}

/** A kind, sound or with a fault. */
interface Pair {
  kind: Kind;
  fault: GrowingFault | null;
}

function pairsOf(kinds: readonly Kind[]): Pair[] {
  const faulty = FAULT_KINDS.filter((kind) => kinds.includes(kind));
  return [
    ...kinds.map((kind) => ({ kind, fault: null })),
    ...faulty.flatMap((kind) => FAULTS.map((fault) => ({ kind, fault }))),
  ];
}

/** How much `advance` is told in all. */
export function livesCount(kinds: readonly Kind[], seeds: number, namedMachines: number): number {
  return seeds * pairsOf(kinds).length + Math.min(seeds, namedMachines);
}

/** A task is within the peers' machines or beyond them. */
function tasksOf(pair: Pair, { seeds, peers, peerMachines, peerSeed }: SimulatedOptions): Task[] {
  const tasks: Task[] = [];
  const edge = Math.min(peerMachines, seeds) + 1;
  for (let from = 1; from <= seeds; ) {
    const to = Math.min(from + SEEDS_PER_TASK, from < edge ? edge : seeds + 1);
    tasks.push({ ...pair, from, to, peers: from < edge ? peers : {}, peerSeed });
    from = to;
  }
  return tasks;
}

function namedTasks({ seeds, namedMachines, peerSeed }: SimulatedOptions): Task[] {
  const end = Math.min(seeds, namedMachines) + 1;
  const tasks: Task[] = [];
  for (let from = 1; from < end; from += SEEDS_PER_TASK)
    tasks.push({ kind: 'named', fault: null, from, to: Math.min(from + SEEDS_PER_TASK, end), peers: {}, peerSeed });
  return tasks;
}

export interface AllSimulated {
  /** Of the product on all machines. */
  all: SimulatedFigures;
  /** Of it and its peers on the first ones. */
  beside: SimulatedFigures | null;
  named: NamedFigures[];
}

export async function simulatedFigures(options: SimulatedOptions): Promise<AllSimulated> {
  const pairs = pairsOf(options.kinds);
  const tasks = [...pairs.flatMap((pair) => tasksOf(pair, options)), ...namedTasks(options)];
  const lives = await runTasks(tasks, options.threads, ({ kind, fault, from, to }) =>
    options.advance(to - from, fault ?? kind),
  );
  const figures = (methods: readonly string[], machines: number): SimulatedFigures => {
    const some: SimulatedFigures = { healthy: [], faulty: [] };
    for (const { kind, fault } of pairs) {
      const own = lives.filter(({ task }) => task.kind === kind && task.fault === fault);
      for (const method of methods) {
        const outcomes = <Outcome>(of: (one: (typeof own)[number]) => Record<string, Outcome[]>): Outcome[] =>
          own.flatMap((one) => of(one)[method] ?? []).slice(0, machines);
        if (fault === null)
          some.healthy.push(
            healthyFigures(
              kind,
              method,
              outcomes(({ healthy }) => healthy),
            ),
          );
        else
          some.faulty.push(
            faultFigures(
              kind,
              fault,
              method,
              outcomes(({ faulty }) => faulty),
            ),
          );
      }
    }
    return some;
  };
  const names = Object.keys(options.peers);
  return {
    all: figures([CORE_NAME], options.seeds),
    named: namedFigures(lives.flatMap(({ named }) => named)),
    beside: names.length > 0 ? figures([CORE_NAME, ...names], options.peerMachines) : null,
  };
}

export function healthyFigures(kind: Kind, method: string, lives: readonly HealthyLife[]): HealthyFigures {
  const sum = (some: readonly HealthyLife[], of: (life: HealthyLife) => number): number =>
    some.reduce((total, life) => total + of(life), 0);
  const perDay = (some: readonly HealthyLife[]): number =>
    sum(some, (life) => life.episodes) / sum(some, (life) => life.days);
  const total = sum(lives, (life) => life.episodes);
  const machineDays = sum(lives, (life) => life.days);
  const [low, high] = poisson(total);
  const alarmedMachines = lives.filter(({ alarmed }) => alarmed > 0).length;
  return {
    kind,
    method,
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

export function faultFigures(
  kind: Kind,
  fault: GrowingFault,
  method: string,
  lives: readonly FaultyLife[],
): FaultFigures {
  const quiet = lives.filter(({ alarmedBefore }) => !alarmedBefore);
  const delays = quiet.map(({ delay }) => delay ?? Number.POSITIVE_INFINITY).sort((a, b) => a - b);
  const middle = delays[Math.ceil(delays.length / 2) - 1];
  const named = quiet.filter(({ diagnosis }) => diagnosis !== null);
  const right = named.filter(({ diagnosis }) => diagnosis === fault).length;
  return {
    kind,
    fault,
    method,
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
