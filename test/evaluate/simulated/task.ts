/** What one worker is given at a time, and what it gives back. */

import type { Kind } from './kinds.ts';
import { type FaultyLife, faultyLife, type GrowingFault, type HealthyLife, healthyLife } from './life.ts';

export interface Task {
  kind: Kind;
  /** null: a sound machine. */
  fault: GrowingFault | null;
  /** Seeds from..to, the last one not included. */
  from: number;
  to: number;
}

export type Lives = { task: Task; healthy: HealthyLife[]; faulty: FaultyLife[] };

export function livesOf(task: Task): Lives {
  const { kind, fault, from, to } = task;
  const lives: Lives = { task, healthy: [], faulty: [] };
  for (let seed = from; seed < to; seed++) {
    if (fault === null) lives.healthy.push(healthyLife(seed, kind));
    else lives.faulty.push(faultyLife(seed, kind, fault));
  }
  return lives;
}
