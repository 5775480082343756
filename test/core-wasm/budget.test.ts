/** What the core may cost before it does anything: bytes, memory, imports, and the time of a start is the engine's. */
import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as layout from '../../core-wasm/memory.ts';
import { Core } from '../../host/analyse/core.ts';
import { settingsOf } from '../../host/analyse/settings.ts';
import { pointPlan } from './point.ts';

/** One page of WebAssembly memory. */
const MODULE_BYTES = 64 * 1024;
/** Of a point that has learned: a ring of 10 minutes holds 60 of them. */
const SNAPSHOT_BYTES = 512 * 1024;

const budget = suite('core.budget');

for (const kernel of ['simd', 'scalar'] as const)
  budget(`${kernel} module is at most ${MODULE_BYTES / 1024} KiB and imports nothing`, () => {
    const bytes = readFileSync(new URL(`../../core-wasm/build/spindle-core.${kernel}.wasm`, import.meta.url));
    assert.ok(bytes.length <= MODULE_BYTES, `${bytes.length} bytes`);
    // section 2 of a module is its imports: a module without the section has none
    let at = 8;
    while (at < bytes.length) {
      const section = bytes[at++];
      let size = 0;
      for (let shift = 0; ; shift += 7) {
        const byte = bytes[at++];
        size |= (byte & 0x7f) << shift;
        if (byte < 0x80) break;
      }
      assert.is.not(section, 2, 'an import section');
      at += size;
    }
  });

budget(`a snapshot after learning is at most ${SNAPSHOT_BYTES / 1024} KiB, and smaller than one while learning`, () => {
  const core = new Core();
  const plan = pointPlan({ kind: 'scalar', windowLength: 0, learnDecisions: layout.MAX_LEARN_DECISIONS });
  core.configure(settingsOf(plan));
  const scans = Float32Array.from({ length: layout.SCALAR_CAPACITY }, (_, i) => i % 7);
  for (let learned = 0; learned < layout.MAX_LEARN_DECISIONS - 1; learned += scans.length)
    core.push([scans], 0, Math.min(scans.length, layout.MAX_LEARN_DECISIONS - 1 - learned));
  const learning = core.snapshot().length;
  core.push([scans], 0, 1);
  const learned = core.snapshot().length;
  assert.ok(learned <= SNAPSHOT_BYTES, `${learned} bytes`);
  assert.ok(learned < learning, `${learned} bytes after, ${learning} before`);
});
budget.run();
