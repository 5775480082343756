/**
 * What an explanation says against a direct measurement: band RMS over the samples that the decision judged and over the
 * healthy ones, in float64, by the reference transform. Ratios and levels must agree within 10 %.
 */
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { BANDS, FEATURE_BAND, FEATURE_RMS, FEATURE_VELOCITY } from '../../core-wasm/memory.ts';
import { openSource } from '../../host/acquire/open.ts';
import { readSidecar } from '../../host/acquire/sidecar.ts';
import { Simulator } from '../../host/acquire/simulator.ts';
import type { Source } from '../../host/acquire/source.ts';
import { accelerationMmPerS2 } from '../../host/analyse/settings.ts';
import { learnFrom } from '../../host/baseline/learning.ts';
import { powersOf } from '../../host/baseline/levels.ts';
import type { Contribution, Pictured } from '../../host/explain/explanation.ts';
import { explainTrace, type JudgedBy } from '../../host/explain/of-trace.ts';
import { type LearnedBaseline, Pipeline } from '../../host/pipeline.ts';
import { bandPowers, powerSpectrum, velocityRms } from '../reference/spectrum.ts';
import { needsTraces, TRACES } from '../support/traces.ts';

const TOLERANCE = 0.1;
const HOOKS = { signal: new AbortController().signal, progress: () => {} };

/** All samples of a source, an array a channel. */
async function samplesOf(source: Source): Promise<Float64Array[]> {
  const lanes: number[][] = source.info.channels.map(() => []);
  for await (const event of source.events())
    if (event.kind === 'samples')
      for (const [i, lane] of event.channels.entries()) for (const v of lane) lanes[i].push(v);
  await source.close();
  return lanes.map((lane) => Float64Array.from(lane));
}

const judgedBy = (baseline: LearnedBaseline): JudgedBy => ({
  learned: { source: 'healthy', decisions: null, by: null, learnedUtc: null, forced: [] },
  levelsOf: () => powersOf(baseline.points[0].levels),
});

interface Levels {
  rms: number;
  velocity: number;
  bands: number[];
}

/** Mean power over half-overlapped windows of a stretch. */
function levelsOf(samples: Float64Array, n: number, rateHz: number, scale: number): Levels {
  let [power, velocity, windows] = [0, 0, 0];
  const bands = new Float64Array(BANDS);
  for (let at = 0; at + n <= samples.length; at += n / 2) {
    const window = samples.subarray(at, at + n);
    const mean = window.reduce((sum, v) => sum + v, 0) / n;
    power += window.reduce((sum, v) => sum + (v - mean) ** 2, 0) / n;
    const spectrum = powerSpectrum(window);
    velocity += velocityRms(spectrum, rateHz, scale) ** 2;
    bandPowers(spectrum, rateHz).forEach((value, i) => {
      bands[i] += value;
    });
    windows++;
  }
  return {
    rms: Math.sqrt(power / windows),
    velocity: Math.sqrt(velocity / windows),
    bands: Array.from(bands, (value) => Math.sqrt(value / windows)),
  };
}

function levelOf({ featureIndex: i }: Contribution, levels: Levels): number | null {
  if (i === FEATURE_RMS) return levels.rms;
  if (i === FEATURE_VELOCITY) return levels.velocity;
  return i >= FEATURE_BAND && i < FEATURE_BAND + BANDS ? levels.bands[i - FEATURE_BAND] : null;
}

/** @returns how many reasons were levels and were compared */
function compare(
  name: string,
  { explanation, machine }: Pictured,
  judged: Float64Array[],
  healthy: Float64Array[],
): number {
  const { start, length, contributions, othersShare } = explanation;
  const shares = contributions.reduce((sum, { share }) => sum + share!, 0) + othersShare!;
  assert.ok(Math.abs(shares - 1) < 1e-6, `${name}: shares add up to ${shares}`);
  let compared = 0;
  for (const part of contributions) {
    const { axisIndex, feature, axis, ratio, measured } = part;
    const scale = accelerationMmPerS2(machine.units[axisIndex]) || 1; // of volts the velocity is told in V s
    const { windowLength: n, sampleRateHz } = machine;
    const now = levelOf(part, levelsOf(judged[axisIndex].subarray(start, start + length), n, sampleRateHz, scale));
    if (now === null) continue;
    const before = levelOf(part, levelsOf(healthy[axisIndex], n, sampleRateHz, scale))!;
    const error = ratio / (now / before) - 1;
    const what = `${name}: ${feature} (${axis})`;
    if (process.env.SHOW) console.log(what, 'ratio', ratio, 'direct', now / before, 'error', error);
    assert.ok(Math.abs(error) <= TOLERANCE, `${what}: says ${ratio} x normal, measured ${now / before}`);
    assert.ok(Math.abs(measured!.value / now - 1) <= TOLERANCE, `${what}: says ${measured!.value}, measured ${now}`);
    compared++;
  }
  return compared;
}

const measured = suite('explain against direct measurement');

measured('says levels and ratios of simulated faults within 10 %', async () => {
  const RATE = 12_800;
  const [healthyS, allS] = [20, 60];
  let compared = 0;
  for (const seed of [1, 2, 3])
    for (const [fault, faultG] of [
      ['unbalance', 0.4],
      ['outer_race', 3],
      ['inner_race', 3],
    ] as const) {
      const machine = (): Simulator =>
        new Simulator({
          seed,
          fault,
          faultG,
          sampleRateHz: RATE,
          faultStartS: 25,
          durationS: allS,
          faultDoublingS: 1e9,
        });
      const pipeline = new Pipeline(machine().info, { learnSamples: healthyS * RATE });
      const pictured = await explainTrace(machine(), pipeline, { sample: 55 * RATE, point: null }, null, HOOKS);
      const samples = await samplesOf(machine());
      const healthy = samples.map((lane) => lane.subarray(0, healthyS * RATE));
      compared += compare(`${fault} ${seed}`, pictured, samples, healthy);
    }
  assert.ok(compared >= 15, `only ${compared} levels among the reasons`);
});

needsTraces(measured, 'says levels and ratios of recorded faults within 10 %', async () => {
  let compared = 0;
  for (const fault of ['HIR_GS', 'HOR_GS', 'HBF_GS', 'GoB_BS'])
    for (const rpm of ['0600', '1200', '1800', '2400', '3000']) {
      const path = (name: string): string => join(TRACES, 'adi-cbm', `adi_${rpm}_${name}_BaLo_WA_00lb.json`);
      const good = path('GoB_GS');
      const { samples = 0 } = (await readSidecar(good)).learn ?? {};
      const teacher = await openSource(good);
      const { baseline } = await learnFrom(teacher, { learnSamples: samples }, { ...HOOKS, limit: null });
      await teacher.close();
      const source = await openSource(path(fault));
      const pipeline = new Pipeline(source.info, { learnSamples: null, baseline });
      const pictured = await explainTrace(source, pipeline, { sample: 20_000, point: null }, judgedBy(baseline), HOOKS);
      await source.close();
      const judged = await samplesOf(await openSource(path(fault)));
      const healthy = (await samplesOf(await openSource(good))).map((lane) => lane.subarray(0, samples));
      compared += compare(`${fault} ${rpm}`, pictured, judged, healthy);
    }
  assert.ok(compared >= 24, `only ${compared} levels among the reasons`);
});

measured.run();
