/** The real core on the simulated machine: what it sees, when, and that it is the envelope that sees it. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Simulator } from '../../host/acquire/simulator.ts';
import type { SimulatorSettings } from '../../host/acquire/simulator-settings.ts';
import { Pipeline, type PipelineOptions } from '../../host/pipeline.ts';
import type { Verdict } from '../../host/types.ts';
import { mutantCore } from '../support/mutant-core.ts';

async function verdictsOf(
  machine: Partial<SimulatorSettings>,
  options: Partial<PipelineOptions> = {},
): Promise<Verdict[]> {
  const source = new Simulator(machine);
  const pipeline = new Pipeline(source.info, { learnSamples: 'auto', ...options });
  const verdicts: Verdict[] = [];
  for await (const event of source.events())
    for (const output of pipeline.push(event)) if (output.kind === 'verdict') verdicts.push(output.verdict);
  for (const output of pipeline.end()) if (output.kind === 'verdict') verdicts.push(output.verdict);
  return verdicts;
}
const secondsOf = (verdict: Verdict): number => (verdict.start + verdict.length) / 25_600;

/** Envelope features and envelope spectra take no part: what is left is level, shape and spectrum. */
const WITHOUT_ENVELOPE = [
  { file: 'vibration.ts', from: 'shaftRpm > 0 && settingF32(SET_BPFO) > 0', to: 'shaftRpm < 0' },
  { file: 'vibration.ts', from: 'addTo(f, FEATURE_ENVELOPE_RMS, 0.5 * NativeMathf.log(level));', to: '' },
  {
    file: 'vibration.ts',
    from: 'addTo(f, FEATURE_ENVELOPE_CREST, NativeMathf.log((envelope.highest + TINY) / level));',
    to: '',
  },
  {
    file: 'vibration.ts',
    from: 'addTo(f, FEATURE_ENVELOPE_KURTOSIS, NativeMathf.log(envelope.relativeVariance + 1e-6));',
    to: '',
  },
];

const simulated = suite('pipeline on the simulated machine');

simulated('finds the outer race within three minutes of its first spall, after a quiet healthy minute', async () => {
  const verdicts = await verdictsOf({ durationS: 240 });
  const first = verdicts.find(({ alarm }) => alarm);
  assert.ok(first, 'no alarm within 240 s');
  assert.ok(secondsOf(first) > 60 && secondsOf(first) < 240, `alarm at ${secondsOf(first)} s`);
  const named = verdicts.filter(({ diagnosis }) => diagnosis !== null);
  assert.ok(named.length > 0, 'no diagnosis');
  assert.equal([...new Set(named.map(({ diagnosis }) => diagnosis))], ['outer_race']);
  assert.match(first.why[0].feature, /envelope line BPFO/);
});

simulated(
  'does not see that fault without the envelope: the mutant core stays silent for the same four minutes (seed 1)',
  async () => {
    const coreBytes = mutantCore(WITHOUT_ENVELOPE);
    const verdicts = await verdictsOf({ durationS: 240 }, { coreBytes, kernel: 'scalar' });
    assert.ok(verdicts.length > 200);
    assert.is(verdicts.filter(({ alarm }) => alarm).length, 0);
    assert.is(verdicts.filter(({ diagnosis }) => diagnosis).length, 0);
  },
);

simulated('raises nothing and names nothing in five minutes of a sound machine', async () => {
  for (const seed of [1, 2]) {
    const verdicts = await verdictsOf({ fault: 'none', durationS: 300, seed });
    assert.is(verdicts.filter(({ alarm, diagnosis }) => alarm || diagnosis).length, 0, `seed ${seed}`);
  }
});

simulated('names the sensor, not the machine, when the sensor is stuck, clipped or disconnected', async () => {
  for (const sensorFault of ['stuck', 'clipped', 'disconnected'] as const) {
    const verdicts = await verdictsOf({ fault: 'none', durationS: 90, sensorFault, sensorFaultStartS: 75 });
    const after = verdicts.filter((verdict) => secondsOf(verdict) > 80);
    const named = after.filter(({ diagnosis, alarm }) => diagnosis === 'sensor' && alarm);
    assert.is(
      named.length,
      after.length,
      `${sensorFault}: ${after.map(({ state, diagnosis }) => `${state}/${diagnosis}`)}`,
    );
    assert.equal([...new Set(named.map(({ sensorCause }) => sensorCause))], [sensorFault]);
    assert.is(verdicts.filter((verdict) => secondsOf(verdict) < 75 && verdict.alarm).length, 0, sensorFault);
  }
});

simulated('calls a machine that was switched off `off`, where the sensor is quiet enough to show 40 dB', async () => {
  const verdicts = await verdictsOf({
    fault: 'none',
    durationS: 130,
    switchOffS: 70,
    runDownS: 3,
    sensorNoiseG: 0.0003,
  });
  assert.is(verdicts.at(-1)?.state, 'off');
});

simulated('explains with shares that add up to at most the score, in order of size', async () => {
  const verdicts = await verdictsOf({ durationS: 200 });
  for (const { why } of verdicts.filter(({ alarm }) => alarm)) {
    const shares = why.map(({ share }) => share);
    assert.equal(
      shares,
      [...shares].sort((a, b) => b - a),
    );
    // f32 sums of squares of up to 84 features: 84 * 6e-8
    assert.ok(shares.reduce((a, b) => a + b, 0) <= 1 + 84 * 6e-8);
  }
});
simulated.run();
