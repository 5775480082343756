/**
 * A real PostgreSQL of the test's own: free loopback port, own folder, as a user without rights where the test runs as
 * root, which PostgreSQL refuses; killed by its pid. It starts no service of the system.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { freePort } from './mosquitto.ts';

const READY_MS = 30_000;
const DEBIAN = '/usr/lib/postgresql';

/** Where initdb and postgres stand; null when they are not installed. */
function findFolder(): string | null {
  const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN).sort((a, b) => Number(b) - Number(a)) : [];
  const folders = [...versions.map((version) => join(DEBIAN, version, 'bin')), ...(process.env.PATH ?? '').split(':')];
  return folders.find((folder) => existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'postgres'))) ?? null;
}

/** What is missing for these tests, as `needs` wants it. */
export const missingPostgres = (): string | null => (findFolder() ? null : 'PostgreSQL (apt-get install postgresql)');

function unprivileged(): { uid: number; gid: number } | null {
  if (process.getuid?.() !== 0) return null;
  const users = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  const user = users.find(([name]) => name === 'postgres') ?? users.find(([name]) => name === 'nobody');
  if (!user) throw new Error('neither a user postgres nor nobody: PostgreSQL refuses to run as root');
  return { uid: Number(user[2]), gid: Number(user[3]) };
}

export interface Postgres {
  readonly url: string;
  kill(signal: 'SIGKILL' | 'SIGINT'): Promise<void>;
  restart(): Promise<void>;
  query<T extends pg.QueryResultRow>(sql: string): Promise<T[]>;
  /** For good. */
  stop(): Promise<void>;
}

export async function startPostgres(): Promise<Postgres> {
  const bin = findFolder();
  if (!bin) throw new Error('PostgreSQL is not installed');
  const folder = mkdtempSync(join(tmpdir(), 'spindle-postgres-'));
  const user = unprivileged();
  if (user) chownSync(folder, user.uid, user.gid);
  const data = join(folder, 'data');
  const made = spawnSync(
    join(bin, 'initdb'),
    ['-D', data, '-U', 'spindle', '--auth=trust', '--no-locale', '-E', 'UTF8', '--no-instructions'],
    { ...user, cwd: folder, encoding: 'utf8', timeout: 60_000 },
  );
  if (made.status !== 0) throw new Error(`initdb failed: ${made.stderr}`);
  const port = await freePort();
  const url = `postgres://spindle@127.0.0.1:${port}/postgres`;
  let child: ChildProcess | null = null;
  const start = async (endMs: number): Promise<void> => {
    let output = '';
    const server = spawn(
      join(bin, 'postgres'),
      ['-D', data, '-p', String(port), '-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories='],
      { ...user, cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] },
    );
    server.stdout.on('data', (chunk) => (output += chunk));
    server.stderr.on('data', (chunk) => (output += chunk));
    child = server;
    const isOver = (): boolean => server.exitCode !== null || server.signalCode !== null;
    while (!(await answers(url))) {
      // children of a server that was killed hold its shared memory until they have noticed
      if (isOver() && output.includes('shared memory block') && Date.now() < endMs) return start(endMs);
      if (isOver() || Date.now() > endMs) throw new Error(`PostgreSQL does not answer:\n${output}`);
      await delay(50);
    }
  };
  const kill = async (signal: 'SIGKILL' | 'SIGINT'): Promise<void> => {
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
  };
  await start(Date.now() + READY_MS);
  return {
    url,
    kill,
    restart: () => start(Date.now() + READY_MS),
    async query<T extends pg.QueryResultRow>(sql: string) {
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      try {
        return (await client.query<T>(sql)).rows;
      } finally {
        await client.end();
      }
    },
    async stop() {
      await kill('SIGINT');
      rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
    },
  };
}

async function answers(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 1000 });
  client.on('error', () => {});
  try {
    await client.connect();
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => {});
  }
}
