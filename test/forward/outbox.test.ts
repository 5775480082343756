/** The outbox against far sides that answer late, in part or never: nothing is skipped, whatever fails. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { backoff } from '../../host/backoff.ts';
import { TransportError } from '../../host/errors.ts';
import { Outbox } from '../../host/forward/outbox.ts';
import { topicOf } from '../../host/forward/topics.ts';
import type { OutgoingMessage, Transport } from '../../host/forward/transport.ts';
import { decodeFrame } from '../../host/frame/frame.ts';
import { splitSequence } from '../../host/frame/sequence.ts';
import { Store } from '../../host/store/store.ts';
import { newFolder } from '../support/folder.ts';
import { descriptorDraft, eventDraft, featureDraft } from '../support/frames.ts';
import { dropFrames } from '../support/store.ts';

const outbox = suite('forward.outbox');
const points = [
  { id: 1, name: 'pump', path: 'acme/site/area/line/asset/pump' },
  { id: 2, name: 'fan', path: 'acme/site/area/line/asset/fan' },
];

function filledStore(frames: number): Store {
  const store = Store.open({ dataDir: newFolder('outbox'), points });
  store.describe('d', descriptorDraft());
  for (let n = 1; n < frames; n++) store.append(featureDraft(n, 1 + (n % 2)));
  store.commit();
  return store;
}

type Fate = 'answer' | 'refuse connect' | 'fail before' | 'fail after' | 'drop';

/** A broker that keeps what reaches it and meets each connection and message with the next fate. */
class FarSide {
  readonly seqs: number[] = [];
  readonly messages: OutgoingMessage[] = [];
  readonly fates: Fate[];
  onSend: () => void = () => {};
  constructor(fates: Fate[]) {
    this.fates = fates;
  }
  transport(): Transport {
    let down: (cause: Error) => void = () => {};
    const fail = (): Promise<never> => Promise.reject(new TransportError('TEST', 'as told'));
    return {
      endpoint: 'test',
      inflight: 8,
      connect: () => {
        if (this.fates[0] !== 'refuse connect') return Promise.resolve();
        this.fates.shift();
        return fail();
      },
      send: async (message) => {
        this.onSend();
        this.messages.push(message);
        const fate = this.fates.shift() ?? 'answer';
        if (fate === 'fail before') await fail();
        this.seqs.push(...splitSequence(message.payload).map((bytes) => decodeFrame(bytes).seq));
        if (fate === 'fail after') await fail();
        if (fate === 'drop') down(new Error('dropped'));
      },
      onReceipt: () => {},
      onDown: (listener) => (down = listener),
      close: async () => {},
    };
  }
}

/** Runs until everything is answered for. */
async function drain(store: Store, far: FarSide): Promise<Outbox> {
  let done: () => void = () => {};
  const finished = new Promise<void>((resolve) => (done = resolve));
  const box = new Outbox({
    name: 'up',
    store,
    endpoints: [() => far.transport()],
    receiptKey: null,
    retry: { next: () => 0, reset: () => {} },
    onProgress: () => box.behind() === 0 && done(),
  });
  box.start();
  await finished;
  await box.stop();
  return box;
}

outbox('sends frames by topic, 64 a message at most, in order', async () => {
  const store = filledStore(300);
  const far = new FarSide([]);
  const box = await drain(store, far);
  assert.equal(
    far.seqs.toSorted((a, b) => a - b),
    Array.from({ length: 300 }, (_, i) => i),
  );
  assert.equal(box.status().delivered, 300);
  const counts = far.messages.map((message) => splitSequence(message.payload).length);
  assert.ok(counts.every((count) => count >= 1 && count <= 64));
  assert.equal([box.status().receipts, box.status().live, box.status().resent], ['puback', 300, 0]);
  store.close();
});

outbox('moves its cursor only past what was answered for, whatever fails (property)', async () => {
  const fate = fc.constantFrom<Fate>('answer', 'refuse connect', 'fail before', 'fail after', 'drop');
  await fc.assert(
    fc.asyncProperty(fc.array(fate, { maxLength: 12 }), fc.integer({ min: 1, max: 700 }), async (fates, frames) => {
      const store = filledStore(frames);
      const far = new FarSide([...fates]);
      far.onSend = () => {
        const got = new Set(far.seqs);
        for (let seq = 0; seq < store.cursor('up').nextSeq; seq++) assert.ok(got.has(seq), `cursor is past ${seq}`);
      };
      await drain(store, far);
      assert.is(new Set(far.seqs).size, frames);
      assert.is(store.cursor('up').nextSeq, frames);
      store.close();
    }),
    { numRuns: 25 },
  );
});

outbox('goes on from the cursor that was committed', async () => {
  const store = filledStore(20);
  await drain(store, new FarSide([]));
  store.commit();
  store.close();
  const again = Store.open({ dataDir: store.dataDir, points }); // signs the tail: one frame more
  const far = new FarSide([]);
  await drain(again, far);
  assert.equal(far.seqs, [20]);
  again.close();
});

outbox('sends nothing that is not committed', async () => {
  const store = filledStore(5);
  store.append(eventDraft(9));
  const far = new FarSide([]);
  await drain(store, far);
  assert.is(Math.max(...far.seqs), 4);
  store.close();
});

outbox('leaves out a frame that was dropped and goes past it', async () => {
  const store = filledStore(10);
  dropFrames(store.database, 3, 5);
  const far = new FarSide([]);
  await drain(store, far);
  assert.equal(
    far.seqs.toSorted((a, b) => a - b),
    [0, 1, 2, 6, 7, 8, 9],
  );
  store.close();
});

outbox('defect that is no transport error is not taken for a bad line', async () => {
  const store = filledStore(3);
  const box = new Outbox({
    name: 'up',
    store,
    receiptKey: null,
    endpoints: [
      () => {
        throw new RangeError('a defect');
      },
    ],
  });
  box.start();
  await box.stop().then(
    () => assert.unreachable('the defect was swallowed'),
    (error) => assert.instance(error, RangeError),
  );
  store.close();
});

outbox('a defect of the look at the first endpoint ends the uplink, not the thread that it runs in', async () => {
  const store = filledStore(3);
  const [away, there] = [new FarSide(['refuse connect']), new FarSide([])];
  let looks = 0;
  const first = (): Transport => {
    if (looks++ === 0) return away.transport();
    throw new RangeError('a defect');
  };
  const box = new Outbox({
    ...{ name: 'up', store, receiptKey: null, random: () => 0.5, retry: { next: () => 0, reset: () => {} } },
    limits: { returnMs: 20 },
    endpoints: [first, () => there.transport()],
  });
  box.start();
  await box.done.then(
    () => assert.unreachable('the defect was swallowed'),
    (error) => assert.instance(error, RangeError),
  );
  assert.is(looks, 2);
  store.close();
});

outbox('backoff doubles up to its ceiling, jitters over all of it, never waits nothing, and starts anew', () => {
  const highest = backoff(() => 0.999999, 200, 30_000);
  const waits = Array.from({ length: 10 }, () => Math.round(highest.next()));
  assert.equal(waits, [200, 400, 800, 1600, 3200, 6400, 12800, 25600, 30000, 30000]);
  highest.reset();
  assert.is(Math.round(highest.next()), 200);
  const lowest = backoff(() => 0);
  assert.equal([lowest.next(), lowest.next(), lowest.next()], [50, 50, 50]);
});

outbox('topics are those of design: per point and kind, per host, kinds in words of the CDDL', () => {
  assert.is(topicOf('e/s/a/l/m/p', 'ff', 1), 'spindle/v1/e/s/a/l/m/p/feature');
  assert.is(topicOf(null, '0011223344556677', 5), 'spindle/v1/_host/0011223344556677/time-map');
});

outbox.run();
