/** An uplink that fails by a defect of its own comes back alone, and sends each frame that was owed. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Outbox } from '../../host/forward/outbox.ts';
import type { Transport } from '../../host/forward/transport.ts';
import { Uplink } from '../../host/forward/uplink.ts';
import { decodeFrame } from '../../host/frame/frame.ts';
import { splitSequence } from '../../host/frame/sequence.ts';
import { Store } from '../../host/store/store.ts';
import { pause } from '../../host/wait.ts';
import { newFolder } from '../support/folder.ts';
import { descriptorDraft, featureDraft } from '../support/frames.ts';

const FRAMES = 600;
const points = [{ id: 1, name: 'pump', path: 'acme/site/area/line/asset/pump' }];
const QUICK = { firstPauseMs: 1, longestPauseMs: 1, retryMs: 1 };

function filledStore(): Store {
  const store = Store.open({ dataDir: newFolder('uplink'), points });
  store.describe('d', descriptorDraft());
  for (let n = 1; n < FRAMES; n++) store.append(featureDraft(n));
  store.commit();
  return store;
}

interface Far {
  seqs: Set<number>;
  /** Defects that are still to come, one a send. */
  defects: number;
  sends: number;
}

function uplink(
  store: Store,
  far: Far,
  onDamage: (error: unknown) => void = () => assert.unreachable(),
  error?: unknown,
) {
  const transport = (): Transport => ({
    endpoint: 'test',
    inflight: 1, // so that each defect meets a connection of its own
    connect: () => Promise.resolve(),
    send: async ({ payload }) => {
      far.sends++;
      if (far.defects-- > 0) throw error ?? new TypeError('undefined is not a function');
      for (const bytes of splitSequence(payload)) far.seqs.add(decodeFrame(bytes).seq);
    },
    onReceipt: () => {},
    onDown: () => {},
    close: () => Promise.resolve(),
  });
  return new Uplink({
    outbox: () => new Outbox({ name: 'up', store, endpoints: [transport], receiptKey: null }),
    onDamage,
    limits: QUICK,
  });
}

async function until(holds: () => boolean): Promise<void> {
  for (const end = performance.now() + 20_000; !holds(); await pause(2))
    if (performance.now() > end) throw new Error('waited 20 s');
}

const test = suite('forward.Uplink');

test('comes back after each defect, names it, and loses nothing', async () => {
  const store = filledStore();
  const far: Far = { seqs: new Set(), defects: 5, sends: 0 };
  const up = uplink(store, far);
  up.start();
  await until(() => up.status().restarts === 1);
  assert.match(up.status().lastError ?? '', /^(uplink up: failed by a defect \(undefined is not a function\)|$)/);
  await until(() => up.behind() === 0);
  const { restarts, delivered, lastError, isGivenUp } = up.status();
  assert.equal([restarts, delivered, lastError, isGivenUp], [5, FRAMES, null, false]);
  assert.is(far.seqs.size, FRAMES);
  await up.stop();
  store.close();
});

test('is given up by name when it fails over and over, goes on being tried, and comes back all the same', async () => {
  const store = filledStore();
  const far: Far = { seqs: new Set(), defects: 40, sends: 0 };
  const up = uplink(store, far);
  up.start();
  await until(() => up.status().isGivenUp);
  assert.match(up.status().lastError ?? '', /failed by a defect/);
  await until(() => up.behind() === 0);
  assert.is(up.status().restarts, 40);
  assert.is(far.seqs.size, FRAMES);
  await up.stop();
  store.close();
});

test('throws damage of the database on to the store', async () => {
  const store = filledStore();
  const damage = Object.assign(new Error('database disk image is malformed'), { errcode: 11 });
  const far: Far = { seqs: new Set(), defects: 1, sends: 0 };
  const told = Promise.withResolvers<unknown>();
  const up = uplink(store, far, told.resolve, damage);
  up.start();
  assert.is(await told.promise, damage);
  assert.is(up.status().restarts, 0);
  await up.stop();
  store.close();
});

test('ends while it waits for its next start', async () => {
  const store = filledStore();
  const far: Far = { seqs: new Set(), defects: 1e9, sends: 0 };
  const up = uplink(store, far);
  up.start();
  await until(() => up.status().restarts > 0);
  await up.stop();
  const { sends } = far;
  await pause(50);
  assert.is(far.sends, sends);
  store.close();
});

test.run();
