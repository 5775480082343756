/** From schema to schema: one transaction, whatever ends the process in it. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, readFileSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { migrate, openingMs } from '../../host/store/migrate.ts';
import { FROM_1 } from '../../host/store/migrations/from-1.ts';
import { Store } from '../../host/store/store.ts';
import { writeKey } from '../golden/store-recipe.ts';
import { newFolder } from '../support/folder.ts';
import { open } from '../support/store.ts';

const migration = suite('store.migrate');
const script = fileURLToPath(new URL('migrate-killed.ts', import.meta.url));
const first = fileURLToPath(new URL('../golden/store-v1/spindle.db', import.meta.url));

function copyOfFirst(): { dataDir: string; path: string } {
  const dataDir = newFolder('migrate');
  const path = join(dataDir, 'spindle.db');
  copyFileSync(first, path);
  return { dataDir, path };
}

/** Tables and indexes as they were declared, without the spaces of the text. */
function form(path: string): string[] {
  const database = new DatabaseSync(path, { readOnly: true });
  const columns = database
    .prepare(
      `SELECT m.name || '.' || c.name || ' ' || c.type || ' ' || c."notnull" || ' ' || c.pk || ' ' || c.hidden AS text
       FROM sqlite_master m, pragma_table_xinfo(m.name) c WHERE m.type IN ('table', 'index') ORDER BY 1`,
    )
    .all();
  database.close();
  return columns.map(({ text }) => text as string);
}

migration('killed before any of its statements leaves the old store, and the next start brings it over', () => {
  const statements = FROM_1.length + 2;
  for (let at = 0; at <= statements; at++) {
    const { dataDir, path } = copyOfFirst();
    const child = spawnSync(process.execPath, ['--disable-warning=ExperimentalWarning', script, path, String(at)], {
      encoding: 'utf8',
    });
    assert.is(child.signal, at < statements ? 'SIGKILL' : null, child.stderr);
    const database = new DatabaseSync(path);
    const { value } = database.prepare(`SELECT value FROM meta WHERE key = 'schema'`).get() as { value: number };
    assert.is(value, at < statements ? 1 : 2);
    database.close();
    writeKey(dataDir, '2222222222222222');
    const store = Store.open({ dataDir });
    assert.not.match(store.warnings.join(), /damaged/);
    assert.is(store.nextSeq, 26);
    store.close();
  }
});

migration('that fails in the middle changes nothing', () => {
  const { path } = copyOfFirst();
  const before = readFileSync(path);
  const database = new DatabaseSync(path);
  assert.throws(
    () =>
      migrate(database, path, (number) => {
        if (number === 9) throw new Error('no room');
      }),
    /no room/,
  );
  database.close();
  assert.is(readFileSync(path).compare(before), 0);
});

migration('gives the very tables that a new store has', () => {
  const { path } = copyOfFirst();
  const database = new DatabaseSync(path);
  migrate(database, path);
  database.close();
  const fresh = newFolder('migrate');
  open(fresh).close();
  assert.equal(form(path), form(join(fresh, 'spindle.db')));
});

migration(
  'gives its thread the time that a slow card needs for it, and none where there is nothing to bring over',
  () => {
    const { dataDir, path } = copyOfFirst();
    assert.is(openingMs(newFolder('migrate')), 0);
    assert.is(openingMs(join(path, 'no-folder')), 0);
    const MIB = 2 ** 20;
    truncateSync(path, 100 * MIB);
    assert.is(openingMs(dataDir), 150_000); // written three times at 2 MiB/s
    const fresh = newFolder('migrate');
    open(fresh).close();
    assert.is(openingMs(fresh), 0);
  },
);

migration.run();
