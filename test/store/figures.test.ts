/** The figures that tell a person how long a store lasts. */
import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readCard } from '../../host/store/card.ts';
import { Figures } from '../../host/store/figures.ts';
import { Room } from '../../host/store/room.ts';
import { DEFAULT_ROOM } from '../../host/store/room-settings.ts';
import { newFolder } from '../support/folder.ts';
import { featureDraft } from '../support/frames.ts';
import { open, stoppedClock } from '../support/store.ts';

const figures = suite('store.figures');
const MIB = 2 ** 20;

figures('follow from what was written: bytes a day, days left, life of the card, the oldest that is not sent', () => {
  const dataDir = newFolder('figures');
  const clock = stoppedClock();
  const store = open(dataDir, { clock });
  const room = new Room(store, { ...DEFAULT_ROOM, budgetBytes: 64 * MIB, uplinks: ['up', 'slow'] });
  let device = 1e9;
  const settings = { groupMs: 1000, uplinks: ['up', 'slow'], cardTerabytes: 10 };
  const made = new Figures(store, room, settings, () => ({ writtenBytes: device, wornShare: 0.2 }));
  const first = made.take();
  assert.equal([first.bytesADay, first.daysLeft, first.cardLife.years], [null, null, null]);
  for (let second = 1; second <= 600; second++) {
    for (let point = 0; point < 8; point++) store.append(featureDraft(second, 1 + (point % 2)));
    clock.us += 1_000_000;
    device += 15_000;
    store.commit();
    if (second % 60 === 0) store.checkpoint();
  }
  store.setCursor('up', store.epochId, store.committedFrames);
  store.setCursor('slow', store.epochId, 2405); // of the sixth minute
  const now = made.take();
  // what the file has grown by, a day
  store.database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  const grown = (statSync(join(dataDir, 'spindle.db')).size * 86_400) / 600;
  assert.ok(Math.abs(now.bytesADay! / grown - 1) < 0.2, `${now.bytesADay} and ${grown}`);
  assert.ok(Math.abs(now.daysLeft! - (64 * MIB - now.usedBytes) / now.bytesADay!) < 1e-9);
  assert.is(Math.round(now.cardLife.deviceBytesADay!), 15_000 * 86_400);
  assert.ok(Math.abs(now.cardLife.years! - 10e12 / (15_000 * 86_400) / 365.25) < 1e-9);
  assert.is(now.cardLife.wornShare, 0.2);
  assert.equal(now.oldestUnsent, { uplink: 'slow', seq: 2405, ageMs: 5 * 60_000 });
  assert.ok(now.lossWindowMs >= 1000);
  store.close();
});

figures('of a card come from the kernel: sectors of the partition, tenths of life of an eMMC', () => {
  const path = newFolder('card');
  const { dev } = statSync(path, { bigint: true });
  const [major, minor] = [(dev >> 8n) & 0xfffn, (dev & 0xffn) | ((dev >> 12n) & 0xfff00n)];
  const root = newFolder('sysfs');
  const device = join(root, 'dev', 'block', `${major}:${minor}`);
  assert.equal(readCard(path, root), { writtenBytes: null, wornShare: null });
  mkdirSync(join(device, 'device'), { recursive: true });
  writeFileSync(join(device, 'stat'), '  59 0 2110 8 12 8 2000 4 0 8 17 0 0 0 0 4 4\n');
  writeFileSync(join(device, 'device', 'life_time'), '0x02 0x03\n');
  assert.equal(readCard(path, root), { writtenBytes: 1_024_000, wornShare: 0.3 });
});

figures.run();
