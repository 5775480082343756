/** A module goes on from what its start-up work left: memory, globals of every type, and nothing else changed. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { prepare } from '../../firmware/aot/prepare.ts';
import { readModule } from '../../firmware/aot/wasm-module.ts';
import { needs, programOnPath } from '../support/needs.ts';
import { wasmOf } from './trap-module.ts';

const missing = programOnPath('wat2wasm') ? null : 'wat2wasm on PATH (Debian: wabt)';

const MODULE = `(module (memory (export "memory") 1 1) (data (i32.const 3) "before")
  (global $i (mut i32) (i32.const 1)) (global $j (mut i64) (i64.const -1)) (global $k i32 (i32.const 7))
  (global $f (mut f32) (f32.const 0.5)) (global $d (mut f64) (f64.const 0.1))
  (func (export "set") (param i32) (global.set $i (local.get 0))
    (global.set $j (i64.mul (i64.extend_i32_s (local.get 0)) (i64.const 0x0123456789)))
    (global.set $f (f32.convert_i32_s (local.get 0))) (global.set $d (f64.div (f64.const 1) (f64.convert_i32_s (local.get 0)))))
  (func (export "poke") (param i32 i32) (i32.store8 (local.get 0) (local.get 1)))
  (func (export "i") (result i32) (global.get $i)) (func (export "j") (result i64) (global.get $j))
  (func (export "k") (result i32) (global.get $k)) (func (export "f") (result f32) (global.get $f))
  (func (export "d") (result f64) (global.get $d)))`;

interface Instance {
  memory: WebAssembly.Memory;
  set(value: number): void;
  poke(at: number, byte: number): void;
  i(): number;
  j(): bigint;
  k(): number;
  f(): number;
  d(): number;
}

function instance(wasm: Uint8Array): Instance {
  const { Instance } = WebAssembly as unknown as { Instance: new (m: WebAssembly.Module) => { exports: unknown } };
  return new Instance(new WebAssembly.Module(new Uint8Array(wasm))).exports as Instance;
}
const stateOf = (one: Instance): unknown[] => [
  one.i(),
  one.j(),
  one.k(),
  one.f(),
  one.d(),
  new Uint8Array(one.memory.buffer.slice(0)),
];

const prepared = suite('firmware.prepare');

needs(prepared, missing, 'keeps the memory and the globals of any work', () => {
  const wasm = wasmOf(MODULE);
  const pokes = fc.array(
    fc.tuple(fc.oneof(fc.nat(200), fc.integer({ min: 65_400, max: 65_535 }), fc.nat(65_535)), fc.nat(255)),
  );
  fc.assert(
    fc.property(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), pokes, (value, bytes) => {
      const work = (one: Instance): void => {
        one.set(value);
        for (const [at, byte] of bytes) one.poke(at, byte);
      };
      const worked = instance(wasm);
      work(worked);
      const made = prepare(wasm, (exports) => work(exports as unknown as Instance));
      assert.equal(stateOf(instance(made)), stateOf(worked));
    }),
  );
});

needs(prepared, missing, 'leaves the exports, and the memory, as they were', () => {
  const wasm = wasmOf(MODULE);
  const made = prepare(wasm, () => {});
  assert.equal({ ...readModule(made), dataEnd: 0 }, { ...readModule(wasm), dataEnd: 0 });
  assert.equal(Object.keys(instance(made)), Object.keys(instance(wasm)));
  assert.equal(stateOf(instance(made)), stateOf(instance(wasm)));
});

needs(prepared, missing, 'has no export that is done, and needs it to have been there', () => {
  const wasm = wasmOf(MODULE);
  const made = prepare(wasm, () => {}, ['set', 'memory']);
  assert.equal(Object.keys(instance(made)), ['poke', 'i', 'j', 'k', 'f', 'd']);
  assert.is(instance(made).k(), 7);
  assert.throws(() => prepare(wasm, () => {}, ['plan']), /^AOT_MODULE: export plan: found 0 times, wanted once/);
});

prepared.run();
