/** A module that does one operation a call, whichever is asked for: every load, store, bulk and trapping instruction. */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { newFolder } from '../support/folder.ts';

export interface Operation {
  name: string;
  /** Bytes of memory touched, when it is a load or store. */
  access: { bytes: number; offset: number } | null;
  /** Text of an expression of type i64 on the i32 locals $a, $b, $c. */
  wat: string;
}

const OFFSETS = [0, 8, 65_528, 0x7fff_fff8, 0xffff_fff8];
const WIDE = '(i64.or (i64.shl (i64.extend_i32_u (local.get $a)) (i64.const 32)) (i64.extend_i32_u (local.get $b)))';
const F32 = '(f32.reinterpret_i32 (local.get $a))';
const F64 = `(f64.reinterpret_i64 ${WIDE})`;

/** How an i64 comes of each type, and each type of an i64. */
const TO_I64 = {
  i32: (x: string) => `(i64.extend_i32_u ${x})`,
  i64: (x: string) => x,
  f32: (x: string) => `(i64.extend_i32_u (i32.reinterpret_f32 ${x}))`,
  f64: (x: string) => `(i64.reinterpret_f64 ${x})`,
};
const VALUE = {
  i32: '(local.get $b)',
  i64: '(i64.mul (i64.extend_i32_u (local.get $b)) (i64.const 0x0101010201010103))',
  f32: '(f32.reinterpret_i32 (local.get $b))',
  f64: '(f64.convert_i32_s (local.get $b))',
};

type NumberType = keyof typeof TO_I64;

function accesses(): Operation[] {
  const loads = [
    ...['i32.load 4', 'i64.load 8', 'f32.load 4', 'f64.load 8', 'i32.load8_s 1', 'i32.load8_u 1', 'i32.load16_s 2'],
    ...['i32.load16_u 2', 'i64.load8_s 1', 'i64.load8_u 1', 'i64.load16_s 2', 'i64.load16_u 2', 'i64.load32_s 4'],
    ...['i64.load32_u 4'],
  ];
  const stores = [
    ...['i32.store 4', 'i64.store 8', 'f32.store 4', 'f64.store 8', 'i32.store8 1', 'i32.store16 2', 'i64.store8 1'],
    ...['i64.store16 2', 'i64.store32 4'],
  ];
  return [...loads, ...stores].flatMap((text) => {
    const [name, bytes] = text.split(' ');
    const type = name.slice(0, 3) as NumberType;
    return OFFSETS.map((offset) => ({
      name: `${name} offset=${offset}`,
      access: { bytes: Number(bytes), offset },
      wat: name.includes('load')
        ? TO_I64[type](`(${name} offset=${offset} (local.get $a))`)
        : `(block (result i64) (${name} offset=${offset} (local.get $a) ${VALUE[type]}) (i64.const 0))`,
    }));
  });
}

function plain(name: string, wat: string): Operation {
  return { name, access: null, wat };
}

const quiet = (statement: string): string => `(block (result i64) ${statement} (i64.const 0))`;

export const OPERATIONS: readonly Operation[] = [
  ...accesses(),
  plain('memory.copy', quiet('(memory.copy (local.get $a) (local.get $b) (local.get $c))')),
  plain('memory.fill', quiet('(memory.fill (local.get $a) (local.get $b) (local.get $c))')),
  plain('memory.size', '(i64.extend_i32_u (memory.size))'),
  ...['div_s', 'div_u', 'rem_s', 'rem_u'].flatMap((name) => [
    plain(`i32.${name}`, `(i64.extend_i32_u (i32.${name} (local.get $a) (local.get $b)))`),
    plain(`i64.${name}`, `(i64.${name} ${WIDE} (i64.extend_i32_s (local.get $c)))`),
  ]),
  ...['trunc', 'trunc_sat'].flatMap((trunc) =>
    ['s', 'u'].flatMap((sign) => [
      plain(`i32.${trunc}_f32_${sign}`, `(i64.extend_i32_u (i32.${trunc}_f32_${sign} ${F32}))`),
      plain(`i32.${trunc}_f64_${sign}`, `(i64.extend_i32_u (i32.${trunc}_f64_${sign} ${F64}))`),
      plain(`i64.${trunc}_f32_${sign}`, `(i64.${trunc}_f32_${sign} ${F32})`),
      plain(`i64.${trunc}_f64_${sign}`, `(i64.${trunc}_f64_${sign} ${F64})`),
    ]),
  ),
  plain('unreachable', '(unreachable)'),
  plain('endless recursion', '(call $endless)'),
];

/** `prepare` writes a pattern all over the memory; `run` does operation $op. One page. */
export function trapModule(): Uint8Array {
  const cases = OPERATIONS.map(({ wat }, i) => `(if (i32.eq (local.get $op) (i32.const ${i})) (then (return ${wat})))`);
  return wasmOf(`(module
  (memory (export "memory") 1 1)
  (func $endless (result i64) (i64.add (call $endless) (i64.const 1)))
  (func (export "prepare") (local $i i32)
    (loop $bytes
      (i32.store8 (local.get $i) (i32.add (i32.mul (local.get $i) (i32.const 167)) (i32.const 13)))
      (br_if $bytes (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 251))))
    (loop $copies
      (memory.copy (local.get $i) (i32.const 0)
        (select (local.get $i) (i32.sub (i32.const 65536) (local.get $i)) (i32.lt_u (local.get $i) (i32.const 32768))))
      (br_if $copies (i32.lt_u (local.tee $i (i32.shl (local.get $i) (i32.const 1))) (i32.const 65536)))))
  (func (export "run") (param $op i32) (param $a i32) (param $b i32) (param $c i32) (result i64)
    ${cases.join('\n    ')}
    (i64.const -1)))`);
}

/** Assembles WebAssembly text with wabt's wat2wasm. */
export function wasmOf(wat: string): Uint8Array {
  const [text, binary] = ['module.wat', 'module.wasm'].map((file) => join(newFolder('wat'), file));
  writeFileSync(text, wat);
  const { error, status, stderr } = spawnSync('wat2wasm', [text, '-o', binary], { encoding: 'utf8' });
  if (error || status !== 0) throw new Error(`wat2wasm: ${error?.message ?? stderr}`);
  return readFileSync(binary);
}
