/**
 * Host, broker and collector under load, one after the other killed with -9 at random, also while they start. In the end
 * the collector's table must be the store: nothing lost, nothing twice, in order, byte for byte.
 */
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Random } from '../../host/acquire/random.ts';
import { openCollectorKey } from '../../host/collect/key.ts';
import type { UplinkStatus } from '../../host/store/uplinks.ts';
import { startBroker } from '../support/mosquitto.ts';
import { Party } from './party.ts';
import type { UplinkHostSettings } from './uplink-host.ts';

const CLI = fileURLToPath(new URL('../../host/cli.ts', import.meta.url));
const HOST = fileURLToPath(new URL('./uplink-host.ts', import.meta.url));
const DRAIN_MS = 120_000;
const START_MS = 60_000;

export interface KillsOptions {
  kills: number;
  seed: number;
  framesPerS: number;
  /** Longest time between two kills. */
  mostMs: number;
  folder: string;
  told?: (kills: number) => void;
}

export interface KillsResult {
  seed: number;
  kills: { host: number; collector: number; broker: number };
  /** Features that the host had acknowledged as durable when it was killed, at most. */
  durable: number;
  /** Features in the store, and the number of the last one: equal, since each is numbered after the one before. */
  features: number;
  lastFeature: number;
  stored: number;
  collected: number;
  lost: number;
  /** Rows whose bytes are not those of the store. */
  different: number;
  /** Rows that are in no store. */
  invented: number;
  seconds: number;
}

export async function kills({
  kills: wanted,
  seed,
  framesPerS,
  mostMs,
  folder,
  told,
}: KillsOptions): Promise<KillsResult> {
  const startedMs = performance.now();
  const dice = Random.stream(seed, 'kills');
  const random = (): number => dice.uniform();
  const dataDir = join(folder, 'host');
  const database = join(folder, 'collected.db');
  const keyFile = join(folder, 'collector.key');
  const receiptKey = Buffer.from(openCollectorKey(keyFile).publicKey).toString('hex');
  const broker = await startBroker();
  const state = { durable: 0, frames: 0, uplink: null as UplinkStatus | null };
  const uplink = { name: 'up', url: broker.url, receiptKey, limits: { askAfterMs: 500, answerMs: 5000 } };
  const settings: UplinkHostSettings = { dataDir, framesPerS, points: 2, commitMs: 20, uplink };
  const host = new Party('host', [HOST, JSON.stringify(settings)], (line) => {
    if (typeof line.durable === 'number') state.durable = Math.max(state.durable, line.durable);
    if (line.uplink) Object.assign(state, { frames: line.frames, uplink: line.uplink });
  });
  const collector = new Party('collector', [
    ...[CLI, 'collect', '--broker', broker.url, '--database', database],
    ...['--key', keyFile, '--client-id', 'soak-collector'],
  ]);
  let brokerKills = 0;
  try {
    host.start();
    collector.start();
    const said = (): string => `\nhost: ${host.stderr}${JSON.stringify(host.lines)}\ncollector: ${collector.stderr}`;
    const until = (holds: () => boolean, what: string): Promise<void> => untilWith(holds, what, said);
    await until(() => state.durable > 0, 'the first frames');
    for (let n = 0; n < wanted; n++) {
      // a third of the kills may hit a start, the others hit a host that stores and sends
      const { durable } = state;
      if (random() > 1 / 3) await until(() => state.durable > durable, 'a host that stores');
      await delay(random() * mostMs);
      const who = Math.floor(random() * 3);
      if (who === 2) {
        await broker.kill('SIGKILL');
        brokerKills++;
        await broker.restart();
      } else {
        const party = [host, collector][who];
        await party.kill();
        party.start();
      }
      told?.(n + 1);
    }
    const { durable } = state;
    await until(() => state.durable > durable, 'a host that stores');
    host.write('quiet\n');
    await drained(host, collector, state);
    await collector.kill('SIGTERM');
    await host.kill('SIGKILL');
    return {
      seed,
      kills: { host: host.kills - 1, collector: collector.kills - 1, broker: brokerKills },
      durable: state.durable,
      ...compare(join(dataDir, 'spindle.db'), database),
      seconds: (performance.now() - startedMs) / 1000,
    };
  } finally {
    await Promise.all([host.kill(), collector.kill()]);
    await broker.stop();
  }
}

async function untilWith(holds: () => boolean, what: string, said: () => string): Promise<void> {
  for (const end = performance.now() + START_MS; !holds(); await delay(10))
    if (performance.now() > end) throw new Error(`waited ${START_MS / 1000} s for: ${what}${said()}`);
}

/** Until the host says that everything is receipted; it is fed no more. */
async function drained(host: Party, collector: Party, state: { uplink: UplinkStatus | null }): Promise<void> {
  // a status from before the last kill would tell of another process
  state.uplink = null;
  let quiet = 0;
  for (const end = performance.now() + DRAIN_MS; performance.now() < end; ) {
    await delay(200);
    host.write('quiet\n'); // it may have been starting
    if (!host.isAlive || !collector.isAlive)
      throw new Error(`a process ended by itself:\n${host.stderr}\n${collector.stderr}`);
    const uplink = state.uplink as UplinkStatus | null;
    quiet = uplink?.behind === 0 ? quiet + 1 : 0;
    if (quiet >= 3) return;
  }
  throw new Error(`not everything is receipted after ${DRAIN_MS / 1000} s: ${JSON.stringify(state.uplink)}`);
}

/** Row by row, in the order of their identity. */
export function compare(store: string, collected: string) {
  const database = new DatabaseSync(store, { readOnly: true });
  database.exec(`ATTACH '${collected}' AS far`);
  const count = (sql: string): number => (database.prepare(sql).get() as { n: number }).n;
  const here = 'frame h JOIN epoch e ON e.id = h.id >> 40';
  const source = 'far.source s ON s.host_id = e.host_id AND s.epoch = e.epoch';
  const there = 'far.frame t ON t.source_id = s.id AND t.seq = h.id & 1099511627775';
  const result = {
    features: count('SELECT count(*) n FROM frame WHERE kind = 1'),
    lastFeature: count('SELECT max(mono_us) / 1000000 n FROM frame WHERE kind = 1'),
    stored: count('SELECT count(*) n FROM frame'),
    collected: count('SELECT count(*) n FROM far.frame'),
    lost: count(`SELECT count(*) n FROM ${here} LEFT JOIN ${source} LEFT JOIN ${there} WHERE t.seq IS NULL`),
    different: count(`SELECT count(*) n FROM ${here} JOIN ${source} JOIN ${there} WHERE t.bytes <> h.bytes`),
    invented: count(
      `SELECT count(*) n FROM far.frame t JOIN far.source s ON s.id = t.source_id
       LEFT JOIN epoch e ON e.host_id = s.host_id AND e.epoch = s.epoch
       LEFT JOIN frame h ON h.id = (e.id << 40) + t.seq WHERE h.id IS NULL`,
    ),
  };
  database.close();
  return result;
}
