/**
 * The core as C gives the bits of the core as WebAssembly: hardened, compiled by GCC at two levels for this processor and
 * for arm64, over the adversarial corpus and 100 000 windows of recorded and simulated machines. One fused multiply-add
 * would be noticed.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Program } from '../../firmware/aot/compile.ts';
import { needs } from '../support/needs.ts';
import { missingTraces } from '../support/traces.ts';
import { coreModule } from './builds.ts';
import {
  ADVERSARIAL_WINDOWS,
  adversarialTape,
  LIBRARY_WINDOWS,
  libraryTapes,
  REAL_WINDOWS,
  realTape,
} from './corpus.ts';
import { difference, recordsOf } from './difference.ts';
import { missingFor, NativePlayer } from './native.ts';
import { play } from './play.ts';

/** On an idle core x64 takes 0.2 s for the adversarial corpus, arm64 emulated 3 s. */
const PLAY_MS = 120_000;

const simd = coreModule('simd');
const scalar = coreModule('scalar');
const adversarial = adversarialTape();
const wanted = { by: 'SIMD in Node', answers: play(simd, adversarial) };

const built = new Map<string, NativePlayer>();
function player(target: 'x64' | 'arm64', optimize: Program['optimize']): NativePlayer {
  const name = `${target} -${optimize}`;
  if (!built.has(name)) built.set(name, new NativePlayer(scalar, { target, optimize }));
  return built.get(name) as NativePlayer;
}

const native = suite('identity.native');

for (const [target, optimize] of [
  ['x64', 'O2'],
  ['x64', 'O3'],
  ['arm64', 'O2'],
] as const)
  needs(
    native,
    missingFor(target),
    `agrees bit for bit on the ${ADVERSARIAL_WINDOWS} adversarial windows on ${target} -${optimize}`,
    () => {
      const got = { by: `C on ${target} -${optimize}`, answers: player(target, optimize).play(adversarial, PLAY_MS) };
      assert.is(difference('adversarial corpus', adversarial, got, wanted)?.place ?? null, null);
    },
  );

needs(
  native,
  missingFor('arm64') ?? missingTraces(),
  `agrees bit for bit on ${REAL_WINDOWS} recorded windows on arm64 -O2`,
  async () => {
    const tape = await realTape();
    const here = { by: 'SIMD in Node', answers: play(simd, tape) };
    const got = { by: 'C on arm64 -O2', answers: player('arm64', 'O2').play(tape, PLAY_MS) };
    assert.is(difference('recordings', tape, got, here)?.place ?? null, null);
    assert.is([...recordsOf(tape, got.answers)].length, REAL_WINDOWS);
  },
);

needs(
  native,
  missingFor('x64') ?? missingTraces(),
  'agrees bit for bit on 100 000 windows of every trace and of simulated machines on x64 -O2 and -O3',
  async () => {
    let windows = 0;
    for await (const { name, tape } of libraryTapes()) {
      const here = { by: 'SIMD in Node', answers: play(simd, tape) };
      for (const optimize of ['O2', 'O3'] as const) {
        const got = { by: `C on x64 -${optimize}`, answers: player('x64', optimize).play(tape, PLAY_MS) };
        assert.is(difference(name, tape, got, here)?.place ?? null, null);
      }
      for (const _ of recordsOf(tape, here.answers)) windows++;
    }
    assert.ok(windows >= LIBRARY_WINDOWS, `${windows} windows`);
    console.log(`${windows} windows, 0 words differ`);
  },
);

needs(
  native,
  missingFor('arm64'),
  'would notice multiplications and additions that are fused (-ffp-contract=fast)',
  () => {
    const fused = new NativePlayer(scalar, { target: 'arm64', optimize: 'O2', contract: 'fast' });
    const got = { by: 'fused', answers: fused.play(adversarial, PLAY_MS) };
    const found = difference('adversarial corpus', adversarial, got, wanted);
    assert.match(found?.place ?? '', /decision \d+, word \d+.*: fused 0x.*, SIMD in Node 0x.* words differ$/);
  },
);

needs(native, missingFor('x64'), 'touches memory only at aligned addresses of the core, as typed accesses must', () => {
  // stops at the first access that is out of alignment or out of the static array
  const flags = ['-fsanitize=alignment,bounds,shift-exponent,integer-divide-by-zero', '-fno-sanitize-recover=all'];
  const checked = new NativePlayer(scalar, { target: 'x64', optimize: 'O2', flags });
  const got = { by: 'checked C', answers: checked.play(adversarial, PLAY_MS) };
  assert.is(difference('adversarial corpus', adversarial, got, wanted)?.place ?? null, null);
});

const players = suite('identity.native player');
const words = (...values: number[]): Uint8Array => new Uint8Array(Uint32Array.from(values).buffer);

needs(players, missingFor('x64'), 'names the word of a step that is none, is cut off or leaves the memory', () => {
  const refusal = (...tape: number[]): string => {
    try {
      player('x64', 'O2').play(words(...tape), PLAY_MS);
    } catch (error) {
      return (error as Error).message;
    }
    return 'played';
  };
  assert.match(refusal(3, 3, 77, 0), /TAPE_OP: tape word 2: got op 77, wanted 0 to 11\n/);
  assert.match(refusal(7, 2, 100, 1, 0), /TAPE_SHORT: tape word 1: the step wants 100 words at word 4/);
  assert.match(refusal(7), /TAPE_SHORT: tape word 1: the step wants 1 words at word 1/);
  assert.match(refusal(5, 1, 1 << 30, 0), /TAPE_RANGE: tape word 0: op 5 leaves the core's memory/);
  assert.match(refusal(2, 0xffff_fff0, 1, 0), /TAPE_RANGE: tape word 0: op 2 leaves the core's memory/);
});

native.run();
players.run();
