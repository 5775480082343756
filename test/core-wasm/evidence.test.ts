/** The evidence behind a diagnosis against float64, from the very spectra that the core has averaged. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as layout from '../../core-wasm/memory.ts';
import { Simulator } from '../../host/acquire/simulator.ts';
import type { MachineFault } from '../../host/acquire/simulator-settings.ts';
import { evidence } from '../reference/comb.ts';
import { configuredCore, pointPlan, pushAll } from './point.ts';

const RATE = 12_800;
const RPM = 1775;
const BANDS = 3;
/**
 * Shares are cumulative sums of up to 1830 bins in f32: 1830 x 2^-24 of the whole, over the 0.01 that the logarithm
 * starts from.
 */
const TOLERANCE = (1830 * 2 ** -24) / 0.01;

const test = suite('core.evidence');

for (const fault of ['none', 'outer_race', 'inner_race', 'ball'] as const satisfies MachineFault[])
  test(`for ${fault} agrees with float64 within ${TOLERANCE.toFixed(3)} nepers, over two axes and three bands`, async () => {
    const machine = new Simulator({
      sampleRateHz: RATE,
      durationS: 20,
      axes: 2,
      rpm: RPM,
      fault,
      faultStartS: 0,
      faultG: 0.5,
      impactResponse: [{ hz: 4100, zeta: 0.03, gain: [1, 0.8, 0.5] }],
    });
    const axes = [0, 1].map(() => new Float32Array(20 * RATE));
    for await (const event of machine.events())
      if (event.kind === 'samples')
        for (const [i, channel] of event.channels.entries()) axes[i].set(channel, event.firstSample);
    const faultOrder = machine.info.bearings[''];
    const core = configuredCore(pointPlan({ channels: [0, 1], sampleRateHz: RATE, shaftRpm: RPM, faultOrder }));
    const last = pushAll(core, axes).at(-1)!;
    const spectra = [0, 1].flatMap((axis) =>
      Array.from({ length: BANDS }, (_, band) => Float64Array.from(core.envelopeSpectrum(axis, band)!.power)),
    );
    const binOrder = core.envelopeSpectrum(0, 0)!.binHz / (RPM / 60);
    const wanted = evidence(spectra, binOrder, 1, faultOrder); // whole blocks: as many bins as points
    const names: ('outer' | 'inner' | 'ball' | 'cage' | 'decoy')[] = ['outer', 'inner', 'ball', 'cage', 'decoy'];
    names.forEach((name, i) => {
      const got = last.floats[layout.RES_EVIDENCE + i];
      assert.ok(Math.abs(got - wanted[name]) <= TOLERANCE, `${name}: got ${got}, wanted ${wanted[name]}`);
    });
    const diagnosis = last.words[layout.RES_DIAGNOSIS];
    const expected = {
      none: 0,
      outer_race: layout.DIAGNOSIS_OUTER_RACE,
      inner_race: layout.DIAGNOSIS_INNER_RACE,
      ball: layout.DIAGNOSIS_BALL,
    };
    assert.is(diagnosis, expected[fault]);
    if (fault === 'none') return assert.ok(wanted.margin < 0.7, `${wanted.margin}`);
    assert.is(last.floats[layout.RES_SLIP], Math.fround(wanted.slip));
    assert.is(last.words[layout.RES_LINES] & 1, 1, 'its first harmonic stands');
  });
test.run();
