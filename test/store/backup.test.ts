/** A copy beside the host that writes, and what becomes of it when it is put in place. */
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { InputError } from '../../host/errors.ts';
import { decodeFrame } from '../../host/frame/frame.ts';
import { backUp } from '../../host/store/backup.ts';
import { readHolds, writeHolds } from '../../host/store/holds.ts';
import { Room } from '../../host/store/room.ts';
import { DEFAULT_ROOM } from '../../host/store/room-settings.ts';
import { Store } from '../../host/store/store.ts';
import { verifyPath, verifyText } from '../../host/store/verify.ts';
import { newFolder } from '../support/folder.ts';
import { descriptorDraft, featureDraft } from '../support/frames.ts';
import { spindle } from '../support/spindle.ts';
import { open, points, rows } from '../support/store.ts';

const backup = suite('store.backup');

backup('beside a host that writes is whole, and restored it verifies and goes on in a new epoch', async () => {
  const dataDir = newFolder('backup');
  const store = open(dataDir);
  for (let n = 1; n <= 300; n++) store.append(featureDraft(n));
  store.checkpoint();
  writeHolds(dataDir, [
    { name: 'case', point: null, fromUtcUs: null, toUtcUs: null, by: 'A', reason: 'claim', sinceUtcUs: 1 },
  ]);
  const out = join(newFolder('backup'), 'copy.db');
  const { bytes } = backUp(dataDir, out, new Date('2026-01-02T03:04:05Z'));
  assert.ok(bytes > 10_000 && !existsSync(`${out}.part`));
  for (let n = 301; n <= 320; n++) store.append(featureDraft(n)); // the host goes on
  store.finish();
  assert.ok((await verifyPath(out)).ok);

  // on the same machine, with the same key: the very case in which one epoch would fork
  const place = newFolder('backup');
  copyFileSync(out, join(place, 'spindle.db'));
  copyFileSync(join(dataDir, 'host.key'), join(place, 'host.key'));
  const restored = Store.open({ dataDir: place, points });
  assert.match(restored.warnings.join(), /restored from a backup of 2026-01-02T03:04:05.000Z.*new epoch/);
  assert.not.equal(restored.epoch, store.epoch);
  restored.describe('d', descriptorDraft());
  restored.append(featureDraft(1));
  restored.finish();
  const gap = decodeFrame(rows(place).find(({ epoch_id }) => epoch_id === 2)!.bytes as Uint8Array);
  assert.equal([gap.map.get(40), gap.map.get(45)], ['store', store.epoch]);
  restored.close();
  assert.is(readHolds(place)[0].name, 'case');
  const report = await verifyPath(place);
  assert.ok(report.ok, verifyText(report));
  assert.equal(
    report.chains.map(({ frames }) => frames),
    [302, 4],
  );
  const again = Store.open({ dataDir: place, points });
  assert.equal(again.warnings, []);
  assert.equal(again.epoch, restored.epoch);
  again.close();
  store.close();
});

backup('that cannot be written or made says so and leaves no half of it', () => {
  const dataDir = newFolder('backup');
  open(dataDir).close();
  const code = (work: () => unknown): string => {
    try {
      work();
      return 'none';
    } catch (error) {
      assert.instance(error, InputError);
      return (error as InputError).code;
    }
  };
  assert.is(
    code(() => backUp(dataDir, join(dataDir, 'no', 'folder.db'), new Date())),
    'BACKUP_WRITE',
  );
  assert.is(
    code(() => backUp(newFolder('empty'), join(dataDir, 'x.db'), new Date())),
    'STORE_MISSING',
  );
  mkdirSync(join(dataDir, 'folder.db'));
  assert.is(
    code(() => backUp(dataDir, join(dataDir, 'folder.db'), new Date())),
    'BACKUP_WRITE',
  );
  assert.not(existsSync(join(dataDir, 'folder.db.part')));
});

backup('and hold of the command line do what they say', async () => {
  const dataDir = newFolder('backup');
  const store = open(dataDir);
  for (let n = 1; n <= 50; n++) store.append(featureDraft(n));
  store.finish();
  const by = ['--data', dataDir, '--by', 'A', '--reason', 'claim'];
  const out = join(dataDir, 'copy.db');
  assert.is((await spindle(['backup', '--data', dataDir, '--out', out])).code, 0);
  assert.is((await spindle(['verify', out, '--full'])).code, 0);
  assert.is((await spindle(['backup', '--data', dataDir, '--out', join(dataDir, 'spindle.db')])).code, 2);
  assert.is((await spindle(['hold', 'add', 'case', '--point', 'pump', ...by])).code, 0);
  const twice = await spindle(['hold', 'add', 'case', ...by]);
  assert.ok(twice.code === 2 && /HOLD_NAME: .*has a hold case already/.test(twice.stderr), twice.stderr);
  const unknown = await spindle(['hold', 'add', 'other', '--point', 'gearbox', ...by]);
  assert.ok(unknown.code === 2 && /HOLD_POINT: .*wanted one of: pump, fan/.test(unknown.stderr), unknown.stderr);
  const room = new Room(store, { ...DEFAULT_ROOM, budgetBytes: 1 });
  while (room.step());
  assert.is(rows(dataDir).filter(({ kind }) => kind === 1).length, 50, 'held');
  assert.is((await spindle(['hold', 'release', 'case', ...by])).code, 0);
  assert.is((await spindle(['hold', 'release', 'case', ...by])).code, 2);
  assert.match((await spindle(['hold', 'list', '--data', dataDir])).stdout, /case: pump, any time to any time, by A/);
  while (room.step());
  assert.is(rows(dataDir).filter(({ kind }) => kind === 1).length, 0);
  const audits = rows(dataDir)
    .filter(({ kind }) => kind === 7)
    .map(({ bytes }) => decodeFrame(bytes as Uint8Array).map);
  assert.equal(
    audits.map((map) => [map.get(70), map.get(73), map.get(77)]),
    [
      ['A', 'hold', 'claim'],
      ['A', 'release', 'claim'],
    ],
  );
  store.close();
});

backup('in full holds indexes against tables, where the quick check does not look', async () => {
  const dataDir = newFolder('backup');
  const store = open(dataDir);
  for (let n = 1; n <= 50; n++) store.append(featureDraft(n));
  store.finish();
  store.close();
  const path = join(dataDir, 'spindle.db');
  const database = new DatabaseSync(path, { readOnly: true });
  const { end } = database.prepare(`SELECT pgoffset + pgsize AS "end" FROM dbstat WHERE name = 'frame_rare'`).get()!;
  database.close();
  const file = readFileSync(path);
  file[(end as number) - 1] ^= 7; // the first entry, of the descriptor, now names a row that is not there
  writeFileSync(path, file);
  assert.ok((await verifyPath(dataDir)).ok);
  const full = await verifyPath(dataDir, undefined, true);
  assert.is(full.ok, false);
  assert.match(verifyText(full), /SQLite's own check says: .*frame_rare/);
});

backup.run();
