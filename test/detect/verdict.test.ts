/** Names and units of what the core says: a number that would not be what it is called is null. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as layout from '../../core-wasm/memory.ts';
import { PointAnalysis } from '../../host/analyse/point.ts';
import { featureName, featureTable } from '../../host/detect/features.ts';
import { verdictOf } from '../../host/detect/verdict.ts';
import type { PointPlan, Verdict } from '../../host/types.ts';
import { pointPlan } from '../core-wasm/point.ts';

/** First verdict on a sine of 1 in the unit of the plan at a sixteenth of its rate. */
function verdictOn(changes: Partial<PointPlan>): Verdict {
  const plan = pointPlan({ windowLength: 1024, ...changes });
  const sine = Float32Array.from({ length: 1024 }, (_, i) => Math.sin((Math.PI / 8) * i));
  const axes = plan.channels.map(() => sine);
  const [decision] = new PointAnalysis(plan).push({ kind: 'samples', firstSample: 500, axes });
  return verdictOf(decision, plan);
}

const detect = suite('detect.verdictOf');

detect('gives velocity in mm/s only for an acceleration whose rate holds the whole band to 1000 Hz', () => {
  const velocity = (changes: Partial<PointPlan>): number | null => verdictOn(changes).values[0].velocityRmsMmPerS;
  assert.type(velocity({ sampleRateHz: 3200 }), 'number');
  assert.is(velocity({ sampleRateHz: 2000 }), null);
  for (const unit of ['V', 'mm/s', '1'] as const) assert.is(velocity({ sampleRateHz: 3200, units: [unit] }), null);
});

detect('gives the same velocity for the same motion in g and in m/s2', () => {
  const [g, si] = (['g', 'm/s2'] as const).map(
    (unit) => verdictOn({ sampleRateHz: 3200, units: [unit] }).values[0].velocityRmsMmPerS!,
  );
  assert.ok(Math.abs(g / si / 9.80665 - 1) < 1e-6, `${g / si}`);
});

detect('counts samples as the source does and names axes and plain values', () => {
  const { start, length, values, unlearned } = verdictOn({ channels: [0, 1], units: ['g', 'g'] });
  assert.equal([start, length, unlearned], [500, 1024, true]);
  assert.equal(
    values.map(({ axis }) => axis),
    ['x', 'y'],
  );
  assert.ok(Math.abs(values[1].crestFactor - Math.SQRT2) < 1e-5);
});

detect('has a name and a unit for every feature of a point, none twice', () => {
  const plan = pointPlan({ channels: [0, 1, 2], units: ['g', 'g', 'g'] });
  const { names, units } = featureTable(plan);
  assert.is(names.length, 3 * layout.FEATURES_PER_AXIS);
  assert.is(new Set(names).size, names.length);
  assert.is(units.length, names.length);
  assert.is(featureName(layout.FEATURE_BAND, plan), 'level 25.6 Hz..42.6 Hz'); // to 25.6 x 450^(1/12)
});
detect.run();
