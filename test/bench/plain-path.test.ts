/** The plain JavaScript hot path is a yardstick only while it computes what the core computes. No speed is asserted. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { FEATURES_PER_AXIS, RES_AXES } from '../../core-wasm/memory.ts';
import { Simulator } from '../../host/acquire/simulator.ts';
import { Core } from '../../host/analyse/core.ts';
import { settingsOf } from '../../host/analyse/settings.ts';
import { PLAIN_TRANSFORMS } from '../../host/bench/plain-fft.ts';
import { PlainPath, pathSettings } from '../../host/bench/plain-path.ts';
import type { PointPlan } from '../../host/types.ts';
import { planPoints } from '../../host/window/plan.ts';
import { AGREEMENT } from './features.ts';

const SECONDS = 12;

async function oneAxis(fault: 'none' | 'outer_race'): Promise<{ plan: PointPlan; signal: Float32Array }> {
  const source = new Simulator({ durationS: SECONDS, fault, faultStartS: 0 });
  const info = { ...source.info, channels: source.info.channels.slice(0, 1) };
  const signal = new Float32Array(SECONDS * info.sampleRateHz);
  for await (const event of source.events())
    if (event.kind === 'samples') signal.set(event.channels[0], event.firstSample);
  return { plan: planPoints(info, { learnSamples: null })[0], signal };
}

const plainPath = suite('bench.plainPath');

for (const fault of ['none', 'outer_race'] as const)
  plainPath(`features of every decision are those of the core (fault ${fault}, float32 rounding, nepers)`, async () => {
    const { plan, signal } = await oneAxis(fault);
    const path = new PlainPath(pathSettings(plan), PLAIN_TRANSFORMS);
    const core = new Core();
    core.configure(settingsOf(plan));
    const hop = plan.windowLength / 2;
    let compared = 0;
    let linesSeen = 0;
    for (let from = 0; from + hop <= signal.length; from += hop) {
      path.push(signal, from);
      if (core.push([signal], from, from + hop) === 0) continue;
      const wanted = core.record(0).floats.subarray(RES_AXES, RES_AXES + FEATURES_PER_AXIS);
      compared++;
      assert.is(path.decisions, compared);
      for (let i = 0; i < FEATURES_PER_AXIS; i++)
        assert.ok(
          Math.abs(path.features[i] - wanted[i]) <= AGREEMENT,
          `decision ${compared}, feature ${i}: ${path.features[i]}, core ${wanted[i]}`,
        );
      if (path.features[FEATURES_PER_AXIS - 1] !== 0) linesSeen++;
    }
    assert.ok(compared > 10 && linesSeen > 5, `${compared} decisions, ${linesSeen} with fault lines`);
  });

plainPath('refuses a plan without speed or bearing, which would make it do less than the core', async () => {
  const { plan } = await oneAxis('none');
  assert.throws(() => pathSettings({ ...plan, shaftRpm: null }), /shaft speed and bearing/);
  assert.throws(() => pathSettings({ ...plan, faultOrder: null }), /shaft speed and bearing/);
});

plainPath.run();
