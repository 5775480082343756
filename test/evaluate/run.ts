/**
 * `npm run evaluate`: how well detection and diagnosis do, on a trace library and on simulated machines, as one page of
 * tables on stdout. Progress on stderr.
 */
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command, InvalidArgumentError, Option } from 'commander';
import { Progress } from '../../host/commands/progress.ts';
import { TRACES } from '../support/traces.ts';
import { comparisonText, type Remembered, remembered } from './comparison.ts';
import { evaluate, PARTS, type Part } from './evaluation.ts';
import { reportText } from './report/page.ts';

const PAGE = fileURLToPath(new URL('../../docs/detection-figures.md', import.meta.url));
/** The figures of that page, to compare with. */
const FIGURES = fileURLToPath(new URL('figures.json', import.meta.url));

interface RunOptions {
  traces: string;
  seeds: number;
  peerMachines: number;
  namedMachines: number;
  peerSeed: number;
  only: Part[];
  jobs: number;
  json?: string;
  before: string;
  write?: boolean;
}

function count(text: string): number {
  const value = Number(text);
  if (!(Number.isInteger(value) && value > 0)) throw new InvalidArgumentError('Wanted a whole number above 0.');
  return value;
}

function parts(text: string): Part[] {
  const names = text.split(',');
  const unknown = names.find((name) => !PARTS.includes(name as Part));
  if (unknown !== undefined) throw new InvalidArgumentError(`Wanted some of ${PARTS.join(',')}; got ${unknown}.`);
  return names as Part[];
}

/** Bars on a terminal, a line a part elsewhere. */
function progressBars(): Parameters<typeof evaluate>[0]['progress'] {
  let bar = new Progress(null);
  return {
    start: (total, what) => {
      if (!process.stderr.isTTY && total > 0) console.error(`evaluate: ${total} ${what} ...`);
      bar = new Progress(total);
    },
    advance: (amount, label) => bar.advance(amount, label),
    stop: () => bar.stop(),
  };
}

const command = new Command('npm run evaluate --')
  .description(
    'Evaluates detection and diagnosis of the source tree: recordings of a trace library, other methods on the same ' +
      'features, simulated machines. Prints one page of Markdown tables. Takes half a minute of processor time for the ' +
      'recordings, 1.6 s for each seed and 2 s more for each that the other methods judge too.',
  )
  .option('--traces <DIR>', 'trace library: the folder of its manifest.json', TRACES)
  .option('--seeds <N>', 'simulated machines of each kind', count, 1000)
  .option('--peer-machines <N>', 'the first so many of each kind are judged by the other methods too', count, 100)
  .option('--named-machines <N>', 'the first so many also get faults of fixed sizes, to be named', count, 200)
  .option('--peer-seed <N>', 'seed of k-means and mixture', count, 1)
  .addOption(new Option('--only <PARTS>', `comma separated: ${PARTS.join(', ')}`).argParser(parts).default([...PARTS]))
  .option('--jobs <N>', 'threads for simulated machines', count, availableParallelism())
  .option('--json <FILE>', 'write all figures as JSON')
  .option('--before <FILE>', 'print what has changed since this JSON of --json', FIGURES)
  .option('--write', 'write docs/detection-figures.md, and figures.json to compare later runs with')
  .action(run);

async function run(options: RunOptions): Promise<void> {
  const { only, write, json } = options;
  const before: Remembered = JSON.parse(await readFile(options.before, 'utf8'));
  if (write && only.length < PARTS.length) command.error('error: --write writes the whole page; not with --only');
  const traces = existsSync(join(options.traces, 'manifest.json')) ? options.traces : null;
  if (traces === null) {
    if (write) command.error(`error: --write needs the recordings; no manifest.json in ${options.traces}`);
    console.error(`no manifest.json in ${options.traces}: no recordings, simulated machines only`);
  }
  const startedMs = performance.now();
  const evaluation = await evaluate({
    traces,
    seeds: options.seeds,
    peerMachines: options.peerMachines,
    namedMachines: options.namedMachines,
    peerSeed: options.peerSeed,
    parts: only,
    threads: options.jobs,
    progress: progressBars(),
  });
  const page = reportText(evaluation);
  console.log(page);
  const after = remembered(evaluation);
  console.log(comparisonText(before, after));
  if (json !== undefined) await writeFile(json, `${JSON.stringify({ ...evaluation, ...after }, null, 2)}\n`);
  if (write) {
    await writeFile(PAGE, page);
    await writeFile(FIGURES, `${JSON.stringify(after, null, 2)}\n`);
  }
  const { user, system } = process.cpuUsage();
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(0);
  console.error(`evaluated in ${seconds} s, ${((user + system) / 1e6).toFixed(0)} s of processor time`);
}

await command.parseAsync();
