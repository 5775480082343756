/**
 * The serve thread: HTTP and nothing else. Folds the supervisor's messages into a Board and shows it. Ends when it is
 * asked to, or when the supervisor goes away.
 */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import type { FastifyInstance } from 'fastify';
import { Vitals } from '../vitals.ts';
import { statusApp, withoutEvents } from './app.ts';
import { Board, type BoardEvent } from './board.ts';
import type { FromServe, ServeThreadSettings, ToServe } from './messages.ts';
import { WATCH_LIMITS } from './readiness.ts';
import { EventStreams } from './streams.ts';

export const DEFAULT_PORT = 8080;
const PORTS_TRIED = 50;
/** Changes of the board are sent together, at most this often ... */
const BOARD_EVERY_MS = 250;
/** ... and at least this often, so that ages and staleness move on. */
const BOARD_AT_LEAST_MS = 2_000;
const PING_EVERY_MS = 15_000;

/** Ages go by a clock that never steps; wall time is what the clock says of them now. */
const utcOf = (monoMs: number): number => Date.now() - (performance.now() - monoMs);

export class StatusServer {
  readonly #board: Board;
  readonly #streams = new EventStreams();
  readonly #settings: ServeThreadSettings;
  readonly #timers: NodeJS.Timeout[] = [];
  #app: FastifyInstance | null = null;
  #isDirty = false;
  #sentMs = 0;

  constructor(settings: ServeThreadSettings) {
    const { title, subtitle, points, staleAfterMs = 10_000 } = settings;
    this.#settings = settings;
    this.#board = new Board({ title, subtitle, points, staleAfterMs, nowMs: performance.now(), utcOf });
  }

  get clients(): number {
    return this.#streams.count;
  }

  get dropped(): number {
    return this.#streams.dropped;
  }

  /**
   * Listens: on the port that was asked for, else on 8080 or the next free one.
   * @throws NodeJS.ErrnoException with code EADDRINUSE when the port that was asked for is taken
   */
  async listen(): Promise<{ url: string; port: number }> {
    const { host = '127.0.0.1', port } = this.#settings;
    const tries = port === undefined ? PORTS_TRIED : 1;
    for (let offset = 0; ; offset++) {
      const app = statusApp({
        board: this.#board,
        streams: this.#streams,
        nowMs: () => performance.now(),
        watch: { ...WATCH_LIMITS, ...this.#settings.watch },
      });
      try {
        const url = await app.listen({ host, port: (port ?? DEFAULT_PORT) + offset });
        this.#app = app;
        this.#timers.push(
          setInterval(() => this.#sendBoard(), BOARD_EVERY_MS),
          setInterval(() => this.#streams.ping(), PING_EVERY_MS),
        );
        return { url, port: Number(new URL(url).port) };
      } catch (error) {
        await app.close();
        if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE' || offset + 1 >= tries) throw error;
      }
    }
  }

  take(message: Exclude<ToServe, { type: 'stop' }>): void {
    this.#isDirty = true;
    if (message.type === 'status') {
      this.#board.status(message.status, performance.now());
      return;
    }
    const nowMs = performance.now();
    const event = this.#event(message, nowMs);
    if (event) this.#streams.send('event', event);
  }

  #event(message: Exclude<ToServe, { type: 'stop' | 'status' }>, nowMs: number): BoardEvent | null {
    if (message.type === 'command') return this.#board.command(message.point, message.text, nowMs);
    if (message.type === 'notice') return this.#board.notice(message.text, nowMs);
    return this.#board.output(message.output, nowMs);
  }

  async close(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    this.#streams.close();
    await this.#app?.close();
  }

  #sendBoard(): void {
    const nowMs = performance.now();
    if (!this.#isDirty && nowMs - this.#sentMs < BOARD_AT_LEAST_MS) return;
    this.#isDirty = false;
    this.#sentMs = nowMs;
    if (this.#streams.count > 0) this.#streams.send('board', withoutEvents(this.#board.view(nowMs)));
  }
}

async function serveThread(port: MessagePort, settings: ServeThreadSettings): Promise<void> {
  const send = (message: FromServe): void => port.postMessage(message);
  const server = new StatusServer(settings);
  const end = async (): Promise<void> => {
    await server.close();
    port.close();
  };
  port.on('message', (message: ToServe) => {
    if (message.type === 'stop') void end();
    else server.take(message);
  });
  try {
    send({ type: 'listening', ...(await server.listen()) });
  } catch (error) {
    const isTaken = (error as NodeJS.ErrnoException).code === 'EADDRINUSE' && settings.port !== undefined;
    const text = isTaken
      ? `port ${settings.port} is taken; wanted a free one. Leave the port out to get the next free one from ${DEFAULT_PORT}`
      : `the status page cannot be served: ${(error as Error).message}`;
    send({ type: 'failed', code: isTaken ? 'PORT_TAKEN' : 'SERVE_FAILED', message: text });
    await end();
    return;
  }
  const vitals = new Vitals();
  const beat = (): void =>
    send({ type: 'heartbeat', clients: server.clients, dropped: server.dropped, vitals: vitals.read() });
  const timer = setInterval(beat, settings.heartbeatMs ?? 500);
  port.on('close', () => clearInterval(timer));
}

if (parentPort) await serveThread(parentPort, workerData as ServeThreadSettings);
