/**
 * Whether a host does its work, in words: each condition has a code, a text and a weight. A problem makes it not ready; a
 * warning is a thing that it was made to bear, such as a broker that is away.
 */
import type { HostStatus } from './messages.ts';

export interface Condition {
  code: string;
  text: string;
  isProblem: boolean;
}

export interface WatchLimits {
  /** Age of the oldest thing that waits for the disk. */
  commitMs: number;
  /** Resident memory of the whole process. */
  memoryBytes: number;
  /** How long the thread that samples may have been away. */
  lagMs: number;
  /** Free on the file system of the data directory. */
  freeBytes: number;
}

const MIB = 1024 * 1024;

export const WATCH_LIMITS: WatchLimits = {
  commitMs: 10_000, // ten groups of the default commit
  memoryBytes: 512 * MIB,
  lagMs: 400, // 64 KiB of a serial line hold 0.41 s of three axes at 26 667 Hz in 16 bits
  freeBytes: 64 * MIB, // an hour of what 8 points x 1 frame/s may write (1.5 GB a day)
};

/** @returns what a person should know of the host, the worst first; empty when all is well */
export function conditionsOf(status: HostStatus, limits: WatchLimits): Condition[] {
  const all = [
    ...threads(status),
    ...sources(status),
    ...store(status, limits),
    ...uplinks(status),
    ...machine(status, limits),
  ];
  return [...all.filter(({ isProblem }) => isProblem), ...all.filter(({ isProblem }) => !isProblem)];
}

const problem = (code: string, text: string): Condition => ({ code, text, isProblem: true });
const warning = (code: string, text: string): Condition => ({ code, text, isProblem: false });

function threads({ threads }: HostStatus): Condition[] {
  return threads.flatMap(({ name, isAlive, isGivenUp, restarts }) => {
    if (isGivenUp)
      return [problem('THREAD_GIVEN_UP', `the ${name} thread was lost too often (${restarts} times): it is given up`)];
    return isAlive ? [] : [problem('THREAD_DOWN', `the ${name} thread is not running; it is started again`)];
  });
}

function sources({ sources }: HostStatus): Condition[] {
  return sources.flatMap(({ name, state, error, ageMs, silentAfterMs }) => {
    if (state === 'away') return [problem('SOURCE_AWAY', `${name}: its source is away (${error}); it is opened again`)];
    if (state === 'failing')
      return [problem('SOURCE_FAILING', `${name}: its source is lost again and again (${error}); it is tried slowly`)];
    if (state === 'failed') return [problem('SOURCE_FAILED', `${name}: its source has failed: ${error}`)];
    if (state === 'reading' && silentAfterMs !== null && ageMs > silentAfterMs)
      return [problem('SOURCE_SILENT', `${name}: its source has given nothing for ${seconds(ageMs)}`)];
    return [];
  });
}

function store({ store, waiting }: HostStatus, { commitMs }: WatchLimits): Condition[] {
  if (!store) return [problem('STORE_CLOSED', 'the store is not open')];
  const found: Condition[] = [];
  if (store.commitError !== null) found.push(problem('STORE_COMMIT', `the store cannot commit: ${store.commitError}`));
  if (waiting.dropped > 0)
    found.push(
      problem(
        'STORE_DROPS',
        `the disk does not follow: ${waiting.dropped} features were not kept and are counted as gaps`,
      ),
    );
  if (store.droppedUnsent > 0)
    found.push(warning('STORE_MADE_ROOM', `${store.droppedUnsent} frames that no far side has made room on the disk`));
  if (waiting.oldestMs > commitMs)
    found.push(
      problem('STORE_LATE', `${mib(waiting.bytes)} wait for the disk, the oldest for ${seconds(waiting.oldestMs)}`),
    );
  return found;
}

function uplinks({ uplinks }: HostStatus): Condition[] {
  return uplinks.flatMap(({ name, state, isGivenUp, lastError, behind }) => {
    if (isGivenUp)
      return [
        problem('UPLINK_GIVEN_UP', `uplink ${name} fails again and again by a defect (${lastError ?? 'unknown'})`),
      ];
    if (state === 'up' || state === 'stopped') return [];
    return [warning('UPLINK_AWAY', `uplink ${name} is not up (${lastError ?? state}); ${behind} frames wait for it`)];
  });
}

function machine({ memory, disk, threads }: HostStatus, limits: WatchLimits): Condition[] {
  const found: Condition[] = [];
  if (disk && disk.freeBytes < limits.freeBytes)
    found.push(
      problem('DISK_LOW', `${mib(disk.freeBytes)} are free on the disk of the data, wanted ${mib(limits.freeBytes)}`),
    );
  if (memory.residentBytes > limits.memoryBytes)
    found.push(
      problem(
        'MEMORY_HIGH',
        `the host holds ${mib(memory.residentBytes)} of memory, wanted ${mib(limits.memoryBytes)}`,
      ),
    );
  const lagMs = threads.find(({ name }) => name === 'main')?.vitals?.lagMs ?? 0;
  if (lagMs > limits.lagMs)
    found.push(
      problem(
        'LAG_HIGH',
        `the thread that samples was away for ${seconds(lagMs)}, wanted ${seconds(limits.lagMs)} at most`,
      ),
    );
  return found;
}

const seconds = (ms: number): string => `${ms < 10_000 ? (ms / 1000).toFixed(1) : Math.round(ms / 1000)} s`;
const mib = (bytes: number): string => `${bytes < 10 * MIB ? (bytes / MIB).toFixed(1) : Math.round(bytes / MIB)} MiB`;
