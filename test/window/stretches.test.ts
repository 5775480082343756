/** Whatever comes in goes on or is counted: the account of the window stage. */
import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { PointEvent, SourceEvent } from '../../host/types.ts';
import { Stretches } from '../../host/window/stretches.ts';
import { pointPlan } from '../core-wasm/point.ts';

const WINDOW = 64;
const plan = (axes = 1) => pointPlan({ windowLength: WINDOW, channels: [0, 1, 2].slice(0, axes) });

function run(events: SourceEvent[], axes = 1): { out: PointEvent[]; stretches: Stretches } {
  const stretches = new Stretches(plan(axes));
  const out = events.flatMap((event) => [...stretches.push(event)]);
  return { out: [...out, ...stretches.end()], stretches };
}
const samples = (firstSample: number, ...channels: number[][]): SourceEvent => ({
  kind: 'samples',
  firstSample,
  channels: channels.map((values) => Float32Array.from(values)),
});
const ramp = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

const stretches = suite('window.Stretches');

stretches('hands whole blocks on without a copy', () => {
  const event = samples(7, ramp(100));
  const { out } = run([event]);
  assert.is(out[0].kind === 'samples' && out[0].axes[0], event.kind === 'samples' && event.channels[0]);
});

stretches('makes a gap of one of a scan with a non-finite value on any axis', () => {
  const bad = ramp(200);
  bad[100] = Number.NaN;
  const { out, stretches } = run([samples(10, ramp(200), bad, ramp(200))], 3);
  assert.equal(
    out.map((event) => (event.kind === 'samples' ? [event.firstSample, event.axes[0].length] : event)),
    [
      [10, 100],
      { kind: 'boundary', reason: 'gap' },
      { kind: 'gap', cause: 'nonfinite', firstSample: 110, lostSamples: 1 },
      [111, 99],
      { kind: 'boundary', reason: 'end' },
    ],
  );
  assert.is(stretches.nonfinite, 1);
});

stretches('joins neighbouring bad scans to one gap, infinities too', () => {
  const values = ramp(200);
  values.splice(70, 3, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY);
  const gaps = run([samples(0, values)]).out.filter((event) => event.kind === 'gap');
  assert.equal(gaps, [{ kind: 'gap', cause: 'nonfinite', firstSample: 70, lostSamples: 3 }]);
});

stretches('counts a stretch shorter than a window as a gap of cause short', () => {
  const values = ramp(WINDOW * 2);
  values[10] = Number.NaN;
  const { stretches } = run([samples(0, values)]);
  assert.equal(stretches.lost, { nonfinite: 1, short: 10 });
});

stretches('account for every sample, wherever the bad ones stand and however the stream is cut', () => {
  const event = fc.oneof(
    {
      weight: 6,
      arbitrary: fc.array(fc.oneof({ weight: 30, arbitrary: fc.constant(1) }, fc.constant(Number.NaN)), {
        maxLength: 300,
      }),
    },
    fc.constant('snapshotEnd' as const),
    fc.integer({ min: 1, max: 50 }),
  );
  fc.assert(
    fc.property(fc.array(event, { maxLength: 30 }), (parts) => {
      let at = 0;
      const events = parts.map((part): SourceEvent => {
        if (part === 'snapshotEnd') return { kind: 'snapshotEnd' };
        const first = at;
        if (typeof part === 'number') {
          at += part;
          return { kind: 'gap', cause: 'wire', firstSample: first, lostSamples: part };
        }
        at += part.length;
        return samples(first, part);
      });
      const { out, stretches } = run(events);
      let passed = 0;
      let open = 0;
      for (const step of out) {
        if (step.kind === 'samples') open += step.axes[0].length;
        if (step.kind !== 'boundary') continue;
        if (open >= WINDOW) passed += open;
        open = 0;
      }
      const lost = Object.values(stretches.lost).reduce((a, b) => a + b, 0);
      assert.is(stretches.samplesIn, at);
      assert.is(passed + lost, at);
    }),
  );
});
stretches.run();
