/**
 * A host that writes, drops and is cut: appends in groups, makes room, moves a cursor, and prints each number that is durable.
 * With `unsynced` it lies: SQLite at `synchronous = NORMAL` and nothing behind it.
 */
import { Room } from '../../../host/store/room.ts';
import { DEFAULT_ROOM } from '../../../host/store/room-settings.ts';
import { Store } from '../../../host/store/store.ts';
import { descriptorDraft, eventDraft, featureDraft } from '../../support/frames.ts';

const [dataDir, how] = process.argv.slice(2);
const store = Store.open({
  dataDir,
  points: [{ id: 1, name: 'pump', path: 'acme/site/area/line/asset/pump' }],
  checkpoint: { maxAgeMs: 60_000, maxFrames: 128 },
  ...(how === 'unsynced' ? { sync: () => {} } : {}),
});
const room = new Room(store, { ...DEFAULT_ROOM, budgetBytes: 6 * 1024 * 1024, uplinks: ['up'] });
store.describe('d', descriptorDraft());
let n = 0;
const pause = new Int32Array(new SharedArrayBuffer(4));
for (let group = 1; ; group++) {
  for (const last = n + 1 + ((group * 7) % 20); n < last; ) store.append(featureDraft(++n));
  if (group % 40 === 0) store.append(eventDraft(n));
  store.commit();
  process.stdout.write(`durable ${n}\n`);
  if (group % 5 === 0) store.setCursor('up', store.epochId, Math.max(0, store.committedFrames - 500));
  if (store.checkpointDueMs() === 0) store.checkpoint();
  room.step();
  Atomics.wait(pause, 0, 0, 2);
}
