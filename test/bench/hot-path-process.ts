/**
 * One process of the hot path race: checks that all compute the same features, then times them in turn.
 * Usage: hot-path-process.ts REQUEST.json; answers one line of JSON: contender -> nanoseconds a window.
 */
import { readFileSync } from 'node:fs';
import { FEATURES_PER_AXIS, RES_AXES } from '../../core-wasm/memory.ts';
import { Core } from '../../host/analyse/core.ts';
import { settingsOf } from '../../host/analyse/settings.ts';
import { PlainPath, pathSettings } from '../../host/bench/plain-path.ts';
import { type Contender, inRounds, type RoundsSettings } from '../../host/bench/rounds.ts';
import type { PointPlan } from '../../host/types.ts';
import type { Build } from './builds.ts';
import { CoProcess } from './co-process.ts';
import { checkAgreement } from './features.ts';
import { FFT_JS_TRANSFORMS } from './plain-fft-js.ts';
import type { Times } from './ratio.ts';

export interface HotPathRequest {
  plan: PointPlan;
  /** Whole hops of one axis; played over and over, learned from. */
  signalPath: string;
  builds: Build[];
  fftJs: boolean;
  /** Name and command of each native program. */
  natives: [name: string, command: string[]][];
  /** Of one run: a turn of the long spectra, so that every run does the same. */
  windowsPerRun: number;
  rounds: RoundsSettings;
}

/** Decisions before features are compared: enough for several spectra of the averaged envelope. */
const COMPARED = 20;
interface PathContender extends Contender {
  name: string;
  /** Of the last of COMPARED decisions from a fresh start. */
  features: number[];
}

type Play = (push: (from: number) => void, windows: number) => void;

/** The signal in hops, going on where it stopped, from its beginning when it is over. */
function player(hops: number, hop: number): Play {
  let at = 0;
  return (push, windows) => {
    for (let i = 0; i < windows; i++) {
      push(at * hop);
      at = (at + 1) % hops;
    }
  };
}

/** What the host runs: samples copied in, analysed, judged. It has learned when it is timed. */
function ours({ name, path, kernel }: Build, plan: PointPlan, signal: Float32Array, perRun: number): PathContender {
  const hop = plan.windowLength / 2;
  const hops = signal.length / hop;
  const core = new Core(kernel, readFileSync(path));
  core.configure(settingsOf(plan));
  const axes = [signal];
  const play = player(hops, hop);
  let features: number[] = [];
  let left = COMPARED;
  while (left > 0)
    play((from) => {
      if (core.push(axes, from, from + hop) > 0 && --left === 0)
        features = [...core.record(0).floats.subarray(RES_AXES, RES_AXES + FEATURES_PER_AXIS)];
    }, 1);
  const push = (from: number): void => void core.push(axes, from, from + hop);
  play(push, 2 * hops);
  return { name, features, run: (times) => void play(push, times * perRun) };
}

function plain(name: string, plan: PointPlan, signal: Float32Array, perRun: number): PathContender {
  const hop = plan.windowLength / 2;
  const path = new PlainPath(pathSettings(plan), FFT_JS_TRANSFORMS);
  const play = player(signal.length / hop, hop);
  const push = (from: number): void => path.push(signal, from);
  while (path.decisions < COMPARED) play(push, 1);
  return { name, features: [...path.features], run: (times) => void play(push, times * perRun) };
}

async function native(name: string, program: CoProcess, perRun: number): Promise<PathContender> {
  const features = (await program.ask(`features ${COMPARED}`)).trim().split(' ').map(Number);
  return { name, features, run: async (times) => Number(await program.ask(`run ${times * perRun}`)) };
}

async function race(request: HotPathRequest): Promise<Times> {
  const { plan, builds, windowsPerRun, rounds } = request;
  const bytes = readFileSync(request.signalPath);
  const signal = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
  const contenders = builds.map((build) => ours(build, plan, signal, windowsPerRun));
  if (request.fftJs) contenders.push(plain('fft.js', plan, signal, windowsPerRun));
  const programs = request.natives.map(([name, command]) => ({ name, program: new CoProcess(command) }));
  for (const { name, program } of programs) contenders.push(await native(name, program, windowsPerRun));
  checkAgreement(contenders);
  const ns = await inRounds(contenders, rounds, new AbortController().signal);
  await Promise.all(programs.map(({ program }) => program.end()));
  return Object.fromEntries(contenders.map(({ name }, i) => [name, ns[i] / windowsPerRun]));
}

process.stdout.write(`${JSON.stringify(await race(JSON.parse(readFileSync(process.argv[2], 'utf8'))))}\n`);
