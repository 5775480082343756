/** A store of two points in a test's own folder, and a look at its rows from outside. */
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
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
  const all = database.prepare('SELECT * FROM frame ORDER BY epoch_id, seq').all();
  database.close();
  return all;
}
