/** Figures of a library from rows: by hand, and as the neutral script next to the recordings has them. */
import { spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { newFolder } from '../support/folder.ts';
import { missingTraces, needsTraces, TRACES } from '../support/traces.ts';
import { type Figures, figuresOf } from './library/figures.ts';
import { Judge, type JudgedTrace, readTrace } from './library/judge.ts';
import { type LabelledTrace, labelledTraces } from './library/labelled-trace.ts';
import type { ScoredRow, ScoredTrace } from './library/scored.ts';

/** Rows of ten samples; `x` alarms, `l` learns, a capital alarms and names: O outer race, I inner race, B ball. */
function scored(marks: string, told: Partial<LabelledTrace>): ScoredTrace {
  const names: Record<string, string> = { O: 'outer_race', I: 'inner_race', B: 'ball' };
  const rows = [...marks].map(
    (mark, i): ScoredRow => ({
      start: 10 * i,
      score: mark === '.' ? i / 100 : 2,
      alarm: mark === 'x' || mark in names,
      diagnosis: names[mark] ?? null,
      calibrating: mark === 'l',
    }),
  );
  const name = told.name ?? 'rig/trace';
  const trace: LabelledTrace = {
    name,
    rig: name.split('/')[0],
    machine: name,
    label: 'normal',
    faultType: null,
    anomalySegments: [],
    samples: 10 * marks.length,
    learnSamples: 40,
    hoursPerSample: 0.1,
    library: { name, sidecarPath: '', baseline: { kind: 'none' }, samples: 0, isWanted: true },
    ...told,
  };
  return { trace, rows };
}

const library = suite('evaluate.library');

library('healthy rows after learning give episodes, hours and decisions', () => {
  // the two last learning rows lie beyond what may be learned and are scored
  const { falseAlarms, rigs } = figuresOf([scored('llllll..x..x......xx', {})]);
  assert.is(falseAlarms.episodes, 2);
  assert.is(falseAlarms.decisions, 16);
  assert.ok(Math.abs(falseAlarms.healthyHours - 16) < 1e-9);
  assert.is(rigs.rig.rowFalseAlarmRate, 4 / 16);
  assert.is(rigs.rig.healthyAlarmed, 1);
});

library('a rig is the mean over its machines of the share of faulty rows that alarm', () => {
  const fault = (machine: string, marks: string): ScoredTrace =>
    scored(marks, { name: `rig/${machine}-${marks}`, machine: `rig/${machine}`, label: 'fault', learnSamples: null });
  const sound = (machine: string): ScoredTrace => scored('llll......', { name: `rig/${machine}` });
  const { rigs } = figuresOf([sound('a'), fault('a', 'xxxx'), fault('a', '....'), sound('b'), fault('b', 'xxxxxxxx')]);
  assert.is(rigs.rig.detection?.value, 0.75);
  assert.is(rigs.rig.faultyAlarmed, 2);
  assert.is(rigs.rig.faulty, 3);
  assert.is(rigs.rig.detection?.interval, null, 'two machines tell no interval');
});

library('a lasting alarm is the first whose rest alarms at least half of the time', () => {
  const run = (marks: string) => figuresOf([scored(marks, { label: 'run-to-failure' })]).runsToFailure['rig/trace'];
  assert.equal(run('llll.x...........x.xx.xx'), {
    lifeHours: 24,
    leadHours: 7,
    earlyEpisodes: 0,
    episodesBefore: 1,
  });
  assert.is(run('llll.x..................').leadHours, null);
  assert.is(run('ll..x...............xxxx').earlyEpisodes, 0);
  assert.is(run('ll.x................xxxx').earlyEpisodes, 1);
});

library('labelled rows give F1, false-alarm rate and missed rate', () => {
  const told = { label: 'labelled', anomalySegments: [[100, 150]], name: 'tank/leak' } as const;
  const free = scored('llllxx....', { name: 'tank/sound' });
  const { labelled, rigs, falseAlarms } = figuresOf([scored('llllll....xxx..x....', told), free]);
  // rows 6.. are scored: 3 hits, 2 misses, 1 false alarm, 8 quiet
  assert.is(labelled.tank.f1.value, 6 / 9);
  assert.is(labelled.tank.falseAlarmRate.value, 1 / 9);
  assert.is(labelled.tank.missedRate.value, 2 / 5);
  assert.is(labelled.tank.healthyRowAlarmRate, 2 / 6);
  assert.equal(rigs, {}, 'a labelled rig is no other');
  assert.is(falseAlarms.decisions, 0);
});

library('a diagnosis is the name that most rows give; a roller counts as a ball', () => {
  const fault = (faultType: string, marks: string): ScoredTrace =>
    scored(marks, { name: `rig/${faultType}-${marks}`, machine: null, label: 'fault', faultType });
  const { bearingDiagnosis, rotorDiagnosis, diagnosesOnHealthy, wrongDiagnoses } = figuresOf([
    fault('outer_race', '..OOI'),
    fault('roller', 'BBBB'),
    fault('inner_race', 'OOO.'),
    fault('ball', '....'),
    fault('unbalance', '..O.'),
    scored('llll.O..', { name: 'rig/learned' }),
    scored('O...', { name: 'rig/unlearned', machine: null }),
  ]);
  assert.equal(bearingDiagnosis.all, { recordings: 4, right: 2, wrong: 1, silent: 1 });
  assert.equal(rotorDiagnosis.unbalance, { recordings: 1, right: 0, wrong: 1, silent: 0 });
  assert.equal(
    wrongDiagnoses.map(({ named }) => named),
    ['outer_race', 'outer_race'],
  );
  assert.equal(diagnosesOnHealthy, { learned: 1, unlearned: 1 });
});

/** What the script prints. */
interface ScriptFigures {
  groups: Record<
    string,
    { machines: number; auroc: number | null; detection: number | null; row_false_alarm_rate: number }
  >;
  false_alarms: { episodes: number; healthy_hours: number; decisions: number };
  lead: Record<string, { lead_h: number | null; life_h: number }>;
  femto_alarm_episodes_in_first_15_percent: Record<string, number>;
  skab?: { F1: number; FAR: number; MAR: number; anomaly_free_row_alarm_rate: number };
  diagnosis: Record<string, { n: number; correct: number; answered: number }>;
  rotor_diagnosis: Record<string, { n: number; correct: number; answered: number }>;
  diagnosis_rows_on_healthy: number;
  rows: number;
}

const SCRIPT = join(TRACES, '../lab/detect/score.py');
const hasNumpy = (): boolean => spawnSync('python3', ['-c', 'import numpy']).status === 0;

function scriptFigures(judged: readonly JudgedTrace[]): ScriptFigures {
  const path = join(newFolder('score'), 'rows.jsonl');
  writeFileSync(path, judged.flatMap(({ rows }) => rows.map((row) => `${JSON.stringify(row)}\n`)).join(''));
  const { status, stdout, stderr } = spawnSync('python3', [SCRIPT, TRACES, path], { encoding: 'utf8' });
  assert.is(status, 0, stderr);
  return JSON.parse(stdout);
}

/** The script rounds to four places, or to the places given. */
function same(got: number | null | undefined, wanted: number | null, what: string, places = 4): void {
  if (wanted === null || got === null || got === undefined) assert.is(got ?? null, wanted, what);
  else assert.ok(Math.abs(got - wanted) <= 0.5001 * 10 ** -places, `${what}: got ${got}, the script says ${wanted}`);
}

function compare(ours: Figures, script: ScriptFigures): void {
  for (const [rig, group] of Object.entries(script.groups)) {
    same(ours.rigs[rig].detection?.value, group.detection, `${rig} detection`);
    same(ours.rigs[rig].auroc?.value, group.auroc, `${rig} AUROC`);
    same(ours.rigs[rig].rowFalseAlarmRate, group.row_false_alarm_rate, `${rig} rows of false alarm`);
    assert.is(ours.rigs[rig].machines, group.machines);
  }
  assert.is(ours.falseAlarms.episodes, script.false_alarms.episodes);
  assert.is(ours.falseAlarms.decisions, script.false_alarms.decisions);
  same(ours.falseAlarms.healthyHours, script.false_alarms.healthy_hours, 'healthy hours', 1);
  for (const [name, lead] of Object.entries(script.lead)) {
    same(ours.runsToFailure[name].leadHours, lead.lead_h, `${name} lead`, 2);
    same(ours.runsToFailure[name].lifeHours, lead.life_h, `${name} life`, 2);
    assert.is(ours.runsToFailure[name].earlyEpisodes, script.femto_alarm_episodes_in_first_15_percent[name]);
  }
  const [rig] = Object.values(ours.labelled);
  same(rig?.f1.value, script.skab?.F1 ?? null, 'F1');
  same(rig?.falseAlarmRate.value, script.skab?.FAR ?? null, 'FAR');
  same(rig?.missedRate.value, script.skab?.MAR ?? null, 'MAR');
  same(rig?.healthyRowAlarmRate, script.skab?.anomaly_free_row_alarm_rate ?? null, 'anomaly-free rows');
  for (const [told, counts] of [
    [script.diagnosis, ours.bearingDiagnosis],
    [script.rotor_diagnosis, ours.rotorDiagnosis],
  ] as const)
    for (const [name, { n, correct, answered }] of Object.entries(told))
      assert.equal(
        counts[name],
        { recordings: n, right: correct, wrong: answered - correct, silent: n - answered },
        name,
      );
  assert.is(ours.diagnosesOnHealthy.learned, script.diagnosis_rows_on_healthy);
  assert.is(ours.rows, script.rows);
}

if (missingTraces() === null && !(existsSync(SCRIPT) && hasNumpy()))
  console.error('not compared with the neutral script: it, python3 or numpy is not here');
else
  needsTraces(library, 'has the figures of the neutral script, at two thresholds', async () => {
    const traces = await labelledTraces(TRACES);
    // at one spread readings alarm falsely: more to disagree on
    const judges = [new Judge(), new Judge(1)];
    const judged: JudgedTrace[][] = [[], []];
    for (const trace of traces) {
      const read = await readTrace(trace);
      judges.forEach((judge, i) => {
        judged[i].push(judge.judge(read));
      });
    }
    for (const some of judged) compare(figuresOf(some, 0), scriptFigures(some));
    const [usual, low] = judged.map((some) => Object.values(figuresOf(some, 0).labelled)[0]);
    assert.ok(low.falseAlarmRate.value > 5 * usual.falseAlarmRate.value);
  });
library.run();
