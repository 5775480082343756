/** Spans against a plain set, and the rate limit on a clock of its own. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Rate } from '../../host/forward/rate.ts';
import { Spans } from '../../host/forward/spans.ts';

const spans = suite('forward.spans');
const step = fc.record({ isAdd: fc.boolean(), first: fc.nat(40), length: fc.nat(8), at: fc.nat(50) });

spans('say what a set says, in as few ranges as there are stretches (property)', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const tested = new Spans();
      const model = new Set<number>();
      for (const { isAdd, first, length, at } of steps) {
        const before = model.size;
        for (let seq = first; seq < first + length; seq++) isAdd ? model.add(seq) : model.delete(seq);
        const changed = isAdd ? tested.add(first, first + length) : tested.remove(first, first + length);
        assert.is(changed, Math.abs(model.size - before));
        assert.is(tested.size, model.size);
        assert.is(tested.has(at), model.has(at));
        let gap = at;
        while (model.has(gap)) gap++;
        assert.is(tested.gapFrom(at), gap);
        const next = [...model].filter((seq) => seq >= at);
        assert.is(tested.nextFrom(at), next.length === 0 ? Number.POSITIVE_INFINITY : Math.min(...next));
      }
      const sorted = [...model].sort((a, b) => a - b);
      const stretches = sorted.filter((seq) => !model.has(seq - 1)).length;
      assert.is([...tested].length, stretches);
      assert.equal(
        [...tested].flatMap(({ first, end }) => Array.from({ length: end - first }, (_, i) => first + i)),
        sorted,
      );
    }),
    { numRuns: 300 },
  );
});

spans('rate lets through what it is set to over any time, a second of it at once, and makes up no pause', () => {
  const rate = new Rate(1000, 0);
  let sent = 0;
  for (let nowMs = 0; nowMs <= 10_000; nowMs++)
    while (rate.dueMs(nowMs) === 0) {
      rate.spend(64);
      sent += 64;
    }
  assert.ok(sent >= 11_000 && sent <= 11_000 + 64, `${sent} frames in 10 s`);
  for (sent = 0; rate.dueMs(60_000) === 0; sent += 64) rate.spend(64);
  assert.ok(sent <= 1000 + 64, `${sent} frames after a pause`);
  assert.ok(rate.dueMs(60_000) <= 64 + 1);
});

spans.run();
