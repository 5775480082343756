/** One simulated machine through the product's own pipeline: what it raised while sound, or when it saw a growing fault. */
import type { SimulatorSettings } from '../../../host/acquire/simulator-settings.ts';
import { Pipeline } from '../../../host/pipeline.ts';
import type { Verdict } from '../../../host/types.ts';
import { episodes } from '../statistics/episodes.ts';
import { broadbandG, drawnMachine, SNAPSHOT_SCANS } from './drawn-machine.ts';
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

export interface HealthyLife {
  /** Snapshots judged. */
  judged: number;
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

function verdictsOf(settings: SimulatorSettings, kind: Kind, snapshots: number): Verdict[] {
  const schedule = scheduleOf(kind, settings.seed, snapshots);
  const pipeline = new Pipeline(infoOf(settings, schedule), { learnSamples: LEARN_SNAPSHOTS * SNAPSHOT_SCANS });
  const verdicts: Verdict[] = [];
  const take = (outputs: ReturnType<Pipeline['push']>): void => {
    for (const output of outputs) if (output.kind === 'verdict') verdicts.push(output.verdict);
  };
  for (const event of snapshotsOf(settings, schedule, snapshots)) take(pipeline.push(event));
  take(pipeline.end());
  return verdicts;
}

export function healthyLife(seed: number, kind: Kind): HealthyLife {
  const verdicts = verdictsOf(drawnMachine(seed), kind, LEARN_SNAPSHOTS + HEALTHY_SNAPSHOTS);
  const judged = verdicts.filter(({ start }) => start >= LEARN_SNAPSHOTS * SNAPSHOT_SCANS);
  return {
    judged: judged.length,
    alarmed: judged.filter(({ alarm }) => alarm).length,
    episodes: episodes(judged.map(({ alarm }) => alarm)),
    diagnosed: judged.filter(({ diagnosis }) => diagnosis !== null).length,
  };
}

/**
 * `outer_race`: peak of the ringing after a pass over the healthy broadband rms; `unbalance`: added amplitude at shaft
 * speed over the machine's own. Both in dB, so that 0 dB is as large as what is there.
 */
export function faultyLife(seed: number, kind: Kind, fault: GrowingFault): FaultyLife {
  const sound = drawnMachine(seed);
  const snapshotS = SNAPSHOT_SCANS / sound.sampleRateHz;
  const start = LEARN_SNAPSHOTS + QUIET_SNAPSHOTS;
  const reference = fault === 'outer_race' ? broadbandG(sound) : sound.shaftG[0];
  const settings: SimulatorSettings = {
    ...sound,
    fault,
    faultStartS: start * snapshotS,
    faultG: reference * 10 ** (FAULT_START_DB / 20),
    faultDoublingS: ((20 * Math.log10(2)) / DB_PER_SNAPSHOT) * snapshotS,
    faultLimit: 10 ** ((DB_PER_SNAPSHOT * GROWTH_SNAPSHOTS) / 20),
  };
  const verdicts = verdictsOf(settings, kind, start + GROWTH_SNAPSHOTS + AFTER_SNAPSHOTS);
  const at = ({ start }: Verdict): number => start / SNAPSHOT_SCANS;
  const alarms = verdicts.filter((verdict) => verdict.alarm && at(verdict) >= start);
  const named = new Map<string, number>();
  for (const { diagnosis } of alarms) if (diagnosis !== null) named.set(diagnosis, (named.get(diagnosis) ?? 0) + 1);
  return {
    alarmedBefore: verdicts.some((verdict) => verdict.alarm && at(verdict) < start),
    delay: alarms.length > 0 ? Math.floor(at(alarms[0])) - start : null,
    diagnosis: [...named].sort((a, b) => b[1] - a[1])[0]?.[0] ?? null,
  };
}
