import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { StoreThreadSettings } from '../../host/store/messages.ts';
import { StoreReader } from '../../host/store/reader.ts';
import { Store } from '../../host/store/store.ts';
import { newFolder } from '../support/folder.ts';
import { descriptorDraft, eventDraft, featureDraft } from '../support/frames.ts';
import { StoreThread } from '../support/store-thread.ts';

const worker = suite('forward.worker');
const points = [{ id: 1, name: 'pump', path: 'acme/site/area/line/asset/pump' }];
const descriptors = [{ key: 'd', draft: descriptorDraft() }];
const settings = (dataDir: string, more: Partial<StoreThreadSettings> = {}): StoreThreadSettings => ({
  dataDir,
  points,
  uplinks: [],
  bootId: new Uint8Array(8).fill(4),
  ...more,
});

function featuresIn(dataDir: string): number[] {
  const reader = new StoreReader(dataDir);
  const found: number[] = [];
  for (const { id } of reader.epochs()) {
    for (let from: number | null = 0; from !== null; ) {
      const page = reader.frames({ epochId: id, fromSeq: from, kind: 'feature' });
      found.push(...page.frames.map((frame) => frame.monoUs! / 1_000_000));
      from = page.nextSeq;
    }
  }
  reader.close();
  return found;
}

worker('acknowledges an append only when it is on the disk', async () => {
  const dataDir = newFolder('worker');
  const thread = new StoreThread(settings(dataDir));
  const { status } = await thread.first('ready');
  assert.is(status.hostId.length, 8);
  thread.send({ type: 'append', token: 1, drafts: [featureDraft(1)], descriptors });
  thread.send({ type: 'append', token: 2, drafts: [featureDraft(2), eventDraft(2)] });
  await thread.until(() => thread.committed === 2, 'commit');
  assert.equal(featuresIn(dataDir), [1, 2]);
  await thread.stop();
});

worker('at stop commits, signs and says so, then ends by itself', async () => {
  const dataDir = newFolder('worker');
  const thread = new StoreThread(settings(dataDir, { commit: { maxAgeMs: 600_000, maxBytes: 1e9 } }));
  thread.send({ type: 'append', token: 1, drafts: [featureDraft(1)], descriptors });
  const { status } = await thread.stop();
  assert.is(await thread.exited, 0);
  assert.is(thread.committed, 1);
  assert.is(status.frames, 3);
  const reopened = Store.open({ dataDir, points });
  assert.equal(reopened.warnings, []);
  reopened.close();
});

worker('beats while nothing happens', async () => {
  const thread = new StoreThread(settings(newFolder('worker'), { heartbeatMs: 5 }));
  await thread.until(
    () => thread.seen.filter((message) => message.type === 'heartbeat').length >= 3,
    'three heartbeats',
  );
  await thread.stop();
});

worker('names a draft that breaks the contract and stores its neighbours', async () => {
  const dataDir = newFolder('worker');
  const thread = new StoreThread(settings(dataDir));
  const bad = { ...featureDraft(2), body: new Map() };
  thread.send({ type: 'append', token: 1, drafts: [featureDraft(1), bad, featureDraft(3)], descriptors });
  const error = await thread.first('error');
  assert.is(error.code, 'FRAME_VALUE');
  assert.match(error.message, /append 1:.*key 20 \(values\) is missing/);
  assert.is(error.fatal, false);
  await thread.stop();
  assert.equal(featuresIn(dataDir), [1, 3]);
});

worker('does not store twice what a sender of the same run sends again', async () => {
  const dataDir = newFolder('worker');
  const first = new StoreThread(settings(dataDir));
  for (let token = 1; token <= 3; token++)
    first.send({ type: 'append', token, drafts: [featureDraft(token)], descriptors });
  await first.until(() => first.committed === 3, 'commit');
  await first.worker.terminate();
  const second = new StoreThread(settings(dataDir));
  await second.first('ready');
  for (let token = 2; token <= 5; token++)
    second.send({ type: 'append', token, drafts: [featureDraft(token)], descriptors });
  await second.until(() => second.committed === 5, 'commit');
  await second.stop();
  assert.equal(featuresIn(dataDir), [1, 2, 3, 4, 5]);
  const other = new StoreThread(settings(dataDir, { bootId: new Uint8Array(8).fill(5) }));
  other.send({ type: 'append', token: 1, drafts: [featureDraft(6)], descriptors });
  await other.stop();
  assert.equal(featuresIn(dataDir), [1, 2, 3, 4, 5, 6]);
});

worker('over a disk that takes 100 ms a commit gathers what comes meanwhile and loses nothing', async () => {
  const dataDir = newFolder('worker');
  const thread = new StoreThread(settings(dataDir, { injectFsyncDelayMs: 100, commit: { maxAgeMs: 0, maxBytes: 1 } }));
  await thread.first('ready');
  for (let token = 1; token <= 200; token++) {
    thread.send({ type: 'append', token, drafts: [{ ...featureDraft(token), urgent: true }], descriptors });
    if (token % 20 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  await thread.until(() => thread.committed === 200, 'commit');
  const { status } = await thread.stop();
  assert.ok(status.commits < 100, `${status.commits} commits for 200 urgent appends`);
  assert.ok(status.slowestCommitMs >= 99);
  assert.equal(
    featuresIn(dataDir),
    Array.from({ length: 200 }, (_, i) => i + 1),
  );
});

worker('tells once that commits fail, however much more comes to wait, and goes on when they work again', async () => {
  const dataDir = newFolder('worker');
  const thread = new StoreThread(settings(dataDir, { heartbeatMs: 10, commit: { maxAgeMs: 0, maxBytes: 1 } }));
  await thread.first('ready');
  const disk = new DatabaseSync(join(dataDir, 'spindle.db'), { timeout: 10_000 });
  disk.exec(`CREATE TRIGGER full BEFORE INSERT ON frame BEGIN SELECT RAISE(ABORT, 'no space left'); END`);
  thread.send({ type: 'append', token: 1, drafts: [featureDraft(1)], descriptors });
  const beatWith = (frames: number) =>
    thread.until(
      () =>
        thread.seen.find(
          (message) =>
            message.type === 'heartbeat' &&
            message.status.commitError?.includes(` ${frames} frames cannot be committed`),
        ),
      `${frames} frames that cannot be committed`,
    );
  await beatWith(2);
  thread.send({ type: 'append', token: 2, drafts: [featureDraft(2)], descriptors });
  await beatWith(3);
  disk.exec('DROP TRIGGER full');
  disk.close();
  await thread.until(() => thread.committed === 2, 'commit');
  assert.equal(
    thread.seen.flatMap((message) => (message.type === 'error' ? [message.code] : [])),
    ['STORE_COMMIT'],
  );
  await thread.stop();
});

worker('that cannot open says why and ends', async () => {
  const dataDir = newFolder('worker');
  const owner = Store.open({ dataDir, points });
  const locked = new StoreThread(settings(dataDir));
  const error = await locked.first('error');
  assert.equal([error.code, error.fatal], ['STORE_LOCKED', true]);
  assert.is(await locked.exited, 1);
  owner.close();

  const wrongUrl = new StoreThread(settings(dataDir, { uplinks: [{ name: 'up', url: 'http://x' }] }));
  assert.is((await wrongUrl.first('error')).code, 'UPLINK_URL');
  writeFileSync(join(dataDir, 'host.key'), 'no key');
  const wrongKey = new StoreThread(settings(dataDir));
  assert.is((await wrongKey.first('error')).code, 'KEY_FILE');
});

worker('with an uplink that nobody answers at goes on committing and stops in time', async () => {
  const uplinks = [{ name: 'up', url: 'mqtt://127.0.0.1:1' }];
  const thread = new StoreThread(settings(newFolder('worker'), { uplinks, heartbeatMs: 10, drainMs: 50 }));
  thread.send({ type: 'append', token: 1, drafts: [eventDraft(1)], descriptors });
  await thread.until(() => thread.committed === 1, 'commit');
  const beat = await thread.until(
    () =>
      thread.seen.findLast((message) => message.type === 'heartbeat' && message.status.uplinks[0].lastError !== null),
    'the error in the status',
  );
  assert.ok(
    beat.type === 'heartbeat' &&
      /uplink up to mqtt:.*cannot connect.*ECONNREFUSED/.test(beat.status.uplinks[0].lastError!),
  );
  const { status } = await thread.stop();
  assert.is(status.uplinks[0].behind, status.frames);
});

worker.run();
