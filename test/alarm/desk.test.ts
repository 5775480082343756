/** How people handle alarms: the states of a point against a plain model, and what is refused. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { checkedCommand } from '../../host/alarm/command.ts';
import { Desk } from '../../host/alarm/desk.ts';
import { InputError } from '../../host/errors.ts';

const NOW = 1_760_000_000_000;
const said = (action: string, more: Record<string, unknown> = {}) =>
  checkedCommand({ action, point: 'm', by: 'A', reason: 'r', ...more });
const raise = (desk: Desk, alarmId = 1): boolean => desk.event({ point: 'm', alarmId, from: 'normal', to: 'alert' });
const clear = (desk: Desk, alarmId = 1): boolean => desk.event({ point: 'm', alarmId, from: 'alert', to: 'normal' });
/** Decides and applies, as the host does. */
function carryOut(desk: Desk, action: string, more: Record<string, unknown> = {}, now = NOW): string {
  const decision = desk.decide(said(action, more), now);
  desk.apply('m', decision, { action: decision.action, by: 'A', reason: 'r', utcMs: now });
  return decision.result;
}
const handling = (desk: Desk) => desk.list(NOW)[0].handling;
const code = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    assert.instance(error, InputError);
    return (error as InputError).code;
  }
  return 'none';
};

const desk = suite('alarm.Desk');

desk('an alarm stands until it is acknowledged, and waits for that when it is over', () => {
  const one = new Desk(['m']);
  assert.is(handling(one), 'normal');
  assert.is(raise(one), true);
  assert.is(handling(one), 'unacknowledged');
  carryOut(one, 'ack');
  assert.is(handling(one), 'acknowledged');
  assert.is(clear(one), true);
  assert.is(handling(one), 'normal');
  raise(one, 2);
  clear(one, 2);
  assert.is(handling(one), 'returned');
  carryOut(one, 'ack');
  assert.is(handling(one), 'normal');
});

desk('an acknowledged alert that becomes danger stands unacknowledged again, and back it stays as it is', () => {
  const one = new Desk(['m']);
  raise(one);
  carryOut(one, 'ack');
  one.event({ point: 'm', alarmId: 1, from: 'alert', to: 'danger' });
  assert.is(handling(one), 'unacknowledged');
  carryOut(one, 'ack');
  one.event({ point: 'm', alarmId: 1, from: 'danger', to: 'alert' });
  assert.is(handling(one), 'acknowledged');
});

desk('refuses what is not there: an unknown point, no alarm, one that is acknowledged already', () => {
  const one = new Desk(['m']);
  assert.is(
    code(() => one.decide(said('ack', { point: 'n' }), NOW)),
    'COMMAND_POINT',
  );
  for (const action of ['ack', 'confirm', 'false'])
    assert.is(
      code(() => one.decide(said(action), NOW)),
      'COMMAND_ALARM',
      action,
    );
  raise(one);
  carryOut(one, 'ack');
  assert.throws(() => one.decide(said('ack'), NOW), /m: alarm 1 is acknowledged already by A; nothing was changed/);
  assert.throws(() => one.decide(said('shelve', { forMs: 0 }), NOW), /is not shelved/);
});

desk('shelves for the time that was given, eight hours otherwise, and no longer', () => {
  const one = new Desk(['m']);
  const result = carryOut(one, 'shelve');
  assert.is(result, `m shelved until ${new Date(NOW + 8 * 3_600_000).toISOString()}`);
  assert.is(one.list(NOW + 8 * 3_600_000 - 1)[0].shelvedUntilUtcMs, NOW + 8 * 3_600_000);
  assert.is(one.list(NOW + 8 * 3_600_000)[0].shelvedUntilUtcMs, null);
  carryOut(one, 'shelve', { forMs: 60_000 });
  assert.is(one.list(NOW)[0].shelvedUntilUtcMs, NOW + 60_000);
  carryOut(one, 'shelve', { forMs: 0 });
  assert.is(one.list(NOW)[0].shelvedUntilUtcMs, null);
});

desk('keeps feedback with the alarm that it is about, also when that is over', () => {
  const one = new Desk(['m']);
  raise(one);
  clear(one);
  carryOut(one, 'confirm');
  assert.is(one.list(NOW)[0].feedback, 'confirmed');
  const decision = one.decide(said('false', { relearn: true }), NOW);
  assert.equal(
    [decision.action, decision.object, decision.old, decision.new],
    ['false-relearn', 'm alarm 1', 'confirmed', 'false'],
  );
  raise(one, 2);
  assert.is(one.list(NOW)[0].feedback, null);
});

desk('deciding changes nothing, and a new run ends what stood', () => {
  const one = new Desk(['m']);
  raise(one);
  const before = one.list(NOW);
  one.decide(said('ack'), NOW);
  assert.equal(one.list(NOW), before);
  const next = new Desk(['m', 'n']);
  next.recall(before);
  next.restart();
  assert.equal(
    next.list(NOW).map((entry) => [entry.point, entry.handling, entry.alarmId]),
    [
      ['m', 'returned', 1],
      ['n', 'normal', 0],
    ],
  );
});

desk('whatever happens in whatever order, states are those of a plain model', () => {
  const step = fc.constantFrom('raise', 'clear', 'ack', 'confirm', 'false', 'shelve');
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const one = new Desk(['m']);
      let episode = 0;
      let [stands, waits] = [false, false];
      for (const action of steps) {
        if (action === 'raise') {
          if (stands) continue;
          raise(one, ++episode);
          [stands, waits] = [true, true];
        } else if (action === 'clear') {
          clear(one, episode);
          stands = false;
        } else {
          const isRefused = action === 'ack' ? !waits : action !== 'shelve' && episode === 0;
          assert.is(code(() => carryOut(one, action)) === 'none', !isRefused, action);
          if (action === 'ack') waits = false;
        }
        const wanted = stands ? (waits ? 'unacknowledged' : 'acknowledged') : waits ? 'returned' : 'normal';
        assert.is(handling(one), wanted);
      }
    }),
  );
});

desk('a command is checked key by key: what, got, wanted', () => {
  const bad: [unknown, RegExp][] = [
    [null, /got no object/],
    [[], /got no object/],
    [{ action: 'reset', point: 'm', by: 'A', reason: 'r' }, /got the action "reset", wanted one of ack, shelve/],
    [{ action: 'ack', point: 'm', by: '  ', reason: 'r' }, /got by " {2}", wanted 1 to 64 characters/],
    [{ action: 'ack', point: 'm', by: 'A', reason: 'a\nb' }, /got reason "a\nb"/],
    [{ action: 'ack', point: 'm', by: 'A', reason: '\ud800' }, /got reason/],
    [{ action: 'ack', point: 'm', by: 'A', reason: 'r'.repeat(501) }, /wanted 1 to 500 characters/],
    [{ action: 'ack', point: 'm', by: 'A', reason: 'r', forMs: 5 }, /got a time of 5 ms.*with shelve only/],
    [{ action: 'shelve', point: 'm', by: 'A', reason: 'r', forMs: 7 * 86_400_000 + 1 }, /wanted 0 to 604800000/],
    [{ action: 'ack', point: 'm', by: 'A', reason: 'r', relearn: true }, /with the action false only/],
    [{ action: 'ack', point: 'm', by: 'A', reason: 'r', user: 1 }, /got the key "user"/],
  ];
  for (const [input, text] of bad) assert.throws(() => checkedCommand(input), text);
  fc.assert(
    fc.property(fc.anything(), (input) => {
      const got = code(() => checkedCommand(input));
      assert.ok(got === 'COMMAND_FORM' || got === 'none');
    }),
  );
});

desk.run();
