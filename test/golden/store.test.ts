/** Stores of every schema version that was ever written open, are brought to this one and go on, for ever. */
import { createHash } from 'node:crypto';
import { copyFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { InputError } from '../../host/errors.ts';
import { StoreReader } from '../../host/store/reader.ts';
import { SCHEMA } from '../../host/store/schema.ts';
import { Store } from '../../host/store/store.ts';
import { verifyPath, verifyText } from '../../host/store/verify.ts';
import { newFolder } from '../support/folder.ts';
import { descriptorDraft, featureDraft } from '../support/frames.ts';
import { BOOT_ID, points, SECOND_HOST, writeKey } from './store-recipe.ts';

const golden = suite('golden.store');

/** Per schema version: SHA-256 over the bytes of all its frames in order, as its recipe told. */
const WRITTEN: Record<number, string> = {
  1: 'd48ea0b2a1ae7d368544325c23ed8812d6e43f1b25e0bd4fd367c88bb1b23f67',
  2: '34a9a8ff5c8445ec784bc57e10b5c5be114055bfe66e6659871b45de8726c285',
};

function dataDirectory(schema: number): string {
  const dataDir = newFolder('golden');
  copyFileSync(fileURLToPath(new URL(`store-v${schema}/spindle.db`, import.meta.url)), join(dataDir, 'spindle.db'));
  writeKey(dataDir, SECOND_HOST);
  return dataDir;
}

golden('has a store of every schema version up to this one, each at most 64 KiB', () => {
  assert.equal(
    Object.keys(WRITTEN).map(Number),
    Array.from({ length: SCHEMA }, (_, n) => n + 1),
  );
  for (const schema of Object.keys(WRITTEN))
    assert.ok(statSync(new URL(`store-v${schema}/spindle.db`, import.meta.url)).size <= 65_536);
});

for (const [key, sum] of Object.entries(WRITTEN)) {
  const schema = Number(key);
  golden(`of schema ${schema} opens with everything in it, goes on in its chain and verifies`, async () => {
    const dataDir = dataDirectory(schema);
    const store = Store.open({ dataDir, points, bootId: BOOT_ID });
    const told = store.warnings.join('\n');
    if (schema < SCHEMA) assert.match(told, new RegExp(`was of schema ${schema} and was brought to ${SCHEMA}`));
    assert.match(told, /frames 24\.\.24 were not signed/);
    assert.not.match(told, /damaged/);
    assert.equal(store.cursor('main'), { epochId: 2, nextSeq: 7, isWeak: false });
    assert.is(store.committedToken, 120);
    assert.is(store.alarmId, 115);
    assert.is(store.describe('d', descriptorDraft()), 0);
    assert.is(store.nextSeq, 26);
    const all = store.database.prepare('SELECT bytes FROM frame WHERE id <= (2 << 40) + 24 ORDER BY id').all();
    const hash = createHash('sha256');
    for (const { bytes } of all) hash.update(bytes as Uint8Array);
    assert.is(hash.digest('hex'), sum);
    store.append(featureDraft(121));
    store.finish();
    store.close();
    const report = await verifyPath(dataDir);
    assert.ok(report.ok, verifyText(report));
    assert.equal(
      report.chains.map(({ frames, digests, lastSeq, signedThrough }) => [frames, digests, lastSeq, signedThrough]),
      [
        [25, 1, 25, 25],
        [28, 0, 27, 27],
      ],
    );
    assert.equal(Store.open({ dataDir, points }).warnings, []);
  });
}

golden('of an earlier schema is refused by whoever only reads, which would have to change it', async () => {
  const dataDir = dataDirectory(1);
  const before = new DatabaseSync(join(dataDir, 'spindle.db'), { readOnly: true });
  before.close();
  for (const read of [() => new StoreReader(dataDir), () => verifyPath(dataDir)]) {
    try {
      await read();
      assert.unreachable();
    } catch (error) {
      assert.instance(error, InputError);
      assert.is((error as InputError).code, 'STORE_SCHEMA');
      assert.match((error as Error).message, /schema 1, wanted 2; start the host there once.*nothing was changed/);
    }
  }
});

golden.run();
