/** The mixed day in short: every kind of fault once, in a few minutes of machine time. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { hasMosquitto } from '../support/mosquitto.ts';
import { needs } from '../support/needs.ts';
import { accountOf, type Happened, holes } from './day/account.ts';
import { MIXED_DAY, scheduleOf } from './day/schedule.ts';
import { linesOf, runDay } from './mixed-day.ts';

function missing(): string | null {
  if (!hasMosquitto()) return 'mosquitto';
  const folder = mkdtempSync(join(tmpdir(), 'spindle-mount-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'spindle-test', folder], { stdio: 'pipe' });
    execFileSync('umount', [folder]);
    return null;
  } catch {
    return 'right to mount a file system (root)';
  } finally {
    rmdirSync(folder);
  }
}

const day = suite('soak.mixed-day');

needs(
  day,
  missing(),
  'each fault costs what the fault itself takes and a restart, and is named while it lasts',
  async () => {
    const lines: string[] = [];
    const result = await runDay({
      day: {
        seed: 3,
        lengthS: 150,
        kills: 1,
        reboots: 1,
        rebootS: 8,
        unplugs: 1,
        unplugS: 3,
        diskFullS: 30,
        brokerAwayS: 30,
        apartS: 10,
      },
      points: 2,
      sampleRateHz: 512,
      speed: 30,
      diskMiB: 160,
      calmS: 1.5,
      tell: (text) => lines.push(text),
    });
    const told = [...lines, ...linesOf(result)].join('\n');
    const { account, said, stages } = result;
    assert.equal([result.twice, result.isWhole, result.far], [0, true, { lost: 0, different: 0, invented: 0 }], told);
    assert.is(account.causes.none.softwareS, 0, told);
    for (const cause of ['disk full', 'broker away'] as const)
      assert.equal(account.causes[cause], { count: 1, outsideS: 0, softwareS: 0 }, told);
    assert.ok(account.causes.reboot.outsideS > 15.9 && account.causes.reboot.outsideS < 16.1, told);
    assert.ok(account.causes.unplug.outsideS > 2.5 && account.causes.unplug.outsideS < 3.1, told);
    assert.ok(account.causes.kill.softwareS > 0, told);
    assert.match(
      said.get('unplug')!,
      /p0: its source is away \(.*(unplugged|nothing is plugged in)\); it is opened again/,
    );
    assert.match(said.get('disk full')!, /the store cannot commit: .*database or disk is full/);
    assert.match(said.get('broker away')!, /uplink up is not up/);
    assert.ok(stages.includes('source lost: SENSOR_UNPLUGGED') && stages.includes('source running'), told);
  },
);

day('the schedule is that of its seed, holds every fault of the day, and no two short ones at once', () => {
  assert.equal(scheduleOf(MIXED_DAY), scheduleOf(MIXED_DAY));
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 32 - 1 }), (seed) => {
      const faults = scheduleOf({ ...MIXED_DAY, seed });
      const count = (wanted: string): number => faults.filter(({ kind }) => kind === wanted).length;
      assert.equal(['kill', 'reboot', 'unplug', 'disk full', 'broker away'].map(count), [24, 6, 12, 1, 1]);
      const short = faults.filter(({ lengthS }) => lengthS < 100);
      for (const [index, { atS, lengthS }] of short.entries()) {
        assert.ok(atS >= MIXED_DAY.apartS && atS + lengthS <= MIXED_DAY.lengthS);
        if (index > 0) assert.ok(atS >= short[index - 1].atS + short[index - 1].lengthS + MIXED_DAY.apartS - 1e-6);
      }
    }),
    { numRuns: 50 },
  );
});

day('the account finds every hole, and gives it to the fault that made it', () => {
  const kill: Happened = { kind: 'kill', atS: 100, lengthS: 0, points: ['a', 'b'], overS: 104 };
  const reboot: Happened = { kind: 'reboot', atS: 200, lengthS: 40, points: ['a', 'b'], overS: 243 };
  const unplug: Happened = { kind: 'unplug', atS: 300, lengthS: 30, points: ['a'], overS: 331 };
  const spans = new Map<string, [number, number][]>([
    [
      'a',
      [
        [0, 99],
        [102, 198],
        [241, 299],
        [330.5, 1000],
      ],
    ],
    [
      'b',
      [
        [242, 600],
        [0, 99.5],
        [101.5, 199],
        [599, 700],
        [701, 1000],
      ],
    ],
  ]);
  assert.equal(holes(spans.get('b')!, [0, 1000]), [
    [99.5, 101.5],
    [199, 242],
    [700, 701],
  ]);
  const { causes, possibleS, recordedS } = accountOf(spans, [kill, reboot, unplug], [0, 1000]);
  assert.equal(causes.kill, { count: 1, outsideS: 0, softwareS: 5 });
  assert.equal(causes.reboot, { count: 1, outsideS: 80, softwareS: 6 });
  assert.equal(causes.unplug, { count: 1, outsideS: 30, softwareS: 1.5 });
  assert.is(causes.none.softwareS, 1);
  assert.equal([possibleS, recordedS], [2000 - 110, 2000 - 110 - 13.5]);
});

day.run();
