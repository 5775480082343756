/** The transform of one size as a module of its own: compiled from AssemblyScript, and with its tables made. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AotError } from '../aot/aot-error.ts';
import { type Exports, prepare } from '../aot/prepare.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const ASC = 'node_modules/assemblyscript/bin/asc.js';

/** Compiled to `file`; its bytes. */
export function fftModule(points: number, file: string): Uint8Array {
  mkdirSync(dirname(file), { recursive: true });
  // options of its own: those of asconfig.json at the root name the whole core as entry
  const config = ['--config', 'firmware/fft/asconfig.json'];
  const args = ['core-wasm/fft-alone.ts', '-o', file, ...config, '--use', `FFT_LARGEST=${points}`];
  const { status, stdout, stderr } = spawnSync(process.execPath, [ASC, ...args], { cwd: root, encoding: 'utf8' });
  if (status !== 0)
    throw new AotError('AOT_COMPILER', `asc ${args.join(' ')}: exit code ${status}\n${stdout}${stderr}`);
  return readFileSync(file);
}

/** The module with the tables for `points` in its data: rfft and irfft work at once, and there is no fftPlan. */
export function plannedFft(module: Uint8Array, points: number): Uint8Array {
  return prepare(module, (exports) => plan(exports, points), ['fftPlan']);
}

function plan({ fftPlan }: Exports, points: number): void {
  const status = fftPlan(points);
  if (status < 0)
    throw new AotError('AOT_MODULE', `fftPlan(${points}) of the transform alone: got status ${status}, wanted 0`);
}

/** The samples that count.c transforms. */
export function countSamples(points: number): Float32Array {
  let state = 0x12345678;
  return Float32Array.from({ length: points }, () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state / 2 ** 31;
  });
}

export interface Answers {
  /** rfft of countSamples(points). */
  bins: Uint8Array;
  /** irfft of the bins. */
  back: Uint8Array;
}

/** What Node computes with a module of the transform alone, planned or not. */
export function answersInNode(module: Uint8Array, points: number): Answers {
  const answers: Answers = { bins: new Uint8Array(), back: new Uint8Array() };
  prepare(module, (exports) => {
    if ('fftPlan' in exports) plan(exports, points);
    const { buffer } = exports.memory;
    const input = new Float32Array(buffer, exports.fftInput(points), points);
    input.set(countSamples(points));
    exports.rfft(points);
    answers.bins = new Uint8Array(buffer, exports.fftOutput(points), (points + 2) * 4).slice();
    exports.irfft(points);
    answers.back = new Uint8Array(input.slice().buffer);
  });
  return answers;
}

/**
 * Bytes of memory up to the last that fftPlan, rfft or irfft writes, rounded up to 16: the RAM that a board has to give
 * them. A read beyond it traps in the build with all checks (image.ts).
 */
export function fftMemoryBytes(module: Uint8Array, points: number): number {
  const PAINT = 0xa5;
  let end = 0;
  prepare(module, (exports) => {
    const bytes = new Uint8Array(exports.memory.buffer);
    const data = bytes.findLastIndex((byte) => byte !== 0) + 1;
    bytes.fill(PAINT, data);
    plan(exports, points);
    new Float32Array(bytes.buffer, exports.fftInput(points), points).set(countSamples(points));
    exports.rfft(points);
    exports.irfft(points);
    end = bytes.findLastIndex((byte) => byte !== PAINT) + 1;
  });
  return Math.ceil(end / 16) * 16;
}
