/** The outbox and the collector, both real, over a wire that loses, repeats, delays and cuts: nothing is lost or twice. */
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Collector } from '../../host/collect/collector.ts';
import { newCollectorKey } from '../../host/collect/key.ts';
import { SqliteSink } from '../../host/collect/sqlite.ts';
import { TransportError } from '../../host/errors.ts';
import { Outbox, type OutboxOptions } from '../../host/forward/outbox.ts';
import type { Transport } from '../../host/forward/transport.ts';
import { KEY_FILE } from '../../host/frame/key.ts';
import { backUp } from '../../host/store/backup.ts';
import { STORE_FILE } from '../../host/store/schema.ts';
import { Store } from '../../host/store/store.ts';
import { assertSame } from '../support/collector.ts';
import { newFolder } from '../support/folder.ts';
import { descriptorDraft, featureDraft } from '../support/frames.ts';
import { dropFrames, points } from '../support/store.ts';

const wire = suite('collect.wire');

const FAULTS = ['lose', 'lose', 'repeat', 'delay', 'cut', 'lose receipt', 'restart collector'] as const;
type Fault = (typeof FAULTS)[number];

/** A broker with one queue each way; every tenth message or so meets the next fault. */
class Wire {
  readonly path: string;
  readonly key = newCollectorKey();
  readonly faults: Fault[];
  readonly distance: number;
  collector: Collector;
  sink: SqliteSink;
  duplicates = 0;
  #messages = 0;
  #listener: (message: Uint8Array) => void = () => {};
  #down: (cause: Error) => void = () => {};
  #loseReceipts = 0;

  constructor(faults: Fault[], distance: number) {
    this.faults = faults;
    this.distance = distance;
    this.path = `${newFolder('wire')}/collected.db`;
    this.sink = new SqliteSink(this.path);
    this.collector = this.#newCollector();
  }

  #newCollector(): Collector {
    return new Collector({ sink: this.sink, key: this.key, batch: { maxAgeMs: 2, maxFrames: 100 } });
  }

  transport(): Transport {
    let isUp = false;
    const listen = (listener: (message: Uint8Array) => void): void => {
      this.#listener = listener;
    };
    return {
      endpoint: 'wire',
      inflight: 8,
      connect: async () => {
        isUp = true;
      },
      send: async ({ topic, payload }) => {
        if (!isUp) throw new TransportError('TEST', 'cut');
        const fault = ++this.#messages % this.distance === 0 ? this.faults.shift() : undefined;
        if (fault === 'cut') {
          isUp = false;
          this.#down(new Error('cut'));
          throw new TransportError('TEST', 'cut');
        }
        if (fault === 'lose receipt') this.#loseReceipts = 2;
        if (fault === 'restart collector') this.#restart();
        if (fault === 'lose') return;
        if (fault === 'delay') await new Promise((resolve) => setTimeout(resolve, 5));
        for (let n = fault === 'repeat' ? 2 : 1; n > 0; n--)
          await this.collector.take(topic, Uint8Array.from(payload), { publish: (_, receipt) => this.#back(receipt) });
      },
      onReceipt: listen,
      onDown: (listener) => (this.#down = listener),
      close: async () => {
        isUp = false;
        this.#listener = () => {};
      },
    };
  }

  #back(receipt: Uint8Array): void {
    if (this.#loseReceipts-- > 0) return;
    setImmediate(() => this.#listener(receipt));
  }

  /** What it had not committed is gone, as with kill -9. */
  #restart(): void {
    this.duplicates += this.collector.counts.duplicates;
    this.collector = this.#newCollector();
  }
}

interface Run {
  store: Store;
  far: Wire;
  frames: number;
  more?: Partial<OutboxOptions>;
  /** The collector stays up for another run. */
  goesOn?: boolean;
}

async function drain({ store, far, more, goesOn = false }: Run): Promise<Outbox> {
  const finished = Promise.withResolvers<void>();
  const box: Outbox = new Outbox({
    name: 'up',
    store,
    endpoints: [() => far.transport()],
    receiptKey: far.key.publicKey,
    limits: { askAfterMs: 20, answerMs: 2000 },
    retry: { next: () => 0, reset: () => {} },
    onProgress: () => box.behind() === 0 && finished.resolve(),
    ...more,
  });
  box.start();
  const late = setTimeout(() => finished.reject(new Error(`does not end: ${JSON.stringify(box.status())}`)), 20_000);
  try {
    await finished.promise;
  } finally {
    clearTimeout(late);
    await box.stop();
    if (!goesOn) {
      await far.collector.stop();
      await far.sink.close();
    }
  }
  return box;
}

function filledStore(frames: number): Store {
  const store = Store.open({ dataDir: newFolder('wire'), points });
  store.describe('d', descriptorDraft());
  for (let n = 1; n < frames; n++) store.append(featureDraft(n, 1 + (n % 2)));
  store.commit();
  return store;
}

wire('every frame arrives once, in order, byte for byte, and only then moves the cursor', async () => {
  const store = filledStore(3000);
  const far = new Wire([], 1);
  const box = await drain({ store, far, frames: 3000 });
  store.commit();
  assertSame(store.dataDir, far.path);
  const { live, backfill, resent, delivered, receipts } = box.status();
  assert.equal(
    { live, backfill, resent, delivered, receipts },
    {
      ...{ live: 1024, backfill: 1976, resent: 0, delivered: 3000, receipts: 'signed' },
    },
  );
  assert.is(store.cursor('up').nextSeq, 3000);
  store.close();
});

wire('a store restored from a backup goes on in its new epoch, whatever the collector has of the old one', async () => {
  const store = filledStore(40);
  const place = newFolder('restored');
  store.checkpoint();
  backUp(store.dataDir, join(place, STORE_FILE), new Date(0));
  copyFileSync(join(store.dataDir, KEY_FILE), join(place, KEY_FILE));
  for (let n = 40; n < 80; n++) store.append(featureDraft(n));
  store.commit();
  const far = new Wire([], 1);
  await drain({ store, far, frames: store.nextSeq, goesOn: true });
  store.close();

  const restored = Store.open({ dataDir: place, points });
  restored.describe('d', descriptorDraft());
  restored.append(featureDraft(1));
  restored.commit();
  const box = await drain({ store: restored, far, frames: restored.nextSeq });
  assert.equal([box.status().behind, box.status().lastError], [0, null]);
  assert.equal(restored.cursor('up'), { epochId: 2, nextSeq: restored.nextSeq, isWeak: false });
  restored.close();
});

wire('frames that were dropped here hold up nothing, whether their gap frame has arrived or not', async () => {
  const store = filledStore(3000);
  dropFrames(store.database, 0, 99);
  dropFrames(store.database, 1000, 1500);
  dropFrames(store.database, 2990, 2999);
  const far = new Wire([], 1);
  await drain({ store, far, frames: 3000 });
  assert.is(store.cursor('up').nextSeq, 3000);
  store.commit();
  assertSame(store.dataDir, far.path);
  store.close();
});

wire('whatever the wire does, nothing is lost, nothing twice (property)', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom(...FAULTS), { maxLength: 20 }),
      fc.integer({ min: 2, max: 5 }),
      fc.integer({ min: 1, max: 3000 }),
      async (faults, distance, frames) => {
        const store = filledStore(frames);
        const far = new Wire([...faults], distance);
        await drain({ store, far, frames });
        assert.is(store.cursor('up').nextSeq, frames);
        store.commit();
        assertSame(store.dataDir, far.path);
        store.close();
      },
    ),
    { numRuns: 12 },
  );
});

wire.run();
