/** The store thread at its budget: what is lost is told to people, to the counts and to whoever reads the chain. */
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { verifyPath, verifyText } from '../../host/store/verify.ts';
import { newFolder } from '../support/folder.ts';
import { descriptorDraft, featureDraft } from '../support/frames.ts';
import { points, rows } from '../support/store.ts';
import { StoreThread } from '../support/store-thread.ts';

const thread = suite('store.room-thread');

thread('with its uplink away and its budget full drops by the order, tells it, and goes on', async () => {
  const dataDir = join(newFolder('budget'), 'data');
  const budgetBytes = 6 * 2 ** 20; // the log alone has four
  const store = new StoreThread({
    dataDir,
    points,
    uplinks: [{ name: 'up', url: 'mqtt://127.0.0.1:1' }],
    room: { budgetBytes },
    drainMs: 10,
    heartbeatMs: 50,
  });
  await store.first('ready');
  let token = 0;
  const heartbeat = () => store.seen.findLast((message) => message.type === 'heartbeat')?.status;
  while (!((heartbeat()?.droppedUnsent ?? 0) > 0)) {
    assert.ok(token < 40_000, `nothing was dropped at ${JSON.stringify(heartbeat())}`);
    for (const last = token + 500; token < last; ) {
      const descriptors = token === 0 ? [{ key: 'd', draft: descriptorDraft() }] : [];
      store.send({ type: 'append', token: ++token, drafts: [featureDraft(token)], descriptors });
    }
    await store.until(() => store.committed === token, 'what was sent is durable');
  }
  await store.until(() => (heartbeat()?.usedBytes ?? Number.POSITIVE_INFINITY) <= budgetBytes, 'there is room');
  const error = store.seen.find((message) => message.type === 'error');
  assert.is(error?.code, 'STORE_DROPS');
  assert.match(
    error!.message,
    /uses \d\.\d MiB, wanted at most 6\.0; frames of kind feature are dropped that no uplink has/,
  );
  const { status } = await store.stop();
  assert.equal([status.droppedUnsent > 0, status.droppedSent], [true, 0]);
  assert.ok(status.usedBytes <= budgetBytes * 1.1, `${status.usedBytes}`);
  assert.is(status.oldestUnsent?.uplink, 'up');
  assert.is(status.commitError, null);
  const kinds = rows(dataDir).map(({ kind }) => kind);
  assert.ok(kinds.includes(4) && kinds.includes(3));
  const report = await verifyPath(dataDir);
  assert.ok(report.ok, verifyText(report));
});

thread.run();
