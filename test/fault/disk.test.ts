/** Disks and clocks as they fail: each is named, what was taken is kept, and it goes on when it can. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { InputError } from '../../host/errors.ts';
import { Room } from '../../host/store/room.ts';
import { DEFAULT_ROOM } from '../../host/store/room-settings.ts';
import { Store, StoreError } from '../../host/store/store.ts';
import { verifyPath, verifyText } from '../../host/store/verify.ts';
import { SECOND_HOST, writeKey } from '../golden/store-recipe.ts';
import { newFolder } from '../support/folder.ts';
import { descriptorDraft, featureDraft } from '../support/frames.ts';
import { needs } from '../support/needs.ts';
import { open, points, rows, stoppedClock } from '../support/store.ts';
import { StoreThread } from '../support/store-thread.ts';
import { Disk, missingForDisk } from './power-cut/disk.ts';

const disk = suite('fault.disk');
const missing = missingForDisk();
const DAY_US = 86_400_000_000;

const features = (dataDir: string): number[] =>
  rows(dataDir)
    .filter(({ kind }) => kind === 1)
    .map(({ mono_us }) => (mono_us as number) / 1_000_000);
const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i + 1);

async function withDisk(work: (disk: Disk) => Promise<void>): Promise<void> {
  const made = new Disk(24);
  try {
    await work(made);
  } finally {
    made.end();
  }
}

needs(disk, missing, 'that is full is named, keeps what was committed, takes what waits when there is room', () =>
  withDisk(async ({ mount }) => {
    const dataDir = join(mount, 'data');
    const thread = new StoreThread({ dataDir, points, uplinks: [], commit: { maxAgeMs: 20, maxBytes: 65_536 } });
    await thread.first('ready');
    const ballast = join(mount, 'ballast');
    let token = 0;
    const send = (count: number): void => {
      const first = token;
      for (; token < first + count; ) {
        const descriptors = token === 0 ? [{ key: 'd', draft: descriptorDraft() }] : [];
        thread.send({ type: 'append', token: ++token, drafts: [featureDraft(token)], descriptors });
      }
    };
    send(50);
    await thread.until(() => thread.committed === 50, 'the first are durable');
    try {
      for (;;) writeFileSync(ballast, Buffer.alloc(1 << 20), { flag: 'a' });
    } catch (error) {
      assert.is((error as NodeJS.ErrnoException).code, 'ENOSPC');
    }
    // the log takes some more in the place that it has
    while (!thread.seen.some((message) => message.type === 'error')) {
      send(200);
      await thread.until(
        () => thread.committed === token || thread.seen.some((message) => message.type === 'error'),
        'an answer of the disk',
      );
      assert.ok(token < 40_000, 'a full disk is noticed');
    }
    const { code, message, fatal } = thread.seen.find((one) => one.type === 'error')!;
    assert.equal([code, fatal], ['STORE_COMMIT', false]);
    assert.match(message, /frames cannot be committed \(database or disk is full\); they are kept and tried again/);
    assert.ok(thread.committed < token);
    rmSync(ballast);
    await thread.until(() => thread.committed === token, 'all are durable');
    await thread.stop();
    assert.equal(features(dataDir), upTo(token));
    const report = await verifyPath(dataDir);
    assert.ok(report.ok, verifyText(report));
  }),
);

needs(disk, missing, 'that the kernel has made read-only is named, and so is a start there', () =>
  withDisk(async (made) => {
    const dataDir = join(made.mount, 'data');
    const store = open(dataDir);
    for (let n = 1; n <= 20; n++) store.append(featureDraft(n));
    store.finish();
    // what ext4 does by itself when it finds its own damage
    execFileSync('mount', ['-o', 'remount,errors=remount-ro', made.mount]);
    writeFileSync(`/sys/fs/ext4/${basename(made.device)}/trigger_fs_error`, '1');
    store.append(featureDraft(21));
    assert.throws(
      () => store.commit(),
      (error: unknown) => error instanceof StoreError && error.code === 'STORE_COMMIT' && /kept/.test(error.message),
    );
    assert.is(store.pendingFrames + store.committedFrames, store.nextSeq);
    assert.equal(features(dataDir), upTo(20));
    store.close();
    assert.throws(
      () => Store.open({ dataDir, points }),
      (error: unknown) =>
        error instanceof InputError &&
        error.code === 'STORE_DIRECTORY' &&
        /cannot be a data directory \(.*read-?only/.test(error.message),
    );
    assert.not(readdirSync(dataDir).some((name) => name.includes('damaged')));
  }),
);

needs(disk, missing, 'that has no room for bringing an old store over is named, and the store is as it was', () =>
  withDisk(async ({ mount }) => {
    const dataDir = join(mount, 'data');
    mkdirSync(dataDir);
    copyFileSync(fileURLToPath(new URL('../golden/store-v1/spindle.db', import.meta.url)), join(dataDir, 'spindle.db'));
    writeKey(dataDir, SECOND_HOST);
    const before = readFileSync(join(dataDir, 'spindle.db'));
    const { bavail, bsize } = statfsSync(mount);
    writeFileSync(join(mount, 'ballast'), Buffer.alloc(bavail * bsize - 150_000));
    assert.throws(
      () => Store.open({ dataDir, points }),
      (error: unknown) =>
        error instanceof InputError &&
        error.code === 'STORE_ROOM' &&
        /schema 1 .* got \d+ MiB free on its disk, wanted 1; .*nothing was changed/.test(error.message),
    );
    assert.is(readFileSync(join(dataDir, 'spindle.db')).compare(before), 0);
    rmSync(join(mount, 'ballast'));
    const store = Store.open({ dataDir, points });
    assert.is(store.nextSeq, 26);
    store.close();
  }),
);

disk('that takes a second for each sync holds up the commit alone, and the loss window tells', async () => {
  const dataDir = newFolder('slow');
  const thread = new StoreThread({ dataDir, points, uplinks: [], injectFsyncDelayMs: 1000 });
  await thread.first('ready');
  for (let token = 1; token <= 30; token++) {
    const descriptors = token === 1 ? [{ key: 'd', draft: descriptorDraft() }] : [];
    thread.send({ type: 'append', token, drafts: [featureDraft(token)], descriptors });
  }
  await thread.until(() => thread.committed === 30, 'all are durable');
  const { status } = await thread.stop();
  assert.ok(status.slowestCommitMs >= 1000 && status.lossWindowMs >= 2000, JSON.stringify(status));
  assert.equal(
    thread.seen.filter(({ type }) => type === 'error'),
    [],
  );
  assert.equal(features(dataDir), upTo(30));
});

for (const [what, stepUs] of [
  ['a day on', DAY_US],
  ['a day back', -DAY_US],
  ['to 1970, as without any clock', -1_760_000_000_000_000],
] as const)
  disk(`clock set ${what} is named and changes nothing but the times`, async () => {
    const dataDir = newFolder('clock');
    const clock = stoppedClock();
    const { utcUs } = clock;
    const store = open(dataDir, { clock });
    const told: string[] = [];
    const room = new Room(
      store,
      { ...DEFAULT_ROOM, retentionDays: { feature: 0.5 } },
      { onShort: (code, text) => told.push(`${code}: ${text}`), onEnough: (code) => told.push(`${code} ends`) },
    );
    const record = (from: number, to: number): void => {
      for (let n = from; n <= to; n++) {
        store.append(featureDraft(n));
        clock.us += 1_000_000;
        if (store.checkpointDueMs() === 0) store.checkpoint();
        else if (store.commitDueMs() === 0) store.commit();
        while (room.step());
      }
    };
    record(1, 200);
    clock.utcUs = () => utcUs() + stepUs;
    record(201, 400);
    assert.is(told.length, 1);
    const how = stepUs > 0 ? 'on by 24.0 hours' : `back by ${(-stepUs / 3_600_000_000).toFixed(1)} hours`;
    assert.match(
      told[0],
      new RegExp(`^STORE_CLOCK: the clock of this machine was set ${how}; for a day nothing leaves`),
    );
    store.finish();
    store.close();
    assert.equal(features(dataDir), upTo(400));
    const report = await verifyPath(dataDir);
    assert.ok(report.ok, verifyText(report));
  });

disk('with a database from last year goes on in it, says how old it is and lets nothing go for a day', async () => {
  const dataDir = newFolder('old');
  const clock = stoppedClock();
  const { utcUs } = clock;
  const first = open(dataDir, { clock });
  for (let n = 1; n <= 100; n++) first.append(featureDraft(n));
  first.finish();
  first.close();
  clock.utcUs = () => utcUs() + 365 * DAY_US;
  const second = open(dataDir, { clock });
  assert.equal(second.epoch, first.epoch);
  second.append(featureDraft(101));
  second.checkpoint();
  const told: string[] = [];
  const room = new Room(
    second,
    { ...DEFAULT_ROOM, retentionDays: { feature: 30 } },
    { onShort: (code, text) => told.push(`${code}: ${text}`), onEnough: (code) => told.push(`${code} ends`) },
  );
  while (room.step());
  assert.match(told.join(), /^STORE_CLOCK: .* 365 days after the newest checkpoint in the store, of 2025-10-09T/);
  assert.is(room.droppedSent, 0);
  clock.us += DAY_US;
  while (room.step());
  assert.is(told[1], 'STORE_CLOCK ends');
  assert.ok(room.droppedSent > 90, `${room.droppedSent}`);
  second.finish();
  second.close();
  assert.ok((await verifyPath(dataDir)).ok);
  assert.ok(readFileSync(join(dataDir, 'spindle.db')).length > 0);
});

disk.run();
