/**
 * A real Mosquitto of the test's own: free loopback port, own folder, killed by its pid. Without the program a test
 * is skipped aloud, and with CI=true it fails.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import mqtt, { type MqttClient } from 'mqtt';

const READY_MS = 10_000;

function findProgram(): string | null {
  const folders = [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/usr/local/sbin'];
  return folders.map((folder) => join(folder, 'mosquitto')).find((path) => existsSync(path)) ?? null;
}

/** @returns whether Mosquitto is there; with CI=true its absence throws */
export function hasMosquitto(): boolean {
  if (findProgram()) return true;
  const line = 'mosquitto is not installed (apt-get install mosquitto): the tests with a real broker do not run';
  if (process.env.CI === 'true') throw new Error(line);
  console.warn(`SKIPPED: ${line}`);
  return false;
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

export interface Broker {
  readonly port: number;
  readonly url: string;
  /** Ends the process and waits for it; what it had not saved is lost with SIGKILL. */
  kill(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>;
  /** Starts it again on the same port and folder. */
  restart(): Promise<void>;
  /** For good. */
  stop(): Promise<void>;
}

/** @param extra more lines of mosquitto.conf */
export async function startBroker(extra: string[] = ['allow_anonymous true']): Promise<Broker> {
  const program = findProgram();
  if (!program) throw new Error('mosquitto is not installed');
  const folder = mkdtempSync(join(tmpdir(), 'spindle-mosquitto-'));
  const port = await freePort();
  const lines = [
    `listener ${port} 127.0.0.1`,
    'persistence true',
    `persistence_location ${folder}/`,
    'autosave_on_changes true',
    'autosave_interval 1',
    'max_queued_messages 0',
    'max_inflight_messages 0',
    // started as root it would become another user, who cannot write the folder
    ...(process.getuid?.() === 0 ? ['user root'] : []),
    ...extra,
  ];
  const config = join(folder, 'mosquitto.conf');
  writeFileSync(config, `${lines.join('\n')}\n`);

  let child: ChildProcess | null = null;
  const start = async (): Promise<void> => {
    let output = '';
    const process = spawn(program, ['-c', config], { stdio: ['ignore', 'pipe', 'pipe'] });
    process.stdout.on('data', (chunk) => (output += chunk));
    process.stderr.on('data', (chunk) => (output += chunk));
    child = process;
    const end = Date.now() + READY_MS;
    while (!(await answers(port))) {
      if (process.exitCode !== null || Date.now() > end)
        throw new Error(`mosquitto does not answer on port ${port}:\n${output}`);
      await delay(10);
    }
  };
  const kill = async (signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> => {
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
  };
  await start();
  return {
    port,
    url: `mqtt://127.0.0.1:${port}`,
    kill,
    restart: start,
    async stop() {
      await kill('SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

export interface Received {
  topic: string;
  payload: Uint8Array;
}

/** A subscriber that keeps its session over restarts of the broker. */
export class Subscriber {
  readonly messages: Received[] = [];
  readonly #client: MqttClient;
  #changed: () => void = () => {};

  private constructor(client: MqttClient) {
    this.#client = client;
    client.on('message', (topic, payload) => {
      this.messages.push({ topic, payload });
      this.#changed();
    });
    client.on('error', () => {}); // a broker that is killed on purpose
  }

  static async connect(url: string, topic = 'spindle/v1/#'): Promise<Subscriber> {
    const client = mqtt.connect(url, {
      protocolVersion: 5,
      clean: false,
      clientId: 'test-subscriber',
      reconnectPeriod: 50,
      properties: { sessionExpiryInterval: 3600 },
    });
    const subscriber = new Subscriber(client);
    await subscriber.connected();
    await client.subscribeAsync(topic, { qos: 1 });
    return subscriber;
  }

  /** Resolves when it is connected (again). */
  async connected(): Promise<void> {
    if (!this.#client.connected) await new Promise<void>((resolve) => this.#client.once('connect', () => resolve()));
  }

  /** Resolves once `holds` does; checked at each message. @throws after `limitMs` */
  async until(holds: () => boolean, what: string, limitMs = 60_000): Promise<void> {
    const end = Date.now() + limitMs;
    while (!holds()) {
      const left = end - Date.now();
      if (left <= 0) throw new Error(`waited ${limitMs / 1000} s for: ${what}`);
      const timer = new AbortController();
      await Promise.race([
        new Promise<void>((resolve) => (this.#changed = resolve)),
        delay(left, undefined, { signal: timer.signal }).catch(() => {}),
      ]);
      timer.abort();
    }
  }

  async close(): Promise<void> {
    await this.#client.endAsync(true);
  }
}
