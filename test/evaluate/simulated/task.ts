/** What one worker is given at a time, and what it gives back. */
import { PEERS } from '../peers/peers.ts';
import type { Kind } from './kinds.ts';
import { type FaultyLife, faultyLife, type GrowingFault, type HealthyLife, healthyLife, type Life } from './life.ts';
import { type NamedRecording, namedRecordings } from './named.ts';

/** `named`: faults of fixed sizes, instead of lives. */
export interface Task {
  kind: Kind | 'named';
  /** null: a sound machine, or all of `named`. */
  fault: GrowingFault | null;
  /** Seeds from..to, the last one not included. */
  from: number;
  to: number;
  /** Thresholds in spreads of the peers that judge these machines too, by name. */
  peers: Record<string, number>;
  peerSeed: number;
}

/** Outcomes by method, one a seed. */
export interface Lives {
  task: Task;
  healthy: Record<string, HealthyLife[]>;
  faulty: Record<string, FaultyLife[]>;
  named: NamedRecording[][];
}

/** The name of the product among the methods. */
export const CORE_NAME = 'Spindle';

export async function livesOf(task: Task): Promise<Lives> {
  const { kind, fault, from, to } = task;
  const lives: Lives = { task, healthy: {}, faulty: {}, named: [] };
  for (let seed = from; seed < to; seed++) {
    if (kind === 'named') lives.named.push(await namedRecordings(seed));
    else if (fault === null) add(lives.healthy, await healthyLife(seed, kind), task);
    else add(lives.faulty, faultyLife(seed, kind, fault), task);
  }
  return lives;
}

function add<Outcome>(outcomes: Record<string, Outcome[]>, life: Life<Outcome>, { peers, peerSeed }: Task): void {
  const put = (name: string, outcome: Outcome): void => {
    outcomes[name] ??= [];
    outcomes[name].push(outcome);
  };
  put(CORE_NAME, life.product);
  for (const peer of PEERS) if (peer.name in peers) put(peer.name, life.of(peer, peers[peer.name], peerSeed));
}
