/**
 * Builds the transform of one size for a Cortex-M4F, measures it in the emulator, and proves that it needs no bounds
 * checks: a build with all of them makes the very calls and does not trap, and what the code touches depends on nothing
 * but the call (aot/oblivious.ts).
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { AotError } from '../aot/aot-error.ts';
import { cModule } from '../aot/c-module.ts';
import { compile } from '../aot/compile.ts';
import { emulate } from '../aot/emulate.ts';
import { firmwarePath } from '../aot/targets.ts';
import { type Answers, fftMemoryBytes, fftModule, plannedFft } from './module.ts';

const BUILD = firmwarePath('build');
export const FFT_POINTS = [256, 1024, 2048, 4096] as const;
/** Of CMSIS-DSP's arm_rfft_fast_f32, -O3 with loops unrolled, counted in the same emulator: what to be held against. */
export const CMSIS_INSTRUCTIONS = { 256: 11_300, 1024: 44_700, 2048: 108_000, 4096: 230_000 } as const;

/** The calls that count.c makes with FFT_BACK, and any firmware may: each with the one size. */
const CALLS = ['fftInput', 'rfft', 'fftOutput', 'irfft'];
const STACK_BYTES = 512;
const RUN_MS = 60_000;

/** And what it answers, without checks. */
export interface FftImage extends Answers {
  points: number;
  /** The executable (ELF). */
  file: string;
  /** The module it was made of, not yet planned. */
  module: Uint8Array;
  /**
   * Code, constants and tables; memory, variables and stack. With start-up, semihosting and the measuring itself, without
   * irfft, which is not linked.
   */
  flashBytes: number;
  ramBytes: number;
  /** Of the stack, in a run. */
  stackBytes: number;
  /** Of one rfft, without checks and with all of them. */
  instructions: number;
  checkedInstructions: number;
}

/**
 * @param givenBytes  memory of the module; as much as it is seen to use if absent
 * @throws AotError naming the step that failed; `AOT_RUN` if the checked build traps
 */
export function buildFftImage(points: number, folder = join(BUILD, `fft-${points}`), givenBytes?: number): FftImage {
  const module = fftModule(points, join(folder, 'fft.wasm'));
  const planned = plannedFft(module, points);
  const memoryBytes = givenBytes ?? fftMemoryBytes(module, points);
  const build = (name: string, proven: string[], flags: string[] = []): string =>
    compile(
      {
        module: cModule(planned, { memoryBytes, proven }),
        sources: ['fft/count.c', 'boards/instructions.c'],
        target: 'm4f',
        optimize: 'Os',
        small: true,
        stackBytes: STACK_BYTES,
        flags: [`-DFFT_POINTS=${points}`, ...flags],
      },
      join(folder, name),
    );
  const checked = measured(build('checked', [], ['-DFFT_BACK']), points);
  const { back } = measured(build('back', CALLS, ['-DFFT_BACK']), points);
  const file = build('proven', CALLS);
  const { bins, instructions, stackBytes } = measured(file, points);
  if (!Buffer.from(bins).equals(checked.bins) || !Buffer.from(back).equals(checked.back))
    throw new AotError('AOT_RUN', `transform of ${points}: what it gives without checks differs from that with checks`);
  return {
    points,
    file,
    module,
    ...sizeOf(file),
    stackBytes,
    instructions,
    checkedInstructions: checked.instructions,
    bins,
    back,
  };
}

function measured(executable: string, points: number): Answers & { instructions: number; stackBytes: number } {
  emulate('m4f', executable, RUN_MS);
  const answers = new Uint8Array(readFileSync(join(dirname(executable), 'answers')));
  const [instructions, stackBytes] = new Uint32Array(answers.buffer, 0, 2);
  const binsEnd = 8 + (points + 2) * 4;
  return { instructions, stackBytes, bins: answers.subarray(8, binsEnd), back: answers.subarray(binsEnd) };
}

/** Flash and RAM of an executable by GNU size: text + data are stored, data + bss are in RAM, the stack in bss. */
export function sizeOf(executable: string): { flashBytes: number; ramBytes: number } {
  const { error, status, stdout } = spawnSync('arm-none-eabi-size', [executable], { encoding: 'utf8' });
  if (error || status !== 0)
    throw new AotError('AOT_COMPILER', `arm-none-eabi-size ${executable}: ${error?.message ?? status}`);
  const [text, data, bss] = stdout.split('\n')[1].trim().split(/\s+/).map(Number);
  return { flashBytes: text + data, ramBytes: data + bss };
}
