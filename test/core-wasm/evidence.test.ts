/** The evidence behind a diagnosis: against float64 from the very spectra that the core has averaged, and against the truth. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as layout from '../../core-wasm/memory.ts';
import { Gaussian } from '../../host/acquire/gaussian.ts';
import { Random } from '../../host/acquire/random.ts';
import { Simulator } from '../../host/acquire/simulator.ts';
import type { SimulatorSettings } from '../../host/acquire/simulator-settings.ts';
import type { Core, Kernel } from '../../host/analyse/core.ts';
import { evidence, type Found } from '../reference/comb.ts';
import { analyse, type CoreRecord, configuredCore, pointPlan, pushAll } from './point.ts';

const RATE = 12_800;
const RPM = 1775;
const SECONDS = 20;
const BANDS = 3;
/**
 * Shares are cumulative sums of up to 1830 bins in f32: 1830 x 2^-24 of the whole, over the 0.01 that the logarithm
 * starts from.
 */
const TOLERANCE = (1830 * 2 ** -24) / 0.01;
const EXPECTED = {
  none: layout.DIAGNOSIS_NONE,
  outer_race: layout.DIAGNOSIS_OUTER_RACE,
  inner_race: layout.DIAGNOSIS_INNER_RACE,
  ball: layout.DIAGNOSIS_BALL,
};
const BEARING_6205 = { bpfo: 3.5848, bpfi: 5.4152, bsf: 2.3567, ftf: 0.39831 };

async function simulated(changes: Partial<SimulatorSettings>): Promise<{ machine: Simulator; axes: Float32Array[] }> {
  const machine = new Simulator({
    sampleRateHz: RATE,
    durationS: SECONDS,
    axes: 2,
    rpm: RPM,
    faultStartS: 0,
    faultG: 0.5,
    impactResponse: [{ hz: 4100, zeta: 0.03, gain: [1, 0.8, 0.5] }],
    ...changes,
  });
  const axes = [0, 1].map(() => new Float32Array(SECONDS * RATE));
  for await (const event of machine.events())
    if (event.kind === 'samples')
      for (const [i, channel] of event.channels.entries()) axes[i].set(channel, event.firstSample);
  return { machine, axes };
}

const planOf = (faultOrder = BEARING_6205) =>
  pointPlan({ channels: [0, 1], sampleRateHz: RATE, shaftRpm: RPM, faultOrder });

function expectedOf(core: Core, faultOrder = BEARING_6205): Found {
  const spectra = [0, 1].flatMap((axis) =>
    Array.from({ length: BANDS }, (_, band) => Float64Array.from(core.envelopeSpectrum(axis, band)!.power)),
  );
  return evidence(spectra, core.envelopeSpectrum(0, 0)!.binHz / (RPM / 60), 1, faultOrder);
}

const linesOf = ({ floats }: CoreRecord): number[] =>
  Array.from(floats.subarray(layout.RES_LINE_ORDER, layout.RES_LINE_ORDER + layout.FAULT_HARMONICS));

const test = suite('core.evidence');

for (const fault of ['none', 'outer_race', 'inner_race', 'ball'] as const)
  test(`for ${fault} agrees with float64 within ${TOLERANCE.toFixed(3)} nepers, over two axes and three bands`, async () => {
    const { machine, axes } = await simulated({ fault });
    const faultOrder = machine.info.bearings[''];
    const core = configuredCore(planOf(faultOrder));
    const last = pushAll(core, axes).at(-1)!;
    const wanted = expectedOf(core, faultOrder);
    const { outer, inner, ball, cage } = wanted.evidence;
    const names = ['outer', 'inner', 'ball', 'cage', 'decoy'];
    [outer, inner, ball, cage, wanted.decoy].forEach((value, i) => {
      const got = last.floats[layout.RES_EVIDENCE + i];
      assert.ok(Math.abs(got - value) <= TOLERANCE, `${names[i]}: got ${got}, wanted ${value}`);
    });
    assert.is(last.words[layout.RES_DIAGNOSIS], EXPECTED[fault]);
  });

const NOMINAL = { outer_race: BEARING_6205.bpfo, inner_race: BEARING_6205.bpfi, ball: 2 * BEARING_6205.bsf };
for (const fault of ['outer_race', 'inner_race', 'ball'] as const)
  for (const slip of [0, 0.012])
    test(`finds ${fault} whose passes come ${(100 * slip).toFixed(1)} % less often, its slip and its lines`, async () => {
      const { axes } = await simulated({ fault, slip, slipJitter: 0, speedWander: 0, faultG: 1.5 });
      const last = pushAll(configuredCore(planOf()), axes).at(-1)!;
      assert.is(last.words[layout.RES_DIAGNOSIS], EXPECTED[fault]);
      assert.ok(last.floats[layout.RES_CONFIDENCE] > 0.5, `${last.floats[layout.RES_CONFIDENCE]}`);
      const truth = 1 - slip;
      // half a bin of 1/73 order at the lowest line there is, 3.58: found at its top and the bins beside it
      const found = last.floats[layout.RES_SLIP];
      assert.ok(Math.abs(found - (truth - 1)) <= 0.5 / 73 / 3.58, `slip: got ${found}, wanted ${truth - 1}`);
      const lines = linesOf(last);
      assert.is(last.words[layout.RES_LINES], lines.filter((order) => order > 0).length);
      assert.ok(last.words[layout.RES_LINES] >= 1, lines.join());
      // envelope points of 56 a turn and more: a bin is at most 1/73 order; sidebands of the cage stand farther off
      for (const [i, order] of lines.entries())
        if (order > 0) assert.ok(Math.abs(order - (i + 1) * NOMINAL[fault] * truth) < 2 / 73, `${i + 1}: ${order}`);
    });

/** What shakes at whole orders: shaft lines, impacts once a turn that ring at `ringHz`, and noise. */
function shaken(seed: number, once: number): Float32Array[] {
  const gaussian = new Gaussian(Random.stream(seed, 'noise'));
  return [0, 1].map((axis) =>
    Float32Array.from({ length: SECONDS * RATE }, (_, i) => {
      const turns = (i / RATE) * (RPM / 60);
      const sinceS = ((turns % 1) / RPM) * 60;
      const shaft = Math.sin(2 * Math.PI * turns) + 0.5 * Math.sin(4 * Math.PI * turns + axis);
      const ring = once * Math.exp(-800 * sinceS) * Math.sin(2 * Math.PI * 4100 * sinceS);
      return shaft + ring + 0.05 * gaussian.next();
    }),
  );
}

for (const seed of [1, 2, 3])
  for (const once of [0, 1])
    test(`names nothing on noise and shaft lines${once ? ' with an impact at every turn' : ''}, seed ${seed}`, () => {
      const made = analyse(planOf(), shaken(seed, once));
      assert.equal([...new Set(made.map(({ words }) => words[layout.RES_DIAGNOSIS]))], [layout.DIAGNOSIS_NONE]);
      assert.ok(made.every((record) => record.words[layout.RES_LINES] === 0));
      assert.ok(made.at(-1)!.floats[layout.RES_EVIDENCE] !== 0, 'it was looked at');
    });

for (const order of [1.5, 2.9, 6.31])
  test(`impacts at order ${order}, which is no part's, name nothing`, () => {
    const gaussian = new Gaussian(Random.stream(5, 'noise'));
    const axes = [0, 1].map(() =>
      Float32Array.from({ length: SECONDS * RATE }, (_, i) => {
        const sinceS = (((order * i * RPM) / 60 / RATE) % 1) / ((order * RPM) / 60);
        return Math.exp(-800 * sinceS) * Math.sin(2 * Math.PI * 4100 * sinceS) + 0.05 * gaussian.next();
      }),
    );
    for (const { words } of analyse(planOf(), axes)) assert.is(words[layout.RES_DIAGNOSIS], layout.DIAGNOSIS_NONE);
  });

test('is the same bits in both kernels', async () => {
  const { axes } = await simulated({ fault: 'inner_race' });
  const [simd, scalar] = (['simd', 'scalar'] as const satisfies Kernel[]).map((kernel) =>
    analyse(planOf(), axes, kernel),
  );
  assert.equal(
    scalar.map(({ words }) => words),
    simd.map(({ words }) => words),
  );
});
test.run();
