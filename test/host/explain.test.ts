/** The words that people read. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { clockText, explain, reasonText, whyText } from '../../host/explain.ts';
import { DIAGNOSES, type Reason } from '../../host/types.ts';
import { verdict } from '../support/verdict.ts';

const reason = (ratio: number, spreads = 8.1, axis = 'x'): Reason => ({
  feature: 'envelope level',
  axis,
  featureIndex: 17,
  axisIndex: 0,
  ratio,
  spreads,
  share: 0.5,
});

const machine = { bearingName: '6205', faultOrder: { bpfo: 3.585, bpfi: 5.415, bsf: 2.357, ftf: 0.398 } };

const words = suite('explain');

words('of an alert says state, since when, what moved, the line and the part', () => {
  const alert = verdict({
    state: 'alert',
    alarm: true,
    score: 1.7,
    diagnosis: 'outer_race',
    confidence: 0.9,
    why: [reason(1.28, 8.1, '')],
  });
  assert.is(
    explain(alert, 130, machine),
    'motor/drive-end: ALERT since 00:02:10. Envelope level 28 % above normal (8.1 spreads); ' +
      'lines at 3.58x shaft speed match the outer race of 6205 (confidence 0.9).',
  );
});

words('lines that were found are told where they stand', () => {
  const alert = (orders: number[]) =>
    verdict({ state: 'alert', alarm: true, diagnosis: 'outer_race', confidence: 0.9, faultLines: { slip: 0, orders } });
  assert.match(
    whyText(alert([3.585, 7.17]), machine),
    'lines at 3.58x and 7.17x shaft speed match the outer race of 6205',
  );
  assert.match(whyText(alert([3.55, 7.1, 10.65, 14.2]), machine), 'lines at 3.55x, 7.1x and 10.7x shaft speed');
  assert.match(whyText(alert([]), machine), 'lines at 3.58x shaft speed');
});

words('a slow drift that has gone too far says so, and what to do', () => {
  const drift = { feature: 'level', axis: 'x', ratio: 1.24, share: 1, alarms: true };
  assert.is(
    whyText(verdict({ state: 'alert', alarm: true, drift, why: [reason(1.01, 2)] }), machine),
    'Level (x) has slowly gone 24 % above normal as it was learned; nothing else is unusual. If the machine is well, learn it anew.',
  );
  const passing = verdict({ state: 'transient' });
  assert.match(explain(passing, 5), 'starting, stopping or changing over since 00:00:05. Judged again when');
});

words('a ball defect is named by twice the ball spin', () => {
  const ball = verdict({ state: 'alert', alarm: true, diagnosis: 'ball', confidence: 0.5, why: [reason(2)] });
  assert.match(whyText(ball, machine), 'lines at 4.71x shaft speed match the rolling elements of 6205');
});

words('a change reads as percent when small and as a factor when large', () => {
  assert.is(reasonText(reason(1.28)), 'envelope level (x) 28 % above normal (8.1 spreads)');
  assert.is(reasonText(reason(0.9, -3)), 'envelope level (x) 10 % below normal (3 spreads)');
  assert.is(reasonText(reason(3.14)), 'envelope level (x) 3.1 times normal (8.1 spreads)');
  assert.is(reasonText(reason(0.25)), 'envelope level (x) 4 times below normal (8.1 spreads)');
});

words('a change below one percent still has a size', () => {
  assert.match(reasonText(reason(0.996)), /0.4 % below normal/);
  assert.match(reasonText(reason(1.0001)), /at its normal value/);
});

words('reasons that hardly moved beside the first are not told', () => {
  const alert = verdict({
    state: 'alert',
    alarm: true,
    why: [reason(3, 30), reason(1.1, 2.5, 'y'), reason(2, 12, 'z')],
  });
  assert.match(whyText(alert), /\(x\) 3 times normal \(30 spreads\), envelope level \(z\) 2 times normal/);
  assert.not.match(whyText(alert), /\(y\)/);
});

words('of a sick sensor sends people to the cable, not to the machine', () => {
  const stuck = verdict({ state: 'alert', alarm: true, diagnosis: 'sensor', sensorCause: 'stuck' });
  assert.is(whyText(stuck, machine), 'Check the sensor and its cable: it gives one and the same value.');
});

words('of a normal verdict says how far the alarm is', () => {
  assert.is(whyText(verdict({ score: 0.31 })), 'Score 0.31, alarm at 1.');
  assert.match(whyText(verdict({ score: 0.8, why: [reason(1.1)] })), /furthest from normal: envelope level/);
  assert.match(whyText(verdict({ unlearned: true })), /nothing was learned/);
});

words('hold no NaN and no undefined, whatever the diagnosis and with or without a known bearing', () => {
  for (const diagnosis of [...DIAGNOSES, null])
    for (const ratio of [0, Number.NaN, 1e30, 1])
      for (const known of [machine, undefined, { bearingName: null, faultOrder: null }]) {
        const text = explain(verdict({ state: 'danger', alarm: true, diagnosis, why: [reason(ratio)] }), null, known);
        assert.not.match(text, /NaN|undefined|null|Infinity/);
        assert.match(text, /\.$/);
      }
});

words('of a time count hours, then days', () => {
  assert.equal([clockText(0), clockText(130.9), clockText(90_061)], ['00:00:00', '00:02:10', '1 d 01:01:01']);
});

words.run();
