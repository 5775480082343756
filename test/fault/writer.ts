/** A host that does nothing but write: appends in groups and prints what is durable, until it is killed. */
import { Store } from '../../host/store/store.ts';
import { descriptorDraft, featureDraft } from '../support/frames.ts';

const [dataDir, from] = process.argv.slice(2);
const store = Store.open({
  dataDir,
  points: [{ id: 1, name: 'pump', path: 'acme/site/area/line/asset/pump' }],
  checkpoint: { maxAgeMs: 60_000, maxFrames: 64 },
});
for (const warning of store.warnings) process.stdout.write(`warning ${warning}\n`);
store.describe('d', descriptorDraft());
for (let n = Number(from); ; n++) {
  store.append(featureDraft(n));
  if (n % 7 === 0) {
    store.commit();
    process.stdout.write(`durable ${n}\n`);
  }
  if (store.checkpointDueMs() === 0) store.checkpoint();
}
