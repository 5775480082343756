/** What a session makes of receipts and answers that cross on their way, as those of two collectors of one database do. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { newCollectorKey } from '../../host/collect/key.ts';
import { Outbox } from '../../host/forward/outbox.ts';
import { decodeQuery, encodeReceipt, type Query } from '../../host/forward/receipt.ts';
import { isQueryTopic } from '../../host/forward/topics.ts';
import type { Transport } from '../../host/forward/transport.ts';
import type { Store } from '../../host/store/store.ts';
import { newFolder } from '../support/folder.ts';
import { featureDraft } from '../support/frames.ts';
import { open } from '../support/store.ts';

const answers = suite('forward.answers');
const key = newCollectorKey();
const FRAMES = 100;

function filled(): Store {
  const store = open(newFolder('answers'));
  for (let n = 1; n < FRAMES; n++) store.append(featureDraft(n));
  store.commit();
  return store;
}

/** A far side that says what the test has it say; `asked` is called with each question. */
class FarSide {
  connections = 0;
  sent = 0;
  asked: (query: Query, count: number) => void = () => {};
  /** With each message of frames. */
  onSent: () => void = () => {};
  readonly #store: Store;
  #questions = 0;
  #listener: (message: Uint8Array) => void = () => {};

  constructor(store: Store) {
    this.#store = store;
  }

  say(nextSeq: number, nonce: Uint8Array | null = null): void {
    const { keyId, privateKey } = key;
    const source = { hostId: this.#store.key.hostId, epoch: this.#store.epoch };
    this.#listener(encodeReceipt({ ...source, nextSeq, ranges: [], keyId, utcUs: 1, nonce, more: false }, privateKey));
  }

  transport(): Transport {
    this.connections++;
    return {
      endpoint: 'test',
      inflight: 8,
      connect: () => Promise.resolve(),
      send: ({ topic, payload }) => {
        if (isQueryTopic(topic)) this.asked(decodeQuery(payload), ++this.#questions);
        else {
          this.sent++;
          this.onSent();
        }
        return Promise.resolve();
      },
      onReceipt: (listener) => (this.#listener = listener),
      onDown: () => {},
      close: () => Promise.resolve(),
    };
  }
}

function outbox(store: Store, far: FarSide): Outbox {
  return new Outbox({
    name: 'up',
    store,
    endpoints: [() => far.transport()],
    receiptKey: key.publicKey,
    limits: { askAfterMs: 20, answerMs: 2000 },
    retry: { next: () => 1, reset: () => {} },
  });
}

/** Until everything is receipted. */
async function run(box: Outbox): Promise<void> {
  box.start();
  for (let n = 0; n < 1000 && (box.behind() > 0 || box.status().state !== 'up'); n++)
    await new Promise((resolve) => setTimeout(resolve, 5));
  const { behind, lastError } = box.status();
  await box.stop();
  assert.equal({ behind, lastError }, { behind: 0, lastError: null });
}

answers('that were read before what was heard meanwhile do not count as a loss', async () => {
  const store = filled();
  const far = new FarSide(store);
  far.asked = ({ nonce }, count) => {
    if (count === 1) far.say(0, nonce);
    else {
      far.say(60); // by the other collector, after this one has read
      far.say(50, nonce);
      far.say(FRAMES);
    }
  };
  await run(outbox(store, far));
  assert.is(far.connections, 1);
  store.close();
});

answers('to the first question are held against what was receipted when it was put', async () => {
  const store = filled();
  store.setCursor('up', 1, 20);
  const far = new FarSide(store);
  far.asked = ({ nonce }) => {
    far.say(FRAMES); // by the other collector, after this one has read
    far.say(20, nonce);
  };
  await run(outbox(store, far));
  assert.equal([far.connections, far.sent], [1, 0]);
  store.close();
});

answers('that say less than was heard before the question end the connection', async () => {
  const store = filled();
  const far = new FarSide(store);
  const box = outbox(store, far);
  let why: string | null = null;
  far.onSent = () => far.say(60);
  far.asked = ({ nonce }, count) => {
    if (count === 3) why = box.status().lastError;
    far.say([0, 50, FRAMES][count - 1], nonce);
  };
  await run(box);
  assert.is(far.connections, 2);
  assert.match(why!, /less than it had signed for/);
  store.close();
});

answers.run();
