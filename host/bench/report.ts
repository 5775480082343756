/** `spindle bench` as one object and as a page: ratios first, because they hold on a busy machine; times second. */
import { availableParallelism, cpus } from 'node:os';
import { bestKernel, coreHash, type Kernel } from '../analyse/core.ts';
import { FFT_SIZES, type FftSpeed, fftSpeed } from './fft.ts';
import { HOT_PATH, hotPathSpeed, type PathSpeed } from './hot-path.ts';
import { type Load, pointsSustained, USUAL_LOAD } from './load.ts';
import { digits, type RoundsSettings } from './rounds.ts';

const FFT_ROUNDS: RoundsSettings = { rounds: 60, sliceMs: 1, warmUpMs: 100 };
/** A run of the hot path takes 1 to 10 ms: fewer rounds, and a longer look at the compiler. */
const PATH_ROUNDS: RoundsSettings = { rounds: 30, sliceMs: 1, warmUpMs: 400 };

/** Steps that `onStep` is called for. */
export const BENCH_STEPS = FFT_SIZES.length + 1;

export interface BenchReport {
  node: string;
  v8: string;
  cpu: string;
  cores: number;
  arch: string;
  /** The kernel that the host runs on this engine. */
  kernel: Kernel;
  coreHash: string;
  method: string;
  warmUpMs: { fft: number; hotPath: number };
  /** `speed`: times as fast as a plain JavaScript FFT. */
  fft: FftSpeed[];
  hotPath: typeof HOT_PATH & {
    /** One SIMD window of one axis, in plain JavaScript FFTs of its length: under 1 is faster than that FFT alone. */
    plainFftsPerAxisWindow: number;
    /** Points of three axes that one core sustains, from the windows measured. */
    sustained: Load & { points: number };
    simdOverScalar: number | null;
    /** Times as fast as the same features in plain JavaScript. */
    speed: Record<Kernel, number | null>;
    kernels: Record<Kernel, PathSpeed | null>;
    plain: PathSpeed;
  };
}

const METHOD =
  'slices of all contenders in turn in one process, 15th percentile; machines are shared and other work only adds ' +
  'time, so compare ratios, not nanoseconds';

/**
 * Takes about ten seconds of one core.
 *
 * @param onStep  called before each of BENCH_STEPS steps
 * @param load    of the points that are counted
 * @throws the signal's reason soon after it aborts
 */
export async function runBench(
  onStep: (label: string) => void,
  signal: AbortSignal,
  load = USUAL_LOAD,
): Promise<BenchReport> {
  const kernel = bestKernel();
  const kernels: Kernel[] = kernel === 'simd' ? ['simd', 'scalar'] : ['scalar'];
  onStep('hot path');
  const { plain, cores } = await hotPathSpeed(kernels, PATH_ROUNDS, signal);
  const [best, other] = cores;
  // the hot path has warmed the transform up, and long transforms warm it for short ones
  const fft: FftSpeed[] = [];
  for (const size of FFT_SIZES.toReversed()) {
    onStep(`FFT ${size}`);
    fft.unshift(await fftSpeed(size, kernels, FFT_ROUNDS, signal));
  }
  const speedOf = ({ nsPerWindow }: PathSpeed): number => digits(plain.nsPerWindow / nsPerWindow);
  const plainNs = fft.find(({ size }) => size === HOT_PATH.windowLength)!.ns.plain;
  return {
    node: process.versions.node,
    v8: process.versions.v8,
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    arch: process.arch,
    kernel,
    coreHash: Buffer.from(coreHash()).toString('hex'),
    method: METHOD,
    warmUpMs: { fft: FFT_ROUNDS.warmUpMs, hotPath: PATH_ROUNDS.warmUpMs },
    fft,
    hotPath: {
      ...HOT_PATH,
      plainFftsPerAxisWindow: digits(best.nsPerWindow / HOT_PATH.axes / plainNs),
      sustained: { ...load, points: pointsSustained(best, load) },
      simdOverScalar: other ? digits(best.timesRealTime / other.timesRealTime) : null,
      speed: { simd: kernel === 'simd' ? speedOf(best) : null, scalar: speedOf(other ?? best) },
      kernels: { simd: kernel === 'simd' ? best : null, scalar: other ?? best },
      plain,
    },
  };
}

/** The page for people. */
export function benchText(report: BenchReport): string {
  const { fft, hotPath, kernel } = report;
  const best = hotPath.kernels[kernel]!;
  const { axes, sampleRateHz, windowLength, speed, sustained, plain } = hotPath;
  const row = (name: Kernel | 'plain', { nsPerWindow, windowsPerS, samplesPerS }: PathSpeed): string =>
    `${name.padStart(8)}  ${times(name === 'plain' ? 1 : speed[name])}  ${(nsPerWindow / 1000).toFixed(1).padStart(10)}  ` +
    `${windowsPerS.toFixed(0).padStart(9)}  ${(samplesPerS / 1e6).toFixed(1).padStart(19)}`;
  const rows = (['simd', 'scalar'] as const).flatMap((name) =>
    hotPath.kernels[name] ? [row(name, hotPath.kernels[name])] : [],
  );
  return [
    `${report.cpu}, ${report.cores} cores, ${report.arch}, node ${report.node}; this engine runs the ${kernel} kernel`,
    `Method: ${report.method}. Warm-up ${report.warmUpMs.fft} ms each.`,
    '',
    'Real FFT, times as fast as a plain JavaScript radix-2 FFT          nanoseconds',
    '   size      simd    scalar                            simd      scalar       plain',
    ...fft.map(
      ({ size, speed, ns }) =>
        `${String(size).padStart(7)}  ${times(speed.simd)}  ${times(speed.scalar)}                    ` +
        [ns.simd, ns.scalar, ns.plain].map(nanoseconds).join('  '),
    ),
    '',
    `Hot path, samples to score: ${axes} axes at ${sampleRateHz / 1000} kHz, window ${windowLength}, half overlap, bearing known, learned`,
    '  kernel     speed  us/window  windows/s  million samples/s, one core',
    ...rows,
    row('plain', plain),
    '  speed: times as fast as the same features in plain JavaScript, without learning and score',
    `  ${Math.floor(best.timesRealTime)}x real time on one core; a window of one axis costs as much as ` +
      `${hotPath.plainFftsPerAxisWindow.toFixed(2)} plain JavaScript FFTs of its length`,
    `  one core sustains ${sustained.points} points of ${axes} axes at ${sustained.sampleRateHz} Hz with overlap ${sustained.overlap} (--rate, --overlap)`,
  ].join('\n');
}

const times = (speed: number | null): string => (speed === null ? '-' : `${speed.toFixed(1)}x`).padStart(8);
const nanoseconds = (ns: number | null): string => (ns === null ? '-' : ns.toFixed(0)).padStart(10);
