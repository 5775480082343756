/** Functions whose accesses may depend on what memory holds are told from those that cannot; only these go unchecked. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { AotError } from '../../firmware/aot/aot-error.ts';
import { cModule } from '../../firmware/aot/c-module.ts';
import { obliviousFunctions } from '../../firmware/aot/oblivious.ts';
import { wasm2c } from '../../firmware/aot/wasm2c.ts';
import { missingFor } from '../identity/native.ts';
import { needs, programOnPath } from '../support/needs.ts';
import { wasmOf } from './trap-module.ts';

const missing = programOnPath('wat2wasm') ? missingFor() : 'wat2wasm on PATH (Debian: wabt)';

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
  assert.throws(() => cModule(moduleOf(''), { proven: ['rfft'] }), /AOT_OBLIVIOUS: Z_coreZ_rfft: found 0 times/);
});

/** A module whose export `work`, which calls $part and reads $size, is sound by itself; with `others` beside it. */
const shared = (others: string): Uint8Array =>
  wasmOf(`(module (memory (export "memory") 1 1) (global $size (mut i32) (i32.const 64))
    (global $calls (mut i32) (i32.const 0))
    (func $part (param $at i32) (f32.store (local.get $at) (f32.const 2)))
    (func $work (export "work") (call $part (global.get $size))) ${others})`);
const NINE = '(param $a i32) (param i32 i32 i32 i32 i32 i32 i32 i32)';
const NINE_ZEROS = '(i32.const 0) '.repeat(9);

for (const [claim, others, reason] of [
  [
    'that another export calls too',
    '(func (export "other") (param $at i32) (call $part (local.get $at)))',
    'w2c_other: calls w2c_f0, which is proven for other calls only: ',
  ],
  [
    'that another export reaches through a function of many parameters',
    `(func $far ${NINE} (call $part (local.get $a))) (func (export "other") (call $far ${NINE_ZEROS}))`,
    'w2c_f2: calls w2c_f0, which is proven for other calls only: ',
  ],
  [
    'that another export reaches through a function of two results',
    '(func (export "other") (result i32 i32) (call $part (i32.const 0)) (i32.const 1) (i32.const 2))',
    'w2c_other: calls w2c_f0, which is proven for other calls only: ',
  ],
  [
    'that are exported themselves',
    '(export "part" (func $part))',
    'Z_coreZ_part: calls w2c_part, which is proven for other calls only: ',
  ],
  [
    'that are exported by another name',
    '(export "again" (func $work))',
    'Z_coreZ_again: calls w2c_work, which is proven for other calls only: ',
  ],
  [
    'whose global another export writes',
    '(func (export "plan") (param $n i32) (global.set $size (local.get $n)))',
    'w2c_plan: may change w2c_g0, on which proven functions depend: instance->w2c_g0 = ',
  ],
  [
    'whose global a function of many parameters writes',
    `(func $far ${NINE} (global.set $size (local.get $a))) (func (export "plan") (call $far ${NINE_ZEROS}))`,
    'w2c_f2: may change w2c_g0, on which proven functions depend: instance->w2c_g0 = ',
  ],
  [
    'whose global is exported',
    '(export "size" (global $size))',
    'Z_coreZ_size: may change w2c_size, on which proven functions depend: return &instance->w2c_size;',
  ],
] as const)
  needs(oblivious, missing, `functions are refused ${claim}`, () => {
    assert.throws(
      () => cModule(shared(others), { proven: ['work'] }),
      (error: unknown) => error instanceof AotError && error.message.startsWith(`AOT_OBLIVIOUS: ${reason}`),
    );
  });

needs(oblivious, missing, 'functions may share with other roots, and with what no export reaches', () => {
  const beside = `(func (export "other") (call $part (i32.const 0)))
    (func $gone (call $part (global.get $calls)) (global.set $size (i32.const 0)))
    (func (export "count") (result i32) (global.set $calls (i32.const 1)) (global.get $size))`;
  const { source } = wasm2c(shared(beside));
  assert.equal([...obliviousFunctions(source, ['work', 'other'])], ['w2c_work', 'w2c_f0', 'w2c_other']);
});

needs(oblivious, missing, 'functions are refused beside text that is not known to be one', () => {
  const { source } = wasm2c(shared(''));
  const text = `${source}\nvoid later(Z_core_instance_t* instance);\n`;
  assert.throws(
    () => obliviousFunctions(text, ['work']),
    /the generated C: a line outside the functions that are known/,
  );
});

oblivious.run();
