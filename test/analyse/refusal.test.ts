/** Every refusal of the core says what it was given, what it wanted and what holds now. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as layout from '../../core-wasm/memory.ts';
import { Core } from '../../host/analyse/core.ts';
import { refusal } from '../../host/analyse/refusal.ts';
import { settingsOf } from '../../host/analyse/settings.ts';
import { CoreError } from '../../host/errors.ts';
import type { PointPlan } from '../../host/types.ts';
import { configuredCore, pointPlan, pushAll, uniformNoise } from '../core-wasm/point.ts';

const text = (call: () => unknown): string => {
  try {
    call();
  } catch (error) {
    if (error instanceof CoreError) return error.message;
    throw error;
  }
  return assert.unreachable('accepted') as never;
};
const configured = (changes: Partial<PointPlan>): string => text(() => configuredCore(pointPlan(changes)));

const refusals = suite('analyse.refusal');

refusals('of a transform size names the sizes', () => {
  const size = 'got size 100, wanted a power of two from 64 to 65536; nothing was done';
  assert.is(
    text(() => new Core().planFft(100)),
    `core: planFft was refused with FFT_SIZE: ${size}`,
  );
  const core = new Core();
  core.planFft(64);
  for (const call of ['fft', 'inverseFft'] as const)
    assert.is(
      text(() => core[call](128)),
      `core: ${call} was refused with FFT_PLAN: got size 128, wanted the one planned last; plan it first; nothing was done`,
    );
});

refusals('of settings name the value that is wrong and what it may be', () => {
  const { length } = 'core: configure was refused with ';
  const said = [
    configured({ windowLength: 100 }),
    configured({ sampleRateHz: 0 }),
    configured({ learnDecisions: 3 }),
    configured({ channels: [0, 1, 2, 3] }),
  ].map((whole) => whole.slice(length));
  const after = '; the instance is as it was before';
  assert.equal(said, [
    `WINDOW: got windows of 100 samples, wanted a power of two from 64 to 4096${after}`,
    `RATE: got 0 Hz, wanted a finite sample rate above 0 Hz${after}`,
    `LEARN: got 3 decisions to learn from, wanted 0, or 8 to 512${after}`,
    `AXES: got 4 axes, wanted 1 to 3, or 1 to 16 channels of a scalar point${after}`,
  ]);
  assert.match(configured({ thresholdSpreads: -1 }), /SETTING: got mode 1, .*, threshold -1, persistence 3, wanted/);
});

refusals('of an instance that is used the other way say so, and of one that is not set up what to do', () => {
  const transform = new Core();
  transform.planFft(64);
  assert.match(
    text(() => transform.configure(settingsOf(pointPlan()))),
    /BUSY: got an instance that is used the other way, wanted one of its own/,
  );
  assert.match(
    text(() => new Core().boundary(layout.BOUNDARY_END)),
    /NOT_CONFIGURED: got an instance without settings, wanted configure or restore first; nothing was done$/,
  );
});

refusals('of a baseline tell an unfinished one from one that is cut differently', () => {
  const plan = pointPlan({ learnDecisions: 8, windowLength: 1024 });
  const heir = (learned: number, mine: PointPlan): string => {
    const teacher = configuredCore(plan);
    pushAll(teacher, [uniformNoise(learned, 1)]);
    const core = new Core();
    core.restore(teacher.snapshot());
    return text(() => core.inherit(settingsOf(mine)));
  };
  assert.match(
    heir(2000, plan),
    /LEARN: got a snapshot taken before learning had finished, wanted one with a baseline/,
  );
  assert.match(
    heir(20_000, { ...plan, windowLength: 2048 }),
    /SETTING: got mode 1, .* windows of 2048, .*wanted axes, rate, windows and learning as in the snapshot/,
  );
});

refusals('of numbers that mean nothing show them', () => {
  const core = configuredCore(pointPlan());
  assert.match(
    text(() => core.boundary(7)),
    /BOUNDARY: got kind 7, wanted 1 \(snapshot\), 2 \(gap\) or 3 \(end\)/,
  );
  assert.match(
    text(() => core.setInputs(Number.NaN, 2)),
    /SETTING: got NaN rpm, load 2, wanted a finite speed and load/,
  );
  assert.match(
    text(() => core.restore(new Uint8Array(12))),
    new RegExp(
      `SNAPSHOT: got 12 bytes that are none, wanted a snapshot of this core, layout ${layout.LAYOUT_VERSION}; the instance has to be configured`,
    ),
  );
});

refusals('of what does not fit the input come before anything is overwritten', () => {
  const axes = (count: number, length: number): Float32Array[] =>
    Array.from({ length: count }, () => uniformNoise(length, 1));
  const core = configuredCore(pointPlan());
  const before = core.snapshot();
  assert.match(
    text(() => core.push(axes(1, 5000), 0, 5000)),
    /COUNT: got 5000 samples, wanted 0 to the capacity/,
  );
  assert.match(
    text(() => core.stage(axes(1, 4000), 0, 4000, 97)),
    /COUNT: got 4097 samples/,
  );
  assert.match(
    text(() => core.push(axes(4, 64), 0, 64)),
    /AXES: got 4 axes, wanted 1 to 3/,
  );
  assert.match(
    text(() => new Core().push(axes(1, 64), 0, 64)),
    /NOT_CONFIGURED/,
  );
  assert.equal(core.snapshot(), before);
});

refusals('of every status have words of their own, and an unknown one is named by its number', () => {
  for (const [name, value] of Object.entries(layout)) {
    if (!name.startsWith('STATUS_')) continue;
    const { code, message } = refusal(value, 'push', 5);
    assert.is(code, `CORE_${name.slice('STATUS_'.length)}`);
    assert.not.match(message, /wanted a status|undefined/);
  }
  assert.match(refusal(-99, 'push', 5).message, /refused with STATUS_99: got 5, wanted a status of its layout/);
});

refusals.run();
