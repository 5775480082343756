/** Which build of the core runs: on an engine that knows no SIMD, as this one pretends to be, the scalar one. */
import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { bestKernel, Core } from '../../host/analyse/core.ts';
import { moduleOf } from '../../host/analyse/kernel.ts';
import { Pipeline } from '../../host/pipeline.ts';
import { readModule } from './wasm-code.ts';

interface Replaceable {
  validate(bytes: Uint8Array): boolean;
  Module: new (bytes: Uint8Array) => WebAssembly.Module;
}

/** Whether any instruction is a vector one. */
const isVector = (bytes: Uint8Array): boolean =>
  [...readModule(bytes).instructions.keys()].some((name) => name.startsWith('fd '));

/** Runs `work` on an engine that validates no SIMD and compiles none, as V8 before 9.1 and Safari before 16.4. */
function withoutSimd(work: () => void): void {
  const engine = WebAssembly as unknown as Replaceable;
  const { validate, Module } = engine;
  engine.validate = (bytes) => !isVector(bytes) && validate(bytes);
  engine.Module = class {
    /** What the built-in class has compiled is still a module to whoever asks. */
    static [Symbol.hasInstance](value: unknown): boolean {
      return value instanceof Module;
    }

    constructor(bytes: Uint8Array) {
      if (isVector(bytes)) throw new Error('CompileError: Wasm SIMD unsupported');
      // biome-ignore lint/correctness/noConstructorReturn: stands for a built-in class
      return new Module(bytes);
    }
  } as Replaceable['Module'];
  try {
    work();
  } finally {
    Object.assign(engine, { validate, Module });
  }
}

const kernel = suite('analyse.kernel');

kernel('is scalar on an engine without SIMD, and whoever asks is told so', () => {
  withoutSimd(() => {
    assert.throws(() => moduleOf('simd'), /SIMD unsupported/);
    assert.is(bestKernel(), 'scalar');
    const core = new Core();
    assert.is(core.kernel, 'scalar');
    core.planFft(64).input.fill(1);
    core.fft(64);
    const info = {
      name: 'test',
      channels: [{ name: 'x', unit: 'g' as const }],
      sampleRateHz: 6400,
      shaftRpm: null,
      bearings: {},
      snapshot: null,
      sampleCount: null,
      startUtcUs: null,
      notes: [],
    };
    const pipeline = new Pipeline(info, { learnSamples: null });
    assert.is(pipeline.kernel, 'scalar');
  });
});

kernel('is compiled once: all instances share a module', () => {
  assert.is(moduleOf('scalar'), moduleOf('scalar'));
});

kernel('simd has vector instructions and scalar has none', () => {
  const build = (name: string): Uint8Array =>
    readFileSync(new URL(`../../core-wasm/build/spindle-core.${name}.wasm`, import.meta.url));
  assert.equal(
    ['simd', 'scalar'].map((name) => isVector(build(name))),
    [true, false],
  );
});

kernel.run();
