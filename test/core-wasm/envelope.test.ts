/** The long envelope spectra of the core: a known modulation is a line at its frequency, and float64 agrees bin by bin. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as layout from '../../core-wasm/memory.ts';
import { Random } from '../../host/acquire/random.ts';
import { decimatedEnvelope, modulationSpectrum } from '../reference/demodulation.ts';
import { configuredCore, featureOf, pointPlan, pushAll } from './point.ts';

const RATE = 25_600;
const RPM = 1775;
const SHAFT_HZ = RPM / 60;
const BEARING = { bpfo: 3.5848, bpfi: 5.4152, bsf: 2.3567, ftf: 0.39831 };
const LINES = { bpfo: BEARING.bpfo, bpfi: BEARING.bpfi, ball: 2 * BEARING.bsf, ftf: BEARING.ftf, shaft: 1 };

/** White noise whose amplitude is 1 + depth cos at `order` of the shaft. */
function modulatedNoise(seconds: number, order: number, depth: number, seed = 1): Float32Array {
  const random = Random.stream(seed, 'modulated');
  return Float32Array.from(
    { length: seconds * RATE },
    (_, i) => (random.uniform() - 0.5) * (1 + depth * Math.cos((2 * Math.PI * order * SHAFT_HZ * i) / RATE)),
  );
}

const plan = (windowLength = 4096) =>
  pointPlan({ windowLength, windowsPerDecision: 2, shaftRpm: RPM, faultOrder: BEARING });

const envelope = suite('core.envelope');

envelope('shows a modulation at each order as that feature and no other', () => {
  for (const [index, name] of Object.keys(LINES).entries()) {
    const core = configuredCore(plan());
    const made = pushAll(core, [modulatedNoise(8, LINES[name as keyof typeof LINES], 0.4)]);
    const heights = Object.keys(LINES).map((_, i) => featureOf(made.at(-1)!, layout.FEATURE_FAULT + i));
    // Power of the line in the relative modulation: (2 m)^2 / 2 over 1.5 bins of Hann; noise about 1 a bin in all bands.
    assert.ok(heights[index] > 4, `${name}: ${heights[index]}`);
    heights.forEach((height, i) => {
      if (i !== index) assert.ok(height < 2.5, `${name} shows as line ${i}: ${height}`);
    });
  }
});

envelope('line that is gone after learning speaks for nothing, one that has come speaks', () => {
  const spreadsAfter = (learned: number, then: number): number[] => {
    const core = configuredCore({ ...plan(), learnDecisions: 60 });
    pushAll(core, [modulatedNoise(16, BEARING.bpfo, learned)]);
    const gain = Math.sqrt((1 + learned ** 2 / 2) / (1 + then ** 2 / 2)); // the level stays
    const after = modulatedNoise(16, BEARING.bpfo, then, 2).map((value) => value * gain);
    const { words, floats } = pushAll(core, [after]).at(-1)!;
    const reasons = Array.from({ length: layout.WHY_COUNT }, (_, i) => layout.RES_WHY + i * layout.WHY_WORDS);
    return reasons.filter((at) => words[at] === layout.FEATURE_FAULT).map((at) => floats[at + 3]);
  };
  assert.equal(spreadsAfter(0.3, 0), []);
  const [spreads] = spreadsAfter(0, 0.3);
  assert.ok(spreads > 5, `${spreads}`);
});

envelope('line stands in the bin of the modulation frequency, in every band', () => {
  const order = 4.3;
  const core = configuredCore(plan());
  pushAll(core, [modulatedNoise(8, order, 0.4)]);
  for (let band = 0; band < 3; band++) {
    const { binHz, power } = core.envelopeSpectrum(0, band)!;
    const highest = power.reduce((best, value, k) => (k > 3 && value > power[best] ? k : best), 4);
    assert.ok(Math.abs(highest * binHz - order * SHAFT_HZ) <= binHz, `band ${band}: ${highest * binHz} Hz`);
  }
});

envelope('has no spectrum before half a block, and none without speed or bearing', () => {
  const core = configuredCore(plan());
  pushAll(core, [modulatedNoise(1, 1, 0)]);
  assert.is(core.envelopeSpectrum(0, 0), null);
  for (const missing of [{ shaftRpm: null }, { faultOrder: null }]) {
    const without = configuredCore({ ...plan(), ...missing });
    const made = pushAll(without, [modulatedNoise(5, BEARING.bpfo, 0.5)]);
    assert.is(without.envelopeSpectrum(0, 0), null);
    for (let i = 0; i < layout.FAULT_LINES; i++) assert.is(featureOf(made.at(-1)!, layout.FEATURE_FAULT + i), 0);
  }
});

envelope('spectrum agrees with float64 bin by bin after 4 and after 12 blocks, at three frame lengths', () => {
  for (const [frameLength, seconds] of [
    [4096, 6],
    [1024, 6],
    [4096, 18],
    [512, 4],
  ]) {
    const signal = modulatedNoise(seconds, BEARING.bpfo, 0.3, frameLength);
    const core = configuredCore(plan(frameLength));
    pushAll(core, [signal]);
    for (let band = 0; band < 3; band++) {
      const { power } = core.envelopeSpectrum(0, band)!;
      const wanted = modulationSpectrum(decimatedEnvelope(signal, RATE, SHAFT_HZ, band, frameLength));
      assert.is(power.length, wanted.length);
      let [error, size] = [0, 0];
      for (let k = 2; k < power.length; k++) {
        error += (power[k] - wanted[k]) ** 2;
        size += wanted[k] ** 2;
      }
      // Three transforms, each 1.2 * 2^-24 * sqrt(log2 4096) = 2.5e-7 of its signal; a square, a ratio and a square
      // again double it each; sums of 4096 terms walk by sqrt(4096) * 2^-24 = 4e-6.
      const tolerance = 3 * 2.5e-7 * 8 + 4e-6;
      const relative = Math.sqrt(error / size);
      assert.ok(relative < tolerance, `frames of ${frameLength}, band ${band}: ${relative}, allowed ${tolerance}`);
    }
  }
});

envelope.run();
