/** The evaluation from end to end on a library made here and on a few simulated machines. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { comparisonText, type Remembered, remembered } from './comparison.ts';
import { type Evaluation, evaluate } from './evaluation.ts';
import { madeLibrary } from './made-library.ts';
import { PEERS } from './peers/peers.ts';
import { reportText } from './report/page.ts';
import { figureText, table } from './report/table.ts';
import { drawnMachine, SNAPSHOT_SCANS } from './simulated/drawn-machine.ts';
import { faultFigures, healthyFigures, type SimulatedFigures, simulatedFigures } from './simulated/figures.ts';
import { KINDS, scheduleOf } from './simulated/kinds.ts';
import { faultyLife } from './simulated/life.ts';
import { NAMED_FAULTS } from './simulated/named.ts';
import { runTasks } from './simulated/pool.ts';
import { snapshotsOf } from './simulated/snapshots.ts';
import { CORE_NAME, livesOf } from './simulated/task.ts';

const silent = { start: () => {}, advance: () => {}, stop: () => {} };

const evaluation = suite('evaluate');

evaluation('judges a library, its peers and every threshold from end to end', async () => {
  const result = await evaluate({
    traces: madeLibrary(),
    seeds: 1,
    peerMachines: 1,
    namedMachines: 1,
    peerSeed: 1,
    parts: ['library', 'peers'],
    threads: 1,
    progress: silent,
  });
  const { library, methods } = result;
  assert.is(library?.rigs.fan.faultyAlarmed, 2);
  assert.is(library?.rigs.pump.healthyAlarmed, 0);
  assert.ok(library!.rigs.fan.auroc!.value > 0.99);
  assert.ok(library!.labelled.tank.f1.value > 0.8);
  assert.ok(Math.abs(library!.runsToFailure['drive/to-the-end'].leadHours! - 20 / 60) < 0.1);
  assert.is(library?.bearingDiagnosis.all.recordings, 2);
  assert.is(library?.rotorDiagnosis.unbalance.recordings, 2);
  assert.equal(
    methods.map(({ name }) => name),
    [CORE_NAME, ...PEERS.map(({ name }) => name)],
  );
  for (const { name, leftOut } of methods) {
    assert.equal(leftOut.map(({ rig }) => rig).sort(), ['drive', 'fan', 'pump', 'tank'], name);
    const fan = leftOut.find(({ rig }) => rig === 'fan')!;
    assert.equal(Object.keys(fan.figures.rigs), ['fan'], `${name} is judged on the rig left out alone`);
  }
  const kurtosis = methods.find(({ name }) => name === 'kurtosis threshold')!;
  assert.ok(kurtosis.figures.rigs.fan.detection!.value < 1, 'louder noise has the same kurtosis');
  const page = reportText(result);
  assert.match(page, /\| fan \| 1 \| 0 of 1 /);
  assert.match(page, /\| drive\/to-the-end \| 1 \| /);
  assert.not.match(page, /NaN|undefined|null|Infinity/);
});

evaluation('counts simulated machines, on threads, and says so on the page', async () => {
  const result: Evaluation = await evaluate({
    traces: null,
    seeds: 1,
    peerMachines: 1,
    namedMachines: 1,
    peerSeed: 1,
    parts: ['simulated'],
    threads: 2,
    progress: silent,
  });
  const { simulated, library, methods, named } = result;
  assert.equal(
    named.map(({ fault, sizeDb, machines }) => ({ fault, sizeDb, machines })),
    NAMED_FAULTS.map((one) => ({ ...one, machines: 1 })),
  );
  assert.is(library, null);
  assert.equal(methods, []);
  assert.equal(
    simulated?.healthy.map(({ kind, machines, machineDays }) => [kind, machines, machineDays]),
    KINDS.map((kind) => [kind, 1, kind === 'steady, streamed' ? 0.5 / 24 : 4 / 24]),
  );
  const steady = simulated?.faulty.filter(({ kind }) => kind === 'steady') ?? [];
  assert.equal(
    steady.map(({ fault, detectedBy }) => [fault, detectedBy.at(-1)!.machines]),
    [
      ['outer_race', 1],
      ['unbalance', 1],
    ],
  );
  assert.not.match(reportText(result), /NaN|undefined|null|Infinity|## Recordings/);
});

evaluation(
  'a simulated life is the same on a thread and here, for every method, and other for another seed',
  async () => {
    const peers = Object.fromEntries(PEERS.map(({ name }) => [name, 4]));
    const kind = 'several speeds, speed given';
    const task = { kind, fault: null, from: 3, to: 5, peers, peerSeed: 1 } as const;
    const [lives] = await runTasks([task], 1);
    assert.equal(lives, await livesOf(task));
    assert.equal(Object.keys(lives.healthy), [CORE_NAME, ...PEERS.map(({ name }) => name)]);
    for (const outcomes of Object.values(lives.healthy)) assert.is(outcomes.length, 2);
    assert.not.equal(drawnMachine(3), drawnMachine(4));
  },
);

evaluation('peers judge the first machines beside the product, and the page tells both', async () => {
  const result = await simulatedFigures({
    kinds: ['steady'],
    seeds: 3,
    threads: 2,
    peers: { 'RMS threshold': 4 },
    peerMachines: 2,
    namedMachines: 0,
    peerSeed: 1,
    advance: () => {},
  });
  const machines = (figures: SimulatedFigures): (string | number)[][] =>
    [...figures.healthy, ...figures.faulty].map((one) => [one.method, one.machines]);
  assert.equal(machines(result.all), Array(3).fill([CORE_NAME, 3]));
  assert.equal(
    machines(result.beside!),
    Array(3)
      .fill([
        [CORE_NAME, 2],
        ['RMS threshold', 2],
      ])
      .flat(),
  );
});

evaluation('a thread that fails fails the evaluation', async () => {
  const kind = 'no such kind' as (typeof KINDS)[number];
  let failed = false;
  await runTasks([{ kind, fault: null, from: 1, to: 2, peers: {}, peerSeed: 1 }], 1).catch(() => {
    failed = true;
  });
  assert.ok(failed);
});

evaluation('a fault of the simulator is heard from its start on, and grows by the size that is told', () => {
  const { alarmedBefore, delay } = faultyLife(2, 'steady', 'unbalance').product;
  assert.is(alarmedBefore, false);
  assert.ok(delay !== null && delay >= 0 && delay < 150, `${delay}`);
});

evaluation('snapshots hold what the schedule says: off is sensor noise, told speed is the speed that turns', () => {
  const settings = drawnMachine(5);
  const schedule = scheduleOf('several speeds, speed given', 5, 100);
  const events = [...snapshotsOf(settings, schedule, 100)];
  let rpm = Number.NaN;
  for (const event of events) {
    if (event.kind === 'inputs') rpm = event.rpm!;
    if (event.kind !== 'samples') continue;
    const { speed } = schedule.at(event.firstSample / SNAPSHOT_SCANS);
    // the shaft wanders by at most 1 %
    assert.ok(Math.abs(rpm - settings.rpm * speed) <= 0.01 * settings.rpm, `${rpm} rpm at share ${speed}`);
    const rms = Math.sqrt(event.channels[0].reduce((sum, g) => sum + g * g, 0) / SNAPSHOT_SCANS);
    // a third of its rms is the step: rounding adds 0.5 %; 1024 samples know it to 2.2 %, four of these
    if (speed === 0) assert.ok(Math.abs(rms / settings.sensorNoiseG - 1) < 0.1, `${rms}`);
    else assert.ok(rms > 1.5 * settings.sensorNoiseG * speed * 0.5);
  }
  assert.ok(events.some(({ kind }) => kind === 'snapshotEnd'));
});

evaluation('healthy and faulty lives add up to rates, shares and a median', () => {
  const quiet = { judged: 240, days: 4 / 24, alarmed: 0, episodes: 0, diagnosed: 0 };
  const odd = { judged: 240, days: 4 / 24, alarmed: 60, episodes: 6, diagnosed: 3 };
  const healthy = healthyFigures('steady', CORE_NAME, [quiet, quiet, quiet, quiet, quiet, odd]);
  assert.ok(Math.abs(healthy.episodesPerDay - 6) < 1e-12);
  assert.is(healthy.alarmedMachines, 1);
  assert.is(healthy.alarmRowShare, 60 / 1440);
  assert.is(healthyFigures('steady', CORE_NAME, [quiet]).overMachines, null);
  const life = (delay: number | null, alarmedBefore = false, diagnosis: string | null = null) => ({
    delay,
    alarmedBefore,
    diagnosis,
  });
  const faulty = faultFigures('steady', 'unbalance', CORE_NAME, [
    life(20, false, 'unbalance'),
    life(70, false, 'ball'),
    life(null),
    life(0, true, 'unbalance'),
  ]);
  assert.equal(
    faulty.detectedBy.map(({ sizeDb, machines }) => [sizeDb, machines]),
    [
      [-6, 1],
      [0, 1],
      [6, 2],
      [12, 2],
    ],
  );
  assert.is(faulty.alarmedBefore, 1);
  assert.is(faulty.medianDelayMinutes, 70);
  assert.equal(faulty.named, { right: 1, wrong: 1 });
});

evaluation('a comparison shows what has moved, and says what cannot be compared', () => {
  const settings = {
    coreHash: 'a'.repeat(64),
    kernel: 'simd',
    thresholdSpreads: null,
    persistenceDecisions: null,
    recordings: 0,
    seeds: 6,
    peerSeed: null,
  };
  const with6 = (episodes: number): Remembered => {
    const life = { judged: 240, days: 4 / 24, alarmed: episodes, episodes, diagnosed: 0 };
    const healthy = [healthyFigures('steady', CORE_NAME, Array(6).fill(life))];
    const simulated = { healthy, faulty: [] };
    return remembered({ settings, library: null, methods: [], simulated, beside: null, named: [] });
  };
  const before = with6(0);
  const after = with6(2);
  const text = comparisonText({ ...before, keyFigures: { ...before.keyFigures, another: 1 } }, after);
  assert.match(text, /1 of 4 figures are the same; 1 more stand in one of the two only\./);
  assert.match(text, /\| 6 simulated, steady: episodes a machine day \| 0 \| 12 \| \+12 \|/);
  assert.not.match(comparisonText(before, before), /\| before/);
});

evaluation('numbers keep three digits that say something', () => {
  assert.equal([0, 0.85427, 0.0417, 12.345, 1582.4, 0.99921].map(figureText), [
    '0',
    '0.854',
    '0.0417',
    '12.3',
    '1580',
    '0.999',
  ]);
  assert.is(table(['a', 'b'], [['x', 1]]), '| a | b |\n| --- | ---: |\n| x | 1 |');
});

evaluation('the page in docs is one that this evaluation writes', () => {
  const page = readFileSync(join(import.meta.dirname, '../../docs/detection-figures.md'), 'utf8');
  assert.match(page, /^# Detection figures\n/);
  for (const kind of KINDS) assert.ok(page.includes(`| ${kind} |`), kind);
  for (const { name } of PEERS) assert.ok(page.includes(`| ${name} |`), name);
  const { settings }: Remembered = JSON.parse(readFileSync(join(import.meta.dirname, 'figures.json'), 'utf8'));
  assert.ok(page.includes(settings.coreHash), 'figures.json is of the same core');
});
evaluation.run();
