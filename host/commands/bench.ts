/** `spindle bench`: how fast this machine is, as ratios. */
import { Command } from 'commander';
import { example } from './arguments.ts';
import { Interrupted, interruption } from './exit.ts';

export function benchCommand(): Command {
  return new Command('bench')
    .summary('how fast this machine is, as ratios')
    .description(
      'Measures the transform at every size against a plain JavaScript one, and the hot path from samples to score ' +
        'against real time. Takes about ten seconds. Other work on the machine only adds time, to all contenders ' +
        'alike: compare the ratios, not the nanoseconds.',
    )
    .option('--json', 'print one JSON object')
    .addHelpText('after', example('spindle bench --json | jq .hotPath.kernels', 'windows and samples a second'))
    .action(bench);
}

async function bench({ json }: { json?: boolean }): Promise<void> {
  const { BENCH_STEPS, benchText, runBench } = await import('../bench/report.ts');
  const { Progress } = await import('./progress.ts');
  const progress = new Progress(BENCH_STEPS);
  const signal = interruption();
  try {
    const report = await runBench((label) => progress.advance(1, label), signal);
    progress.stop();
    process.stdout.write(`${json ? JSON.stringify(report) : benchText(report)}\n`);
  } catch (error) {
    if (signal.aborted) throw new Interrupted('nothing was measured to its end');
    throw error;
  } finally {
    progress.stop();
  }
}
