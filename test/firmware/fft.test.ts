/** The transform for a Cortex-M4F: small enough, fast enough, proven in bounds, the same bits as in Node, reproducible. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { cModule } from '../../firmware/aot/c-module.ts';
import { prepare } from '../../firmware/aot/prepare.ts';
import { buildFftImage, CMSIS_INSTRUCTIONS, FFT_POINTS, type FftImage } from '../../firmware/fft/image.ts';
import { answersInNode, fftMemoryBytes, plannedFft } from '../../firmware/fft/module.ts';
import { missingFor } from '../identity/native.ts';
import { newFolder } from '../support/folder.ts';
import { needs } from '../support/needs.ts';

const RATIO = 0.75;
const FLASH_BYTES_1024 = 12 * 1024;
const RAM_BYTES_1024 = 20 * 1024;

const missing = missingFor('m4f');
const images = new Map<number, FftImage>();
function image(points: number): FftImage {
  if (!images.has(points)) images.set(points, buildFftImage(points, newFolder(`fft-${points}`)));
  return images.get(points) as FftImage;
}

const fft = suite('firmware.fft');

for (const points of FFT_POINTS)
  needs(fft, missing, `of ${points} takes at most ${RATIO} of the instructions of CMSIS-DSP`, () => {
    const { instructions } = image(points);
    assert.ok(
      instructions <= RATIO * CMSIS_INSTRUCTIONS[points],
      `${instructions} instructions, ${instructions / CMSIS_INSTRUCTIONS[points]} of CMSIS-DSP`,
    );
  });

needs(fft, missing, 'of every size gives, there and back, the bits of the scalar module in Node', () => {
  for (const points of FFT_POINTS) {
    const { module, bins, back } = image(points);
    const wanted = answersInNode(module, points);
    assert.ok(Buffer.from(bins).equals(wanted.bins), `${points} points`);
    assert.ok(Buffer.from(back).equals(wanted.back), `${points} points, and back`);
  }
});

needs(fft, missing, 'of 1024 fits in 12 KB of flash and 20 KB of RAM, start-up, stack and measuring included', () => {
  const { flashBytes, ramBytes } = image(1024);
  assert.ok(flashBytes <= FLASH_BYTES_1024, `flash: ${flashBytes} bytes`);
  assert.ok(ramBytes <= RAM_BYTES_1024, `RAM: ${ramBytes} bytes`);
});

needs(fft, missing, 'leaves half of the stack that its image reserves', () => {
  for (const points of FFT_POINTS)
    assert.ok(image(points).stackBytes <= 256, `${points}: ${image(points).stackBytes} bytes`);
});

needs(fft, missing, 'is built to the same bytes twice', () => {
  const { file, instructions } = image(256);
  const again = buildFftImage(256, newFolder('fft-again'));
  assert.ok(readFileSync(file).equals(readFileSync(again.file)));
  assert.is(again.instructions, instructions);
});

needs(fft, missing, 'that is planned beforehand gives the bits of the one that plans at its start', () => {
  for (const points of FFT_POINTS) {
    const { module } = image(points);
    assert.equal(answersInNode(plannedFft(module, points), points), answersInNode(module, points));
  }
});

needs(fft, missing, 'checks nothing in the transform, and its checked build everything', () => {
  const file = image(256).file;
  const transform = (name: string): string => {
    const source = readFileSync(join(file, '../..', name, 'core.c'), 'utf8');
    return source.slice(source.indexOf('static bool s_module_initialized'));
  };
  assert.match(transform('proven'), /proven_f32_load\(/);
  assert.not.match(transform('checked'), /proven_/);
});

needs(fft, missing, 'cannot be planned anew, which its proof does not allow', () => {
  const { file, module } = image(256);
  assert.not.match(readFileSync(join(file, '../core-exports.h'), 'utf8'), /fftPlan/);
  const replanned = prepare(module, ({ fftPlan }) => fftPlan(256));
  assert.throws(
    () => cModule(replanned, { proven: ['rfft'] }),
    /AOT_OBLIVIOUS: w2c_fftPlan: may change w2c_g\d+, on which proven functions depend/,
  );
});

needs(fft, missing, 'is measured to need the memory that its map asks for', () => {
  // tables behind the first KB, input, output and work with their pads: core-wasm/fft-map.ts
  for (const points of FFT_POINTS) {
    const bytes = fftMemoryBytes(image(points).module, points);
    const least = 1024 + 4.5 * points + 3 * 4 * points;
    assert.ok(bytes >= least && bytes <= least + 3 * 128, `${points} points: ${bytes} bytes`);
  }
});

needs(fft, missing, 'is not built without checks where a build with checks traps', () => {
  const tooFew = fftMemoryBytes(image(256).module, 256) - 16;
  assert.throws(
    () => buildFftImage(256, newFolder('fft-small'), tooFew),
    /AOT_RUN: .*checked\/program: exit code 3\nout of bounds/,
  );
});

fft.run();
