import { createHash } from 'node:crypto';
import { existsSync, globSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { InputError } from '../../host/errors.ts';
import { FrameValueError } from '../../host/frame/codec.ts';
import { decodeFrame } from '../../host/frame/frame.ts';
import { StoreReader } from '../../host/store/reader.ts';
import { Store, StoreError } from '../../host/store/store.ts';
import { newFolder } from '../support/folder.ts';
import { descriptorDraft, eventDraft, featureDraft } from '../support/frames.ts';
import { open, points, rows, stoppedClock } from '../support/store.ts';

const store = suite('store.store');

store('numbers frames from 0 without a hole and keeps exactly their bytes and chain hashes', () => {
  const dataDir = newFolder('store');
  const opened = open(dataDir);
  for (let n = 0; n < 50; n++) opened.append(featureDraft(n));
  opened.commit();
  // the chain once more, from the text of docs/frame.cddl alone
  const sha = (...parts: Uint8Array[]) => createHash('sha256').update(Buffer.concat(parts)).digest();
  let hash = sha(opened.key.hostId, opened.epoch);
  for (const [n, row] of rows(dataDir).entries()) {
    assert.is(row.seq, n);
    hash = sha(hash, sha(row.bytes as Uint8Array));
    assert.is(hash.compare(row.hash as Uint8Array), 0);
    assert.is(decodeFrame(row.bytes as Uint8Array).seq, n);
  }
  opened.close();
});

store('commits after 1 s, after 64 KiB or at once for an urgent draft, whichever is first', () => {
  const clock = stoppedClock();
  const opened = open(newFolder('store'), { clock });
  opened.commit();
  assert.is(opened.commitDueMs(), null);
  opened.append(featureDraft(1));
  assert.is(opened.commitDueMs(), 1000);
  clock.us += 400_000;
  opened.append(featureDraft(2));
  assert.is(opened.commitDueMs(), 600);
  clock.us += 600_000;
  assert.is(opened.commitDueMs(), 0);
  opened.commit();
  while (opened.commitDueMs() !== 0) opened.append(featureDraft(3));
  assert.ok(opened.pendingBytes >= 65_536 && opened.pendingBytes < 66_000);
  opened.commit();
  opened.append(eventDraft(1));
  assert.is(opened.commitDueMs(), 0);
  opened.close();
});

store('signs after 60 s, after 1024 frames and at a clean stop, and never an empty stretch', () => {
  const clock = stoppedClock();
  const dataDir = newFolder('store');
  const opened = open(dataDir, { clock });
  assert.is(opened.checkpointDueMs(), 60_000);
  clock.us += 60_000_000;
  assert.is(opened.checkpointDueMs(), 0);
  opened.checkpoint();
  assert.is(opened.checkpointDueMs(), null);
  for (let n = 0; n < 1023; n++) opened.append(featureDraft(n));
  assert.is(opened.checkpointDueMs(), 60_000);
  opened.append(featureDraft(1023));
  assert.is(opened.checkpointDueMs(), 0);
  opened.checkpoint();
  opened.append(featureDraft(1024));
  opened.finish();
  opened.finish();
  opened.close();
  const kinds = rows(dataDir).map((row) => row.kind);
  assert.is(kinds.filter((kind) => kind === 6).length, 3);
  assert.is(kinds.at(-1), 6);
});

store('signs over the tail that a crash left, says so, and goes on in the same epoch', () => {
  const dataDir = newFolder('store');
  const first = open(dataDir);
  for (let n = 0; n < 5; n++) first.append(featureDraft(n));
  first.commit();
  first.append(featureDraft(9)); // never committed
  first.close();
  const second = Store.open({ dataDir, points });
  assert.equal(second.epoch, first.epoch);
  assert.is(second.warnings.length, 1);
  assert.match(second.warnings[0], /frames 0\.\.5 were not signed/);
  assert.is(second.nextSeq, 7); // descriptor, 5 features, checkpoint
  second.close();
  assert.equal(Store.open({ dataDir, points }).warnings, []);
});

store('mints a descriptor once per epoch, over restarts too, and anew when it changes', () => {
  const dataDir = newFolder('store');
  const first = open(dataDir);
  assert.is(first.describe('d', descriptorDraft()), 0);
  assert.is(first.nextSeq, 1);
  first.append(featureDraft(1));
  first.finish();
  first.close();
  const second = Store.open({ dataDir, points });
  assert.is(second.describe('d', descriptorDraft()), 0);
  const changed = second.describe('d', descriptorDraft('other'));
  second.append(featureDraft(2));
  second.commit();
  const frames = rows(dataDir).map((row) => decodeFrame(row.bytes as Uint8Array));
  assert.equal(
    frames.filter((frame) => frame.kind === 'descriptor').map((frame) => frame.seq),
    [0, changed],
  );
  assert.equal(
    frames.filter((frame) => frame.kind === 'feature').map((frame) => frame.descriptorSeq),
    [0, changed],
  );
  second.close();
});

store('fills in which feature frame an event came from', () => {
  const dataDir = newFolder('store');
  const opened = open(dataDir);
  opened.append(eventDraft(0));
  opened.append(featureDraft(1, 1));
  opened.append(featureDraft(1, 2));
  opened.append(eventDraft(1));
  opened.commit();
  const events = rows(dataDir)
    .filter((row) => row.kind === 3)
    .map((row) => decodeFrame(row.bytes as Uint8Array));
  assert.equal(
    events.map((event) => event.map.get(34)),
    [undefined, 2],
  );
  opened.close();
});

store('keeps the number of a point by its path when the sender counts otherwise', () => {
  const dataDir = newFolder('store');
  const first = open(dataDir);
  first.append(featureDraft(1, 2));
  first.finish();
  first.close();
  const second = Store.open({
    dataDir,
    points: [
      { ...points[1], id: 1 },
      { ...points[0], id: 2 },
    ],
  });
  second.describe('d', descriptorDraft());
  second.append(featureDraft(2, 1));
  second.commit();
  const fans = rows(dataDir)
    .filter((row) => row.kind === 1)
    .map((row) => row.point_id);
  assert.is(fans[0], fans[1]);
  second.close();
});

store('refuses a draft that breaks the contract and is as before', () => {
  const opened = open(newFolder('store'));
  const refused = (work: () => void): void => {
    const before = [opened.nextSeq, opened.pendingFrames, opened.pendingBytes];
    assert.throws(work, (error: unknown) => error instanceof FrameValueError);
    assert.equal([opened.nextSeq, opened.pendingFrames, opened.pendingBytes], before);
  };
  refused(() => opened.append(featureDraft(1, 1, 'unknown')));
  refused(() => opened.append(featureDraft(1, 77)));
  refused(() => opened.append({ ...featureDraft(1), body: new Map() }));
  refused(() => opened.append({ ...featureDraft(1), monoUs: -1 }));
  opened.append(featureDraft(1));
  opened.commit();
  opened.close();
});

store('is written by one host: a second one is told the pid, and takes over after close', () => {
  const dataDir = newFolder('store');
  const first = open(dataDir);
  assert.throws(
    () => Store.open({ dataDir }),
    (error: unknown) =>
      error instanceof InputError && error.code === 'STORE_LOCKED' && error.message.includes(`process ${process.pid} `),
  );
  first.append(featureDraft(1));
  first.finish();
  first.close();
  Store.open({ dataDir }).close();
});

store('keeps what a failed commit held and writes it with the next', () => {
  const dataDir = newFolder('store');
  let fails = false;
  const opened = open(dataDir, {
    beforeCommit: () => {
      if (fails) throw new Error('disk full');
    },
  });
  opened.append(featureDraft(1));
  fails = true;
  opened.acknowledge(7);
  for (let i = 0; i < 3; i++)
    assert.throws(
      () => opened.commit(),
      (error: unknown) => error instanceof StoreError && /disk full.*kept/.test(error.message),
    );
  assert.is(opened.committedToken, -1);
  assert.throws(() => opened.checkpoint());
  opened.append(featureDraft(2));
  fails = false;
  opened.commit();
  assert.is(opened.committedToken, 7);
  assert.equal(
    rows(dataDir).map((row) => row.kind),
    [8, 1, 6, 1],
  );
  opened.finish();
  opened.close();
  assert.equal(Store.open({ dataDir }).warnings, []);
});

store('on a disk that is full keeps what waits, and goes on when there is room', () => {
  const dataDir = newFolder('store');
  const opened = open(dataDir);
  opened.commit();
  opened.database.exec('PRAGMA max_page_count = 30'); // SQLite's own "database or disk is full"
  let n = 0;
  let full: unknown = null;
  while (!full && n < 10_000) {
    opened.append(featureDraft(++n));
    try {
      opened.commit();
    } catch (error) {
      full = error;
    }
  }
  assert.ok(
    full instanceof StoreError && full.code === 'STORE_COMMIT' && /full.*kept and tried again/.test(full.message),
  );
  for (let i = 0; i < 5; i++) opened.append(featureDraft(++n));
  assert.throws(() => opened.commit());
  opened.database.exec('PRAGMA max_page_count = 100000');
  opened.finish();
  opened.close();
  const features = rows(dataDir).filter((row) => row.kind === 1);
  assert.equal(
    features.map((row) => (row.mono_us as number) / 1_000_000),
    Array.from({ length: n }, (_, i) => i + 1),
  );
  assert.equal(Store.open({ dataDir }).warnings, []);
});

store('whose sync fails acknowledges and sends nothing, folds its log and goes on', () => {
  const dataDir = newFolder('store');
  let fails = false;
  const opened = open(dataDir, {
    sync: () => {
      if (fails) throw new Error('input/output error');
    },
  });
  opened.commit();
  opened.append(featureDraft(1));
  opened.acknowledge(7);
  fails = true;
  assert.throws(
    () => opened.commit(),
    (error: unknown) => error instanceof StoreError && /not surely on the disk.*tried again/.test(error.message),
  );
  assert.equal([opened.committedToken, opened.committedFrames, opened.framesOf(opened.epochId)], [-1, 1, 1]);
  assert.ok(opened.commitDueMs() !== null, 'it is tried again');
  const wal = statSync(join(dataDir, 'spindle.db-wal')).size;
  opened.commit(); // not by another sync: the kernel may have thrown away what the first could not write
  assert.ok(wal > 0 && statSync(join(dataDir, 'spindle.db-wal')).size === 0);
  assert.equal([opened.committedToken, opened.committedFrames], [7, 2]);
  opened.close();
});

store('remembers the last token of a run in its last frame or alone, and not beyond the run', () => {
  const dataDir = newFolder('store');
  const bootId = new Uint8Array(8).fill(1);
  const first = open(dataDir, { bootId });
  first.append(featureDraft(1));
  first.acknowledge(4);
  first.commit();
  first.close();
  const second = open(dataDir, { bootId });
  assert.is(second.committedToken, 4);
  second.acknowledge(9);
  second.commit();
  second.close();
  const third = open(dataDir, { bootId });
  assert.is(third.committedToken, 9);
  third.close();
  const other = open(dataDir, { bootId: new Uint8Array(8).fill(2) });
  assert.is(other.committedToken, -1);
  other.close();
});

store('writes a cursor that moves beside frames every 10 s, alone when it is due, and at the end', () => {
  const dataDir = newFolder('store');
  const clock = stoppedClock();
  const opened = open(dataDir, { clock });
  const written = (): unknown => opened.database.prepare('SELECT next_seq FROM cursor').get()?.next_seq;
  const step = (n: number): void => {
    opened.append(featureDraft(n));
    opened.setCursor('up', 1, n);
    opened.commit();
    clock.us += 1_000_000;
  };
  for (let n = 1; n <= 10; n++) step(n);
  assert.is(written(), 1);
  assert.is(opened.commitDueMs(), 0);
  step(11);
  assert.is(written(), 11);
  opened.setCursor('up', 1, 12);
  assert.is(opened.commitDueMs(), 9000);
  opened.commit();
  assert.is(written(), 12);
  step(13);
  opened.finish();
  assert.is(written(), 13);
  opened.close();
});

/** What a store must hold, in a dozen lines. */
class Model {
  committed: number[] = [];
  pending: number[] = [];
  commit(): void {
    this.committed.push(...this.pending);
    this.pending = [];
  }
}

store('under any sequence of append, commit, crash, stop and checkpoint holds what was committed, in order', () => {
  const step = fc.oneof(
    { weight: 6, arbitrary: fc.constant('append') },
    { weight: 3, arbitrary: fc.constant('commit') },
    fc.constantFrom('crash', 'stop', 'checkpoint', 'refuse', 'failing commit'),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const dataDir = newFolder('model');
      const model = new Model();
      let n = 0;
      let fails = false;
      const beforeCommit = (): void => {
        if (fails) throw new Error('full');
      };
      let opened = open(dataDir, { beforeCommit });
      for (const what of steps) {
        if (what === 'append') {
          opened.append(featureDraft(++n));
          model.pending.push(n);
        } else if (what === 'refuse') assert.throws(() => opened.append(featureDraft(0, 55)));
        else if (what === 'failing commit') {
          fails = true;
          assert.throws(() => opened.commit());
          fails = false;
        } else {
          if (what === 'commit') opened.commit();
          if (what === 'checkpoint') opened.checkpoint();
          if (what === 'stop') opened.finish();
          if (what === 'crash') model.pending = [];
          model.commit();
          if (what === 'crash' || what === 'stop') {
            opened.close();
            opened = open(dataDir, { beforeCommit });
            assert.not(opened.warnings.some((warning) => warning.includes('damaged')));
          }
        }
      }
      const committed = rows(dataDir);
      assert.equal(
        committed.map((row) => row.seq),
        committed.map((_, seq) => seq),
      );
      const features = committed.filter((row) => row.kind === 1);
      assert.equal(
        features.map((row) => (row.mono_us as number) / 1_000_000),
        model.committed,
      );
      opened.finish();
      opened.close();
      const last = Store.open({ dataDir });
      assert.equal(last.warnings, []);
      last.close();
    }),
    { numRuns: 40 },
  );
});

store('reader pages through ranges by kind and point', () => {
  const dataDir = newFolder('store');
  const opened = open(dataDir);
  for (let n = 0; n < 300; n++) opened.append(featureDraft(n, 1 + (n % 2)));
  for (let n = 0; n < 5; n++) opened.append(eventDraft(n));
  opened.finish();
  const reader = new StoreReader(dataDir);
  const { id } = reader.epochs()[0];
  const page = reader.frames({ epochId: id, fromSeq: 0, kind: 'feature', pointId: 2, limit: 10 });
  assert.is(page.frames.length, 10);
  const rest = reader.frames({ epochId: id, fromSeq: page.nextSeq!, kind: 'feature', pointId: 2 });
  assert.is(rest.frames.length, 140);
  assert.is(rest.nextSeq, null);
  assert.equal(
    reader.points().map((point) => point.name),
    ['pump', 'fan'],
  );
  reader.close();
  opened.close();
});

store('refuses two points of one path with both names', () => {
  const path = 'a/b/c/d/e/f';
  const points = [
    { id: 1, name: 'pump', path },
    { id: 2, name: 'fan', path },
  ];
  assert.throws(
    () => Store.open({ dataDir: newFolder('store'), points }),
    (error: unknown) =>
      error instanceof InputError && error.code === 'POINT_TWIN' && /"pump" and "fan"/.test(error.message),
  );
});

store('reader of a folder without a store says what it wanted', () => {
  const folder = newFolder('store');
  assert.throws(
    () => new StoreReader(folder),
    (error: unknown) => error instanceof InputError && error.code === 'STORE_MISSING',
  );
  assert.not(existsSync(join(folder, 'spindle.db')));
});

store('is searched by the number of a record alone: epoch and seq of a frame have no index', () => {
  const root = fileURLToPath(new URL('../..', import.meta.url));
  // the collector's table is another
  const files = globSync('host/**/*.ts', { cwd: root }).filter((file) => !file.startsWith('host/collect/'));
  assert.ok(files.length > 100);
  for (const file of files) {
    const text = readFileSync(join(root, file), 'utf8');
    for (const [statement] of text.matchAll(/\bFROM frame\b[^`';]*/g))
      assert.not.match(statement, /\b(epoch_id|seq)\b/, `${file}: ${statement}`);
  }
});

store.run();
