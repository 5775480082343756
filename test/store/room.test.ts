/** What leaves a store, in which order, and what never does. */
import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { decodeFrame } from '../../host/frame/frame.ts';
import { exportFrames } from '../../host/store/export.ts';
import { writeHolds } from '../../host/store/holds.ts';
import { Room } from '../../host/store/room.ts';
import { DEFAULT_ROOM, type RoomSettings } from '../../host/store/room-settings.ts';
import type { Store } from '../../host/store/store.ts';
import { usedBytes } from '../../host/store/used.ts';
import { verifyPath, verifyText } from '../../host/store/verify.ts';
import type { FrameDraft } from '../../host/types.ts';
import { newFolder } from '../support/folder.ts';
import { eventDraft, featureDraft } from '../support/frames.ts';
import { open, rows, stoppedClock } from '../support/store.ts';

const room = suite('store.room');
const KIB = 1024;

function waveformDraft(n: number): FrameDraft {
  return {
    ...featureDraft(n),
    kind: 'waveform',
    body: new Map<number, never>([
      [21, new Int16Array(500).fill(n)],
      [23, 1_000_000],
      [24, 0],
      [44, n],
    ] as never),
  };
}

/** `count` steps of a feature, each tenth with a waveform, each fiftieth with an event, and checkpoints between. */
function fill(store: Store, count: number, first = 1, clock?: ReturnType<typeof stoppedClock>, eventEach = 50): void {
  for (let n = first; n < first + count; n++) {
    store.append(featureDraft(n, 1 + (n % 2)));
    if (n % 10 === 0) store.append(waveformDraft(n));
    if (n % eventEach === 0) store.append(eventDraft(n));
    if (clock) clock.us += 1_000_000;
    if (n % 60 === 0) store.checkpoint();
    if (n % 200 === 0) store.commit();
  }
  store.checkpoint();
  store.database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
}

function settled(store: Store, settings: Partial<RoomSettings>): { told: string[]; room: Room } {
  const told: string[] = [];
  const made = new Room(
    store,
    { ...DEFAULT_ROOM, ...settings },
    { onShort: (code, text) => told.push(`${code}: ${text}`), onEnough: (code) => told.push(`${code} ends`) },
  );
  for (let steps = 0; made.step(); steps++) {
    assert.ok(steps < 10_000, 'comes to an end');
    store.database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  }
  return { told, room: made };
}

const kinds = (dataDir: string): Record<number, number> => {
  const counts: Record<number, number> = {};
  for (const { kind } of rows(dataDir)) counts[kind as number] = (counts[kind as number] ?? 0) + 1;
  return counts;
};

room('drops what is at the far side first, oldest first, keeps events and descriptors, and verifies', async () => {
  const dataDir = newFolder('room');
  const store = open(dataDir);
  fill(store, 3000);
  store.setCursor('up', store.epochId, 2000);
  const before = kinds(dataDir);
  const { told, room: made } = settled(store, { budgetBytes: 900 * KIB, uplinks: ['up'] });
  const after = rows(dataDir);
  assert.equal(told, []);
  assert.ok(made.droppedSent > 500 && made.droppedUnsent === 0, `${made.droppedSent}`);
  assert.ok(made.usedBytes <= 900 * KIB);
  const features = after.filter(({ kind }) => kind === 1).map(({ seq }) => seq as number);
  const firstLeft = features[0];
  assert.ok(firstLeft > 500 && firstLeft < 2000);
  assert.is(kinds(dataDir)[3], before[3], 'events stay');
  assert.is(kinds(dataDir)[8], 1, 'the descriptor stays');
  const gaps = after.filter(({ kind }) => kind === 4).map(({ bytes }) => decodeFrame(bytes as Uint8Array).map);
  const gone = gaps.flatMap((gap) => [gap.get(44)] as [number, number][]);
  const seqs = new Set(gone.flatMap(([from, to]) => Array.from({ length: to - from + 1 }, (_, n) => from + n)));
  assert.is(seqs.size, made.droppedSent, 'gaps name every frame that left and no other');
  for (const { seq } of after) assert.not(seqs.has(seq as number));
  store.finish();
  store.close();
  const report = await verifyPath(dataDir);
  assert.ok(report.ok, verifyText(report));
  assert.is(report.chains[0].digests, made.droppedSent);
  const out = join(dataDir, 'out.spindle');
  exportFrames({ dataDir, out });
  assert.ok((await verifyPath(out)).ok);
});

room('takes what no uplink has in the configured order, and says so by event and message once', () => {
  const dataDir = newFolder('room');
  const store = open(dataDir);
  fill(store, 3000);
  const { told, room: made } = settled(store, { budgetBytes: 1000 * KIB, uplinks: ['up'] });
  const after = kinds(dataDir);
  assert.is(made.droppedSent, 0);
  assert.ok(made.droppedUnsent > 300);
  assert.is(after[2], undefined, 'all waveforms first');
  assert.ok(after[1] > 500, 'then features');
  assert.equal(
    told.map((text) => text.split(':')[0]),
    ['STORE_DROPS'],
  );
  const events = rows(dataDir)
    .filter(({ kind, point_id }) => kind === 3 && point_id === null)
    .map(({ bytes }) => decodeFrame(bytes as Uint8Array).map.get(32));
  assert.equal(events, ['store drops unsent waveform', 'store drops unsent feature']);
  store.close();
});

room('never drops a kind that the order does not name, and says that there is no room', () => {
  const dataDir = newFolder('room');
  const store = open(dataDir);
  fill(store, 1000);
  const before = kinds(dataDir);
  const { told } = settled(store, { budgetBytes: 100 * KIB, uplinks: ['up'], dropOrder: [] });
  assert.equal(kinds(dataDir), before);
  assert.match(told.join(), /^STORE_BUDGET: .*uses 0\.\d MiB, wanted at most 0\.1; nothing else may leave/);
  store.close();
});

room('keeps what is held, by span and by point, whatever the budget says', () => {
  const dataDir = newFolder('room');
  const store = open(dataDir);
  fill(store, 2000);
  const utc = (n: number): number => 1_760_000_000_000_000 + 1_000_000 * n;
  const hold = { by: 'A', reason: 'claim', sinceUtcUs: 0 };
  writeHolds(dataDir, [
    { ...hold, name: 'case', point: null, fromUtcUs: utc(100), toUtcUs: utc(300) },
    { ...hold, name: 'fan', point: 'fan', fromUtcUs: null, toUtcUs: utc(700) },
  ]);
  settled(store, { budgetBytes: 50 * KIB });
  const left = rows(dataDir).filter(({ kind }) => kind === 1 || kind === 2);
  const at = (row: { utc_us?: unknown }): number => ((row.utc_us as number) - utc(0)) / 1_000_000;
  const inCase = left.filter((row) => at(row) >= 100 && at(row) <= 300);
  assert.is(inCase.length, 201 + 21);
  const fan = left.filter((row) => row.point_id === 2 && row.kind === 1 && at(row) <= 700);
  assert.is(fan.length, 350);
  const pump = left.filter((row) => row.point_id === 1 && (at(row) < 100 || at(row) > 300));
  assert.is(pump.length, 0);
  writeHolds(dataDir, []);
  settled(store, { budgetBytes: 50 * KIB });
  assert.is(rows(dataDir).filter(({ kind }) => kind === 1).length, 0);
  store.close();
});

room('lets nothing leave while the file of holds cannot be read, and says so', () => {
  const dataDir = newFolder('room');
  const store = open(dataDir);
  fill(store, 500);
  const before = rows(dataDir).length;
  writeFileSync(join(dataDir, 'spindle.holds.json'), '[{"name": "cut o');
  const { told } = settled(store, { budgetBytes: 50 * KIB });
  assert.is(rows(dataDir).length, before);
  assert.match(told.join(), /HOLD_FILE: .*nothing leaves the store/);
  store.close();
});

room('by age lets go what is older than its days and at the far side, nothing else', () => {
  const dataDir = newFolder('room');
  const clock = stoppedClock();
  const store = open(dataDir, { clock });
  fill(store, 3600, 1, clock);
  clock.us += 10 * 86_400_000_000;
  fill(store, 600, 3601, clock);
  store.setCursor('up', store.epochId, 2000);
  const { room: made } = settled(store, { retentionDays: { feature: 5 }, uplinks: ['up'] });
  const left = rows(dataDir).filter(({ kind }) => kind === 1);
  assert.ok((left[0].seq as number) >= 2000 && (left[0].seq as number) < 2010, `${left[0].seq}`);
  assert.ok(made.droppedSent > 1000);
  assert.ok(kinds(dataDir)[2] === 420, 'waveforms have no days');
  store.setCursor('up', store.epochId, store.nextSeq);
  settled(store, { retentionDays: { feature: 5 }, uplinks: ['up'] });
  const young = rows(dataDir).filter(({ kind }) => kind === 1);
  assert.ok(young.length >= 600 && young.length <= 660, `${young.length}`);
  store.close();
});

room('believes no clock that has jumped: a day passes before anything is too old', () => {
  const dataDir = newFolder('room');
  const clock = stoppedClock();
  const store = open(dataDir, { clock });
  fill(store, 600, 1, clock);
  const made = new Room(store, { ...DEFAULT_ROOM, retentionDays: { feature: 5 } });
  let jumpUs = 3650 * 86_400_000_000;
  const { utcUs } = clock;
  clock.utcUs = () => utcUs() + jumpUs;
  while (made.step());
  assert.is(made.droppedSent, 0);
  clock.us += 2 * 3_600_000_000;
  jumpUs = 0; // the time server is back
  while (made.step());
  clock.us += 25 * 3_600_000_000;
  while (made.step());
  assert.is(made.droppedSent, 0);
  clock.us += 5 * 86_400_000_000;
  while (made.step());
  assert.ok(made.droppedSent > 0);
  store.close();
});

room('uses the pages of what left before the file grows', () => {
  const dataDir = newFolder('room');
  const store = open(dataDir);
  const made = new Room(store, { ...DEFAULT_ROOM, budgetBytes: 700 * KIB });
  let size = 0;
  for (let round = 0; round < 8; round++) {
    fill(store, 1500, 1 + 1500 * round);
    while (made.step()) store.database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    const now = statSync(join(dataDir, 'spindle.db')).size;
    if (round > 1) assert.ok(now <= size * 1.02 + 64 * KIB, `round ${round}: ${now} after ${size}`);
    size = now;
  }
  assert.ok(made.droppedSent > 9000);
  store.close();
});

room('folds digests beyond their share, and what is left is still proven', async () => {
  const dataDir = newFolder('room');
  const store = open(dataDir);
  const made = new Room(store, { ...DEFAULT_ROOM, budgetBytes: 300 * KIB });
  for (let round = 0; round < 6; round++) {
    fill(store, 1500, 1 + 1500 * round, undefined, 1000);
    while (made.step()) store.database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  }
  const { bytes } = store.database.prepare('SELECT sum(length(digests)) bytes FROM dropped').get()!;
  assert.ok((bytes as number) <= (300 * KIB) / 8 + 32 * 512, `${bytes}`);
  store.finish();
  store.close();
  const report = await verifyPath(dataDir);
  assert.ok(report.ok, verifyText(report));
  const [{ frames, digests, folded, lastSeq }] = report.chains;
  assert.ok(folded > 3000);
  assert.is(frames + digests + folded, lastSeq + 1);
  const out = join(dataDir, 'out.spindle');
  exportFrames({ dataDir, out });
  assert.ok((await verifyPath(out)).ok, 'what follows the last fold can be exported');
});

room('keeps the checkpoint before a folded run also when what stands before it leaves later', async () => {
  const dataDir = newFolder('room');
  const store = open(dataDir);
  fill(store, 600, 1, undefined, 1000);
  // all features leave unsent, and a budget of nothing folds what it can of their digests
  settled(store, { budgetBytes: 1, uplinks: ['up'] });
  store.setCursor('up', store.epochId, store.committedFrames);
  const before = kinds(dataDir)[6];
  settled(store, { budgetBytes: usedBytes(store.database, dataDir) - 1, uplinks: ['up'] });
  assert.ok(before >= 10 && kinds(dataDir)[1] === undefined);
  store.finish();
  store.close();
  const report = await verifyPath(dataDir);
  assert.ok(report.ok, verifyText(report));
  assert.ok(report.chains[0].folded > 300, `${report.chains[0].folded}`);
});

room.run();
