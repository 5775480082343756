/**
 * A broker that was away for days: a store full of frames that nobody has, then everything comes back at once, live
 * frames go on meanwhile. Measures how long the backlog takes, how late live frames are in the collector's table, and
 * what host and collector hold in memory.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { openCollectorKey } from '../../host/collect/key.ts';
import { Store } from '../../host/store/store.ts';
import type { UplinkStatus } from '../../host/store/uplinks.ts';
import { descriptorDraft, featureDraft } from '../support/frames.ts';
import { startBroker } from '../support/mosquitto.ts';
import { compare } from './kills.ts';
import { Party } from './party.ts';
import { soakPoints } from './soak-points.ts';
import type { UplinkHostSettings } from './uplink-host.ts';

const CLI = fileURLToPath(new URL('../../host/cli.ts', import.meta.url));
const HOST = fileURLToPath(new URL('./uplink-host.ts', import.meta.url));
const LOOK_MS = 50;
const COMMIT_MS = 1000;
const SETTLE_MS = 3 * COMMIT_MS;
const FILL_COMMIT = 4096;

export interface WeekOptions {
  /** Seconds that the broker was away, at a frame a second and point. */
  awayS: number;
  points: number;
  backfillFramesPerS?: number;
  folder: string;
  /** Longest time for the backlog. */
  mostMs: number;
  told?: (text: string) => void;
}

export interface WeekResult {
  backlog: number;
  fillS: number;
  /** From the first connection until everything was receipted. */
  drainS: number;
  framesPerS: number;
  /** Live frames that were made meanwhile, and milliseconds from making one until it was seen in the table. */
  live: { frames: number; p50Ms: number; p99Ms: number; maxMs: number };
  /** Resident set in MiB: the largest of the second and of the last fifth of the run. */
  memory: { host: [early: number, late: number]; collector: [early: number, late: number] };
  resent: number;
  duplicates: number;
  comparison: ReturnType<typeof compare>;
}

export async function week(options: WeekOptions): Promise<WeekResult> {
  const { awayS, points, folder, told = () => {}, backfillFramesPerS } = options;
  const dataDir = join(folder, 'host');
  const database = join(folder, 'collected.db');
  const keyFile = join(folder, 'collector.key');
  const receiptKey = Buffer.from(openCollectorKey(keyFile).publicKey).toString('hex');
  const fillMs = performance.now();
  const backlog = fill(dataDir, awayS * points, points);
  const fillS = (performance.now() - fillMs) / 1000;
  told(`${backlog} frames stored in ${fillS.toFixed(0)} s`);
  // as it comes: no word on persistence or queues
  const broker = await startBroker([
    'allow_anonymous true',
    'persistence false',
    'max_queued_messages 1000',
    'max_inflight_messages 20',
  ]);
  let uplink: UplinkStatus | null = null;
  const settings: UplinkHostSettings = {
    ...{ dataDir, framesPerS: points, points, commitMs: COMMIT_MS },
    uplink: { name: 'up', url: broker.url, receiptKey, backfillFramesPerS },
  };
  const host = new Party('host', [HOST, JSON.stringify(settings)], (line) => {
    if (line.uplink) uplink = line.uplink as UplinkStatus;
  });
  const collector = new Party('collector', [
    CLI,
    'collect',
    '--broker',
    broker.url,
    '--database',
    database,
    '--key',
    keyFile,
  ]);
  try {
    collector.start();
    await collector.until(/collecting from/, 60_000);
    host.start();
    const seen = await watch({ ...options, backlog, database, host, collector, uplink: () => uplink });
    host.write('quiet\n');
    await settled(() => (uplink as UplinkStatus | null)?.behind);
    await collector.kill('SIGTERM');
    await host.kill('SIGKILL');
    const counts = collector.lines.at(-1) as { duplicates: number };
    return {
      ...{ backlog, fillS, ...seen },
      resent: (uplink as UplinkStatus | null)?.resent ?? -1,
      duplicates: counts.duplicates,
      comparison: compare(join(dataDir, 'spindle.db'), database),
    };
  } catch (error) {
    throw new Error(`${(error as Error).message}\nhost: ${host.stderr}\ncollector: ${collector.stderr}`, {
      cause: error,
    });
  } finally {
    await Promise.all([host.kill(), collector.kill()]);
    await broker.stop();
  }
}

/** Until nothing is owed for longer than a group of frames may wait for its commit. */
async function settled(behind: () => number | undefined): Promise<void> {
  let sinceMs = performance.now();
  for (const end = sinceMs + 60_000; performance.now() < sinceMs + SETTLE_MS; await delay(LOOK_MS)) {
    if (behind() !== 0) sinceMs = performance.now();
    if (performance.now() > end) throw new Error(`${behind()} frames are not receipted`);
  }
}

/** Fills the store up to that many frames; what an interrupted run has left is used. @returns frames of the store */
function fill(dataDir: string, frames: number, points: number): number {
  const store = Store.open({ dataDir, points: soakPoints(points) });
  store.describe('d', descriptorDraft());
  while (store.nextSeq < frames) {
    const n = store.nextSeq;
    store.append(featureDraft(n, 1 + (n % points)));
    if (n % FILL_COMMIT === 0) store.checkpointDueMs() === 0 ? store.checkpoint() : store.commit();
  }
  store.finish();
  const stored = store.committedFrames;
  store.close();
  return stored;
}

interface Watched extends WeekOptions {
  backlog: number;
  database: string;
  host: Party;
  collector: Party;
  uplink: () => UplinkStatus | null;
}

/** Looks until the backlog is in the table. */
async function watch({ backlog, database, host, collector, uplink, mostMs, told = () => {} }: Watched) {
  const startedMs = performance.now();
  const table = new DatabaseSync(database, { readOnly: true, timeout: 5000 });
  // live frames stand behind the backlog; only features have been made at their UTC
  const fresh = table.prepare(
    'SELECT seq, utc_us FROM frame WHERE source_id = 1 AND seq >= ? AND kind = 1 ORDER BY seq',
  );
  const reached = table.prepare('SELECT last FROM span WHERE source_id = 1 AND first = 0');
  const lateMs: number[] = [];
  const memory: { host: number; collector: number }[] = [];
  let next = backlog;
  let toldMs = startedMs;
  let lookedMs = 0;
  for (;;) {
    const nowMs = performance.now();
    if (nowMs - startedMs > mostMs)
      throw new Error(`not drained after ${mostMs / 1000} s: ${JSON.stringify(uplink())}`);
    const rows = fresh.all(next) as { seq: number; utc_us: number }[];
    for (const { seq, utc_us } of rows) {
      lateMs.push(Date.now() - utc_us / 1000);
      next = seq + 1;
    }
    if (nowMs - lookedMs > 1000) {
      lookedMs = nowMs;
      memory.push({ host: residentMib(host), collector: residentMib(collector) });
    }
    const { last } = (reached.get() ?? { last: -1 }) as { last: number };
    if (last >= backlog - 1) break;
    if (nowMs - toldMs > 30_000) {
      toldMs = nowMs;
      told(`${last + 1} of ${backlog}, ${lateMs.length} live, ${JSON.stringify(memory.at(-1))}`);
    }
    await delay(LOOK_MS);
  }
  table.close();
  const drainS = (performance.now() - startedMs) / 1000;
  lateMs.sort((a, b) => a - b);
  const at = (share: number): number =>
    Math.round(lateMs[Math.min(lateMs.length - 1, Math.floor(share * lateMs.length))] ?? -1);
  const most = (from: number, to: number, who: 'host' | 'collector'): number =>
    Math.max(
      0,
      ...memory.slice(Math.floor(from * memory.length), Math.ceil(to * memory.length)).map((one) => one[who]),
    );
  return {
    drainS,
    framesPerS: Math.round(backlog / drainS),
    live: { frames: lateMs.length, p50Ms: at(0.5), p99Ms: at(0.99), maxMs: at(1) },
    memory: {
      host: [most(0.2, 0.4, 'host'), most(0.8, 1, 'host')] as [number, number],
      collector: [most(0.2, 0.4, 'collector'), most(0.8, 1, 'collector')] as [number, number],
    },
  };
}

function residentMib(party: Party): number {
  const found = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${party.pid}/status`, 'utf8'));
  return Math.round(Number(found?.[1] ?? 0) / 1024);
}
