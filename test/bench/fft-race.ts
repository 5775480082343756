/** Our transform against the best that others offer, in several processes one after the other. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RoundsSettings } from '../../host/bench/rounds.ts';
import { uniformNoise } from '../core-wasm/point.ts';
import { newFolder } from '../support/folder.ts';
import { BUILT, type Build, copiesOf } from './builds.ts';
import type { FftRequest, FftTimes } from './fft-process.ts';
import { inProcesses } from './optimised.ts';
import { buildNative, installPeers } from './peers.ts';
import { leastTimes, type Ratio, ratioOf, ratioText } from './ratio.ts';

export const FFT_ROUNDS: RoundsSettings = { rounds: 60, sliceMs: 0.5, warmUpMs: 40 };
/** Windows of vibration points, and the longest transform in common use: pffft must be beaten by a fifth there. */
const FIRST_SIZES = [256, 1024, 2048, 4096, 16_384];

export interface FftRaceOptions {
  sizes: number[];
  builds?: Build[];
  /** Contenders whose names match. */
  only?: string;
  processes?: number;
  rounds?: RoundsSettings;
}

export interface FftRaceResult {
  sizes: { size: number /** Lowest of the processes. */; ns: Record<string, number>; ratios: Ratio[] }[];
  /** Who could not run, and why. */
  missing: string[];
}

const RIVALS: { kernel: Build['kernel']; rival: string; goal(size: number): number | null }[] = [
  { kernel: 'simd', rival: 'pffft SIMD', goal: (size) => (FIRST_SIZES.includes(size) ? 0.8 : 0.9) },
  { kernel: 'simd', rival: 'FFTW3f', goal: (size) => (size <= 4096 ? 1 : size <= 16_384 ? 1.15 : null) },
  { kernel: 'simd', rival: 'fft.js', goal: () => 0.14 },
  { kernel: 'scalar', rival: 'pffft scalar', goal: () => 0.65 },
];

export async function fftRace({
  sizes,
  builds = BUILT,
  only = '',
  processes = 3,
  rounds = FFT_ROUNDS,
}: FftRaceOptions): Promise<FftRaceResult> {
  const folder = newFolder('fft-race');
  const native = join(folder, 'fft-native');
  const refusals = [installPeers(), buildNative('fft-native.c', native)];
  const signalPath = join(folder, 'signal.f32');
  writeFileSync(signalPath, new Uint8Array(uniformNoise(Math.max(...sizes), 1).buffer));
  const peers = { packages: refusals[0] === null, native: refusals[1] === null ? native : null };
  const request: FftRequest = { sizes, signalPath, builds: copiesOf(builds, folder), peers, rounds, only };
  const runs = await inProcesses<FftTimes>('fft-process.ts', request, folder, processes);
  const found = sizes.map((size) => {
    const times = runs.map((run) => run[size]);
    return { size, ns: leastTimes(times), ratios: ratiosOf(size, builds, times) };
  });
  return { sizes: found, missing: refusals.filter((refusal) => refusal !== null) };
}

function ratiosOf(size: number, builds: Build[], times: Record<string, number>[]): Ratio[] {
  return RIVALS.flatMap(({ kernel, rival, goal }) =>
    builds.filter((build) => build.kernel === kernel).map(({ name }) => ratioOf(name, rival, times, goal(size))),
  ).filter((ratio) => ratio !== null);
}

export function fftRaceText({ sizes, missing }: FftRaceResult): string {
  return [
    ...missing.map((reason) => `LEFT OUT: ${reason}`),
    'Real FFT, float32, input in place, ns; below it our time over theirs: best of the processes (all of them)',
    ...sizes.flatMap(({ size, ns, ratios }) => [
      `${size} points: ${Object.entries(ns)
        .map(([name, time]) => `${name} ${time.toFixed(0)}`)
        .join(', ')}`,
      ...ratios.map((ratio) => `  ${ratioText(ratio)}`),
    ]),
  ].join('\n');
}
