/** What came of a case: the trap or the result, and the memory afterwards. In Node, and from C's words for it. */

import type { Case } from './trap-cases.ts';
import { OPERATIONS } from './trap-module.ts';

export interface Outcome {
  /** `none` when it gave a result. */
  trap: string;
  result: bigint;
  /** FNV-1a of the whole memory, a word at a time. */
  memory: number;
}

/** In the order of wasm_rt_trap_t. */
const TRAPS = [
  ...['none', 'out of bounds', 'integer overflow', 'divide by zero', 'invalid conversion', 'unreachable'],
  'call stack exhausted',
];

/** V8's words (src/common/message-template.h). It has one for both ways in which a float is no integer. */
function trapOfV8(message: string, operand: number): string {
  const found = (
    [
      [/memory access out of bounds/, 'out of bounds'],
      [/divide result unrepresentable/, 'integer overflow'],
      [/(divide|remainder) by zero/, 'divide by zero'],
      [/float unrepresentable in integer range/, Number.isNaN(operand) ? 'invalid conversion' : 'integer overflow'],
      [/unreachable/, 'unreachable'],
      [/Maximum call stack size exceeded/, 'call stack exhausted'],
    ] as const
  ).find(([text]) => text.test(message));
  if (!found) throw new Error(`V8 trapped in words that are not known: ${message}`);
  return found[1];
}

/** The float that a conversion is given. */
function operandOf({ operation, a, b }: Case): number {
  const bits = new DataView(new ArrayBuffer(8));
  bits.setUint32(0, a);
  bits.setUint32(4, b);
  return OPERATIONS[operation].name.includes('f32') ? bits.getFloat32(0) : bits.getFloat64(0);
}

interface TrapExports {
  memory: WebAssembly.Memory;
  prepare(): void;
  run(operation: number, a: number, b: number, c: number): bigint;
}

export function outcomesInNode(wasm: Uint8Array, cases: readonly Case[]): Outcome[] {
  const { Instance } = WebAssembly as unknown as { Instance: new (module: WebAssembly.Module) => { exports: unknown } };
  const { memory, prepare, run } = new Instance(new WebAssembly.Module(new Uint8Array(wasm))).exports as TrapExports;
  const words = new Uint32Array(memory.buffer);
  return cases.map((one) => {
    prepare();
    let trap = 'none';
    let result = 0n;
    try {
      result = BigInt.asUintN(64, run(one.operation, one.a, one.b, one.c));
    } catch (error) {
      trap = trapOfV8((error as Error).message, operandOf(one));
    }
    return { trap, result, memory: words.reduce((hash, word) => Math.imul(hash ^ word, 0x01000193) >>> 0, 0x811c9dc5) };
  });
}

/** The words that trap.c reads. */
export function wordsOf(cases: readonly Case[]): Uint8Array {
  return new Uint8Array(Uint32Array.from(cases.flatMap(({ operation, a, b, c }) => [operation, a, b, c])).buffer);
}

/** From the words that trap.c writes: trap, result, memory. */
export function outcomesOf(answers: Uint8Array): Outcome[] {
  const view = new DataView(answers.buffer, answers.byteOffset, answers.byteLength);
  return Array.from({ length: answers.length / 16 }, (_, i) => ({
    trap: TRAPS[view.getUint32(i * 16, true)] ?? 'unknown',
    result: view.getBigUint64(i * 16 + 4, true),
    memory: view.getUint32(i * 16 + 12, true),
  }));
}

/** The cases that came out otherwise, in words. */
export function differing(cases: readonly Case[], got: Outcome[], wanted: Outcome[]): string[] {
  const shown = (outcome?: Outcome): string =>
    outcome
      ? `${outcome.trap === 'none' ? outcome.result : outcome.trap} (memory ${outcome.memory.toString(16)})`
      : 'nothing';
  return cases.flatMap(({ operation, a, b, c }, i) =>
    shown(got[i]) === shown(wanted[i])
      ? []
      : [`${OPERATIONS[operation].name} of ${a}, ${b}, ${c}: got ${shown(got[i])}, wanted ${shown(wanted[i])}`],
  );
}
