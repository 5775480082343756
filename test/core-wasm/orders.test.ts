/** Shaft orders: what a line is measured at, what folds back onto it, and what is remembered. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as layout from '../../core-wasm/memory.ts';
import type { Kernel } from '../../host/analyse/core.ts';
import { analyse, type CoreRecord, configuredCore, pointPlan, pushAll, uniformNoise } from './point.ts';

/** From few points a turn to many: no decimation, the second stage alone, blocks of one and of several groups. */
const MACHINES = [
  { rate: 200, rpm: 600 },
  { rate: 1000, rpm: 300 },
  { rate: 6400, rpm: 1500 },
  { rate: 20_000, rpm: 3000 },
  { rate: 48_000, rpm: 600 },
];
const KERNELS: Kernel[] = ['simd', 'scalar'];

/** Samples a point, by the rule of core-wasm/order-points.ts. */
function decimation(rate: number, rpm: number): number {
  const all = Math.max(1, Math.floor(rate / (32 * (rpm / 60))));
  const ratio = all >= 4 ? 4 : all >= 2 ? 2 : 1;
  const group = all >= 16 ? 4 : 1;
  return group * ratio * Math.floor(all / (group * ratio));
}

/** Last decision on 40 turns of a sum of cosines {hz, peak} around a mean of 1. */
function measured(rate: number, rpm: number, tones: { hz: number; peak: number }[], kernel: Kernel): CoreRecord {
  const count = Math.ceil((40 * rate) / (rpm / 60));
  const signal = Float32Array.from({ length: count }, (_, i) =>
    tones.reduce((sum, { hz, peak }) => sum + peak * Math.cos((2 * Math.PI * hz * i) / rate + hz), 1),
  );
  const plan = pointPlan({ sampleRateHz: rate, shaftRpm: rpm, windowLength: 64, windowsPerDecision: 16 });
  return analyse(plan, [signal], kernel).at(-1)!;
}
const levels = ({ floats }: CoreRecord): number[] => [...floats.subarray(layout.RES_ORDER_LEVEL).subarray(0, 3)];

const orders = suite('core.orders');

orders('measures 1x, 2x, 3x of a machine within 3 % at any rate and speed, alike in both kernels', () => {
  for (const { rate, rpm } of MACHINES) {
    const tones = [1, 2, 3].map((order) => ({ hz: (order * rpm) / 60, peak: 0.1 * order }));
    const [simd, scalar] = KERNELS.map((kernel) => measured(rate, rpm, tones, kernel));
    assert.equal(simd.words, scalar.words);
    // triangles lose 1.2 % at 3x where a block is a 32nd of a turn; the rest is what a lobe of five bins leaves out
    levels(simd).forEach((got, i) => {
      const wanted = (0.1 * (i + 1)) / Math.SQRT2;
      assert.ok(Math.abs(got / wanted - 1) <= 0.03, `${rate} Hz, ${rpm} rpm, ${i + 1}x: got ${got}, wanted ${wanted}`);
    });
    assert.ok(simd.floats[layout.RES_ORDER_TURNS] >= 16);
  }
});

orders('keeps what lies at the rate of the points, a turn to either side, 60 dB below its level at 1x', () => {
  for (const { rate, rpm } of MACHINES.filter((machine) => decimation(machine.rate, machine.rpm) >= 4)) {
    const pointsHz = rate / decimation(rate, rpm);
    for (const multiple of [1, 2, 3])
      for (const side of [-1, 1]) {
        const hz = multiple * pointsHz + (side * rpm) / 60;
        if (hz > 0.45 * rate) continue;
        const [got] = levels(measured(rate, rpm, [{ hz, peak: 1 }], 'simd'));
        assert.ok(got <= 1e-3, `${rate} Hz, ${rpm} rpm, ${hz} Hz: ${got}`);
      }
  }
});

orders('says nothing before 16 turns, and nothing without a speed', () => {
  const rate = 6400;
  const signal = Float32Array.from({ length: rate / 2 }, (_, i) => Math.cos((2 * Math.PI * 25 * i) / rate));
  for (const shaftRpm of [1500, null])
    for (const { floats } of analyse(pointPlan({ sampleRateHz: rate, shaftRpm, windowLength: 512 }), [signal]).slice(
      0,
      -1,
    ))
      assert.equal([floats[layout.RES_ORDER_TURNS], floats[layout.RES_SPEED_HZ]], [0, 0]);
});

orders('gives the same bits however the pushes are cut, also where a block holds many samples', () => {
  for (const { rate, rpm } of [...MACHINES, { rate: 12_000, rpm: 120 }, { rate: 25_600, rpm: 170 }]) {
    const noise = uniformNoise(Math.ceil((40 * rate) / (rpm / 60)), rate);
    const signal = noise.map((value, i) => value + Math.cos((2 * Math.PI * rpm * i) / 60 / rate));
    const plan = pointPlan({ sampleRateHz: rate, shaftRpm: rpm, windowLength: 256, windowsPerDecision: 4 });
    const [whole, ...cut] = [4096, 512, 100, 7].map((block) =>
      pushAll(configuredCore(plan, 'scalar'), [signal], block).map(({ words }) => words),
    );
    assert.ok(whole.length > 0);
    for (const records of cut) assert.equal(records, whole, `${rate} Hz, ${rpm} rpm`);
  }
});
orders.run();
