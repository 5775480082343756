/**
 * What goes upstream and when: one cursor an uplink over the frames of the store. A window of frames is read after the
 * cursor, put together by topic, sent, and only when all of it is answered does the cursor move. Sending twice is
 * possible, losing is not: the far side tells by {hostId, epoch, seq}.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { type Backoff, backoff } from '../backoff.ts';
import { TransportError } from '../errors.ts';
import { frameId, seqOf } from '../store/frame-id.ts';
import type { UplinkStatus } from '../store/messages.ts';
import type { Store } from '../store/store.ts';
import { topicOf } from './topics.ts';
import type { OutgoingMessage, Transport } from './transport.ts';

const WINDOW_FRAMES = 256;
const WINDOW_BYTES = 256 * 1024;
const MESSAGE_FRAMES = 64;
/** A message is closed before it passes this; one larger frame goes alone. */
const MESSAGE_BYTES = 64 * 1024;

interface Window {
  messages: OutgoingMessage[];
  frames: number;
  /** Where the cursor stands after it. */
  epochId: number;
  nextSeq: number;
}

export interface OutboxOptions {
  name: string;
  store: Store;
  /** A new one for each connection. */
  transport: () => Transport;
  random?: () => number;
  retry?: Backoff;
  /** Called whenever the cursor has moved, so that the owner commits in time. */
  onProgress?: () => void;
}

export class Outbox {
  readonly #options: OutboxOptions;
  readonly #retry: Backoff;
  readonly #read: StatementSync;
  readonly #pointPath: StatementSync;
  readonly #nextEpoch: StatementSync;
  readonly #hostIdHex: StatementSync;
  #state: UplinkStatus['state'] = 'connecting';
  #delivered = 0;
  #lastError: string | null = null;
  #stopped = false;
  #wake: () => void = () => {};
  #running: Promise<void> | null = null;
  #transport: Transport | null = null;

  constructor(options: OutboxOptions) {
    this.#options = options;
    this.#retry = options.retry ?? backoff(options.random ?? Math.random);
    const database: DatabaseSync = options.store.database;
    this.#read = database.prepare(
      `SELECT id, kind, point_id, bytes FROM frame WHERE id BETWEEN ? AND ? ORDER BY id LIMIT ${WINDOW_FRAMES}`,
    );
    this.#pointPath = database.prepare('SELECT path FROM point WHERE id = ?');
    this.#nextEpoch = database.prepare('SELECT min(id) id FROM epoch WHERE id > ?');
    this.#hostIdHex = database.prepare('SELECT lower(hex(host_id)) hex FROM epoch WHERE id = ?');
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** Settles when it has ended: rejects with a defect, never because the far side is away. */
  get done(): Promise<void> {
    return this.#running ?? Promise.resolve();
  }

  /** Something was committed. */
  wake(): void {
    this.#wake();
  }

  /** Resolves when the connection is closed; the cursor stays at what was answered for. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#wake();
    await this.#transport?.close(); // ends a connect or send that is under way
    await this.#running;
  }

  status(): Omit<UplinkStatus, 'restarts' | 'isGivenUp'> {
    const { name } = this.#options;
    return { name, state: this.#state, delivered: this.#delivered, behind: this.behind(), lastError: this.#lastError };
  }

  /** Frames committed and not yet answered for. */
  behind(): number {
    let { epochId, nextSeq } = this.#options.store.cursor(this.#options.name);
    let behind = 0;
    for (;;) {
      behind += Math.max(0, this.#options.store.framesOf(epochId) - nextSeq);
      const later = (this.#nextEpoch.get(epochId) as { id: number | null }).id;
      if (later === null) return behind;
      epochId = later;
      nextSeq = 0;
    }
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      this.#state = 'connecting';
      this.#transport = this.#options.transport();
      try {
        await this.#connected(this.#transport);
      } catch (error) {
        if (!(error instanceof TransportError)) throw error;
        this.#lastError = error.message;
      } finally {
        await this.#transport.close();
      }
      if (this.#stopped) break;
      this.#state = 'waiting';
      await this.#pause(this.#retry.next());
    }
    this.#state = 'stopped';
  }

  /** Sends until stopped; rejects when the connection is gone. */
  async #connected(transport: Transport): Promise<void> {
    let down: Error | null = null;
    transport.onDown((cause) => {
      down = new TransportError('UPLINK_DOWN', cause.message, { cause });
      this.#wake();
    });
    await transport.connect();
    this.#state = 'up';
    this.#lastError = null;
    while (!this.#stopped) {
      if (down) throw down;
      const window = this.#window();
      if (!window) {
        await this.#pause(null);
        continue;
      }
      if (window.messages.length > 0) await transport.send(window.messages);
      // only a broker that takes data earns short waits again: one that drops us after each connect does not
      this.#retry.reset();
      this.#delivered += window.frames;
      this.#options.store.setCursor(this.#options.name, window.epochId, window.nextSeq);
      this.#options.onProgress?.();
    }
  }

  /** Until woken or, with a number, that many milliseconds. Stopping always wakes. */
  #pause(ms: number | null): Promise<void> {
    return new Promise((resolve) => {
      const timer = ms === null ? null : setTimeout(() => done(), ms);
      const done = (): void => {
        if (timer) clearTimeout(timer);
        this.#wake = () => {};
        resolve();
      };
      // a commit is no reason to try a dead broker earlier
      this.#wake = ms === null ? done : () => this.#stopped && done();
      if (this.#stopped) done();
    });
  }

  /** The next frames that are committed, by topic; null when there are none. */
  #window(): Window | null {
    const { name, store } = this.#options;
    let { epochId, nextSeq } = store.cursor(name);
    for (;;) {
      const window = this.#windowOf(epochId, nextSeq);
      if (window) return window;
      const later = (this.#nextEpoch.get(epochId) as { id: number | null }).id;
      if (later === null) return null;
      epochId = later;
      nextSeq = 0;
    }
  }

  #windowOf(epochId: number, fromSeq: number): Window | null {
    const topics = new Map<string, Uint8Array[][]>();
    const { store } = this.#options;
    const { hex } = this.#hostIdHex.get(epochId) as { hex: string };
    let frames = 0;
    let bytesRead = 0;
    let nextSeq = fromSeq;
    for (const row of this.#read.iterate(frameId(epochId, fromSeq), frameId(epochId, store.framesOf(epochId) - 1))) {
      const bytes = row.bytes as Uint8Array;
      nextSeq = seqOf(row.id as number) + 1;
      const topic = topicOf(this.#path(row.point_id as number | null), hex, row.kind as number);
      addTo(topics, topic, bytes);
      frames++;
      bytesRead += bytes.length;
      if (bytesRead >= WINDOW_BYTES) break;
    }
    if (nextSeq === fromSeq) return null;
    const messages = [...topics].flatMap(([topic, groups]) =>
      groups.map((group) => ({ topic, payload: Buffer.concat(group) })),
    );
    return { messages, frames, epochId, nextSeq };
  }

  #path(pointId: number | null): string | null {
    if (pointId === null) return null;
    return (this.#pointPath.get(pointId) as { path: string } | undefined)?.path ?? null;
  }
}

function addTo(topics: Map<string, Uint8Array[][]>, topic: string, bytes: Uint8Array): void {
  const groups = topics.get(topic) ?? [];
  if (groups.length === 0) topics.set(topic, groups);
  const last = groups.at(-1);
  const size = last?.reduce((sum, item) => sum + item.length, 0) ?? 0;
  if (last && last.length < MESSAGE_FRAMES && size + bytes.length <= MESSAGE_BYTES) last.push(bytes);
  else groups.push([bytes]);
}
