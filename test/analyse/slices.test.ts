/** However finely samples come sliced, a point decides the same, from the same samples, at the same sample. */
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as layout from '../../core-wasm/memory.ts';
import { type CoreDecision, PointAnalysis } from '../../host/analyse/point.ts';
import type { PointPlan } from '../../host/types.ts';
import { pointPlan, uniformNoise } from '../core-wasm/point.ts';

interface Played {
  decisions: { at: number; start: number; length: number; words: Uint32Array }[];
  analysed: number;
  pending: number;
  state: Uint8Array;
}

/** Plays `signal` in slices ending at `cuts`; `at` is the sample after which a decision was there. */
function played(plan: PointPlan, signal: Float32Array, cuts: number[], gapAt: number): Played {
  const point = new PointAnalysis(plan, 'auto');
  const decisions: Played['decisions'] = [];
  const keep = (at: number, made: CoreDecision[]): void => {
    for (const { start, length, words } of made) decisions.push({ at, start, length, words });
  };
  let from = 0;
  for (const to of [...new Set([...cuts, gapAt, signal.length])].sort((a, b) => a - b)) {
    if (to > from) keep(to, point.push({ kind: 'samples', firstSample: from, axes: [signal.subarray(from, to)] }));
    if (to === gapAt) keep(to, point.push({ kind: 'boundary', reason: 'gap' }));
    from = to;
  }
  const { samplesAnalysed: analysed, samplesPending: pending } = point;
  return { decisions, analysed, pending, state: point.snapshot().state };
}

/** What differs is far too much to be shown, and a comparison that draws it takes minutes. */
function same(got: unknown, wanted: unknown, what: string): void {
  if (!isDeepStrictEqual(got, wanted)) assert.unreachable(`${what} differ`);
}

const slices = suite('analyse.slices');

slices('change no decision, no count and no state, whatever the window, with a gap anywhere', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 6, max: 12 }),
      fc.integer({ min: 0, max: 3 }),
      fc.array(fc.integer({ min: 1, max: 19_999 }), { maxLength: 60 }),
      fc.integer({ min: 1, max: 19_999 }),
      fc.integer(),
      (log2n, windowsPerDecision, cuts, gapAt, seed) => {
        const plan = pointPlan({ windowLength: 2 ** log2n, windowsPerDecision, shaftRpm: 1775, learnDecisions: 8 });
        const signal = uniformNoise(20_000, seed);
        const whole = played(plan, signal, [], gapAt);
        const sliced = played(plan, signal, cuts, gapAt);
        const bare = ({ decisions }: Played): object[] => decisions.map(({ at: _, ...rest }) => rest);
        same(bare(sliced), bare(whole), 'decisions');
        assert.equal([sliced.analysed, sliced.pending], [whole.analysed, whole.pending]);
        same(sliced.state, whole.state, 'state');
        // a decision comes with the slice that holds its last sample, not with a later one
        const ends = [...new Set([...cuts, gapAt, signal.length])].sort((a, b) => a - b);
        for (const { at, start, length } of sliced.decisions)
          assert.is(
            at,
            ends.find((end) => end >= start + length),
            `decision ${start} + ${length}`,
          );
      },
    ),
    { numRuns: 60 },
  );
});

slices('change nothing of where learning ends, of a change of speed, of three axes, or of a restart in between', () => {
  const plan = pointPlan({
    channels: [0, 1, 2],
    windowLength: 1024,
    windowsPerDecision: 2,
    shaftRpm: 1775,
    faultOrder: { bpfo: 3.5848, bpfi: 5.4152, bsf: 2.3567, ftf: 0.39831 },
    learnDecisions: 40, // more than the healthy part gives
    learnUntilSample: 12_345,
  });
  const signal = [1, 2, 3].map((seed) => uniformNoise(30_000, seed));
  /** Restarts before the slice that begins at `restartAt`; the speed changes at sample 20 000. */
  const run = (cuts: number[], restartAt: number): { decisions: CoreDecision[]; state: Uint8Array } => {
    let point = new PointAnalysis(plan);
    const decisions: CoreDecision[] = [];
    let from = 0;
    for (const to of [...new Set([...cuts, restartAt, 20_000, 30_000])].sort((a, b) => a - b)) {
      if (from === restartAt) {
        const snapshot = structuredClone(point.snapshot());
        point = new PointAnalysis(plan);
        point.restore(snapshot);
      }
      if (from === 20_000) decisions.push(...point.push({ kind: 'inputs', rpm: 1500, load: 0 }));
      const axes = signal.map((axis) => axis.subarray(from, to));
      decisions.push(...point.push({ kind: 'samples', firstSample: from, axes }));
      from = to;
    }
    return { decisions, state: point.snapshot().state };
  };
  const whole = run([], 20_000);
  const learning = whole.decisions.filter(({ words }) => words[layout.RES_STATE] === layout.STATE_LEARNING);
  assert.ok(learning.length >= 8 && learning.every(({ start, length }) => start + length <= 12_345));
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 29_999 }), { maxLength: 60 }),
      fc.integer({ min: 1, max: 29_999 }),
      (cuts, restartAt) => same(run(cuts, restartAt), whole, 'decisions and state'),
    ),
    { numRuns: 40 },
  );
});

slices('of a scalar point are judged scan by scan, at once', () => {
  const point = new PointAnalysis(pointPlan({ kind: 'scalar', windowLength: 0 }));
  for (let firstSample = 0; firstSample < 5; firstSample++) {
    const [decision, ...more] = point.push({ kind: 'samples', firstSample, axes: [Float32Array.of(20)] });
    assert.equal([decision.start, decision.length, more.length], [firstSample, 1, 0]);
  }
});

slices.run();
