/**
 * One process of the transform race: checks every contender's spectrum against float64, then times all of them in turn,
 * size by size. Usage: fft-process.ts REQUEST.json; answers one line of JSON: size -> contender -> nanoseconds.
 */
import { readFileSync } from 'node:fs';
import { inRounds, type RoundsSettings } from '../../host/bench/rounds.ts';
import { realFft } from '../reference/fourier.ts';
import type { Build } from './builds.ts';
import { CoProcess } from './co-process.ts';
import { coreFft, type FftContender, type FftMaker, fftJs, fftw, pffft } from './fft-contenders.ts';
import type { Times } from './ratio.ts';

export interface FftRequest {
  sizes: number[];
  signalPath: string;
  builds: Build[];
  /** Peers that can run; `native` is the path of the FFTW program. */
  peers: { packages: boolean; native: string | null };
  rounds: RoundsSettings;
  only: string;
}

/** By size; no entry for a contender that has no such size. */
export type FftTimes = Record<number, Times>;

/** @throws when a contender computes something else: that would be no race */
async function check(contender: FftContender, signal: Float32Array): Promise<void> {
  const wanted = realFft(signal);
  const got = await contender.spectrum();
  if (got.length !== signal.length + 2) throw new Error(`${contender.name}: ${got.length} values`);
  let error = 0;
  let power = 0;
  for (let k = 0; k < wanted.re.length; k++) {
    error += (got[2 * k] - wanted.re[k]) ** 2 + (got[2 * k + 1] - wanted.im[k]) ** 2;
    power += wanted.re[k] ** 2 + wanted.im[k] ** 2;
  }
  // float32: 0.6 unit roundoffs a level, errors adding as their squares, twice (test/core-wasm/fft.test.ts derives it)
  const allowed = 2 * 0.6 * 2 ** -24 * Math.sqrt(Math.log2(signal.length));
  const relative = Math.sqrt(error / power);
  if (!(relative <= allowed))
    throw new Error(`${contender.name}, ${signal.length} points: relative error ${relative}, allowed ${allowed}`);
}

async function race({ sizes, signalPath, builds, peers, rounds, only }: FftRequest): Promise<FftTimes> {
  const bytes = readFileSync(signalPath);
  const signal = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
  const makers: FftMaker[] = builds.map(({ name, path }) => coreFft(name, path));
  if (peers.packages)
    makers.push(await pffft('pffft SIMD', 'simd'), await pffft('pffft scalar', 'non-simd'), fftJs('fft.js'));
  const native = peers.native === null ? null : new CoProcess([peers.native, signalPath]);
  if (native) makers.push(fftw('FFTW3f', native));
  const wanted = new RegExp(only);
  const times: FftTimes = {};
  for (const size of sizes) {
    const made = await Promise.all(makers.map((make) => make(signal.subarray(0, size))));
    const contenders = made.filter((contender) => contender !== null && wanted.test(contender.name)) as FftContender[];
    for (const contender of contenders) await check(contender, signal.subarray(0, size));
    const ns = await inRounds(contenders, rounds, new AbortController().signal);
    times[size] = Object.fromEntries(contenders.map(({ name }, i) => [name, ns[i]]));
  }
  await native?.end();
  return times;
}

process.stdout.write(`${JSON.stringify(await race(JSON.parse(readFileSync(process.argv[2], 'utf8'))))}\n`);
