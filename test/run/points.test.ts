/** Times of points: when a span ended, and how long silence is no news. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { draftOf } from '../../host/run/drafts.ts';
import { staleAfterMs } from '../../host/run/staleness.ts';
import { StoredFrames } from '../../host/run/stored.ts';
import type { StoreStatus } from '../../host/store/messages.ts';
import { endSecondsAt, secondsAt } from '../../host/stream-time.ts';
import type { PointPlan, SourceInfo } from '../../host/types.ts';

const SNAPSHOTS = { samples: 2560, intervalS: 10 };
const info = (snapshot: SourceInfo['snapshot'], sampleRateHz = 25_600): SourceInfo =>
  ({ sampleRateHz, snapshot, startUtcUs: null }) as SourceInfo;
const plan = (windowLength: number, windowsPerDecision: number, kind: PointPlan['kind'] = 'vibration'): PointPlan =>
  ({ kind, windowLength, windowsPerDecision }) as PointPlan;

const points = suite('run.points');

points('a span of snapshots ends when its last sample was taken, not when the next snapshot begins', () => {
  assert.is(secondsAt(info(SNAPSHOTS), 5120), 20);
  assert.ok(Math.abs(endSecondsAt(info(SNAPSHOTS), 5120) - 10.1) < 1e-9);
  assert.is(endSecondsAt(info(null), 25_600), 1);
  assert.is(endSecondsAt(info(SNAPSHOTS), 0), 0);
});

points('a frame of the second snapshot is stamped in it', () => {
  const point = { id: 1, plan: plan(2048, 0), info: info(SNAPSHOTS), bootId: new Uint8Array(8) };
  const gap = { kind: 'gap', point: 'm', cause: 'wire', firstSample: 2560, lostSamples: 2560 } as const;
  assert.is(draftOf(point, gap).monoUs, 10_100_000);
});

points('silence is stale after three decisions, and never within 10 s', () => {
  const snapshots = info({ samples: 2560, intervalS: 600 });
  assert.is(staleAfterMs(plan(2048, 0), snapshots, 1), 1_800_000);
  assert.is(staleAfterMs(plan(2048, 0), snapshots, 60), 30_000);
  assert.is(staleAfterMs(plan(4096, 12), info(null), 1), 10_000);
  assert.is(staleAfterMs(plan(0, 1, 'scalar'), info(null, 1 / 60), 1), 180_000);
  // a simulator at a tenth of real time decides every 10 s
  assert.ok(Math.abs(staleAfterMs(plan(4096, 12), info(null), 0.1) - 28_800) < 1e-9);
});

points('frames stored are those of this run, over epochs', () => {
  const status = (epoch: number, frames: number, behind = 0): StoreStatus =>
    ({ epoch: new Uint8Array(8).fill(epoch), frames, uplinks: [{ behind }] }) as unknown as StoreStatus;
  const stored = new StoredFrames();
  stored.take(status(1, 100, 7));
  assert.equal([stored.count, stored.owed], [0, 7]);
  stored.take(status(1, 130));
  stored.take(status(2, 5));
  assert.equal([stored.count, stored.owed], [35, 7]);
});

points.run();
