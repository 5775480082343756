/** What the status page shows is bounded, and a point without data never looks well. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Board, RECENT_EVENTS } from '../../host/serve/board.ts';
import type { ServedPoint } from '../../host/serve/messages.ts';
import { wellStatus } from '../support/host-status.ts';
import { verdict } from '../support/verdict.ts';

const point: ServedPoint = {
  name: 'motor/drive-end',
  kind: 'vibration',
  sampleRateHz: 1000,
  faultOrder: null,
  bearingName: null,
  shaftRpm: 1775,
};
const quietStatus = wellStatus();
const fresh = (): Board => new Board({ title: 't', subtitle: 's', points: [point], staleAfterMs: 10_000, nowMs: 0 });
const alarm = (changes = {}) =>
  ({
    type: 'state',
    point: point.name,
    from: 'normal',
    to: 'alert',
    alarmId: 1,
    sample: 130_000,
    verdict: verdict({ state: 'alert', alarm: true, ...changes }),
  }) as const;

const board = suite('serve.board');

board('a point is unknown before its first verdict', () => {
  assert.is(fresh().view(5).points[0].state, 'unknown');
});

board('a point that says nothing for 10 s is stale, whatever it said last', () => {
  const seen = fresh();
  seen.output({ kind: 'verdict', verdict: verdict() }, 1_000);
  assert.is(seen.view(11_000).points[0].state, 'normal');
  const stale = seen.view(11_001).points[0];
  assert.is(stale.state, 'stale');
  assert.match(stale.why, /^No data comes from this point. Last known: /);
  seen.status({ ...quietStatus, sourceEnded: true }, 11_002);
  assert.match(seen.view(11_002).points[0].why, /^The source has ended/);
});

board(
  'a point that decides rarely is stale when its own patience is over, and its time is that of its snapshots',
  () => {
    const slow = { ...point, staleAfterMs: 60_000, snapshot: { samples: 100, intervalS: 20 } };
    const seen = new Board({ title: 't', subtitle: 's', points: [slow], staleAfterMs: 10_000, nowMs: 0 });
    seen.output({ kind: 'verdict', verdict: verdict({ start: 100, length: 100 }) }, 1_000);
    assert.is(seen.view(61_000).points[0].state, 'normal');
    assert.is(seen.view(61_001).points[0].state, 'stale');
    assert.ok(Math.abs(seen.view(1_000).points[0].streamS! - 20.1) < 1e-9);
  },
);

board('since is the moment of the last change of state', () => {
  const seen = fresh();
  seen.output({ kind: 'verdict', verdict: verdict() }, 1_000);
  seen.output({ kind: 'verdict', verdict: verdict() }, 2_000);
  assert.is(seen.view(2_000).points[0].sinceUtcMs, 1_000);
  seen.output({ kind: 'verdict', verdict: verdict({ state: 'alert', alarm: true }) }, 3_000);
  assert.is(seen.view(3_500).points[0].sinceUtcMs, 3_000);
});

board('an alarm becomes an event in words, newest first', () => {
  const seen = fresh();
  seen.output({ kind: 'alarm', event: alarm() }, 1_000);
  seen.output(
    { kind: 'alarm', event: { ...alarm({ diagnosis: 'unbalance', confidence: 0.8 }), type: 'diagnosis' } },
    2_000,
  );
  const [newest, oldest] = seen.view(3_000).events;
  assert.match(oldest.text, /^motor\/drive-end: ALERT since 00:02:10/);
  assert.match(newest.text, /cause is now unbalance/);
});

board('gaps are counted at the point and told once per run of gaps', () => {
  const seen = fresh();
  for (let at = 0; at < 500; at++)
    seen.output({ kind: 'gap', point: point.name, cause: 'nonfinite', firstSample: at * 10, lostSamples: 2 }, at);
  const view = seen.view(500);
  assert.is(view.points[0].lostSamples, 1000);
  assert.is(view.events.length, 1);
  assert.match(view.events[0].text, /\(nonfinite\), 500 times, last from sample 4990: 2 samples/);
});

board('events are bounded', () => {
  const seen = fresh();
  for (let at = 0; at < 3 * RECENT_EVENTS; at++) seen.output({ kind: 'alarm', event: alarm() }, at);
  assert.is(seen.view(0).events.length, RECENT_EVENTS);
});

board('what the supervisor sends along is not shown: it may be no JSON', () => {
  const seen = fresh();
  const store = { ...quietStatus.store!, hostId: new Uint8Array(8), epoch: 7n };
  seen.status({ ...quietStatus, store }, 1);
  assert.equal(seen.view(1).status, quietStatus);
});

board('an unannounced point is shown', () => {
  const seen = fresh();
  seen.output({ kind: 'verdict', verdict: verdict({ point: 'pump' }) }, 0);
  assert.is(seen.view(0).points.at(-1)?.name, 'pump');
});

board('a point says its zone, or why it has none, and where it is heading, and nothing of what is not known', () => {
  const seen = fresh();
  const lines = (changes = {}) => {
    seen.output({ kind: 'verdict', verdict: verdict(changes) }, 1_000);
    const { severity, trend } = seen.view(1_000).points[0];
    return [severity, trend];
  };
  assert.equal(lines(), [null, null]);
  const [standard, edition, group, axis] = ['ISO 20816-3', '2022', 'group 2 rigid', 'x'];
  const severity = { zone: 'B', standard, edition, group, axis, velocityRmsMmPerS: 2.1, nextLimitMmPerS: 2.8 };
  const trend = {
    slopePerDay: 0.12,
    low: 0.08,
    high: 0.17,
    windowHours: 60,
    level: 0.4,
    limit: 1,
    hoursToLimit: { best: 120, earliest: 72, latest: 216 },
  };
  assert.equal(lines({ severity, trend }), [
    'ISO 20816-3:2022 group 2 rigid: zone B, 2.1 mm/s; C begins at 2.8',
    'score: rising 12 % of the alarm limit a day (8..17 %), reaches it in 3 to 9 days',
  ]);
  assert.equal(lines({ noZone: 'the machine stands still' }), ['No zone: the machine stands still', null]);
});

board('shows how people have handled the alarms of a point, and what they did as an event', () => {
  const seen = fresh();
  assert.is(seen.view(1).points[0].handling, null);
  const last = { action: 'ack', by: 'A. Smith', reason: 'seen', utcMs: 5 };
  const handled = { handling: 'acknowledged', alarmId: 1, shelvedUntilUtcMs: 9_000, feedback: null, last } as const;
  seen.status({ ...quietStatus, handled: [{ point: point.name, ...handled }] }, 2);
  seen.output({ kind: 'verdict', verdict: verdict() }, 3);
  assert.equal(seen.view(4).points[0].handling, handled);
  seen.output({ kind: 'gap', point: point.name, cause: 'wire', firstSample: 1, lostSamples: 2 }, 5);
  const event = seen.command(point.name, 'alarm 1 acknowledged by A. Smith: seen', 6);
  assert.equal([event.kind, event.point, event.state], ['command', point.name, null]);
  seen.output({ kind: 'gap', point: point.name, cause: 'wire', firstSample: 9, lostSamples: 2 }, 7);
  assert.equal(
    seen.view(8).events.map(({ kind }) => kind),
    ['gap', 'command', 'gap'],
  );
});

board.run();
