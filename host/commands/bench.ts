/** `spindle bench`: how fast this machine is, as ratios. */
import { Command, InvalidArgumentError } from 'commander';
import { example, positive } from './arguments.ts';
import { Interrupted, interruption } from './exit.ts';

export function benchCommand(): Command {
  return new Command('bench')
    .summary('how fast this machine is, as ratios')
    .description(
      'Measures the transform at every size against a plain JavaScript one, and the hot path from samples to score ' +
        'against the same features in plain JavaScript. Takes about ten seconds. Other work on the machine only adds ' +
        'time, to all contenders alike: compare the ratios, not the nanoseconds.',
    )
    .option('--rate <hz>', 'sample rate of the points that a core sustains', positive, 25_600)
    .option('--overlap <share>', 'of their windows, 0 up to below 1; the core itself overlaps by half', overlap, 0.5)
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      example('spindle bench --rate 51200 --json | jq .hotPath.sustained', 'points that one core sustains'),
    )
    .action(bench);
}

function overlap(text: string): number {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (!(value >= 0 && value < 1)) throw new InvalidArgumentError('Wanted a share from 0 up to below 1.');
  return value;
}

interface BenchOptions {
  json?: boolean;
  rate: number;
  overlap: number;
}

async function bench({ json, rate, overlap }: BenchOptions): Promise<void> {
  const { BENCH_STEPS, benchText, runBench } = await import('../bench/report.ts');
  const { Progress } = await import('./progress.ts');
  const progress = new Progress(BENCH_STEPS);
  const signal = interruption();
  try {
    const load = { sampleRateHz: rate, overlap };
    const report = await runBench((label) => progress.advance(1, label), signal, load);
    progress.stop();
    process.stdout.write(`${json ? JSON.stringify(report) : benchText(report)}\n`);
  } catch (error) {
    if (signal.aborted) throw new Interrupted('nothing was measured to its end');
    throw error;
  } finally {
    progress.stop();
  }
}
