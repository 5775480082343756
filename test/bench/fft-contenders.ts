/** Every real transform of the race behind one form. Input stands where the transform reads it: no copy is timed. */
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { instantiateSync } from '@assemblyscript/loader';
import type { Contender } from '../../host/bench/rounds.ts';
import type { CoProcess } from './co-process.ts';
import { peerRequire } from './peers.ts';

export interface FftContender extends Contender {
  name: string;
  /** n/2 + 1 interleaved complex bins of the signal, not scaled. */
  spectrum(): Promise<ArrayLike<number>>;
}

/** @returns the contender at this size, null where it has none */
export type FftMaker = (signal: Float32Array) => Promise<FftContender | null>;

/**
 * A loop that only this contender uses: one that all share would see many functions, and the engine would inline none.
 */
function ownLoop<A extends unknown[]>(call: (...args: A) => unknown, ...args: A): (times: number) => undefined {
  const names = args.map((_, i) => `a${i}`);
  const loop = new Function('call', ...names, 'times', `for (let i = 0; i < times; i++) call(${names.join(', ')});`);
  return (times) => loop(call, ...args, times);
}

interface CoreTransform {
  memory: WebAssembly.Memory;
  fftPlan(n: number): number;
  fftInput(n: number): number;
  fftOutput(n: number): number;
  rfft(n: number): number;
}

/** Our core, whichever build of it. */
export function coreFft(name: string, path: string): FftMaker {
  const module = new WebAssembly.Module(new Uint8Array(readFileSync(path)));
  return async (signal) => {
    const n = signal.length;
    const core = instantiateSync(module, {}).exports as unknown as CoreTransform;
    if (core.fftPlan(n) !== 0) return null;
    new Float32Array(core.memory.buffer, core.fftInput(n), n).set(signal);
    const spectrum = new Float32Array(core.memory.buffer, core.fftOutput(n), n + 2);
    return {
      name,
      run: ownLoop(core.rfft, n),
      spectrum: async () => {
        if (core.rfft(n) !== 0) throw new Error(`${name}: rfft(${n}) was refused`);
        return spectrum;
      },
    };
  };
}

interface Pffft {
  HEAPF32: Float32Array;
  _pffft_new_setup(n: number, kind: number): number;
  _pffft_aligned_malloc(bytes: number): number;
  _pffft_transform_ordered(setup: number, input: number, output: number, work: number, direction: number): void;
}

/** @param build folder of the package: `simd`, `non-simd` */
export async function pffft(name: string, build: string): Promise<FftMaker> {
  const file = peerRequire.resolve('@echogarden/pffft-wasm').replace(/[^/\\]+(.)pffft\.js$/, `${build}$1pffft.js`);
  const { default: create } = (await import(pathToFileURL(file).href)) as { default: () => Promise<Pffft> };
  const alive = setInterval(() => {}, 1000); // compiling without the first tier does not keep Node from ending
  const heap = await create();
  clearInterval(alive);
  return async (signal) => {
    const n = signal.length;
    const setup = heap._pffft_new_setup(n, 0); // 0: real
    if (setup === 0) return null; // a multiple of 32 is the least
    const [input, output, work] = [0, 1, 2].map(() => heap._pffft_aligned_malloc(n * 4));
    heap.HEAPF32.set(signal, input >> 2);
    heap._pffft_transform_ordered(setup, input, output, work, 0); // the first call puts the bare export in its place
    return {
      name,
      run: ownLoop(heap._pffft_transform_ordered, setup, input, output, work, 0), // 0: forward
      spectrum: async () => {
        heap._pffft_transform_ordered(setup, input, output, work, 0);
        const packed = heap.HEAPF32.slice(output >> 2, (output >> 2) + n);
        return [packed[0], 0, ...packed.subarray(2), packed[1], 0]; // bins 0 and n/2 are real and share the first pair
      },
    };
  };
}

/** FFTW in a process of its own, slice by slice; a pipe's round trip is not in its time. */
export function fftw(name: string, native: CoProcess): FftMaker {
  return async ({ length }) => ({
    name,
    run: async (times) => Number(await native.ask(`run ${length} ${times}`)),
    spectrum: async () => (await native.ask(`spectrum ${length}`)).trim().split(' ').map(Number),
  });
}

interface FftJs {
  createComplexArray(): number[];
  realTransform(out: number[], data: ArrayLike<number>): void;
}

/** The most downloaded one: float64 in plain JavaScript. */
export function fftJs(name: string): FftMaker {
  const Fft = peerRequire('fft.js') as new (n: number) => FftJs;
  return async (signal) => {
    const fft = new Fft(signal.length);
    const input = Array.from(signal);
    const output = fft.createComplexArray();
    return {
      name,
      run: ownLoop(() => fft.realTransform(output, input)),
      spectrum: async () => {
        fft.realTransform(output, input);
        return output.slice(0, signal.length + 2);
      },
    };
  };
}
