/** Functions whose accesses may depend on what memory holds are told from those that cannot; only these go unchecked. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { AotError } from '../../firmware/aot/aot-error.ts';
import { cModule } from '../../firmware/aot/c-module.ts';
import { obliviousFunctions } from '../../firmware/aot/oblivious.ts';
import { wasm2c } from '../../firmware/aot/wasm2c.ts';
import { needs, programOnPath } from '../identity/needs.ts';
import { wasmOf } from './trap-module.ts';

const missing =
  programOnPath('wasm2c') && programOnPath('wat2wasm') ? null : 'wasm2c and wat2wasm on PATH (Debian: wabt)';

/** A module whose export `work` of (i32 $n, f32 $x) does `body`. */
const moduleOf = (body: string): Uint8Array =>
  wasmOf(`(module (memory (export "memory") 1 1) (global $calls (mut i32) (i32.const 0)) (global $size i32 (i32.const 64))
    (func $part (param $at i32) (f32.store (local.get $at) (f32.mul (f32.load (local.get $at)) (f32.const 2))))
    (func $index (result i32) (i32.load (i32.const 0)))
    (func (export "work") (param $n i32) (param $x f32) (local $i i32) (local $d f64) ${body}))`);

const oblivious = suite('firmware.oblivious');

needs(
  oblivious,
  missing,
  'functions compute addresses and branches from their integers, whatever they do to floats',
  () => {
    const source = wasm2c(
      moduleOf(`(loop $all
      (call $part (local.get $i))
      (f64.store offset=8 (local.get $n) (f64.add (f64.promote_f32 (f32.load (local.get $i))) (f64.const 1)))
      (i32.store (local.get $n) (local.get $i))
      (f32.store (local.get $n) (select (local.get $x) (f32.const 3) (i32.gt_u (local.get $n) (local.get $i))))
      (memory.fill (local.get $n) (i32.const 0) (i32.const 16))
      (br_if $all (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 4))) (global.get $size))))`),
    ).source;
    assert.equal([...obliviousFunctions(source, ['work'])], ['w2c_work', 'w2c_f0']);
  },
);

for (const [claim, body] of [
  ['loads an integer', '(f32.store (i32.load (local.get $n)) (local.get $x))'],
  ['loads a byte', '(if (i32.load8_u (local.get $n)) (then (call $part (local.get $n))))'],
  ['compares floats', '(if (f32.gt (f32.load (local.get $n)) (f32.const 0)) (then (call $part (local.get $n))))'],
  ['compares a parameter', '(local.set $i (f32.lt (local.get $x) (f32.const 0)))'],
  ['converts a float', '(call $part (i32.trunc_sat_f32_s (f32.load (local.get $n))))'],
  ['reinterprets a float', '(call $part (i32.reinterpret_f32 (local.get $x)))'],
  ['writes a global', '(global.set $calls (local.get $n))'],
  ['calls a function that loads an integer', '(call $part (call $index))'],
] as const)
  needs(oblivious, missing, `functions are none that ${claim.replace(/^(\w+)s /, '$1 ')}`, () => {
    const wasm = moduleOf(body);
    assert.throws(
      () => obliviousFunctions(wasm2c(wasm).source, ['work']),
      (error: unknown) =>
        error instanceof AotError && /^AOT_OBLIVIOUS: w2c_\w+: what it touches may depend/.test(error.message),
    );
    assert.throws(() => cModule(wasm, { proven: ['work'] }), /AOT_OBLIVIOUS/);
  });

needs(oblivious, missing, 'functions that are not there are named', () => {
  assert.throws(() => cModule(moduleOf(''), { proven: ['rfft'] }), /AOT_OBLIVIOUS: w2c_rfft: found 0 times/);
});

oblivious.run();
