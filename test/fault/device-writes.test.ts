/** What the store writes to its device, counted by the device: cards wear out by this, not by what they hold. */
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Room } from '../../host/store/room.ts';
import { DEFAULT_ROOM } from '../../host/store/room-settings.ts';
import type { FrameDraft, FrameValue } from '../../host/types.ts';
import { featureDraft } from '../support/frames.ts';
import { needs } from '../support/needs.ts';
import { open, stoppedClock } from '../support/store.ts';
import { Disk, missingForDisk } from './power-cut/disk.ts';

const writes = suite('fault.device-writes');
/** In soak the seconds of a day pass as they do, and nothing is said by hand. */
const SECONDS = Number(process.env.SPINDLE_WRITES_SECONDS ?? 0);
const GROUPS = SECONDS || 500;
const POINTS = 8;
const missing = missingForDisk();

/** Of 250 bytes. */
function frame(n: number): FrameDraft {
  const body = new Map<number, FrameValue>(featureDraft(n).body);
  body.set(
    20,
    Float32Array.from({ length: 39 }, (_, i) => Math.sin(n * 39 + i)),
  );
  return { ...featureDraft(n, 1 + (n % 2)), body };
}

interface Measured {
  payload: number;
  device: number;
  flushes: number;
  groups: number;
}

/** @param group frames of one commit, one a second of the store's clock */
function measure(disk: Disk, groups: number, group: number, isReal: boolean): Measured {
  const clock = stoppedClock();
  const store = open(join(disk.mount, `at-${group}`), { clock });
  const room = new Room(store, { ...DEFAULT_ROOM, uplinks: ['up'] });
  const pause = new Int32Array(new SharedArrayBuffer(4));
  let n = 0;
  let payload = 0;
  const step = (): void => {
    for (let i = 0; i < group; i++) store.append(frame(++n));
    payload += store.pendingBytes;
    if (store.checkpointDueMs() === 0) store.checkpoint();
    else store.commit();
    store.setCursor('up', store.epochId, store.committedFrames);
    room.step();
    clock.us += 1_000_000;
  };
  // until the log is written over from its beginning, as it is from then on
  for (let bytes = 0; bytes < 8_000_000; bytes = payload * (group > 50 ? 2 : 6)) step();
  disk.settle();
  const before = disk.written();
  payload = 0;
  for (let i = 1; i <= groups; i++) {
    step();
    if (isReal) Atomics.wait(pause, 0, 0, 1000);
    else if (i % 30 === 0) disk.settle(); // pages that are old by then
  }
  disk.settle();
  const after = disk.written();
  store.close();
  return { payload, device: after.bytes - before.bytes, flushes: after.flushes - before.flushes, groups };
}

const told = ({ payload, device, flushes, groups }: Measured): string =>
  `${(device / groups / 1024).toFixed(1)} KiB and ${(flushes / groups).toFixed(2)} flushes a commit, ${(device / payload).toFixed(2)} bytes a byte of frames`;

needs(writes, missing, 'of 8 points at one frame of 250 bytes a second are at most 1.5 GB a day', () => {
  const disk = new Disk(160, 'noatime');
  try {
    const measured = measure(disk, GROUPS, POINTS, SECONDS > 0);
    const gigabytesADay = (measured.device / GROUPS) * 86_400 * 1e-9;
    console.log(`device writes, 8 frames a commit: ${told(measured)}, ${gigabytesADay.toFixed(2)} GB a day`);
    const bytes = measured.payload / GROUPS / POINTS;
    assert.ok(bytes >= 250 && bytes < 256, `frames have ${bytes} bytes`);
    assert.ok(gigabytesADay <= 1.5, `${gigabytesADay.toFixed(2)} GB a day`);
  } finally {
    disk.end();
  }
});

needs(writes, missing, 'at 100 frames a commit are at most 3.5 times the frames', () => {
  const disk = new Disk(160, 'noatime');
  try {
    const measured = measure(disk, 120, 100, false);
    console.log(`device writes, 100 frames a commit: ${told(measured)}`);
    assert.ok(measured.device / measured.payload <= 3.5, told(measured));
  } finally {
    disk.end();
  }
});

writes.run();
