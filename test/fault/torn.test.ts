/**
 * Power cuts sector by sector, on any machine: of what was written since the last sync each 512-byte sector is there, not
 * there, or torn in the middle, at random. The store that is opened then has all that was acknowledged or says what it lost.
 */
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Random } from '../../host/acquire/random.ts';
import { Room } from '../../host/store/room.ts';
import { DEFAULT_ROOM } from '../../host/store/room-settings.ts';
import { Store } from '../../host/store/store.ts';
import { verifyPath, verifyText } from '../../host/store/verify.ts';
import { newFolder } from '../support/folder.ts';
import { descriptorDraft, eventDraft, featureDraft } from '../support/frames.ts';

const torn = suite('fault.torn');
const CUTS = Number(process.env.SPINDLE_TORN_CUTS ?? 60);
const SECTOR = 512;
const points = [{ id: 1, name: 'pump', path: 'acme/site/area/line/asset/pump' }];
const NAMES = ['spindle.db', 'spindle.db-wal'];

class Image {
  files = new Map<string, Buffer>();
  take(dataDir: string): void {
    for (const name of NAMES)
      if (existsSync(join(dataDir, name))) this.files.set(name, readFileSync(join(dataDir, name)));
  }
}

/** What a disk holds after the cut: the synced image with some of the sectors that changed since. */
function cutImage(synced: Buffer | undefined, now: Buffer, random: Random): { bytes: Buffer; inDoubt: number } {
  const bytes = Buffer.alloc(now.length);
  synced?.copy(bytes, 0, 0, Math.min(synced.length, now.length));
  let inDoubt = 0;
  for (let at = 0; at < now.length; at += SECTOR) {
    const end = Math.min(at + SECTOR, now.length);
    if (bytes.subarray(at, end).equals(now.subarray(at, end))) continue;
    inDoubt++;
    const fate = random.uniform();
    if (fate < 0.45) now.copy(bytes, at, at, end);
    else if (fate < 0.55) now.copy(bytes, at, at, at + Math.floor(random.uniform() * (end - at)));
  }
  return { bytes, inDoubt };
}

torn(`sectors at ${CUTS} cuts lose no acknowledged frame and no damage is taken for whole`, async () => {
  const random = Random.stream(Number(process.env.SPINDLE_SEED ?? 1), 'torn');
  let inDoubt = 0;
  let folds = 0;
  for (let cut = 0; cut < CUTS; cut++) {
    const dataDir = newFolder('torn');
    const image = new Image();
    let isCut = false;
    const store = Store.open({
      dataDir,
      points,
      sync: () => {
        if (!isCut) image.take(dataDir);
      },
    });
    const room = new Room(store, { ...DEFAULT_ROOM, budgetBytes: 300 * 1024 });
    // so small that the log is folded back into the file all the time, in the commit that is cut too
    store.database.exec('PRAGMA wal_autocheckpoint = 20');
    store.describe('d', descriptorDraft());
    let n = 0;
    const groups = 2 + Math.floor(random.uniform() * 40);
    let acknowledged = 0;
    for (let group = 0; group <= groups; group++) {
      isCut = group === groups;
      for (let i = Math.floor(random.uniform() * 30); i >= 0; i--) store.append(featureDraft(++n));
      if (random.uniform() < 0.1) store.append(eventDraft(n));
      if (!isCut && random.uniform() < 0.2) store.checkpoint();
      if (!isCut) room.step();
      store.commit();
      if (!isCut) acknowledged = n;
    }
    // a file that changed was folded into: SQLite syncs the log before that, so only the file is in doubt
    const now = new Map(NAMES.map((name) => [name, readFileSync(join(dataDir, name))]));
    const isFolded = !now.get('spindle.db')!.equals(image.files.get('spindle.db')!);
    if (isFolded) folds++;
    const after = newFolder('torn');
    mkdirSync(after, { recursive: true });
    for (const [name, bytes] of now) {
      const isInDoubt = isFolded === (name === 'spindle.db');
      const left = isInDoubt ? cutImage(image.files.get(name), bytes, random) : { bytes, inDoubt: 0 };
      // SQLite syncs the head of a log that it begins anew before it writes over what stood in it
      if (name !== 'spindle.db') bytes.copy(left.bytes, 0, 0, 32);
      inDoubt += left.inDoubt;
      writeFileSync(join(after, name), left.bytes);
    }
    copyFileSync(join(dataDir, 'host.key'), join(after, 'host.key'));
    store.close();

    const again = Store.open({ dataDir: after, points });
    assert.not.match(
      again.warnings.join(),
      /damaged/,
      `cut ${cut}, ${isFolded ? 'file' : 'log'} torn: ${again.warnings.join()}`,
    );
    const rows = again.database.prepare('SELECT mono_us FROM frame WHERE kind = 1 ORDER BY id').all();
    const found = rows.map(({ mono_us }) => (mono_us as number) / 1_000_000);
    assert.ok((found.at(-1) ?? 0) >= acknowledged, `cut ${cut}: has ${found.at(-1)} of ${acknowledged}`);
    again.finish();
    again.close();
    const report = await verifyPath(after);
    assert.ok(report.ok, `cut ${cut}: ${verifyText(report)}`);
  }
  console.log(`torn sectors: ${CUTS} cuts, ${inDoubt} sectors in doubt, ${folds} cuts while the log was folded back`);
  assert.ok(inDoubt > CUTS && folds > 0 && folds < CUTS, `${inDoubt} sectors, ${folds} folds`);
});

torn.run();
