/**
 * Both builds of the core give the same bits over random signals of every size and scale, for the whole result record; what
 * fails is made small. Recorded signals, other engines and processors: test/identity.
 */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as layout from '../../core-wasm/memory.ts';
import type { Core } from '../../host/analyse/core.ts';
import { configuredCore, pointPlan, uniformNoise } from './point.ts';

const BEARING_6205 = { bpfo: 3.5848, bpfi: 5.4152, bsf: 2.3567, ftf: 0.39831 };
const same = (a: ArrayBufferView, b: ArrayBufferView): boolean =>
  Buffer.from(a.buffer, a.byteOffset, a.byteLength).equals(Buffer.from(b.buffer, b.byteOffset, b.byteLength));

/** Calls both, compares what they answer: the count, every word of every record. */
function inStep(cores: Core[], call: (core: Core) => number, what: string): number {
  const [simd, scalar] = cores.map(call);
  assert.is(simd, scalar, what);
  for (let i = 0; i < simd; i++)
    if (!same(cores[0].record(i).words, cores[1].record(i).words)) {
      const [a, b] = cores.map((core) => core.record(i).floats);
      const word = a.findIndex((value, w) => !Object.is(value, b[w]));
      assert.unreachable(`${what}: decision ${i} differs in word ${word}: ${a[word]} and ${b[word]}`);
    }
  return simd;
}

const kernels = suite('core.kernels');

kernels('agree bit for bit on any point, any scale from 1e-10 to 1e9, with boundaries and speed changes', () => {
  let decisions = 0;
  fc.assert(
    fc.property(
      fc.record({
        seed: fc.integer(),
        axes: fc.integer({ min: 1, max: 3 }),
        log2n: fc.integer({ min: 6, max: 12 }),
        windowsPerDecision: fc.integer({ min: 0, max: 5 }),
        loneWindows: fc.boolean(),
        learns: fc.boolean(),
        rpm: fc.constantFrom(null, 300, 1775, 12_000),
        bearing: fc.boolean(),
        decade: fc.double({ min: -10, max: 9, noNaN: true }),
        fullScale: fc.constantFrom(null, 1),
        steps: fc.array(
          fc.record({
            count: fc.oneof(fc.constant(4096), fc.integer({ min: 0, max: 4096 })),
            gain: fc.constantFrom(1, 1, 1, 0, 0.1, 8),
            boundary: fc.constantFrom(0, 0, 0, layout.BOUNDARY_SNAPSHOT, layout.BOUNDARY_GAP, layout.BOUNDARY_END),
            rpm: fc.constantFrom(null, null, null, 0, 1700, 3000),
          }),
          { minLength: 1, maxLength: 30 },
        ),
      }),
      ({ seed, axes, log2n, learns, rpm, bearing, decade, steps, ...rest }) => {
        const plan = pointPlan({
          ...rest,
          channels: Array.from({ length: axes }, (_, i) => i),
          windowLength: 2 ** log2n,
          learnDecisions: learns ? 8 : 0,
          shaftRpm: rpm,
          faultOrder: bearing ? BEARING_6205 : null,
        });
        const cores = [configuredCore(plan, 'simd'), configuredCore(plan, 'scalar')];
        const inputs = Array.from({ length: axes }, (_, axis) => uniformNoise(4096, seed + axis, 10 ** decade));
        steps.forEach(({ count, gain, boundary, rpm: newRpm }, i) => {
          const block = inputs.map((input) => input.map((value) => value * gain));
          if (newRpm !== null) for (const core of cores) core.setInputs(newRpm, 1);
          decisions += inStep(cores, (core) => core.push(block, 0, count), `push ${i} of ${count}`);
          if (boundary) decisions += inStep(cores, (core) => core.boundary(boundary), `boundary ${i}`);
        });
        assert.ok(same(cores[0].snapshot(), cores[1].snapshot()), 'snapshots');
      },
    ),
    { numRuns: 200 },
  );
  assert.ok(decisions > 1000, `${decisions} decisions compared`);
});

kernels('agree bit for bit on scalar points', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: layout.MAX_SCALARS }),
      fc.integer(),
      fc.constantFrom(0, 8, 32),
      fc.double({ min: -10, max: 9, noNaN: true }),
      (channels, seed, learnDecisions, decade) => {
        const plan = pointPlan({
          kind: 'scalar',
          channels: Array.from({ length: channels }, (_, i) => i),
          windowLength: 0,
          learnDecisions,
        });
        const cores = [configuredCore(plan, 'simd'), configuredCore(plan, 'scalar')];
        const inputs = plan.channels.map((channel) => uniformNoise(128, seed + channel, 10 ** decade));
        for (let block = 0; block < 3; block++) inStep(cores, (core) => core.push(inputs, 0, 128), `block ${block}`);
        inStep(cores, (core) => core.boundary(layout.BOUNDARY_END), 'end');
        assert.ok(same(cores[0].snapshot(), cores[1].snapshot()), 'snapshots');
      },
    ),
  );
});

kernels.run();
