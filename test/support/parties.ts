/** Broker, collector and store thread of one test: made here, and ended with it whether it passes or not. */
import type { Test } from 'uvu';
import type { StoreThreadSettings, UplinkSettings, UplinkStatus } from '../../host/store/messages.ts';
import { TestCollector, type TestCollectorOptions } from './collector.ts';
import { type Broker, startBroker } from './mosquitto.ts';
import { points } from './store.ts';
import { StoreThread } from './store-thread.ts';

export class Parties {
  readonly #ends: (() => Promise<unknown>)[] = [];

  constructor(tests: Test) {
    tests.after.each(async () => {
      for (const end of this.#ends.splice(0).reverse()) await end();
    });
  }

  endsWith(end: () => Promise<unknown>): void {
    this.#ends.push(end);
  }

  /** @param extra lines of mosquitto.conf; a later one counts */
  async broker(extra: string[] = []): Promise<Broker> {
    const started = await startBroker(['allow_anonymous true', ...extra]);
    this.#ends.push(() => started.stop());
    return started;
  }

  async collector(urls: string[], options?: TestCollectorOptions): Promise<TestCollector> {
    const started = await TestCollector.start(urls, options);
    this.#ends.push(() => started.stop());
    return started;
  }

  host(
    dataDir: string,
    uplink: Partial<UplinkSettings> & { url: string | string[] },
    more: Partial<StoreThreadSettings> = {},
  ): StoreThread {
    const settings: StoreThreadSettings = {
      dataDir,
      points,
      uplinks: [{ name: 'up', limits: { askAfterMs: 200, answerMs: 3000 }, ...uplink }],
      bootId: new Uint8Array(8).fill(4),
      commit: { maxAgeMs: 20, maxBytes: 65_536 },
      heartbeatMs: 20,
      ...more,
    };
    const thread = new StoreThread(settings);
    this.#ends.push(() => thread.worker.terminate());
    return thread;
  }
}

/** How the only uplink stood last; undefined before the first heartbeat. */
export function uplinkOf(thread: StoreThread): UplinkStatus | undefined {
  const last = thread.seen.at(-1);
  const beat = last?.type === 'stopped' ? last : thread.seen.findLast((message) => message.type === 'heartbeat');
  return beat && 'status' in beat ? beat.status.uplinks[0] : undefined;
}
