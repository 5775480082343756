/**
 * Hardened C traps where WebAssembly traps, for the same reason and with the same memory left behind, and gives the same
 * results where it does not; and a hardening that forgot a check does not pass.
 */
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { AotError } from '../../firmware/aot/aot-error.ts';
import { cModule } from '../../firmware/aot/c-module.ts';
import { harden } from '../../firmware/aot/harden.ts';
import type { TargetName } from '../../firmware/aot/targets.ts';
import { missingFor, NativePlayer } from '../identity/native.ts';
import { needs, programOnPath } from '../support/needs.ts';
import { differing, outcomesInNode, outcomesOf, wordsOf } from './outcome.ts';
import { CASES } from './trap-cases.ts';
import { OPERATIONS, trapModule } from './trap-module.ts';

const RUN_MS = 120_000;
const missing = (target: TargetName): string | null =>
  programOnPath('wat2wasm') ? missingFor(target) : 'wat2wasm on PATH (Debian: wabt)';

function differencesOn(target: TargetName, hardening = harden): string[] {
  const wasm = trapModule();
  const player = fileURLToPath(new URL('trap.c', import.meta.url));
  const native = new NativePlayer(cModule(wasm, { hardening }), { target, optimize: 'O2' }, player);
  return differing(CASES, outcomesOf(native.play(wordsOf(CASES), RUN_MS)), outcomesInNode(wasm, CASES));
}

const traps = suite('firmware.trap');

for (const target of ['x64', 'm4f', 'm33'] as const)
  needs(traps, missing(target), `equals Node's in every one of ${CASES.length} cases on ${target}`, () => {
    assert.equal(differencesOn(target), []);
  });

needs(traps, missing('x64'), 'is asked for by cases of every operation, and every kind of trap comes up', () => {
  const outcomes = outcomesInNode(trapModule(), CASES);
  const traps = new Set(outcomes.map(({ trap }) => trap));
  assert.is(traps.size, 7);
  for (const [operation, { name, access }] of OPERATIONS.entries()) {
    const own = outcomes.filter((_, i) => CASES[i].operation === operation);
    assert.ok(own.length > 0, name);
    if (access)
      assert.ok(
        own.some(({ trap }) => trap === 'out of bounds'),
        name,
      );
    // no address at all is in bounds behind the largest offsets
    if (access && access.offset + access.bytes <= 65_536)
      assert.ok(
        own.some(({ trap }) => trap === 'none'),
        name,
      );
  }
});

const mutants = suite('firmware.trap would notice');

/** A hardening whose text is wrong in one place. */
function mutant(from: string, to: string): typeof harden {
  return (source, memory) => {
    const text = harden(source, memory);
    if (text.split(from).length !== 2)
      throw new Error(`mutant: the hardened text holds ${text.split(from).length - 1} times: ${from}`);
    return text.replace(from, () => to);
  };
}

const SUM = '(u64)(offset) + (u64)(length) > (u64)WASM_MEMORY_BYTES';
const BASE = '(base) > (u32)(WASM_MEMORY_BYTES - sizeof(t)) - (u32)(offset)';
const OFFSET = '(offset) > WASM_MEMORY_BYTES - sizeof(t) ||';

for (const [claim, from, to, found] of [
  [
    'a bulk check whose sum wraps at 32 bits',
    SUM,
    '(u32)((offset) + (length)) > WASM_MEMORY_BYTES',
    /memory\.(copy|fill)/,
  ],
  [
    'a bulk check by a difference that wraps',
    SUM,
    '(u64)(offset) > (u64)WASM_MEMORY_BYTES - (u64)(length)',
    /memory\.(copy|fill)/,
  ],
  ['a bulk check that is one too generous', SUM, `${SUM} + 1`, /memory\.(copy|fill)/],
  ['a copy whose source is not checked', '  MEMORY_CHECK(src_addr, n);\n', '', /memory\.copy/],
  ['a copy that does not mind overlaps', 'memmove(wasm_memory', 'forward_copy(wasm_memory', /memory\.copy/],
  [
    'a fill that takes more than a byte',
    'MEMORY_CHECK(d, n);\n  memset(wasm_memory + d, (int)(val & 255u), n);',
    'MEMORY_CHECK(d, n);\n  memset(wasm_memory + d, val > 255, n);',
    /memory\.fill/,
  ],
  ['an access check whose sum wraps at 32 bits', `${OFFSET} `, '', /offset=/],
  [
    'an access check that ignores the width',
    BASE,
    '(base) > (u32)WASM_MEMORY_BYTES - 1u - (u32)(offset)',
    /(load|store) offset=0/,
  ],
  ['an access check that ignores the offset', BASE, '(base) > (u32)(WASM_MEMORY_BYTES - sizeof(t))', /offset=8 /],
  [
    'a narrow load whose sign is lost',
    'DEFINE_LOAD(i32_load8_s, s8, s32, u32)',
    'DEFINE_LOAD(i32_load8_s, u8, s32, u32)',
    /i32\.load8_s/,
  ],
] as const)
  needs(mutants, missing('x64'), claim, () => {
    const hardening: typeof harden = (source, memory) => {
      const text = mutant(from, to)(source, memory);
      const forward = 'static void forward_copy(u8* to, const u8* from, u32 n) { while (n-- > 0) *to++ = *from++; }\n';
      return text.replace('static inline void memory_copy', () => `${forward}static inline void memory_copy`);
    };
    const differences = differencesOrDeath(hardening);
    assert.ok(differences.length > 0);
    assert.ok(
      differences.some((text) => found.test(text) || text.includes(DEATH)),
      differences[0],
    );
  });

const DEATH = 'SIGSEGV';

/** A mutant may leave its memory so far that the program dies of it: that does not go unnoticed either. */
function differencesOrDeath(hardening: typeof harden): string[] {
  try {
    return differencesOn('x64', hardening);
  } catch (error) {
    if (!(error instanceof AotError) || !error.message.includes(DEATH)) throw error;
    return [error.message];
  }
}

traps.run();
mutants.run();
