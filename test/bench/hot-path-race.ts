/**
 * The whole chain from samples to features against the same chain in C on FFTW and in plain JavaScript on fft.js: one
 * axis, window 4096, half overlap, speed and bearing known. Ours also learns and judges; theirs stop at the features.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RoundsSettings } from '../../host/bench/rounds.ts';
import type { PointPlan } from '../../host/types.ts';
import { newFolder } from '../support/folder.ts';
import { BUILT, type Build, copiesOf } from './builds.ts';
import type { HotPathRequest } from './hot-path-process.ts';
import { inProcesses } from './optimised.ts';
import { buildNative, installPeers } from './peers.ts';
import { leastTimes, type Ratio, ratioOf, ratioText, type Times } from './ratio.ts';
import { type StageSignal, stagePlan } from './stage-signal.ts';

export const PATH_ROUNDS: RoundsSettings = { rounds: 60, sliceMs: 1, warmUpMs: 300 };
/** A turn of the long spectra: 2048 envelope points at 3 of 4 samples each, in hops of 2048 samples. */
const WINDOWS_PER_RUN = 12;

export interface HotPathOptions {
  stage: StageSignal;
  builds?: Build[];
  processes?: number;
  rounds?: RoundsSettings;
}

export interface HotPathResult {
  /** Nanoseconds a window, lowest of the processes. */
  ns: Times;
  ratios: Ratio[];
  missing: string[];
}

export async function hotPathRace({
  stage,
  builds = BUILT,
  processes = 3,
  rounds = PATH_ROUNDS,
}: HotPathOptions): Promise<HotPathResult> {
  const folder = newFolder('hot-path');
  const plan = stagePlan({ ...stage.info, channels: stage.info.channels.slice(0, 1) });
  const signalPath = join(folder, 'signal.f32');
  const [axis] = stage.axes;
  const whole = axis.length - (axis.length % (plan.windowLength / 2));
  writeFileSync(signalPath, new Uint8Array(axis.buffer, axis.byteOffset, whole * 4));
  const packages = installPeers();
  const natives: HotPathRequest['natives'] = [];
  const missing = packages === null ? [] : [packages];
  for (const [name, flags] of [
    ['C', []],
    ['C -ffast-math', ['-ffast-math']],
  ] as const) {
    const program = join(folder, `hot-path-${flags.length}`);
    const refusal = buildNative('hot-path.c', program, [...flags]);
    if (refusal === null) natives.push([name, [program, signalPath, ...nativeArguments(plan)]]);
    else if (!missing.includes(refusal)) missing.push(refusal);
  }
  const request: HotPathRequest = {
    plan,
    signalPath,
    builds: copiesOf(builds, folder),
    fftJs: packages === null,
    natives,
    windowsPerRun: WINDOWS_PER_RUN,
    rounds,
  };
  const runs = await inProcesses<Times>('hot-path-process.ts', request, folder, processes);
  return { ns: leastTimes(runs), ratios: ratiosOf(builds, runs), missing };
}

/** In the order of hot-path.c. */
function nativeArguments({ sampleRateHz, shaftRpm, faultOrder, windowsPerDecision, fullScale }: PointPlan): string[] {
  const { bpfo, bpfi, bsf, ftf } = faultOrder!;
  return [sampleRateHz, shaftRpm, bpfo, bpfi, bsf, ftf, windowsPerDecision, fullScale ?? 0].map(String);
}

function ratiosOf(builds: Build[], runs: Times[]): Ratio[] {
  return builds
    .flatMap(({ name, kernel }) => {
      const goal = (value: number): number | null => (kernel === 'simd' ? value : null);
      return [
        ratioOf(name, 'C', runs, goal(0.5)),
        ratioOf(name, 'fft.js', runs, goal(0.12)),
        ratioOf(name, 'C -ffast-math', runs, null),
      ];
    })
    .filter((ratio) => ratio !== null);
}

export function hotPathText({ ns, ratios, missing }: HotPathResult): string {
  return [
    ...missing.map((reason) => `LEFT OUT: ${reason}`),
    'Hot path, samples to features (ours: and score), one axis, window 4096, half overlap, bearing known',
    `us a window: ${Object.entries(ns)
      .map(([name, time]) => `${name} ${(time / 1000).toFixed(1)}`)
      .join(', ')}`,
    ...ratios.map((ratio) => `  ${ratioText(ratio)}`),
  ].join('\n');
}
