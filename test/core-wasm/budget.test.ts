/** What the core may cost: bytes of each build, memory, imports; and what the core of a sensor node leaves to the node. */
import { instantiateSync } from '@assemblyscript/loader';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as layout from '../../core-wasm/memory.ts';
import { Core } from '../../host/analyse/core.ts';
import { settingsOf } from '../../host/analyse/settings.ts';
import { coreModule } from '../identity/builds.ts';
import { pointPlan, uniformNoise } from './point.ts';

const PAGE_BYTES = 64 * 1024;
/** Two pages hold the core of a sensor node and, of its memory, what the node's own module may take. */
const NODE_PAGES = 2;
const NODE_MODULE_BYTES = 24 * 1024;

/** What a browser fetches and a host verifies at each start: a little more than a page. */
const MODULE_BYTES = 72 * 1024;
/** Of a point that has learned: a ring of 10 minutes holds 60 of them. */
const SNAPSHOT_BYTES = 512 * 1024;

const budget = suite('core.budget');

for (const build of ['simd', 'scalar', 'node'] as const)
  budget(`${build} module is at most ${MODULE_BYTES / 1024} KiB and imports nothing`, () => {
    const bytes = coreModule(build);
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

interface NodeExports {
  memory: WebAssembly.Memory;
  settingsPtr(): number;
  configure(settings: number): number;
  capacity(): number;
  inputPtr(axis: number): number;
  push(count: number): number;
  boundary(kind: number): number;
  setInputs(rpm: number, load: number): number;
}

/** Bytes of memory up to the last that a run of the node's core changes, whatever stood there before. */
function nodeBytesUsed(run: (core: NodeExports) => void): number {
  const ends = [0xa5, 0x5a].map((paint) => {
    const core = instantiateSync(coreModule('node'), {}).exports as unknown as NodeExports;
    const bytes = new Uint8Array(core.memory.buffer);
    bytes.fill(paint, bytes.findLastIndex((byte) => byte !== 0) + 1);
    run(core);
    return bytes.findLastIndex((byte) => byte !== paint) + 1;
  });
  return Math.max(...ends);
}

/** Everything that takes memory: three axes, longest windows, rows of every operating state, orders, gear, a boundary. */
function fullLife(core: NodeExports): void {
  const settings = settingsOf(
    pointPlan({
      channels: [0, 1, 2],
      windowLength: layout.NODE_MAX_WINDOW,
      sampleRateHz: 6400,
      learnDecisions: layout.NODE_MAX_LEARN_DECISIONS,
      shaftRpm: 2610,
      rotor: { axialAxis: 'z', gearTeeth: 17, lineFrequencyHz: 50 },
    }),
  );
  new Uint8Array(core.memory.buffer).set(settings, core.settingsPtr());
  assert.is(core.configure(core.settingsPtr()), layout.OK);
  const capacity = core.capacity();
  assert.is(capacity, layout.NODE_INPUT_CAPACITY);
  const input = [0, 1, 2].map((axis) => new Float32Array(core.memory.buffer, core.inputPtr(axis), capacity));
  let decisions = 0;
  const push = (windows: number): void => {
    for (let samples = 0; samples < (windows * layout.NODE_MAX_WINDOW) / 2; samples += capacity) {
      for (const axis of input) axis.set(uniformNoise(capacity, samples + axis.byteOffset));
      decisions += core.push(capacity);
    }
  };
  push(layout.NODE_MAX_LEARN_DECISIONS + 20);
  for (let state = 1; state <= layout.MAX_REGIMES; state++) {
    core.setInputs(400 * state, 0);
    push(layout.NODE_MAX_LEARN_DECISIONS / 4);
  }
  decisions += core.boundary(layout.BOUNDARY_END);
  assert.ok(decisions > 2 * layout.NODE_MAX_LEARN_DECISIONS, `${decisions} decisions`);
}

budget(`core of a sensor node leaves ${NODE_MODULE_BYTES / 1024} KiB of its two pages to the node's own module`, () => {
  const used = nodeBytesUsed(fullLife);
  console.log(`core of a sensor node: ${used} bytes of memory, ${NODE_PAGES * PAGE_BYTES - used} are free`);
  assert.ok(used <= layout.NODE_CORE_BYTES, `${used} bytes, wanted at most ${layout.NODE_CORE_BYTES}`);
  assert.ok(layout.NODE_CORE_BYTES + NODE_MODULE_BYTES <= NODE_PAGES * PAGE_BYTES);
});

budget('memory of the core of a sensor node is two pages and cannot grow', () => {
  const { memory } = instantiateSync(coreModule('node'), {}).exports as unknown as {
    memory: { buffer: ArrayBuffer; grow(pages: number): number }; // the WebAssembly types of the host know no grow
  };
  assert.is(memory.buffer.byteLength, NODE_PAGES * PAGE_BYTES);
  assert.throws(() => memory.grow(1), /grow/);
});

budget('transform in the core of a sensor node stays within the same bytes at every size', () => {
  for (let n = layout.FFT_MIN; n <= layout.NODE_FFT_MAX; n *= 2) {
    const used = nodeBytesUsed((core) => {
      const { fftPlan, fftInput, rfft, irfft } = core as unknown as Record<string, (n: number) => number>;
      assert.is(fftPlan(n), layout.OK);
      new Float32Array(core.memory.buffer, fftInput(n), n).set(uniformNoise(n, n));
      assert.is(rfft(n), layout.OK);
      assert.is(irfft(n), layout.OK);
    });
    assert.ok(used <= layout.NODE_CORE_BYTES, `${n}: ${used} bytes`);
  }
});

budget.run();
