/** `spindle bench`: speed as ratios, which a busy machine disturbs less than times. First form. */
import { Command } from 'commander';
import type { Kernel } from '../analyse/core.ts';
import type { SourceEvent, SourceInfo } from '../types.ts';
import { example } from './arguments.ts';

const SIGNAL_S = 30;
const FFT_POINTS = 4096;
const FFT_RUNS = 2000;
/** The median of these is told. */
const ROUNDS = 5;

interface BenchResult {
  /** Machine seconds of one 3-axis 25.6 kHz point that one core judges in one second. */
  timesRealTime: Record<Kernel, number>;
  simdOverScalar: number;
  /** Real transforms of 4096 points in one second. */
  fftPerSecond: Record<Kernel, number>;
  fftSimdOverScalar: number;
  node: string;
}

export function benchCommand(): Command {
  return new Command('bench')
    .summary('measure the speed of this machine')
    .description(
      'Judges a simulated 3-axis point at 25.6 kHz with both builds of the core, on one core of this machine and without ' +
        'store or network, and says how many times faster than real time it is. Other activity on the machine misleads.',
    )
    .option('--json', 'one line of JSON on stdout')
    .addHelpText('after', example('spindle bench --json', 'for comparing machines'))
    .action(bench);
}

async function bench({ json }: { json?: boolean }): Promise<void> {
  const { Core } = await import('../analyse/core.ts');
  const { Simulator } = await import('../acquire/simulator.ts');
  const { Pipeline } = await import('../pipeline.ts');
  const { Progress } = await import('./progress.ts');
  const progress = new Progress(2 * ROUNDS);
  const simulator = new Simulator({ durationS: SIGNAL_S });
  const events: SourceEvent[] = [];
  for await (const event of simulator.events()) events.push(event);
  const { info } = simulator;

  const signal = (kernel: Kernel): number => {
    const seconds = timed(() => judge(new Pipeline(info, { learnSamples: 'auto', kernel }), events));
    progress.advance(1, `core, ${kernel}`);
    return SIGNAL_S / seconds;
  };
  const transforms = (kernel: Kernel): number => {
    const core = new Core(kernel);
    const { input } = core.planFft(FFT_POINTS);
    for (let i = 0; i < FFT_POINTS; i++) input[i] = Math.sin(i * 0.37) + Math.sin(i * 1.3);
    const seconds = timed(() => {
      for (let run = 0; run < FFT_RUNS; run++) core.fft(FFT_POINTS);
    });
    return FFT_RUNS / seconds;
  };
  const real = rounds(signal);
  const fft = rounds(transforms);
  progress.stop();
  const result: BenchResult = {
    timesRealTime: real,
    simdOverScalar: digits(real.simd / real.scalar),
    fftPerSecond: fft,
    fftSimdOverScalar: digits(fft.simd / fft.scalar),
    node: process.version,
  };
  process.stdout.write(json ? `${JSON.stringify(result)}\n` : textOf(result, info));
}

function judge(pipeline: { push(event: SourceEvent): unknown[]; end(): unknown[] }, events: SourceEvent[]): void {
  for (const event of events) pipeline.push(event);
  pipeline.end();
}

/** Kernels take turns, so that a busy moment hits both. */
function rounds(measure: (kernel: Kernel) => number): Record<Kernel, number> {
  const measured: Record<Kernel, number[]> = { simd: [], scalar: [] };
  for (let round = 0; round < ROUNDS; round++)
    for (const kernel of ['simd', 'scalar'] as const) measured[kernel].push(measure(kernel));
  return { simd: median(measured.simd), scalar: median(measured.scalar) };
}

function timed(work: () => void): number {
  const startMs = performance.now();
  work();
  return (performance.now() - startMs) / 1000;
}

const median = (values: number[]): number => digits(values.sort((a, b) => a - b)[values.length >> 1]);
const digits = (value: number): number => Number(value.toPrecision(3));

function textOf(
  { timesRealTime, simdOverScalar, fftPerSecond, fftSimdOverScalar }: BenchResult,
  info: SourceInfo,
): string {
  const point = `one ${info.channels.length}-axis point at ${info.sampleRateHz} Hz`;
  return (
    `${point}: ${timesRealTime.simd} times real time with SIMD, ${timesRealTime.scalar} without (${simdOverScalar} : 1)\n` +
    `real FFT of ${FFT_POINTS} points: ${fftPerSecond.simd} per second with SIMD, ${fftPerSecond.scalar} without (${fftSimdOverScalar} : 1)\n`
  );
}
