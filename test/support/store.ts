/** A store of two points in a test's own folder, and a look at its rows from outside. */
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { sha256 } from '../../host/frame/chain.ts';
import { frameId } from '../../host/store/frame-id.ts';
import { Store, type StoreOptions } from '../../host/store/store.ts';
import { descriptorDraft } from './frames.ts';

export const points = [
  { id: 1, name: 'pump', path: 'acme/site/area/line/asset/pump' },
  { id: 2, name: 'fan', path: 'acme/site/area/line/asset/fan' },
];

export function open(dataDir: string, more: Partial<StoreOptions> = {}): Store {
  const opened = Store.open({ dataDir, points, ...more });
  opened.describe('d', descriptorDraft());
  return opened;
}

/** The clock stands still unless told. */
export function stoppedClock() {
  const clock = { us: 0, monoUs: () => clock.us, utcUs: () => 1_760_000_000_000_000 + clock.us };
  return clock;
}

export function rows(dataDir: string) {
  const database = new DatabaseSync(join(dataDir, 'spindle.db'), { readOnly: true });
  const all = database.prepare('SELECT * FROM frame ORDER BY id').all();
  database.close();
  return all;
}

/** Takes frames of the first epoch out as the store does when it drops them: what is left is a run of their digests. */
export function dropFrames(database: DatabaseSync, first: number, last: number, digest = sha256): void {
  const range = [frameId(1, first), frameId(1, last)];
  const dropped = database.prepare('SELECT bytes, hash FROM frame WHERE id BETWEEN ? AND ? ORDER BY id').all(...range);
  const digests = Buffer.concat(dropped.map(({ bytes }) => digest(bytes as Uint8Array)));
  const count = dropped.length;
  database.prepare('INSERT INTO dropped VALUES(?, ?, ?, ?)').run(range[0], count, digests, dropped.at(-1)!.hash);
  database.prepare('DELETE FROM frame WHERE id BETWEEN ? AND ?').run(...range);
}
