/** The store thread as a supervisor drives it, small enough for tests: keeps what is not acknowledged. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { FromStore, StoreThreadSettings, ToStore } from '../../host/store/messages.ts';

const LIMIT_MS = 60_000;
type Of<T extends FromStore['type']> = Extract<FromStore, { type: T }>;

export class StoreThread {
  readonly worker: Worker;
  readonly seen: FromStore[] = [];
  committed = -1;
  #changed: () => void = () => {};
  readonly exited: Promise<number>;

  constructor(settings: StoreThreadSettings) {
    this.worker = new Worker(new URL('../../host/forward/worker.ts', import.meta.url), { workerData: settings });
    this.worker.on('message', (message: FromStore) => {
      this.seen.push(message);
      if (message.type === 'committed') this.committed = message.upTo;
      this.#changed();
    });
    this.exited = once(this.worker, 'exit').then(([code]) => {
      this.#changed();
      return code as number;
    });
  }

  send(message: ToStore): void {
    this.worker.postMessage(message);
  }

  /** Resolves once `find` gives something; looked at after each message. @throws after a minute */
  async until<T>(find: () => T | undefined | false | null, what: string): Promise<T> {
    const end = Date.now() + LIMIT_MS;
    for (;;) {
      const found = find();
      if (found) return found;
      if (Date.now() > end)
        throw new Error(`waited ${LIMIT_MS / 1000} s for: ${what}; got ${JSON.stringify(this.seen.at(-1))}`);
      let timer: NodeJS.Timeout | undefined;
      await new Promise<void>((resolve) => {
        this.#changed = resolve;
        timer = setTimeout(resolve, end - Date.now() + 1);
      });
      clearTimeout(timer);
    }
  }

  first<T extends FromStore['type']>(type: T): Promise<Of<T>> {
    return this.until(() => this.seen.find((message) => message.type === type) as Of<T> | undefined, type);
  }

  async stop(): Promise<Of<'stopped'>> {
    this.send({ type: 'stop' });
    const stopped = await this.first('stopped');
    await this.exited;
    return stopped;
  }
}
