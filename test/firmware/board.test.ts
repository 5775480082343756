/** What a board does at its edges: a stack that runs over leaves RAM and stops the board, and writes no variable. */
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { cModule } from '../../firmware/aot/c-module.ts';
import { compile } from '../../firmware/aot/compile.ts';
import { emulate } from '../../firmware/aot/emulate.ts';
import { missingFor } from '../identity/native.ts';
import { newFolder } from '../support/folder.ts';
import { needs, programOnPath } from '../support/needs.ts';
import { wasmOf } from './trap-module.ts';

const STACK_BYTES = 1024;
/** Calls of 64 bytes and a frame each: fewer than the stack holds, and as many as reach into what lies beyond it. */
const FEW = 6;
const MANY = 20;
const RUN_MS = 20_000;

const source = fileURLToPath(new URL('stack.c', import.meta.url));

function run(target: 'm4f' | 'm33', depth: number): void {
  const module = cModule(wasmOf('(module (memory (export "memory") 1 1))'));
  const options = { module, sources: [source], target, optimize: 'Os', stackBytes: STACK_BYTES } as const;
  emulate(target, compile({ ...options, flags: [`-DDEPTH=${depth}`] }, newFolder('stack')), RUN_MS);
}

const board = suite('firmware.board');

for (const target of ['m4f', 'm33'] as const)
  needs(
    board,
    programOnPath('wat2wasm') ? missingFor(target) : 'wat2wasm on PATH (Debian: wabt)',
    `stops when its stack runs over, with initialised variables in RAM, on ${target}`,
    () => {
      run(target, FEW);
      assert.throws(() => run(target, MANY), /AOT_RUN: [\s\S]*(board: fault|Lockup)/);
    },
  );

board.run();
