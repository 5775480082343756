/**
 * One simulated machine through the product's own pipeline: what it raised while sound, or when it saw a growing fault;
 * and the same of other methods on the features that the pipeline gave.
 */
import { Simulator } from '../../../host/acquire/simulator.ts';
import type { SimulatorSettings } from '../../../host/acquire/simulator-settings.ts';
import { Pipeline } from '../../../host/pipeline.ts';
import type { PointPlan, SourceEvent, SourceInfo, Verdict } from '../../../host/types.ts';
import { peerAlarms } from '../peers/judge.ts';
import type { Peer } from '../peers/peers.ts';
import { episodes } from '../statistics/episodes.ts';
import { mostFrequent } from '../statistics/most-frequent.ts';
import { broadbandG, drawnMachine, INTERVAL_S, SNAPSHOT_SCANS } from './drawn-machine.ts';
import { type Kind, LEARN_SNAPSHOTS, scheduleOf } from './kinds.ts';
import { infoOf, snapshotsOf } from './snapshots.ts';

export const FAULTS = ['outer_race', 'unbalance'] as const;
export type GrowingFault = (typeof FAULTS)[number];

/** Judged after learning. */
export const HEALTHY_SNAPSHOTS = 240;
/** A fault starts this long after learning, grows from -12 to +12 dB over two hours, and stays. */
const QUIET_SNAPSHOTS = 30;
export const FAULT_START_DB = -12;
export const GROWTH_SNAPSHOTS = 120;
export const DB_PER_SNAPSHOT = 0.2;
const AFTER_SNAPSHOTS = 30;

/** Of a machine that is heard without a pause: about two decisions a second, a minute of them to learn from. */
const STREAM_RATE_HZ = 500;
const STREAM_LEARN_S = 60;
const STREAM_S = 1800;

const DAY_S = 86_400;

export interface HealthyLife {
  /** Decisions judged, and the time that they stand for. */
  judged: number;
  days: number;
  alarmed: number;
  episodes: number;
  /** Rows that named a fault. */
  diagnosed: number;
}

export interface FaultyLife {
  /** An alarm before the fault began. */
  alarmedBefore: boolean;
  /** Snapshots from the start of the fault to the first alarm; null: none. */
  delay: number | null;
  /** What most of the alarm rows named. */
  diagnosis: string | null;
}

/** What a method said of one decision. */
type Judgement = Pick<Verdict, 'start' | 'alarm' | 'diagnosis'>;

/** A machine as its sensor and the product have it. */
interface Judged {
  plan: PointPlan;
  verdicts: Verdict[];
}

function judged(info: SourceInfo, learnSamples: number, events: Iterable<SourceEvent>): Judged {
  const pipeline = new Pipeline(info, { learnSamples });
  const verdicts: Verdict[] = [];
  const take = (outputs: ReturnType<Pipeline['push']>): void => {
    for (const output of outputs) if (output.kind === 'verdict') verdicts.push(output.verdict);
  };
  for (const event of events) take(pipeline.push(event));
  take(pipeline.end());
  return { plan: pipeline.plans[0], verdicts };
}

function judgedSnapshots(settings: SimulatorSettings, kind: Kind, snapshots: number): Judged {
  const schedule = scheduleOf(kind, settings.seed, snapshots);
  const events = snapshotsOf(settings, schedule, snapshots);
  return judged(infoOf(settings, schedule), LEARN_SNAPSHOTS * SNAPSHOT_SCANS, events);
}

async function judgedStream(seed: number): Promise<Judged> {
  const source = new Simulator({
    ...drawnMachine(seed, STREAM_RATE_HZ),
    durationS: STREAM_LEARN_S + STREAM_S,
    blockScans: 8192,
  });
  const events: SourceEvent[] = [];
  for await (const event of source.events()) events.push(event);
  return judged(source.info, STREAM_LEARN_S * STREAM_RATE_HZ, events);
}

/** One machine and what every method made of it. */
export class Life<Outcome> {
  readonly #judged: Judged;
  readonly #outcome: (judgements: readonly Judgement[]) => Outcome;

  constructor(judged: Judged, outcome: (judgements: readonly Judgement[]) => Outcome) {
    this.#judged = judged;
    this.#outcome = outcome;
  }

  /** Of the product itself. */
  get product(): Outcome {
    return this.#outcome(this.#judged.verdicts);
  }

  of(peer: Peer, spreads: number, seed: number): Outcome {
    const { plan, verdicts } = this.#judged;
    const alarms = peerAlarms(peer, plan, verdicts, spreads, seed);
    return this.#outcome(verdicts.map(({ start }, i) => ({ start, alarm: alarms[i], diagnosis: null })));
  }
}

export async function healthyLife(seed: number, kind: Kind): Promise<Life<HealthyLife>> {
  const isStream = kind === 'steady, streamed';
  const learned = isStream ? STREAM_LEARN_S * STREAM_RATE_HZ : LEARN_SNAPSHOTS * SNAPSHOT_SCANS;
  const days = (isStream ? STREAM_S : HEALTHY_SNAPSHOTS * INTERVAL_S) / DAY_S;
  const machine = isStream
    ? await judgedStream(seed)
    : judgedSnapshots(drawnMachine(seed), kind, LEARN_SNAPSHOTS + HEALTHY_SNAPSHOTS);
  return new Life(machine, (judgements) => {
    const after = judgements.filter(({ start }) => start >= learned);
    return {
      judged: after.length,
      days,
      alarmed: after.filter(({ alarm }) => alarm).length,
      episodes: episodes(after.map(({ alarm }) => alarm)),
      diagnosed: after.filter(({ diagnosis }) => diagnosis !== null).length,
    };
  });
}

/**
 * `outer_race`: peak of the ringing after a pass over the healthy broadband rms; `unbalance`: added amplitude at shaft
 * speed over the machine's own. Both in dB, so that 0 dB is as large as what is there.
 */
export function faultyLife(seed: number, kind: Kind, fault: GrowingFault): Life<FaultyLife> {
  const sound = drawnMachine(seed);
  const snapshotS = SNAPSHOT_SCANS / sound.sampleRateHz;
  const begin = LEARN_SNAPSHOTS + QUIET_SNAPSHOTS;
  const reference = fault === 'outer_race' ? broadbandG(sound) : sound.shaftG[0];
  const settings: SimulatorSettings = {
    ...sound,
    fault,
    faultStartS: begin * snapshotS,
    faultG: reference * 10 ** (FAULT_START_DB / 20),
    faultDoublingS: ((20 * Math.log10(2)) / DB_PER_SNAPSHOT) * snapshotS,
    faultLimit: 10 ** ((DB_PER_SNAPSHOT * GROWTH_SNAPSHOTS) / 20),
  };
  const machine = judgedSnapshots(settings, kind, begin + GROWTH_SNAPSHOTS + AFTER_SNAPSHOTS);
  const at = ({ start }: Judgement): number => start / SNAPSHOT_SCANS;
  return new Life(machine, (judgements) => {
    const alarms = judgements.filter((judgement) => judgement.alarm && at(judgement) >= begin);
    return {
      alarmedBefore: judgements.some((judgement) => judgement.alarm && at(judgement) < begin),
      delay: alarms.length > 0 ? Math.floor(at(alarms[0])) - begin : null,
      diagnosis: mostFrequent(alarms.map(({ diagnosis }) => diagnosis)),
    };
  });
}
