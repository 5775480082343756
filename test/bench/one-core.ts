/**
 * Keeps a program and what it starts on one core: then a slow moment of a core hits all whose times are compared. It is
 * the last core that this process may use, so that `taskset -c N` before a bench chooses.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

function lastCore(): string | null {
  try {
    return /^Cpus_allowed_list:.*?(\d+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? null;
  } catch {
    return null; // no Linux
  }
}

const core = lastCore();
const command = core === null ? [] : ['taskset', '-c', core];

/** Put before a command; empty where cores cannot be chosen. */
export const ON_ONE_CORE = core !== null && spawnSync('taskset', ['-c', core, 'true']).status === 0 ? command : [];
