/** That two builds agree means something only if two that differ by a bit do not: builds that are wrong on purpose. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { mutantCore } from '../support/mutant-core.ts';
import { coreModule } from './builds.ts';
import { adversarialTape } from './corpus.ts';
import { difference } from './difference.ts';
import { play } from './play.ts';
import { soak } from './soak.ts';

const scalar = { by: 'scalar', module: coreModule('scalar') };
const adversarial = adversarialTape();

/** Where a module comes apart from the scalar one; null if nowhere. */
function placeOfDifference(module: Uint8Array): string | null {
  const [a, b] = [{ by: 'mutant', module }, scalar].map((one) => ({
    by: one.by,
    answers: play(one.module, adversarial),
  }));
  return difference('adversarial corpus', adversarial, a, b)?.place ?? null;
}

const mutants = suite('identity.mutants');

/** The scalar module with the lowest bit of its first f32 constant of this value flipped. */
function flippedConstant(value: number): Uint8Array {
  const module = new Uint8Array(scalar.module);
  const constant = Buffer.from([0x43, 0, 0, 0, 0]); // f32.const
  constant.writeFloatLE(value, 1);
  const at = Buffer.from(module.buffer).indexOf(constant);
  assert.ok(at > 0, `the core has no constant ${value}`);
  module[at + 1] ^= 1;
  return module;
}

mutants('show one bit of one constant in the module', () => {
  const place = placeOfDifference(flippedConstant(Math.fround(Math.SQRT1_2)));
  assert.match(String(place), /tape word \d+ .*: mutant 0x.*, scalar 0x.*words differ/);
});

mutants('show one sum in another order, and a build of the same source shows nothing', () => {
  const inOrder = 'load<f32>(lanes) + load<f32>(lanes, 8) + (load<f32>(lanes, 4) + load<f32>(lanes, 12))';
  const inAnother = 'load<f32>(lanes) + load<f32>(lanes, 4) + (load<f32>(lanes, 8) + load<f32>(lanes, 12))';
  const place = (to: string) => placeOfDifference(mutantCore([{ file: 'lanes.ts', from: inOrder, to }]));
  assert.is(place(inOrder), null);
  const wanted = /tape word \d+ PUSH: decision \d+, word \d+.*: mutant 0x.*, scalar 0x.*words differ/;
  assert.match(String(place(inAnother)), wanted);
});

mutants('show in the long run too, by seed and step', () => {
  const module = flippedConstant(Math.fround(Math.SQRT1_2));
  const builds = [scalar, { by: 'mutant', module }].map((build) => ({
    by: build.by,
    play: (tape: Uint8Array) => play(build.module, tape),
  }));
  const { differing, places, windows } = soak(builds, 500, 1);
  assert.ok(windows >= 500 && differing > 0);
  assert.match(places[0], /^seed \d+: tape word \d+ PUSH: decision \d+, word \d+.*: mutant 0x.*, scalar 0x/);
});

mutants.run();
