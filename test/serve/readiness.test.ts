/** Readiness tells the truth: each thing that stops the host from doing its work is named, and nothing else is. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readinessOf } from '../../host/serve/app.ts';
import { Board } from '../../host/serve/board.ts';
import type { HostStatus, ServedPoint } from '../../host/serve/messages.ts';
import { WATCH_LIMITS } from '../../host/serve/readiness.ts';
import { wellStatus, wellUplink } from '../support/host-status.ts';
import { verdict } from '../support/verdict.ts';

const point: ServedPoint = {
  name: 'motor/drive-end',
  kind: 'vibration',
  sampleRateHz: 1000,
  faultOrder: null,
  bearingName: null,
  shaftRpm: null,
};
const fresh = (utcOf?: (monoMs: number) => number): Board =>
  new Board({
    title: 't',
    subtitle: 's',
    points: [point],
    staleAfterMs: 10_000,
    nowMs: 0,
    ...(utcOf ? { utcOf } : {}),
  });

function said(changes: Partial<HostStatus>): { problems: string[]; warnings: string[] } {
  const board = fresh();
  board.status(wellStatus(changes), 0);
  return readinessOf(board.view(0), WATCH_LIMITS);
}

const well = wellStatus();
const [main, analysis] = well.threads;
const [source] = well.sources;
const uplink = wellUplink();

const readiness = suite('serve.readiness');

readiness('a host that is well has neither problems nor warnings', () => {
  assert.equal(said({}), { problems: [], warnings: [] });
  assert.equal(said({ uplinks: [uplink] }), { problems: [], warnings: [] });
  const ended = { ...source, state: 'ended', ageMs: 1e9 } as const;
  assert.equal(said({ sources: [ended] }).problems, [], 'an end that was to come is no failure');
});

for (const [what, changes, text] of [
  [
    'a thread that is down',
    { threads: [main, { ...analysis, isAlive: false }] },
    'the analysis thread is not running; it is started again',
  ],
  [
    'a thread that is given up',
    { threads: [main, { ...analysis, isAlive: false, restarts: 11, isGivenUp: true }] },
    'the analysis thread was lost too often (11 times): it is given up',
  ],
  [
    'a source that is away',
    { sources: [{ ...source, state: 'away', error: 'no such device' }] },
    'motor/drive-end: its source is away (no such device); it is opened again',
  ],
  [
    'a source that fails over and over',
    { sources: [{ ...source, state: 'failing', error: 'bus' }] },
    'motor/drive-end: its source is lost again and again (bus); it is tried slowly',
  ],
  [
    'a source that failed',
    { sources: [{ ...source, state: 'failed', error: 'scan 7 is damaged' }] },
    'motor/drive-end: its source has failed: scan 7 is damaged',
  ],
  [
    'a source that is silent',
    { sources: [{ ...source, ageMs: 5_001 }] },
    'motor/drive-end: its source has given nothing for 5.0 s',
  ],
  ['a store that is shut', { store: null }, 'the store is not open'],
  [
    'a disk that is full',
    { store: { ...well.store!, commitError: 'disk full' } },
    'the store cannot commit: disk full',
  ],
  [
    'a disk that hangs',
    { waiting: { bytes: 3 * 1024 * 1024, oldestMs: 10_001, dropped: 0 } },
    '3.0 MiB wait for the disk, the oldest for 10 s',
  ],
  [
    'a disk that does not follow',
    { waiting: { bytes: 1, oldestMs: 1, dropped: 12 } },
    'the disk does not follow: 12 features were not kept and are counted as gaps',
  ],
  [
    'a disk that is nearly full',
    { disk: { freeBytes: 64 * 1024 * 1024 - 1, sizeBytes: 1e10 } },
    '64 MiB are free on the disk of the data, wanted 64 MiB',
  ],
  [
    'memory that grows',
    { memory: { residentBytes: 600 * 1024 * 1024 } },
    'the host holds 600 MiB of memory, wanted 512 MiB',
  ],
  [
    'a sampler that was held up',
    { threads: [{ ...main, vitals: { ...main.vitals!, lagMs: 2_900 } }, analysis] },
    'the thread that samples was away for 2.9 s, wanted 0.4 s at most',
  ],
  [
    'an uplink that is given up',
    { uplinks: [{ ...uplink, state: 'waiting', isGivenUp: true, restarts: 11, lastError: 'oh' }] },
    'uplink up fails again and again by a defect (oh)',
  ],
] as [string, Partial<HostStatus>, string][])
  readiness(`${what} is named, and nothing else`, () => {
    assert.equal(said(changes), { problems: [text], warnings: [] });
  });

readiness('a source that is read as the host has time for it is not silent', () => {
  assert.equal(said({ sources: [{ ...source, ageMs: 1e9, silentAfterMs: null }] }), { problems: [], warnings: [] });
});

readiness('a broker that is away is what the store is for: a warning, and the host is ready', () => {
  const away = { ...uplink, state: 'waiting', lastError: 'ECONNREFUSED' } as const;
  assert.equal(said({ uplinks: [away] }), {
    problems: [],
    warnings: ['uplink up is not up (ECONNREFUSED); 4 frames wait for it'],
  });
});

readiness('frames that made room and are nowhere else are a warning: the host goes on', () => {
  const store = { ...well.store!, droppedUnsent: 7 };
  assert.equal(said({ store }), {
    problems: [],
    warnings: ['7 frames that no far side has made room on the disk'],
  });
});

readiness('another thread may be held up by its disk: only the one that samples may not', () => {
  assert.equal(said({ threads: [main, { ...analysis, vitals: { ...main.vitals!, lagMs: 9_000 } }] }).problems, []);
});

readiness('a point without a verdict for too long, from the start or since, is named', () => {
  const board = fresh();
  board.status(well, 10_000);
  assert.equal(readinessOf(board.view(10_000), WATCH_LIMITS).problems, []);
  board.status(well, 10_001);
  const text = 'motor/drive-end: no verdict has come for too long';
  assert.equal(readinessOf(board.view(10_001), WATCH_LIMITS).problems, [text]);
  board.output({ kind: 'verdict', verdict: verdict() }, 10_002);
  assert.equal(readinessOf(board.view(10_002), WATCH_LIMITS).problems, []);
  board.status({ ...well, sourceEnded: true }, 99_000);
  assert.equal(readinessOf(board.view(99_000), WATCH_LIMITS).problems, [], 'over is over');
});

readiness('a clock that steps by a day, or was never set, ages nothing', () => {
  let stepMs = 0;
  const board = fresh((monoMs) => monoMs + stepMs);
  for (const step of [0, 86_400_000, -86_400_000, -1_800_000_000_000]) {
    stepMs = step;
    board.status(well, 1_000);
    board.output({ kind: 'verdict', verdict: verdict() }, 1_000);
    for (const then of [0, 86_400_000]) {
      stepMs = step + then; // between what was told and the question
      const view = board.view(2_000);
      assert.equal(readinessOf(view, WATCH_LIMITS).problems, []);
      assert.is(view.points[0].state, 'normal');
      assert.is(view.nowUtcMs - view.points[0].lastUtcMs!, 1_000);
      assert.is(view.nowUtcMs - view.statusUtcMs!, 1_000);
    }
  }
});

readiness.run();
