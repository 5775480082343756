/**
 * The simulated machine: repeatable, block-independent, with the lines that its geometry demands, and honest: at the
 * noise shipped, level and kurtosis do not see the young fault while the envelope does.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Simulator } from '../../host/acquire/simulator.ts';
import type { SimulatorSettings } from '../../host/acquire/simulator-settings.ts';
import { InputError } from '../../host/errors.ts';
import { median, robustSpread } from '../reference/baseline.ts';
import { EnvelopeSpectrum } from '../reference/envelope.ts';
import { moments } from '../reference/moments.ts';
import { bandPowers, powerSpectrum } from '../reference/spectrum.ts';

const RATE = 25_600;

/** All samples, axis by axis. Only for short runs. */
async function record(overrides: Partial<SimulatorSettings>): Promise<Float32Array[]> {
  const simulator = new Simulator(overrides);
  const axes = simulator.info.channels.map(() => new Float32Array(simulator.info.sampleCount!));
  for await (const event of simulator.events())
    if (event.kind === 'samples')
      for (const [axis, samples] of event.channels.entries()) axes[axis].set(samples, event.firstSample);
  return axes;
}

const same = (a: Float32Array, b: Float32Array): boolean => Buffer.from(a.buffer).equals(Buffer.from(b.buffer));

const simulator = suite('acquire.simulator');

simulator(
  'gives the same samples for the same seed, whatever the block size, and others for another seed',
  async () => {
    const [a, b, c] = await Promise.all([
      record({ durationS: 1.3, faultStartS: 0.5, blockScans: 2560 }),
      record({ durationS: 1.3, faultStartS: 0.5, blockScans: 777 }),
      record({ durationS: 1.3, faultStartS: 0.5, seed: 2 }),
    ]);
    assert.is(a[0].length, 1.3 * RATE);
    for (const axis of [0, 1, 2]) {
      assert.ok(same(a[axis], b[axis]), `axis ${axis}`);
      assert.not.ok(same(a[axis], c[axis]), `axis ${axis}`);
    }
  },
);

simulator('is the same machine until the fault starts, whatever the fault', async () => {
  const start = 0.5;
  const runs = await Promise.all(
    (['none', 'outer_race', 'inner_race', 'ball', 'unbalance'] as const).map((fault) =>
      record({ durationS: 1, fault, faultStartS: start, faultG: 1, axes: 1 }),
    ),
  );
  for (const [x] of runs.slice(1)) {
    assert.ok(same(x.slice(0, start * RATE), runs[0][0].slice(0, start * RATE)));
    assert.not.ok(same(x, runs[0][0]));
  }
});

/** One second a row: what a condition monitor with level and kurtosis would see, and what the envelope holds. */
async function watch(overrides: Partial<SimulatorSettings>, spanS: number) {
  const source = new Simulator({ blockScans: RATE, ...overrides });
  const { rpm, faultOrder } = source.settings;
  const shaftHz = rpm / 60;
  const axes = source.info.channels.map(() => ({
    rms: [] as number[],
    kurtosis: [] as number[],
    bandsDb: [] as number[][],
    lineDb: [] as number[],
  }));
  let spectra = axes.map(() => new EnvelopeSpectrum(RATE, shaftHz));
  let seconds = 0;
  for await (const event of source.events()) {
    if (event.kind !== 'samples') continue;
    seconds++;
    axes.forEach((axis, i) => {
      const samples = event.channels[i];
      const { rms, kurtosis } = moments(samples);
      axis.rms.push(rms);
      axis.kurtosis.push(kurtosis);
      const windows = [0, 1, 2, 3, 4, 5].map((w) => samples.subarray(4096 * w, 4096 * (w + 1)));
      const powers = windows.map((window) => bandPowers(powerSpectrum(window), RATE));
      axis.bandsDb.push(Array.from(powers[0], (_, b) => 10 * Math.log10(powers.reduce((sum, p) => sum + p[b], 0) / 6)));
      spectra[i].push(samples);
      if (seconds % spanS === 0) axis.lineDb.push(spectra[i].lineDb(faultOrder.bpfo * shaftHz));
    });
    if (seconds % spanS === 0) spectra = axes.map(() => new EnvelopeSpectrum(RATE, shaftHz));
  }
  return axes;
}

simulator('hides the fault from level and kurtosis for 3 minutes while the outer-race line stands out', async () => {
  const axes = await watch({ durationS: 240 }, 30);
  const columns = [...'xyz'].map((name, i) => ({ name, ...axes[i] }));
  for (const { name, rms, kurtosis, bandsDb, lineDb } of columns) {
    for (const learnS of [30, 60])
      for (const [what, values] of Object.entries({ rms, kurtosis })) {
        const healthy = values.slice(0, learnS);
        const limit = median(healthy) + 8.8 * robustSpread(healthy);
        const worst = Math.max(...values.slice(learnS));
        assert.ok(worst < limit, `${what} ${name}, learned ${learnS} s: ${worst} passes ${limit}`);
        assert.ok(worst < 1.1 * median(healthy), `${what} ${name} passes normal + 10 %: ${worst}`);
      }
    // Line: [0, 30), [30, 60) healthy; [90, 120) ends 60 s after the fault started.
    for (const span of [0, 1]) assert.ok(lineDb[span] < 6, `healthy line ${name}: ${lineDb[span]} dB`);
    for (let span = 3; span < 8; span++) assert.ok(lineDb[span] >= 10, `line ${name}: ${lineDb[span]} dB`);
    // Bands: medians over the third faulty minute move by less than 0.7 dB = 0.08 neper of amplitude, two floors.
    for (let band = 0; band < 12; band++) {
      const level = (from: number, to: number): number => median(bandsDb.slice(from, to).map((row) => row[band]));
      const moved = level(180, 240) - level(0, 60);
      assert.ok(Math.abs(moved) < 0.7, `band ${band} ${name} moved by ${moved} dB`);
    }
  }
});

simulator('grows until level sees it too: nothing hides for ever', async () => {
  const axes = await watch({ durationS: 90, axes: 1, faultDoublingS: 5 }, 30);
  const healthy = median(axes[0].rms.slice(0, 60));
  assert.ok(axes[0].rms[89] > 1.5 * healthy, `${axes[0].rms[89]} after ${healthy}`);
  assert.ok(axes[0].kurtosis[89] > 4, `${axes[0].kurtosis[89]}`);
});

/** Envelope line heights at the orders of all parts for a severe fault from the first sample on. */
async function lines(fault: SimulatorSettings['fault']): Promise<Record<'bpfo' | 'bpfi' | 'ball', number>> {
  const source = new Simulator({ durationS: 12, axes: 1, fault, faultStartS: 0, faultG: 0.5, slip: 0 });
  const { rpm, faultOrder } = source.settings;
  const spectrum = new EnvelopeSpectrum(RATE, rpm / 60);
  for await (const event of source.events()) if (event.kind === 'samples') spectrum.push(event.channels[0]);
  const at = (order: number): number => spectrum.lineDb((order * rpm) / 60, 0.01);
  return { bpfo: at(faultOrder.bpfo), bpfi: at(faultOrder.bpfi), ball: at(2 * faultOrder.bsf) };
}

simulator('puts each bearing fault on the line of its own part', async () => {
  for (const [fault, part] of [
    ['outer_race', 'bpfo'],
    ['inner_race', 'bpfi'],
    ['ball', 'ball'],
  ] as const) {
    const heights = await lines(fault);
    for (const [name, height] of Object.entries(heights))
      if (name === part) assert.ok(height > 18, `${fault} at ${name}: ${height} dB`);
      else assert.ok(height < heights[part] - 10, `${fault} at ${name}: ${height} dB`);
  }
});

simulator('has 1x and 2x of the shaft and the mesh of the gear where they belong', async () => {
  const [x] = await record({ durationS: 1, fault: 'none', speedWander: 0, rpm: 1875, axes: 1 });
  const power = powerSpectrum(x.slice(0, 16_384)); // 1.5625 Hz a bin; 1875 rpm is bin 20
  const amplitude = (bin: number): number => Math.sqrt(2 * (power[bin - 1] + power[bin] + power[bin + 1]));
  // Load wander moves amplitudes by 2 %, the noise of three bins (g^2 / 8192 bins) by 0.001 g.
  const near = (got: number, wanted: number): boolean => Math.abs(got - wanted) < 0.03 * wanted + 0.002;
  assert.ok(near(amplitude(20), 0.05), `1x ${amplitude(20)}`);
  assert.ok(near(amplitude(40), 0.02), `2x ${amplitude(40)}`);
  assert.ok(near(amplitude(20 * 23), 0.05), `mesh ${amplitude(20 * 23)}`);
  assert.ok(near(amplitude(20 * 22), 0.05 * 0.075), `sideband ${amplitude(20 * 22)}`);
});

simulator('wanders in speed, within its limits', async () => {
  const source = new Simulator({ durationS: 120, blockScans: RATE, tacho: true, axes: 1 });
  const rpm: number[] = [];
  for await (const event of source.events()) if (event.kind === 'inputs') rpm.push(event.rpm!);
  assert.is(rpm.length, 120);
  const [low, high] = [Math.min(...rpm), Math.max(...rpm)];
  assert.ok(low >= 1775 * 0.995 && high <= 1775 * 1.005, `${low}..${high}`);
  assert.ok(high - low > 1775 * 0.002, `hardly moves: ${low}..${high}`);
});

simulator('sensor answers in steps within its range', async () => {
  const [x] = await record({ durationS: 1, faultStartS: 0, faultG: 100, axes: 1, fullScaleG: 2, stepG: 0.0625 });
  assert.is(Math.max(...x), 2);
  assert.is(Math.min(...x), -2);
  assert.ok(x.every((value) => Number.isInteger(value / 0.0625)));
});

simulator('sensor faults: stuck, clipped, disconnected, each from its start on', async () => {
  const run = async (sensorFault: SimulatorSettings['sensorFault']): Promise<Float32Array[]> => {
    const [x] = await record({ durationS: 1, axes: 1, sensorFault, sensorFaultStartS: 0.5 });
    return [x.slice(0, RATE / 2), x.slice(RATE / 2)];
  };
  const [before, stuck] = await run('stuck');
  assert.ok(new Set(before).size > 100);
  assert.is(new Set(stuck).size, 1);
  const [, clipped] = await run('clipped');
  assert.ok(clipped.filter((value) => Math.abs(value) >= 0.999 * 16).length > clipped.length / 4);
  const [, disconnected] = await run('disconnected');
  assert.ok(new Set(disconnected).size <= 5 && disconnected.every((value) => Math.abs(value) <= 2 * 0.000488));
});

simulator('runs down to the noise of its sensor when switched off', async () => {
  const [x] = await record({ durationS: 6, axes: 1, switchOffS: 1, runDownS: 3 });
  const running = moments(x.slice(0, RATE)).rms;
  const off = moments(x.slice(5 * RATE)).rms;
  assert.ok(running > 0.08, `${running}`);
  assert.ok(Math.abs(off - 0.003) < 0.0003, `${off}`); // 3 mg of noise, 0.14 mg of steps
});

simulator('says what it is, and leaves out what a slower sensor cannot hear', () => {
  const { info } = new Simulator({ sampleRateHz: 10_000, durationS: 2, axes: 2 });
  assert.equal(
    info.channels.map(({ name, unit }) => name + unit),
    ['xg', 'yg'],
  );
  assert.is(info.sampleCount, 20_000);
  assert.ok(Math.abs(info.bearings[''].bpfo - 3.5848) < 5e-5 && Math.abs(info.bearings[''].bsf - 2.3567) < 1e-4);
  assert.is(info.notes.filter((note) => /above 0.45/.test(note)).length, 2); // 8200 and 6000 Hz
  assert.is(new Simulator().info.sampleCount, null);
});

simulator('ends soon after an abort or close, endless or not', async () => {
  const abort = new AbortController();
  let blocks = 0;
  for await (const event of new Simulator().events(abort.signal)) if (event.kind && ++blocks === 5) abort.abort();
  assert.is(blocks, 5);
  const source = new Simulator();
  for await (const event of source.events()) if (event.kind && ++blocks === 10) await source.close();
  assert.is(blocks, 10);
  await source.close();
});

simulator('refuses wrong settings by name', () => {
  for (const [wrong, name] of [
    [{ sampleRateHz: 0 }, 'sampleRateHz'],
    [{ blockScans: 70_000 }, 'blockScans'],
    [{ rpm: Number.NaN }, 'rpm'],
    [{ fault: 'rust' }, 'fault'],
    [{ sensorFault: 'tired' }, 'sensorFault'],
    [{ seed: 0.5 }, 'seed'],
    [{ structure: [{ hz: 100, zeta: 0, gain: [1, 1, 1] }] }, 'resonance'],
    [{ faultOrder: { bpfo: -1, bpfi: 1, bsf: 1, ftf: 1 } }, 'faultOrder.bpfo'],
  ] as const)
    assert.throws(
      () => new Simulator(wrong as unknown as Partial<SimulatorSettings>),
      (error: unknown) =>
        error instanceof InputError && error.code === 'SIMULATOR_SETTING' && error.message.includes(name),
    );
});

simulator.run();
