/** The whole evaluation, part by part; run.ts is its command line. */
import { bestKernel, coreHash } from '../../host/analyse/core.ts';
import { type Figures, figuresOf } from './library/figures.ts';
import { Judge, type JudgedTrace, type ReadTrace, readTrace } from './library/judge.ts';
import { type LabelledTrace, labelledTraces } from './library/labelled-trace.ts';
import type { ScoredTrace } from './library/scored.ts';
import { type PeerScores, peerRows, peerScores } from './peers/judge.ts';
import { GRID, type LeftOut, leaveOneRigOut, type Method } from './peers/leave-one-rig-out.ts';
import { PEERS } from './peers/peers.ts';
import { type AllSimulated, livesCount, type SimulatedFigures, simulatedFigures } from './simulated/figures.ts';
import { KINDS } from './simulated/kinds.ts';
import type { NamedFigures } from './simulated/named-figures.ts';
import { CORE_NAME } from './simulated/task.ts';

export const PARTS = ['library', 'peers', 'simulated'] as const;
export type Part = (typeof PARTS)[number];

export interface EvaluationOptions {
  /** Folder of `manifest.json`; null: no library, which leaves simulated machines. */
  traces: string | null;
  /** Simulated machines of each kind. */
  seeds: number;
  /** The first so many of them are judged by the peers too, at the thresholds that the library has chosen. */
  peerMachines: number;
  /** The first so many of them also get faults of fixed sizes, to be named. */
  namedMachines: number;
  /** Of k-means and mixtures. */
  peerSeed: number;
  parts: readonly Part[];
  threads: number;
  progress: {
    start: (total: number, what: string) => void;
    advance: (amount: number, label: string) => void;
    stop: () => void;
  };
}

export interface MethodResult {
  name: string;
  /** Threshold chosen on all rigs, and the figures there. */
  spreads: number;
  figures: Figures;
  leftOut: LeftOut[];
}

export interface Evaluation {
  settings: {
    coreHash: string;
    kernel: string;
    thresholdSpreads: number | null;
    persistenceDecisions: number | null;
    recordings: number;
    seeds: number | null;
    peerSeed: number | null;
  };
  library: Figures | null;
  methods: MethodResult[];
  simulated: SimulatedFigures | null;
  /** The first of these machines, judged by every method. */
  beside: SimulatedFigures | null;
  /** The first of these machines with faults of fixed sizes. */
  named: NamedFigures[];
}

/** @throws InputError as the readers of the library do */
export async function evaluate(options: EvaluationOptions): Promise<Evaluation> {
  const { traces: directory, parts, progress, peerSeed, seeds, peerMachines, namedMachines, threads } = options;
  const isWanted = (part: Part): boolean => parts.includes(part);
  const needsLibrary = directory !== null && (isWanted('library') || isWanted('peers'));
  const traces = needsLibrary ? await labelledTraces(directory) : [];
  const judged = await judgeAll(traces, progress);
  const plan = judged[0]?.plans[0] ?? null;
  const methods = needsLibrary && isWanted('peers') ? await methodResults(traces, judged, peerSeed, progress) : [];
  const peers = Object.fromEntries(
    methods.filter(({ name }) => name !== CORE_NAME).map(({ name, spreads }) => [name, spreads]),
  );
  let simulated: AllSimulated | null = null;
  if (isWanted('simulated')) {
    progress.start(livesCount(KINDS, seeds, namedMachines), 'simulated machines');
    const { advance } = progress;
    const machines = { kinds: KINDS, seeds, peerMachines, namedMachines };
    simulated = await simulatedFigures({ ...machines, threads, peers, peerSeed, advance });
    progress.stop();
  }
  return {
    settings: {
      coreHash: Buffer.from(coreHash()).toString('hex'),
      kernel: bestKernel(),
      thresholdSpreads: plan?.thresholdSpreads ?? null,
      persistenceDecisions: plan?.persistenceDecisions ?? null,
      recordings: traces.length,
      seeds: simulated === null ? null : seeds,
      peerSeed: methods.length > 0 ? peerSeed : null,
    },
    library: needsLibrary ? figuresOf(judged) : null,
    methods,
    simulated: simulated?.all ?? null,
    beside: simulated?.beside ?? null,
    named: simulated?.named ?? [],
  };
}

async function judgeAll(
  traces: readonly LabelledTrace[],
  progress: EvaluationOptions['progress'],
): Promise<JudgedTrace[]> {
  const judge = new Judge();
  const judged: JudgedTrace[] = [];
  progress.start(traces.length, 'recordings');
  for (const trace of traces) {
    judged.push(judge.judge(await readTrace(trace)));
    progress.advance(1, trace.name);
  }
  progress.stop();
  return judged;
}

async function methodResults(
  traces: readonly LabelledTrace[],
  judged: readonly JudgedTrace[],
  peerSeed: number,
  progress: EvaluationOptions['progress'],
): Promise<MethodResult[]> {
  const learned = judged.filter(({ trace }) => trace.machine !== null);
  const rigs = [...new Set(learned.map(({ trace }) => trace.rig))];
  const labelled = new Set(traces.filter(({ label }) => label === 'labelled').map(({ rig }) => rig));
  const isHealthy = ({ label, machine, rig }: LabelledTrace): boolean =>
    label === 'normal' && machine !== null && !labelled.has(rig);
  const methods = [await coreMethod(traces, isHealthy)];
  for (const peer of PEERS) {
    const scores = peerScores(peer, learned, peerSeed);
    const rows = (spreads: number, is: (trace: LabelledTrace) => boolean): ScoredTrace[] =>
      scores.filter(({ judged }: PeerScores) => is(judged.trace)).map((one) => peerRows(one, spreads));
    methods.push({
      name: peer.name,
      rows: (spreads, rig) => rows(spreads, (trace) => rig === null || trace.rig === rig),
      healthyRows: (spreads) => rows(spreads, isHealthy),
    });
  }
  progress.start(methods.length * GRID.length, 'thresholds of every method');
  const results: MethodResult[] = [];
  for (const method of methods) {
    const counted: Method = {
      ...method,
      healthyRows: (spreads) => {
        progress.advance(1, `threshold of ${method.name}`);
        return method.healthyRows(spreads);
      },
    };
    const { all, leftOut } = await leaveOneRigOut(counted, rigs);
    results.push({ name: method.name, spreads: all, figures: figuresOf(await method.rows(all, null), 0), leftOut });
  }
  progress.stop();
  return results;
}

/** The product itself at another threshold: the whole pipeline runs again, because alarms may act back on what is normal. */
async function coreMethod(
  traces: readonly LabelledTrace[],
  isHealthy: (trace: LabelledTrace) => boolean,
): Promise<Method> {
  const learned = traces.filter(({ machine }) => machine !== null);
  const judges = (wanted: readonly LabelledTrace[]): Set<string | null> =>
    new Set(wanted.map(({ machine }) => machine));
  const healthy = learned.filter(isHealthy);
  const needed = judges(healthy);
  const read: ReadTrace[] = [];
  for (const trace of learned) if (isHealthy(trace) || needed.has(trace.name)) read.push(await readTrace(trace));
  return {
    name: CORE_NAME,
    rows: async (spreads, rig) => {
      const wanted = learned.filter((trace) => rig === null || trace.rig === rig);
      const names = judges(wanted);
      const judge = new Judge(spreads);
      const rows: ScoredTrace[] = [];
      for (const trace of learned) {
        const isWanted = wanted.includes(trace);
        if (!isWanted && !names.has(trace.name)) continue;
        const one = judge.judge(await readTrace(trace));
        if (isWanted) rows.push({ trace, rows: one.rows });
      }
      return rows;
    },
    healthyRows: (spreads) => {
      const judge = new Judge(spreads);
      return read.map((one) => judge.judge(one)).filter(({ trace }) => isHealthy(trace));
    },
  };
}
