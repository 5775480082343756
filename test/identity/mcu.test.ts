/**
 * The core as C on microcontrollers gives the bits of the core as WebAssembly: the adversarial corpus and recordings
 * on an emulated Cortex-M4F (float64 in software) and an emulated Cortex-M33.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { needs } from '../support/needs.ts';
import { missingTraces } from '../support/traces.ts';
import { coreModule } from './builds.ts';
import { ADVERSARIAL_WINDOWS, adversarialTape, REAL_WINDOWS, realTape } from './corpus.ts';
import { difference, recordsOf } from './difference.ts';
import { missingFor, NativePlayer } from './native.ts';
import { play } from './play.ts';

/** Emulated, the corpus takes 6 s on an idle core. */
const PLAY_MS = 180_000;

const adversarial = adversarialTape();
const wanted = { by: 'SIMD in Node', answers: play(coreModule('simd'), adversarial) };

const mcu = suite('identity.mcu');

for (const [target, board] of [
  ['m4f', 'Cortex-M4F (mps2-an386)'],
  ['m33', 'Cortex-M33 (mps2-an505)'],
] as const) {
  const built: NativePlayer[] = [];
  const agrees = (name: string, tape: Uint8Array, windows: number, here: typeof wanted): void => {
    built[0] ??= new NativePlayer(coreModule('scalar'), { target, optimize: 'O2' });
    const got = { by: board, answers: built[0].play(tape, PLAY_MS) };
    assert.is(difference(name, tape, got, here)?.place ?? null, null);
    assert.is([...recordsOf(tape, got.answers)].length, windows);
  };

  needs(
    mcu,
    missingFor(target),
    `agrees bit for bit on the ${ADVERSARIAL_WINDOWS} adversarial windows on a ${board}`,
    () => agrees('adversarial corpus', adversarial, ADVERSARIAL_WINDOWS, wanted),
  );
  needs(
    mcu,
    missingFor(target) ?? missingTraces(),
    `agrees bit for bit on ${REAL_WINDOWS} recorded windows on a ${board}`,
    async () => {
      const tape = await realTape();
      agrees('recordings', tape, REAL_WINDOWS, { by: 'SIMD in Node', answers: play(coreModule('simd'), tape) });
    },
  );
}

needs(mcu, missingFor('m33'), 'would notice multiplications and additions that are fused (-ffp-contract=fast)', () => {
  const fused = new NativePlayer(coreModule('scalar'), { target: 'm33', optimize: 'O2', contract: 'fast' });
  const got = { by: 'fused', answers: fused.play(adversarial, PLAY_MS) };
  const found = difference('adversarial corpus', adversarial, got, wanted);
  assert.match(found?.place ?? '', /decision \d+, word \d+.*: fused 0x.*, SIMD in Node 0x.* words differ$/);
});

mcu.run();
