/** `spindle bench` as one object and as a page: ratios first, because they hold on a busy machine; times second. */
import { availableParallelism, cpus } from 'node:os';
import { bestKernel, coreHash, type Kernel } from '../analyse/core.ts';
import { FFT_SIZES, type FftSpeed, fftSpeed } from './fft.ts';
import { HOT_PATH, hotPathSpeed, type PathSpeed } from './hot-path.ts';
import { digits, type RoundsSettings } from './rounds.ts';

const FFT_ROUNDS: RoundsSettings = { rounds: 60, sliceMs: 1, warmUpMs: 100 };
/** A run of the hot path takes 10 to 30 ms: fewer rounds, and a longer look at the compiler. */
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
  /** `speed`: times as fast as the plain JavaScript FFT. */
  fft: FftSpeed[];
  hotPath: typeof HOT_PATH & {
    /** One SIMD window of one axis, in plain JavaScript FFTs of its length: under 1 is faster than that FFT alone. */
    plainFftsPerAxisWindow: number;
    pointsSustainedPerCore: number;
    simdOverScalar: number | null;
    kernels: Record<Kernel, PathSpeed | null>;
  };
}

const METHOD =
  'slices of all contenders in turn in one process, 15th percentile; machines are shared and other work only adds ' +
  'time, so compare ratios, not nanoseconds';

/**
 * Takes about ten seconds of one core.
 *
 * @param onStep  called before each of BENCH_STEPS steps
 * @throws the signal's reason soon after it aborts
 */
export async function runBench(onStep: (label: string) => void, signal: AbortSignal): Promise<BenchReport> {
  const kernel = bestKernel();
  const kernels: Kernel[] = kernel === 'simd' ? ['simd', 'scalar'] : ['scalar'];
  const fft: FftSpeed[] = [];
  for (const size of FFT_SIZES) {
    onStep(`FFT ${size}`);
    fft.push(await fftSpeed(size, kernels, FFT_ROUNDS, signal));
  }
  onStep('hot path');
  const [best, other] = await hotPathSpeed(kernels, PATH_ROUNDS, signal);
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
      pointsSustainedPerCore: Math.floor(best.timesRealTime),
      simdOverScalar: other ? digits(best.timesRealTime / other.timesRealTime) : null,
      kernels: { simd: kernel === 'simd' ? best : null, scalar: other ?? best },
    },
  };
}

/** The page for people. */
export function benchText(report: BenchReport): string {
  const { fft, hotPath, kernel } = report;
  const other = hotPath.simdOverScalar === null ? '' : ` (${hotPath.simdOverScalar.toFixed(1)}x the scalar kernel)`;
  const best = hotPath.kernels[kernel]!;
  const { axes, sampleRateHz, windowLength } = hotPath;
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
    `  ${Math.floor(best.timesRealTime)}x real time on one core${other}: ${hotPath.pointsSustainedPerCore} such points a core`,
    `  a window of one axis costs as much as ${hotPath.plainFftsPerAxisWindow.toFixed(2)} plain JavaScript FFTs of its length`,
    `  ${Math.round(best.windowsPerS)} windows/s of ${axes} axes, ${(best.samplesPerS / 1e6).toFixed(1)} million samples/s, ${(best.nsPerWindow / 1000).toFixed(1)} us a window`,
  ].join('\n');
}

const times = (speed: number | null): string => (speed === null ? '-' : `${speed.toFixed(1)}x`).padStart(8);
const nanoseconds = (ns: number | null): string => (ns === null ? '-' : ns.toFixed(0)).padStart(10);
