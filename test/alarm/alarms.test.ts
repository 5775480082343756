/** Episodes and events: what people and machines act on. */
import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Alarms } from '../../host/alarm/alarms.ts';
import type { Diagnosis, State, Verdict } from '../../host/types.ts';
import { NO_EVIDENCE } from '../support/verdict.ts';

let start = 0;
function verdict(state: State, diagnosis: Diagnosis | null = null, point = 'p'): Verdict {
  start += 100;
  return {
    point,
    start,
    length: 100,
    windows: 1,
    state,
    score: 0,
    alarm: state === 'alert' || state === 'danger',
    calibrating: state === 'learning',
    diagnosis,
    confidence: 0,
    sensorCause: null,
    why: [],
    evidence: NO_EVIDENCE,
    shaft: null,
    features: new Float32Array(0),
    values: [],
    outOfRange: false,
    unlearned: false,
  };
}

const alarms = suite('alarm.Alarms');

alarms('says each change of state once, with the number of the episode', () => {
  const stage = new Alarms();
  const states: State[] = ['learning', 'learning', 'normal', 'alert', 'alert', 'danger', 'alert', 'normal', 'alert'];
  const events = states.flatMap((state) => stage.push(verdict(state)));
  assert.equal(
    events.map(({ from, to, alarmId }) => [from, to, alarmId]),
    [
      ['unknown', 'learning', 0],
      ['learning', 'normal', 0],
      ['normal', 'alert', 1],
      ['alert', 'danger', 1],
      ['danger', 'alert', 1],
      ['alert', 'normal', 1],
      ['normal', 'alert', 2],
    ],
  );
  assert.is(stage.episodes, 2);
});

alarms('says a diagnosis once, and not again after a silent moment of the same episode', () => {
  const stage = new Alarms();
  const found: (Diagnosis | null)[] = [null, 'outer_race', null, 'outer_race', 'inner_race'];
  const events = found.flatMap((diagnosis) => stage.push(verdict('alert', diagnosis)));
  assert.equal(
    events.filter(({ type }) => type === 'diagnosis').map(({ to }) => to),
    ['outer_race', 'inner_race'],
  );
});

alarms('keep points apart but number episodes of the host', () => {
  const stage = new Alarms();
  const [a] = stage.push(verdict('alert', null, 'a'));
  const [b] = stage.push(verdict('alert', null, 'b'));
  assert.equal([a.alarmId, b.alarmId], [1, 2]);
});

alarms('go on from a snapshot exactly as if they had not been interrupted, and never skip a state', () => {
  const state = fc.constantFrom<State>('off', 'learning', 'normal', 'alert', 'danger', 'unknown');
  fc.assert(
    fc.property(fc.array(state, { maxLength: 40 }), fc.nat(40), (states, at) => {
      const verdicts = states.map((one) => verdict(one));
      const whole = new Alarms();
      const expected = verdicts.flatMap((one) => whole.push(one));
      let stage = new Alarms();
      const got = verdicts.flatMap((one, i) => {
        if (i === at) stage = Alarms.restore(structuredClone(stage.snapshot()));
        return stage.push(one);
      });
      assert.equal(got, expected);
      let last = 'unknown';
      for (const event of got) {
        if (event.type !== 'state') continue;
        assert.is(event.from, last);
        last = event.to;
      }
    }),
  );
});
alarms.run();
