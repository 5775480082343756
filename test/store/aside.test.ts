/** What is no store of this version, key or place: set aside, left alone or refused, and never lost. */
import { openSync, readdirSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { InputError } from '../../host/errors.ts';
import { decodeFrame } from '../../host/frame/frame.ts';
import { StoreReader } from '../../host/store/reader.ts';
import { Store } from '../../host/store/store.ts';
import { newFolder } from '../support/folder.ts';
import { featureDraft } from '../support/frames.ts';
import { open, points, rows } from '../support/store.ts';

const aside = suite('store.aside');

aside('in a place that cannot be a directory is the user’s error', () => {
  const file = join(newFolder('store'), 'file');
  writeFileSync(file, '');
  for (const dataDir of [file, join(file, 'below')])
    assert.throws(
      () => Store.open({ dataDir }),
      (error: unknown) => error instanceof InputError && error.code === 'STORE_DIRECTORY',
    );
});

aside('sets a file aside that SQLite cannot read, and begins a new epoch', () => {
  const dataDir = newFolder('store');
  writeFileSync(join(dataDir, 'spindle.db'), 'this is no database at all, whatever its name says'.repeat(100));
  const opened = Store.open({ dataDir, points });
  assert.is(opened.warnings.length, 1);
  assert.match(opened.warnings[0], /set aside as spindle-damaged-\d{8}T\d{6}Z\.db/);
  assert.ok(readdirSync(dataDir).some((name) => name.startsWith('spindle-damaged-')));
  assert.equal(
    rows(dataDir).map(({ kind }) => kind),
    [4],
    'a gap says so to whoever counts',
  );
  opened.close();
});

for (const [what, sql] of [
  [
    'a byte of a frame changed',
    `UPDATE frame SET bytes = CAST(substr(bytes, 1, 60) || x'00' || substr(bytes, 62) AS BLOB) WHERE seq = 3`,
  ],
  ['a frame taken out', 'DELETE FROM frame WHERE seq = 3'],
  ['the last hash changed', 'UPDATE frame SET hash = zeroblob(32) WHERE seq = 5'],
  [
    'two frames swapped',
    'UPDATE frame SET bytes = (SELECT bytes FROM frame f WHERE f.seq = 7 - frame.seq) WHERE seq IN (3, 4)',
  ],
]) {
  aside(`sets a store aside whose unsigned tail has ${what}`, () => {
    const dataDir = newFolder('store');
    const first = open(dataDir);
    for (let n = 0; n < 5; n++) first.append(featureDraft(n));
    first.commit();
    first.close();
    const database = new DatabaseSync(join(dataDir, 'spindle.db'));
    database.exec(sql);
    database.close();
    const second = open(dataDir);
    assert.match(second.warnings[0], /record [345].*set aside/);
    assert.not.equal(second.epoch, first.epoch);
    const gap = decodeFrame(rows(dataDir)[0].bytes as Uint8Array);
    assert.equal([gap.map.get(40), gap.map.get(46), gap.map.get(45)], ['store', [0, 5], first.epoch]);
    second.append(featureDraft(1));
    second.finish();
    second.close();
    assert.equal(Store.open({ dataDir }).warnings, []);
  });
}

aside('of a later schema is left as it is', () => {
  const dataDir = newFolder('store');
  open(dataDir).close();
  const database = new DatabaseSync(join(dataDir, 'spindle.db'));
  database.exec(`UPDATE meta SET value = 99 WHERE key = 'schema'`);
  database.close();
  assert.throws(
    () => Store.open({ dataDir }),
    (error: unknown) => error instanceof InputError && error.code === 'STORE_SCHEMA',
  );
  assert.not(readdirSync(dataDir).some((name) => name.includes('damaged')));
});

aside('begins a new epoch under a new key', () => {
  const dataDir = newFolder('store');
  const first = open(dataDir);
  first.finish();
  first.close();
  const file = openSync(join(dataDir, 'host.key'), 'r+');
  writeSync(file, Buffer.from('hostId: 0123456789abcdef'));
  const second = open(dataDir);
  assert.not.equal(second.epoch, first.epoch);
  assert.equal(second.warnings, []);
  second.finish();
  second.close();
  const reader = new StoreReader(dataDir);
  assert.equal(
    reader.epochs().map((epoch) => epoch.frames),
    [2, 2],
  );
  reader.close();
});

aside.run();
