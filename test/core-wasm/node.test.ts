/** What the core of a sensor node takes and refuses, and that its snapshot loses nothing. Its bits: test/identity. */
import { readdirSync, readFileSync } from 'node:fs';
import { instantiateSync } from '@assemblyscript/loader';
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as layout from '../../core-wasm/memory.ts';
import { Core } from '../../host/analyse/core.ts';
import { settingsOf } from '../../host/analyse/settings.ts';
import type { PointPlan } from '../../host/types.ts';
import { coreModule } from '../identity/builds.ts';
import { configuredCore, pointPlan, pushAll, records, uniformNoise } from './point.ts';

const BEARING_6205 = { bpfo: 3.5848, bpfi: 5.4152, bsf: 2.3567, ftf: 0.39831 };
const module = coreModule('node');

const nodePlan = (changes: Partial<PointPlan> = {}): PointPlan =>
  pointPlan({ channels: [0, 1, 2], windowLength: layout.NODE_MAX_WINDOW, shaftRpm: 1775, ...changes });

function nodeCore(changes: Partial<PointPlan> = {}): Core {
  const core = new Core('scalar', module);
  core.configure(settingsOf(nodePlan(changes)));
  return core;
}

interface NodeExports {
  memory: WebAssembly.Memory;
  capacity(): number;
  inputPtr(axis: number): number;
  push(count: number): number;
  boundary(kind: number): number;
  snapshotPtr(): number;
  restore(): number;
}

const node = suite('core.node');

node('refuses what does not fit with the status that names it, and takes the largest that does', () => {
  const refused = (code: string, changes: Partial<PointPlan>): void =>
    assert.throws(
      () => nodeCore(changes),
      (error: { code?: string }) => error.code === code,
      `${code} ${Object.keys(changes)}`,
    );
  refused('CORE_WINDOW', { windowLength: 2 * layout.NODE_MAX_WINDOW });
  refused('CORE_WINDOW', { windowLength: layout.MAX_WINDOW });
  refused('CORE_AXES', { channels: [0, 1, 2, 3] });
  refused('CORE_LEARN', { learnDecisions: layout.NODE_MAX_LEARN_DECISIONS + 1 });
  refused('CORE_SETTING', { faultOrder: BEARING_6205 });
  refused('CORE_SETTING', { faultOrder: BEARING_6205, shaftRpm: null });
  const core = nodeCore({ learnDecisions: layout.NODE_MAX_LEARN_DECISIONS });
  assert.is(core.capacity, layout.NODE_INPUT_CAPACITY);
  assert.throws(
    () => core.pushStaged(layout.NODE_INPUT_CAPACITY + 1),
    (error: { code?: string }) => error.code === 'CORE_COUNT',
  );
  assert.is(core.pushStaged(layout.NODE_INPUT_CAPACITY), 0);
  const scalar = nodeCore({
    kind: 'scalar',
    windowLength: 0,
    channels: Array.from({ length: layout.MAX_SCALARS }, (_, i) => i),
  });
  assert.is(scalar.capacity, layout.NODE_SCALAR_CAPACITY);
  assert.is(scalar.pushStaged(layout.NODE_SCALAR_CAPACITY), layout.NODE_SCALAR_CAPACITY);
  const transform = new Core('scalar', module);
  assert.throws(
    () => transform.planFft(2 * layout.NODE_FFT_MAX),
    (error: { code?: string }) => error.code === 'CORE_FFT_SIZE',
  );
  transform.planFft(layout.NODE_FFT_MAX);
});

node('keeps no envelope spectrum and no spectrum of a window that is over, and says so with 0', () => {
  const core = nodeCore();
  pushAll(
    core,
    [1, 2, 3].map((seed) => uniformNoise(40 * layout.NODE_MAX_WINDOW, seed)),
  );
  assert.is(core.envelopeSpectrum(0, 0), null);
  assert.is(core.spectrum(0, layout.NODE_MAX_WINDOW).byteOffset, 0);
  assert.is(core.spectrum(2, layout.NODE_MAX_WINDOW).byteOffset, 0);
});

node('snapshot and restore lose nothing: what follows is the same bits in another instance', () => {
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
        before: fc.integer({ min: 0, max: 20_000 }),
        cut: fc.constantFrom(0, layout.BOUNDARY_GAP, layout.BOUNDARY_END),
      }),
      ({ seed, axes, before, cut, ...rest }) => {
        const plan = { ...rest, channels: Array.from({ length: axes }, (_, i) => i) };
        const signal = (n: number, part: number): Float32Array[] =>
          plan.channels.map((axis) => uniformNoise(n, seed + 10 * part + axis));
        const first = nodeCore(plan);
        pushAll(first, signal(rest.kind === 'scalar' ? before % 100 : before, 1));
        if (cut) first.boundary(cut);
        const taken = first.snapshot();
        const second = new Core('scalar', module);
        second.restore(taken);
        assert.equal(second.snapshot(), taken, 'a restored snapshot is itself');
        const later = signal(rest.kind === 'scalar' ? 100 : 6000, 2);
        const [a, b] = [first, second].map((core) => [
          ...pushAll(core, later),
          ...records(core, core.boundary(layout.BOUNDARY_END)),
        ]);
        assert.equal(a, b);
      },
    ),
    { numRuns: 100 },
  );
});

node('with any byte of a snapshot changed refuses it or works, and never touches what belongs to the node', () => {
  const taken = nodeCore({ channels: [0, 1], windowLength: 256, windowsPerDecision: 3, learnDecisions: 8 });
  pushAll(taken, [uniformNoise(1900, 1), uniformNoise(1900, 2)]);
  const snapshot = taken.snapshot();
  const input = uniformNoise(layout.NODE_INPUT_CAPACITY, 3);
  let worked = 0;
  fc.assert(
    // the record of state and settings stands first: aim there, where a wrong number does most harm
    fc.property(fc.integer({ min: 0, max: 700 }), fc.integer({ min: 0, max: 255 }), (at, value) => {
      const core = instantiateSync(module, {}).exports as unknown as NodeExports;
      const bytes = new Uint8Array(core.memory.buffer);
      bytes.fill(0xa5, layout.NODE_CORE_BYTES);
      bytes.set(snapshot, core.snapshotPtr());
      bytes[core.snapshotPtr() + at] = value;
      if (core.restore() < 0) return;
      worked++;
      for (let i = 0; i < 40; i++) {
        for (const axis of [0, 1, 2])
          new Float32Array(core.memory.buffer, core.inputPtr(axis), input.length).set(input);
        const made = core.push(core.capacity());
        assert.ok(made >= 0 && made <= layout.NODE_MAX_RESULTS, `${made} decisions`);
      }
      core.boundary(layout.BOUNDARY_END);
      assert.is(
        bytes.findIndex((byte, i) => i >= layout.NODE_CORE_BYTES && byte !== 0xa5),
        -1,
        `byte ${at} = ${value}`,
      );
    }),
    { numRuns: 500 },
  );
  assert.ok(worked > 50, `${worked} snapshots worked`);
});

node('and the full core refuse the snapshots of each other', () => {
  const refuses = (core: Core, snapshot: Uint8Array): void =>
    assert.throws(
      () => core.restore(snapshot),
      (error: { code?: string }) => error.code === 'CORE_SNAPSHOT',
    );
  const full = configuredCore(nodePlan(), 'scalar');
  refuses(new Core('scalar'), nodeCore().snapshot());
  refuses(new Core('scalar', module), full.snapshot().subarray(0, nodeCore().snapshot().length));
});

/** Where the limit of the full builds does no harm: code that no build for a node holds, and "all rows there may be". */
const HARMLESS = ['core-wasm/demodulate.ts MAX_WINDOW', 'core-wasm/operation.ts MAX_LEARN_DECISIONS'];

node('takes every limit from sizes.ts, so that no file of it counts on the room of the full builds', () => {
  const folder = new URL('../../core-wasm/', import.meta.url);
  const limits = Object.keys(layout)
    .filter((name) => name.startsWith('NODE_'))
    .map((name) => name.slice('NODE_'.length))
    .filter((name) => name in layout);
  assert.ok(limits.length >= 5, limits.join());
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.ts'))) {
    const text = readFileSync(new URL(file, folder), 'utf8');
    const imported = [...text.matchAll(/import \{([^}]*)\} from '.\/memory'/g)].flatMap(([, names]) =>
      names.split(',').map((name) => name.trim()),
    );
    for (const name of limits.filter((limit) => imported.includes(limit)))
      assert.ok(HARMLESS.includes(`core-wasm/${file} ${name}`), `core-wasm/${file} imports ${name} from memory.ts`);
  }
});

node.run();
