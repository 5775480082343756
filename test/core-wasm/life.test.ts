/** What a long life does to a point: inherited baselines, changing speeds, broken sensors, extreme samples, short stretches. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as layout from '../../core-wasm/memory.ts';
import { Gaussian } from '../../host/acquire/gaussian.ts';
import { Random } from '../../host/acquire/random.ts';
import { Simulator } from '../../host/acquire/simulator.ts';
import type { Core } from '../../host/analyse/core.ts';
import { settingsOf } from '../../host/analyse/settings.ts';
import type { PointPlan } from '../../host/types.ts';
import { type CoreRecord, configuredCore, pointPlan, pushAll, records } from './point.ts';

const ORDERS = { bpfo: 3.585, bpfi: 5.415, bsf: 2.357, ftf: 0.398 };
const RATE = 6400;
const state = ({ words }: CoreRecord): number => words[layout.RES_STATE];
const score = ({ floats }: CoreRecord): number => floats[layout.RES_SCORE];

function noise(n: number, level = 1, seed = 1): Float32Array {
  const gaussian = new Gaussian(Random.stream(seed, 'noise'));
  return Float32Array.from({ length: n }, () => level * gaussian.next());
}

/** One axis of a machine with a grown outer-race fault. */
async function outerRace(seconds: number, rpm: number): Promise<Float32Array> {
  const machine = new Simulator({
    sampleRateHz: RATE,
    durationS: seconds,
    axes: 1,
    rpm,
    faultStartS: 0,
    faultG: 0.6,
    faultDoublingS: 1e6,
    impactResponse: [{ hz: 2000, zeta: 0.04, gain: [1, 1, 1] }], // within the band of this rate
  });
  const samples = new Float32Array(seconds * RATE);
  for await (const event of machine.events())
    if (event.kind === 'samples') samples.set(event.channels[0], event.firstSample);
  return samples;
}
const plan = (changes: Partial<PointPlan> = {}): PointPlan =>
  pointPlan({
    sampleRateHz: RATE,
    windowLength: 2048,
    windowsPerDecision: 2,
    shaftRpm: 1800,
    faultOrder: ORDERS,
    ...changes,
  });

const life = suite('core.point in a long life');

life('inherits a baseline but not the speed and the bearing it was learned at', async () => {
  const teacher = configuredCore(plan({ learnDecisions: 8 }));
  pushAll(teacher, [noise(RATE * 20, 0.1)]);
  const mine = plan({ learnDecisions: 8, shaftRpm: 1560 });
  const heir = configuredCore(mine);
  heir.restore(teacher.snapshot());
  heir.inherit(settingsOf(mine));
  const made = pushAll(heir, [await outerRace(30, 1560)]);
  const named = made.filter(({ words }) => words[layout.RES_DIAGNOSIS] === layout.DIAGNOSIS_OUTER_RACE);
  assert.ok(named.length > made.length / 4, `${named.length} of ${made.length} named`);
  assert.is(made.filter((record) => state(record) === layout.STATE_LEARNING).length, 0);
});

life('is no baseline before it has finished learning', () => {
  const teacher = configuredCore(plan({ learnDecisions: 20 }));
  pushAll(teacher, [noise(RATE * 3, 0.1)]);
  const heir = configuredCore(plan({ learnDecisions: 20 }));
  heir.restore(teacher.snapshot());
  assert.throws(() => heir.inherit(settingsOf(plan({ learnDecisions: 20 }))), /LEARN/);
});

life('is not a baseline for decisions that are cut differently', () => {
  const teacher = configuredCore(plan({ learnDecisions: 8 }));
  pushAll(teacher, [noise(RATE * 10, 0.1)]);
  const heir = configuredCore(plan({ learnDecisions: 8 }));
  heir.restore(teacher.snapshot());
  assert.throws(() => heir.inherit(settingsOf(plan({ learnDecisions: 8, windowLength: 1024 }))), /SETTING/);
});

life('makes a baseline of what it has when the healthy part is over, and none of too little', () => {
  const enough = configuredCore(plan({ learnDecisions: 100 }));
  pushAll(enough, [noise(RATE * 10, 0.1)]);
  assert.is(enough.endLearning(), true);
  const after = pushAll(enough, [noise(RATE * 2, 0.1, 2)]);
  assert.is(after.filter((record) => state(record) === layout.STATE_LEARNING).length, 0);
  const few = configuredCore(plan({ learnDecisions: 100 }));
  pushAll(few, [noise(RATE, 0.1)]);
  assert.is(few.endLearning(), false);
});

life('forgets a diagnosis when the speed it rests on is gone', async () => {
  const core = configuredCore(plan());
  const faulty = pushAll(core, [await outerRace(20, 1800)]);
  assert.is(faulty.at(-1)?.words[layout.RES_DIAGNOSIS], layout.DIAGNOSIS_OUTER_RACE);
  core.setInputs(0, 0);
  const [first, ...rest] = pushAll(core, [noise(RATE * 20, 0.1)]);
  for (const record of [first, ...rest]) assert.is(record.words[layout.RES_DIAGNOSIS], layout.DIAGNOSIS_NONE);
  assert.equal([...rest[0].floats.subarray(layout.RES_EVIDENCE, layout.RES_EVIDENCE + 5)], [0, 0, 0, 0, 0]);
});

life('carries no evidence of one stream into the next', async () => {
  const core = configuredCore(plan());
  pushAll(core, [await outerRace(20, 1800)]);
  core.boundary(layout.BOUNDARY_END);
  const [first] = pushAll(core, [noise(RATE * 2, 0.1)]);
  assert.equal([...first.floats.subarray(layout.RES_EVIDENCE, layout.RES_EVIDENCE + 5)], [0, 0, 0, 0, 0]);
});

life('starts its long spectra anew when the speed has crept away in small steps', () => {
  const crept = configuredCore(plan({ shaftRpm: 1000 }));
  let rpm = 1000;
  for (; rpm < 3000; rpm *= 1.015) {
    crept.setInputs(rpm, 0);
    pushAll(crept, [noise(RATE, 0.1)]);
  }
  pushAll(crept, [noise(RATE * 10, 0.1)]);
  const fresh = configuredCore(plan({ shaftRpm: rpm / 1.015 }));
  pushAll(fresh, [noise(RATE * 10, 0.1)]);
  const ratio = crept.envelopeSpectrum(0, 0)!.binHz / fresh.envelopeSpectrum(0, 0)!.binHz;
  assert.ok(Math.abs(Math.log2(ratio)) < 1.01, `bins differ by ${ratio}`); // at most one halving of the transform
});

life('keeps speed and load that run backwards, and no NaN', () => {
  const core = configuredCore(plan());
  core.setInputs(-1500, -0.4);
  assert.throws(() => core.setInputs(Number.NaN, 0), /SETTING/);
});

/** Bursts of a sine at 0.3 fs at the limit of what is let in. */
const bursts = Float32Array.from({ length: 40 * 4096 }, (_, i) =>
  i % 2048 < 3 ? 1e9 * Math.sin(0.6 * Math.PI * i) : 0,
);
const wild = Float32Array.from({ length: 400 }, (_, i) => (i % 3 === 0 ? 3e38 : i % 3 === 1 ? -3e38 : Number.NaN));

function isAllFinite({ floats, words }: CoreRecord): boolean {
  const unsigned = new Set([0, 1, 2, 3, 4, 5, 9, 10, 12, 13]);
  for (let i = 0; i < layout.WHY_COUNT; i++)
    for (const k of [0, 1]) unsigned.add(layout.RES_WHY + i * layout.WHY_WORDS + k);
  return words.every((_, i) => unsigned.has(i) || Number.isFinite(floats[i]));
}

life('lets no infinity and no NaN out, whatever comes in', () => {
  const vibration = configuredCore(pointPlan({ learnDecisions: 8 }));
  const scalar = configuredCore(pointPlan({ kind: 'scalar', windowLength: 0, learnDecisions: 8 }));
  for (const record of [...pushAll(vibration, [bursts]), ...pushAll(scalar, [wild])]) assert.ok(isAllFinite(record));
  const [first] = pushAll(configuredCore(pointPlan({ kind: 'scalar', windowLength: 0 })), [wild]);
  assert.is(first.words[layout.RES_FLAGS] & layout.FLAG_RANGE, layout.FLAG_RANGE);
});

const scalarPoint = (): Core => configuredCore(pointPlan({ kind: 'scalar', windowLength: 0, learnDecisions: 20 }));

life(
  'does not alarm on a few ten-thousandths of a channel that was constant while it learned, and does on a tenth',
  () => {
    for (const [step, alarms] of [
      [0.00001, false],
      [0.0003, false],
      [0.1, true],
    ] as const) {
      const values = Float32Array.from({ length: 60 }, (_, i) => (i < 30 ? 20 : 20 * (1 + step)));
      const made = pushAll(scalarPoint(), [values]);
      assert.is(
        made.some(({ words }) => words[layout.RES_ALARM] === 1),
        alarms,
        `step ${step}`,
      );
    }
  },
);

life('names only features that took part, with shares of at most the whole', async () => {
  const core = configuredCore(plan({ learnDecisions: 20 }));
  pushAll(core, [await outerRace(40, 1800)]);
  core.setInputs(0, 0); // the lines have no value any more
  for (const { words, floats } of pushAll(core, [noise(RATE * 10, 3)])) {
    let shares = 0;
    for (let i = 0; i < layout.WHY_COUNT; i++) {
      const at = layout.RES_WHY + i * layout.WHY_WORDS;
      if (floats[at + 3] !== 0) assert.ok(words[at] < layout.FEATURE_ORDER, `feature ${words[at]} has no value`);
      shares += floats[at + 4];
    }
    assert.ok(shares <= 1 + 28 * 6e-8, `${shares}`);
  }
});

life('learns nothing from the short rest of a stretch', () => {
  const core = configuredCore(plan({ learnDecisions: 8, windowsPerDecision: 6 }));
  const seen: CoreRecord[] = [];
  for (let i = 0; i < 20; i++) {
    seen.push(...pushAll(core, [noise(3000, 0.1, i)])); // two windows of the six
    seen.push(...records(core, core.boundary(layout.BOUNDARY_GAP)));
  }
  assert.is(seen.length, 20);
  assert.is(seen.at(-1)?.words[layout.RES_LEARNED], 0);
});

/** A scalar point whose score can be set: 20 +- 1 while it learns, then the given distances. */
function statesOf(distances: number[]): number[] {
  const gaussian = new Gaussian(Random.stream(5, 'healthy'));
  const healthy = Array.from({ length: 20 }, () => 20 + gaussian.next());
  const made = pushAll(scalarPoint(), [Float32Array.from([...healthy, ...distances.map((d) => 20 + d)])]).slice(20);
  return made.map(state);
}

life('comes down from danger over alert, and to normal only after as many quiet decisions as it took to rise', () => {
  const states = statesOf([...Array(12).fill(80), ...Array(40).fill(0)]);
  const steps = states.filter((one, i) => one !== states[i - 1]);
  const { STATE_NORMAL, STATE_ALERT, STATE_DANGER } = layout;
  assert.equal(steps.slice(steps.indexOf(STATE_DANGER)), [STATE_DANGER, STATE_ALERT, STATE_NORMAL]);
});

life('stays in alarm while the sensor of an alarming point is broken', () => {
  const core = configuredCore(plan({ learnDecisions: 8, shaftRpm: null, faultOrder: null }));
  pushAll(core, [noise(RATE * 10, 0.1)]);
  const alarming = pushAll(core, [noise(RATE * 6, 0.4)]);
  const before = state(alarming.at(-1)!);
  assert.ok(before === layout.STATE_ALERT || before === layout.STATE_DANGER, `score ${score(alarming.at(-1)!)}`);
  const stuck = pushAll(core, [new Float32Array(RATE * 3).fill(0.25)]);
  assert.ok(stuck.length > 3);
  for (const record of stuck) assert.is(record.words[layout.RES_ALARM], 1);
  assert.is(stuck.at(-1)?.words[layout.RES_DIAGNOSIS], layout.DIAGNOSIS_SENSOR);
});
life.run();
