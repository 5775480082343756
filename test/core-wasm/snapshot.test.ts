/** A snapshot loses nothing: what follows is the same bits, whoever goes on from it. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as layout from '../../core-wasm/memory.ts';
import { Random } from '../../host/acquire/random.ts';
import { Core } from '../../host/analyse/core.ts';
import { configuredCore, pointPlan, pushAll, records, uniformNoise } from './point.ts';

const BEARING_6205 = { bpfo: 3.5848, bpfi: 5.4152, bsf: 2.3567, ftf: 0.39831 };

const snapshot = suite('core.snapshot');

snapshot('and restore lose nothing: what follows is the same bits, in another instance and kernel', () => {
  fc.assert(
    fc.property(
      fc.record({
        seed: fc.integer(),
        kind: fc.constantFrom('vibration' as const, 'vibration' as const, 'scalar' as const),
        axes: fc.integer({ min: 1, max: 3 }),
        windowLength: fc.constantFrom(64, 256, 1024),
        windowsPerDecision: fc.integer({ min: 1, max: 4 }),
        learnDecisions: fc.constantFrom(0, 8, 20),
        shaftRpm: fc.constantFrom(null, 1775),
        bearing: fc.boolean(),
        before: fc.integer({ min: 0, max: 30_000 }),
        cut: fc.constantFrom(0, layout.BOUNDARY_GAP, layout.BOUNDARY_END),
      }),
      ({ seed, axes, bearing, before, cut, ...rest }) => {
        const plan = pointPlan({
          ...rest,
          channels: Array.from({ length: axes }, (_, i) => i),
          faultOrder: bearing ? BEARING_6205 : null,
        });
        const random = Random.stream(seed, 'spikes');
        const signal = (n: number, part: number): Float32Array[] =>
          plan.channels.map((axis) =>
            uniformNoise(n, seed + 10 * part + axis).map((value) => (random.uniform() < 0.002 ? 20 * value : value)),
          );
        const first = configuredCore(plan, 'simd');
        pushAll(first, signal(before, 1));
        if (cut) first.boundary(cut);
        const taken = first.snapshot();
        const second = new Core('scalar');
        second.restore(taken);
        assert.equal(second.snapshot(), taken, 'a restored snapshot is itself');
        const later = signal(9000, 2);
        const [a, b] = [first, second].map((core) => [
          ...pushAll(core, later, 100),
          ...records(core, core.boundary(layout.BOUNDARY_END)),
        ]);
        assert.is(a.length, b.length);
        a.forEach(({ words }, i) => {
          const word = words.findIndex((value, w) => value !== b[i].words[w]);
          assert.is(word, -1, `decision ${i} differs in word ${word}`);
        });
      },
    ),
    { numRuns: 300 },
  );
});

snapshot.run();
