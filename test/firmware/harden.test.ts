/** The hardening changes what it knows and refuses what it does not: other text, other modules, another wasm2c. */
import { chmodSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { AotError } from '../../firmware/aot/aot-error.ts';
import { cModule } from '../../firmware/aot/c-module.ts';
import { type FixedMemory, harden } from '../../firmware/aot/harden.ts';
import { BODY_BEGINS, PIECES } from '../../firmware/aot/preamble.ts';
import { wasm2c } from '../../firmware/aot/wasm2c.ts';
import { coreModule } from '../identity/builds.ts';
import { missingFor } from '../identity/native.ts';
import { newFolder } from '../support/folder.ts';
import { needs, programOnPath } from '../support/needs.ts';
import { wasmOf } from './trap-module.ts';

const missing = programOnPath('wat2wasm') ? missingFor() : 'wat2wasm on PATH (Debian: wabt)';
const PAGE: FixedMemory = { pages: 1, bytes: 65_536 };

/** Loads, stores, fills and copies. */
const ACCESSING = `(module (memory (export "memory") 1 1) (data (i32.const 16) "spindle")
  (func (export "sum") (param $at i32) (param $n i32) (result f32)
    (memory.copy (local.get $at) (i32.const 16) (local.get $n))
    (memory.fill (local.get $at) (i32.const 0) (local.get $n))
    (i32.store offset=4 (local.get $at) (local.get $n))
    (f32.store (local.get $at) (f32.load (i32.const 16)))
    (f32.add (f32.load offset=8 (local.get $at)) (f32.load (local.get $n)))))`;

let source = '';
const generated = (): string => (source ||= wasm2c(wasmOf(ACCESSING)).source);

function refusal(work: () => unknown): AotError {
  try {
    work();
  } catch (error) {
    assert.instance(error, AotError);
    return error as AotError;
  }
  return assert.unreachable('it was not refused') as never;
}

const hardening = suite('firmware.harden');

needs(
  hardening,
  missing,
  'leaves no access by memcpy, no float that takes an integer register, no check at run-time sizes',
  () => {
    for (const text of [harden(generated(), PAGE), cModule(coreModule('scalar')).source]) {
      for (const gone of [
        /wasm_rt_memcpy/,
        /__asm__|wasm_asm/,
        /mem->size >|> mem->size/,
        /RANGE_CHECK/,
        /(load|store|fill|copy)\w*\(&/,
      ])
        assert.not.match(text, gone);
      assert.match(text, /^#define WASM_MEMORY_PAGES \d+u\n#define WASM_MEMORY_BYTES \d+u\n/);
    }
    assert.match(harden(generated(), PAGE), /i32_store\(w2c_i0, 4u, w2c_i1\);/);
  },
);

needs(hardening, missing, 'refuses a preamble of which any line is missing', () => {
  const lines = generated().split('\n');
  const preamble = lines.indexOf(BODY_BEGINS);
  fc.assert(
    fc.property(fc.nat(preamble - 1), (line) => {
      const cut = [...lines.slice(0, line), ...lines.slice(line + 1)].join('\n');
      assert.is(refusal(() => harden(cut, PAGE)).code, 'AOT_TEXT');
    }),
    { numRuns: 300 },
  );
});

needs(hardening, missing, 'refuses a preamble of which any character is another', () => {
  const text = generated();
  fc.assert(
    fc.property(fc.nat(text.indexOf(BODY_BEGINS) - 1), fc.constantFrom('0', '+', 'x', ' ', '\n'), (at, character) => {
      fc.pre(text[at] !== character);
      const changed = text.slice(0, at) + character + text.slice(at + 1);
      assert.is(refusal(() => harden(changed, PAGE)).code, 'AOT_TEXT');
    }),
    { numRuns: 300 },
  );
});

needs(
  hardening,
  missing,
  'refuses every piece that it would replace when a line in it is altered, missing or double',
  () => {
    for (const { what, from } of PIECES) {
      const [first, last] = typeof from === 'string' ? [from, from] : [from.first, from.last];
      const begin = generated().indexOf(first);
      const end = generated().indexOf(last) + last.length;
      const lines = generated().slice(begin, end).split('\n');
      const around = (piece: string[]): string =>
        generated().slice(0, begin) + piece.join('\n') + generated().slice(end);
      fc.assert(
        fc.property(fc.nat(lines.length - 1), fc.constantFrom('delete', 'double', 'alter'), (at, how) => {
          fc.pre(lines[at] !== '');
          const line = { delete: [], double: [lines[at], lines[at]], alter: [lines[at].replace(/\S/, '_')] }[how];
          const changed = around([...lines.slice(0, at), ...line, ...lines.slice(at + 1)]);
          assert.is(refusal(() => harden(changed, PAGE)).code, 'AOT_TEXT', what);
        }),
      );
    }
  },
);

needs(hardening, missing, 'names the piece, how often it was found and what was wanted', () => {
  const changed = generated().replace(
    'static inline void memory_fill(wasm_rt_memory_t* mem',
    'static void memory_fill(void* mem',
  );
  assert.match(
    refusal(() => harden(changed, PAGE)).message,
    /^AOT_TEXT: memory\.fill: found 0 times, wanted once:\nstatic inline void memory_fill\(/,
  );
  const other = generated().replace('/* Automatically generated by wasm2c */', '/* Generated by wasm2c 1.0.33 */');
  assert.match(
    refusal(() => harden(other, PAGE)).message,
    /sha256 got [0-9a-f]{64}, wanted [0-9a-f]{64} \(wasm2c 1\.0\.32/,
  );
});

needs(hardening, missing, 'refuses a body that uses its memory in a way that is not known', () => {
  const load = 'f32_load(&instance->w2c_memory, (u64)(w2c_i1))';
  assert.ok(generated().includes(load));
  for (const [use, reason] of [
    ['f32_load(&instance->w2c_memory, (u64)(w2c_i1 * 2u))', 'a use of the memory that is not known'],
    ['f32_load(&instance->w2c_memory2, (u64)(w2c_i1))', 'a use of the memory that is not known'],
    ['*(f32*)(instance->w2c_memory.data + w2c_i1)', 'a use of the memory that is not known'],
    ['f32_load_unchecked(w2c_i1)', 'a call that is not known'],
    ['wasm_rt_grow_memory(w2c_i1)', 'a call that is not known'],
    ['f32_load(w2c_i1, 0u);\n#define f32_load(base, offset) 0', 'a directive, where none was ever seen'],
    ['CALL_INDIRECT(w2c_i1)', 'a call that is not known'],
    ['Z_envZ_now(w2c_i1)', 'a call that is not known'],
  ]) {
    const { message } = refusal(() => harden(generated().replace(load, use), PAGE));
    assert.ok(message.startsWith('AOT_TEXT: body of the generated C, near line '), message);
    assert.ok(message.includes(reason) && message.includes(use.split('(')[0]), message);
  }
});

const modules = suite('firmware.cModule');

needs(modules, missing, 'refuses modules that need what a board has not, and says what was found', () => {
  for (const [wat, reason] of [
    [
      '(module (import "env" "abort" (func)) (memory 1 1))',
      'imports of the module: got 1, among them env.abort, wanted none',
    ],
    [
      '(module (import "env" "memory" (memory 1 1)))',
      'imports of the module: got 1, among them env.memory, wanted none',
    ],
    ['(module (memory 1 2))', 'memory of the module: got 1 to 2 pages, wanted initial = maximum'],
    ['(module (memory 1))', 'memory of the module: got 1 pages without a maximum, wanted initial = maximum'],
    ['(module)', 'memory of the module: got none, wanted one of at least a page'],
    ['(module (memory 1 1) (table 1 funcref))', 'tables of the module: got one'],
    ['(module (memory 1 1) (func $f) (start $f))', 'the start function of the module: got one, wanted none'],
    ['(module (memory 1 1) (data "passive"))', 'data of the module: got a segment of kind 1'],
  ])
    assert.is(refusal(() => cModule(wasmOf(wat))).message.slice(0, 12 + reason.length), `AOT_MODULE: ${reason}`);
  assert.match(
    refusal(() => cModule(new Uint8Array([0, 0x61, 0x73, 0x6d, 2, 0, 0, 0]))).message,
    /wanted WebAssembly version 1$/,
  );
});

needs(
  modules,
  missing,
  'lets functions of the one module that it is told be imported, and calls nothing else by pointer',
  () => {
    const wasm = wasmOf('(module (import "board" "f" (func $f)) (memory 1 1) (func (export "g") (call $f)))');
    const { source } = cModule(wasm, { imports: 'board' });
    assert.match(source, /\(\*Z_boardZ_f\)\(instance->Z_board_instance\);/);
    assert.is(
      refusal(() => cModule(wasm, { imports: 'env' })).message,
      'AOT_MODULE: imports of the module: got 1, among them board.f, wanted those of env',
    );
    const memory = wasmOf('(module (import "board" "memory" (memory 1 1)))');
    assert.is(
      refusal(() => cModule(memory, { imports: 'board' })).message,
      'AOT_MODULE: imports of the module: got 1, among them board.memory of kind 2, wanted functions',
    );
    const generated = wasm2c(wasm).source;
    assert.is(refusal(() => harden(generated, { pages: 1, bytes: 65_536 })).code, 'AOT_TEXT');
  },
);

needs(modules, missing, 'refuses a memory that cannot hold the data, is more than declared or of odd size', () => {
  const wasm = wasmOf(ACCESSING); // its data ends at 23
  for (const memoryBytes of [16, 1000, 131_072])
    assert.match(
      refusal(() => cModule(wasm, { memoryBytes })).message,
      new RegExp(`^AOT_MEMORY: memoryBytes: got ${memoryBytes}, wanted a multiple of 16 from 23 .* to 65536`),
    );
  assert.match(
    cModule(wasm, { memoryBytes: 32 }).source,
    /^#define WASM_MEMORY_PAGES 1u\n#define WASM_MEMORY_BYTES 32u\n/,
  );
});

needs(modules, missing, 'refuses the SIMD module, which this wasm2c does not read', () => {
  assert.is(refusal(() => cModule(coreModule('simd'))).code, 'AOT_WASM2C');
});

needs(modules, missing, 'refuses another version of wasm2c', () => {
  const folder = newFolder('other-wasm2c');
  writeFileSync(join(folder, 'wasm2c'), '#!/bin/sh\necho 1.0.33\n');
  chmodSync(join(folder, 'wasm2c'), 0o755);
  const path = process.env.PATH;
  process.env.PATH = `${folder}${delimiter}${path}`;
  try {
    const { message } = refusal(() => cModule(wasmOf(ACCESSING)));
    assert.is(message, 'AOT_WASM2C: wasm2c --version: got 1.0.33, wanted 1.0.32 (Debian 12: wabt)');
  } finally {
    process.env.PATH = path;
  }
});

needs(modules, missing, 'names every exported function, and no other', () => {
  const { exportsHeader } = cModule(wasmOf(ACCESSING));
  assert.match(
    exportsHeader,
    /#define CORE_HAS_sum 1\n#define core_sum\(p0, p1\) Z_coreZ_sum\(&core_instance, \(p0\), \(p1\)\)\n/,
  );
  assert.is(exportsHeader.match(/CORE_HAS_/g)?.length, 1);
});

hardening.run();
modules.run();
