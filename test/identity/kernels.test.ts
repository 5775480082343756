/**
 * Both builds of the core give the same bits: the whole answer to 100 000 windows of recorded and simulated machines
 * and to the adversarial corpus, from the engine's quick and from its optimising compiler.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as layout from '../../core-wasm/memory.ts';
import { newFolder } from '../support/folder.ts';
import { needsTraces } from '../support/traces.ts';
import { coreModule, KERNELS } from './builds.ts';
import {
  ADVERSARIAL_WINDOWS,
  adversarialTape,
  LIBRARY_WINDOWS,
  libraryTapes,
  REAL_WINDOWS,
  realTape,
  seededTape,
} from './corpus.ts';
import { answersOf, difference, recordsOf } from './difference.ts';
import { play } from './play.ts';

const [simd, scalar] = KERNELS.map((kernel) => ({ by: kernel, module: coreModule(kernel) }));
const adversarial = adversarialTape();

/** Plays on both; the place of the first difference, null if there is none. */
function placeOfDifference(name: string, tape: Uint8Array): string | null {
  const [a, b] = [simd, scalar].map(({ by, module }) => ({ by, answers: play(module, tape) }));
  return difference(name, tape, a, b)?.place ?? null;
}

/** How many decisions have which value of a word. */
function tally(tape: Uint8Array, word: number): Map<number, number> {
  const found = new Map<number, number>();
  for (const { words } of recordsOf(tape, play(scalar.module, tape)))
    found.set(words[word], (found.get(words[word]) ?? 0) + 1);
  return found;
}

const kernels = suite('identity.kernels');

kernels(`agree bit for bit on the ${ADVERSARIAL_WINDOWS} windows of the adversarial corpus`, () => {
  assert.is(placeOfDifference('adversarial corpus', adversarial), null);
});

kernels('are tried by a corpus that never changes unnoticed', () => {
  assert.equal(adversarialTape(), adversarial);
  assert.is(
    createHash('sha256').update(adversarial).digest('hex'),
    'e9f117975b284c9c5bc365f6e276d219d37cfb087ba17daea95b77237bbe2682',
  );
});

kernels('are tried by a corpus of the promised size that reaches states, sensor causes, diagnoses and refusals', () => {
  const states = tally(adversarial, layout.RES_STATE);
  const { STATE_OFF, STATE_LEARNING, STATE_NORMAL, STATE_ALERT, STATE_DANGER, STATE_UNKNOWN } = layout;
  assert.is(
    [...states.values()].reduce((sum, count) => sum + count),
    ADVERSARIAL_WINDOWS,
  );
  for (const state of [STATE_OFF, STATE_LEARNING, STATE_NORMAL, STATE_ALERT, STATE_DANGER, STATE_UNKNOWN])
    assert.ok(states.get(state), `state ${state}`);
  for (const sensor of [layout.SENSOR_OK, layout.SENSOR_STUCK, layout.SENSOR_CLIPPED, layout.SENSOR_DISCONNECTED])
    assert.ok(tally(adversarial, layout.RES_SENSOR).get(sensor), `sensor ${sensor}`);
  const { DIAGNOSIS_OUTER_RACE, DIAGNOSIS_INNER_RACE, DIAGNOSIS_BALL, DIAGNOSIS_SENSOR } = layout;
  for (const diagnosis of [DIAGNOSIS_OUTER_RACE, DIAGNOSIS_INNER_RACE, DIAGNOSIS_BALL, DIAGNOSIS_SENSOR])
    assert.ok(tally(adversarial, layout.RES_DIAGNOSIS).get(diagnosis), `diagnosis ${diagnosis}`);
  const answers = play(scalar.module, adversarial);
  const statuses = new Set<number>();
  const sizes = new Set<number>();
  for (const { what, word, words } of answersOf(adversarial, answers)) {
    if (what.startsWith('status')) statuses.add(new DataView(answers.buffer).getInt32(word * 4, true));
    if (what.startsWith('samples')) sizes.add(words);
  }
  const { STATUS_NOT_CONFIGURED, STATUS_BUSY, STATUS_WINDOW, STATUS_SETTING, STATUS_FFT_SIZE } = layout;
  for (const status of [STATUS_NOT_CONFIGURED, STATUS_BUSY, STATUS_WINDOW, STATUS_SETTING, STATUS_FFT_SIZE])
    assert.ok(statuses.has(status), `status ${status}`);
  for (let n = layout.FFT_MIN; n <= layout.FFT_MAX; n *= 2) assert.ok(sizes.has(n), `transform of ${n} and back`);
});

kernels('are tried by a corpus that goes on in other instances, also with another speed, and is not refused', () => {
  const answers = play(scalar.module, adversarial);
  const view = new DataView(answers.buffer, answers.byteOffset, answers.byteLength);
  const statuses = (name: string): number[] =>
    [...answersOf(adversarial, answers)]
      .filter(({ op }) => op === name)
      .map(({ word }) => view.getInt32(word * 4, true));
  assert.equal(statuses('RESTORE'), Array(10).fill(0));
  assert.equal(statuses('INHERIT'), Array(5).fill(0));
  assert.equal(statuses('END_LEARNING'), [1, 1, 1, 0, 1]); // the fourth learns nothing
});

kernels('never answer with NaN or infinity, whatever is pushed', () => {
  const answers = play(simd.module, adversarial);
  let decision = 0;
  for (const { floats } of recordsOf(adversarial, answers)) {
    const word = floats.findIndex((value) => !Number.isFinite(value));
    assert.is(word, -1, `decision ${decision}, word ${word}: ${floats[word]}`);
    decision++;
  }
  for (const { op, what, word, words } of answersOf(adversarial, answers))
    if (what.startsWith('bins') || what.startsWith('samples'))
      assert.ok(new Float32Array(answers.buffer, word * 4, words).every(Number.isFinite), `${op}: ${what}`);
});

kernels('agree bit for bit when the engine only translates, and when it optimises from the first call', () => {
  const folder = newFolder('identity');
  const [tape, answers] = ['tape', 'answers'].map((name) => join(folder, name));
  writeFileSync(tape, adversarial);
  const wanted = play(scalar.module, adversarial);
  const player = fileURLToPath(new URL('play-file.ts', import.meta.url));
  for (const flag of ['--liftoff-only', '--no-liftoff'])
    for (const kernel of KERNELS) {
      const module = fileURLToPath(new URL(`../../core-wasm/build/spindle-core.${kernel}.wasm`, import.meta.url));
      const args = [flag, '--disable-warning=ExperimentalWarning', player, module, tape, answers];
      const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', timeout: 120_000 });
      assert.is(status, 0, stderr);
      const got = { by: `${kernel} with ${flag}`, answers: readFileSync(answers) };
      assert.is(difference('adversarial corpus', adversarial, got, { by: 'here', answers: wanted }), null);
    }
});

kernels('agree bit for bit on seeded tapes', () => {
  for (let seed = 1; seed <= 40; seed++) assert.is(placeOfDifference(`seed ${seed}`, seededTape(seed)), null);
});

needsTraces(kernels, `agree bit for bit on ${REAL_WINDOWS} windows that stand for the library`, async () => {
  const tape = await realTape();
  assert.is([...recordsOf(tape, play(scalar.module, tape))].length, REAL_WINDOWS);
  assert.is(placeOfDifference('recordings', tape), null);
});

needsTraces(
  kernels,
  `agree bit for bit on ${LIBRARY_WINDOWS} windows of every trace and of simulated machines`,
  async () => {
    let windows = 0;
    let recorded = 0;
    const traces = new Set<string>();
    const hash = createHash('sha256');
    for await (const { name, tape, trace } of libraryTapes()) {
      const [a, b] = [simd, scalar].map(({ by, module }) => ({ by, answers: play(module, tape) }));
      assert.is(difference(name, tape, a, b)?.place ?? null, null);
      hash.update(b.answers);
      const answered = [...recordsOf(tape, b.answers)].length;
      windows += answered;
      if (trace === null) continue;
      recorded += answered;
      traces.add(trace);
    }
    assert.ok(windows >= LIBRARY_WINDOWS, `${windows} windows`);
    assert.ok(traces.size >= 160 && recorded > 50_000, `${recorded} windows of ${traces.size} traces`);
    const of = `${recorded} of ${traces.size} traces and ${windows - recorded} simulated`;
    console.log(`${windows} windows, ${of}, 0 words differ; answers ${hash.digest('hex')}`);
  },
);

kernels.run();
