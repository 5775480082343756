/** Bearing parts named on recorded faults of three rigs: floors at what was measured, nothing on sound machines. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Verdict } from '../../host/types.ts';
import { figuresOf } from '../evaluate/library/figures.ts';
import { Judge, type JudgedTrace, readTrace } from '../evaluate/library/judge.ts';
import { labelledTraces } from '../evaluate/library/labelled-trace.ts';
import { needsTraces, TRACES } from '../support/traces.ts';

const RIGS = new Set(['adi-cbm', 'cwru', 'mfpt']);
const PARTS = new Set(['outer_race', 'inner_race', 'ball']);

async function judgedTraces(): Promise<JudgedTrace[]> {
  const judge = new Judge();
  const judged: JudgedTrace[] = [];
  for (const trace of await labelledTraces(TRACES))
    if (RIGS.has(trace.rig)) judged.push(judge.judge(await readTrace(trace)));
  return judged;
}

const named = ({ diagnosis }: Verdict): boolean => diagnosis !== null && PARTS.has(diagnosis);

const library = suite('bearing parts of the trace library');

needsTraces(library, 'names 50 of 69 faults, 2 wrongly, none on a sound machine, and the lines it saw', async () => {
  const judged = await judgedTraces();
  const { bearingDiagnosis, rotorDiagnosis, diagnosesOnHealthy } = figuresOf(judged);
  const { recordings, right, wrong } = bearingDiagnosis.all;
  assert.is(recordings, 69);
  assert.ok(right >= 50 && wrong <= 2, JSON.stringify(bearingDiagnosis));
  assert.equal(diagnosesOnHealthy, { learned: 0, unlearned: 0 });
  for (const { wrong } of Object.values(rotorDiagnosis)) assert.is(wrong, 0, JSON.stringify(rotorDiagnosis));
  for (const verdict of judged.flatMap(({ verdicts }) => verdicts)) {
    const { faultLines } = verdict;
    assert.is(faultLines !== null, named(verdict), 'lines are told with a part, and only then');
    if (faultLines === null) continue;
    assert.ok(Math.abs(faultLines.slip) < 0.03, `${faultLines.slip}`);
    assert.ok(faultLines.orders.length <= 4 && faultLines.orders.every((order) => order > 0 && order < 25));
  }
});
library.run();
