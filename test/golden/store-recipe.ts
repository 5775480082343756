/**
 * Writes a golden store: two epochs of one host (the first whole, the second with a tail that nobody signed), frames of
 * most kinds, a dropped frame, a cursor, a sender's token, an alarm's number. It was run once with the code of each schema
 * version; what came out is kept for ever and opened by every later one.
 * Run: node test/golden/store-recipe.ts FOLDER, then copy spindle.db into a folder of that version.
 */
import { createHash, createPrivateKey } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Store } from '../../host/store/store.ts';
import { descriptorDraft, eventDraft, featureDraft } from '../support/frames.ts';

export const FIRST_HOST = '1111111111111111';
export const SECOND_HOST = '2222222222222222';
export const BOOT_ID = new Uint8Array(8).fill(0x33);
export const points = [
  { id: 1, name: 'pump', path: 'acme/site/area/line/asset/pump' },
  { id: 2, name: 'fan', path: 'acme/site/area/line/asset/fan' },
];

/** A fixed key, which signs nothing else, in the form of host.key. */
export function writeKey(dataDir: string, hostId: string): void {
  const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), Buffer.alloc(32, 0x5d)]);
  const pem = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }).export({ format: 'pem', type: 'pkcs8' });
  writeFileSync(join(dataDir, 'host.key'), `hostId: ${hostId}\n${pem}`, { mode: 0o600 });
}

function clock() {
  let us = 1_000_000;
  return { monoUs: () => (us += 1000), utcUs: () => 1_760_000_000_000_000 + us };
}

function fill(dataDir: string, first: number, isClean: boolean): void {
  const store = Store.open({ dataDir, points, bootId: BOOT_ID, clock: clock() });
  store.describe('d', descriptorDraft());
  for (let n = first; n < first + 20; n++) {
    store.append(featureDraft(n, 1 + (n % 2)));
    if (n % 10 === 5) store.append(eventDraft(n));
    if (n % 10 === 9) store.checkpoint();
  }
  store.acknowledge(first + 19);
  store.setCursor('main', store.epochId, 7);
  store.commit();
  if (isClean) store.finish();
  store.close();
}

/** As that schema drops: 1 within the row, later ones in a run. */
function drop(database: DatabaseSync, seq: number): void {
  const isFirst = database.prepare(`SELECT 1 FROM pragma_table_info('frame') WHERE name = 'digest'`).get();
  const { bytes } = database.prepare('SELECT bytes FROM frame WHERE epoch_id = 1 AND seq = ?').get(seq) as {
    bytes: Uint8Array;
  };
  const digest = createHash('sha256').update(bytes).digest();
  if (isFirst)
    database.prepare('UPDATE frame SET bytes = NULL, digest = ? WHERE epoch_id = 1 AND seq = ?').run(digest, seq);
  else {
    database
      .prepare('INSERT INTO dropped SELECT id, 1, ?, hash FROM frame WHERE epoch_id = 1 AND seq = ?')
      .run(digest, seq);
    database.prepare('DELETE FROM frame WHERE epoch_id = 1 AND seq = ?').run(seq);
  }
}

if (import.meta.main) {
  const dataDir = process.argv[2];
  rmSync(dataDir, { recursive: true, force: true });
  mkdirSync(dataDir, { recursive: true });
  writeKey(dataDir, FIRST_HOST);
  fill(dataDir, 1, true);
  writeKey(dataDir, SECOND_HOST);
  fill(dataDir, 101, false);
  const database = new DatabaseSync(join(dataDir, 'spindle.db'));
  drop(database, 3);
  database.exec('PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode = DELETE');
  const hash = createHash('sha256');
  for (const { bytes } of database.prepare('SELECT bytes FROM frame ORDER BY epoch_id, seq').all())
    if (bytes) hash.update(bytes as Uint8Array);
  console.log(database.prepare('SELECT epoch_id, count(*) rows, max(seq) last FROM frame GROUP BY epoch_id').all());
  console.log(`SHA-256 of all frames: ${hash.digest('hex')}`);
  database.close();
}
