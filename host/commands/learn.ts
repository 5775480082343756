/** `spindle learn`: what is normal for a machine, as a file. */
import { accessSync, constants } from 'node:fs';
import { userInfo } from 'node:os';
import { dirname } from 'node:path';
import { Command } from 'commander';
import type { Given } from '../acquire/given.ts';
import type { Source } from '../acquire/source.ts';
import type { Finding } from '../baseline/steadiness.ts';
import { InputError } from '../errors.ts';
import type { LearnedBaseline, PipelineOptions } from '../pipeline.ts';
import { example, positive } from './arguments.ts';
import { Interrupted, interruption } from './exit.ts';
import { type GivenOptions, givenBy, withGivenOptions } from './given-options.ts';
import { refuseOverwriting, unwritable } from './output-file.ts';

interface LearnArguments extends GivenOptions {
  config?: string;
  point?: string;
  seconds?: number;
  out: string;
  by?: string;
  force?: boolean;
}

/** Findings of a point that are told; the rest is a number. */
const TOLD = 4;
/** A live source that is learned from gives this many times what is wanted before it is given up. */
const PATIENCE = 3;

export function learnCommand(): Command {
  return withGivenOptions(
    new Command('learn')
      .summary('learn what is normal for a machine, as a file')
      .description(
        'Learns from healthy recordings of one machine, or from a point of a configuration as it runs, and writes the ' +
          'baseline that replay, explain and run judge by. What is not one steady running state is refused: it says which ' +
          'feature moved, by how much and when.',
      )
      .argument('[TRACE...]', 'healthy recordings of one machine, in order')
      .option('-c, --config <FILE>', 'learn from a source of this configuration instead')
      .option('--point <ASSET/POINT>', 'which point of the configuration, when it has several')
      .option('--seconds <N>', 'learn from the first N seconds (default: a whole recording; of a source 60)', positive)
      .requiredOption('--out <BASELINE>', 'file to write, e.g. pump.baseline; an existing one is overwritten')
      .option('--force', 'write it although it is not steady; the file says so')
      .option('--by <NAME>', 'who says that this is healthy (default: the account)'),
  )
    .addHelpText(
      'after',
      example(
        'spindle learn healthy.csv --rate 25600 --unit g --out pump.baseline',
        'then: spindle replay today.csv --rate 25600 --unit g --baseline pump.baseline',
      ),
    )
    .action(learn);
}

async function learn(traces: string[], options: LearnArguments): Promise<void> {
  const { out, force = false, by = account() } = options;
  const { writeBaseline } = await import('../baseline/file.ts');
  const { source, pipelineOptions, inputs } = await opened(traces, options);
  let learned: Learned;
  try {
    refuseOverwriting(out, inputs);
    refuseUnwritable(out);
    learned = await learnedFrom(source, pipelineOptions);
  } finally {
    await source.close();
  }
  const { baseline, findings, decisions, seconds } = learned;
  const forced = lines(findings);
  if (forced.length > 0 && !force)
    throw new InputError(
      'LEARN_UNSTEADY',
      `${source.info.name}: is not one steady running state:\n  ${forced.join('\n  ')}\n` +
        `Learn from a steady stretch (--seconds N, or another recording), or accept it with --force; ${out} was not written`,
    );
  const file = { baseline, learnedUtcUs: Date.now() * 1000, by, forced: findings.map(textOf) };
  await writeBaseline(out, file).catch((cause) => {
    throw unwritable(out, cause);
  });
  for (const line of forced) console.error(`warn: ${line}`);
  const names = baseline.points.map(({ plan }) => plan.name).join(', ');
  console.error(
    `${out}: ${names} learned from ${decisions} decisions over ${Number(seconds.toPrecision(3))} s of ${source.info.name}, ` +
      `${forced.length > 0 ? 'NOT STEADY, accepted by force' : 'steady'}`,
  );
}

interface Opened {
  source: Source;
  pipelineOptions: PipelineOptions;
  /** Files that are read. */
  inputs: string[];
}

async function opened(traces: string[], options: LearnArguments): Promise<Opened> {
  const { config, point, seconds } = options;
  const refuse = (text: string): never => {
    throw new InputError('LEARN_USAGE', `learn: ${text}; nothing was learned`);
  };
  if (config === undefined) {
    if (traces.length === 0) refuse('got no trace, wanted TRACE... or --config FILE');
    if (point !== undefined) refuse('--point needs --config FILE');
    const { given } = await givenBy(options);
    return openedTraces(traces, given, seconds);
  }
  if (traces.length > 0) refuse(`got --config and also ${traces.join(' ')}, wanted one of them`);
  for (const name of ['rate', 'unit', 'channels', 'rpm', 'bearing'] as const)
    if (options[name] !== undefined) refuse(`--${name} does not go with --config: the file says it`);
  const { configuredPoint } = await import('./configured-point.ts');
  const { openPoint } = await import('./config-sources.ts');
  const { loadConfig } = await import('../config.ts');
  const { autoLearnSamples } = await import('../window/plan.ts');
  const chosen = configuredPoint(loadConfig(config), config, point, 'learn');
  const source = await openPoint(chosen);
  const { learnSamples, thresholdSpreads, persistenceDecisions, bearing } = chosen;
  const { sampleRateHz } = source.info;
  const said = typeof learnSamples === 'number' ? learnSamples : autoLearnSamples(source.info);
  return {
    source,
    inputs: [config, ...('path' in chosen.source ? [chosen.source.path] : [])],
    pipelineOptions: {
      learnSamples: seconds === undefined ? said : Math.ceil(seconds * sampleRateHz),
      pointName: chosen.id,
      bearingName: bearing?.name ?? null,
      thresholdSpreads,
      persistenceDecisions,
    },
  };
}

async function openedTraces(traces: string[], given: Given, seconds: number | undefined): Promise<Opened> {
  const { openSource } = await import('../acquire/open.ts');
  const { joined } = await import('../acquire/joined.ts');
  const { healthyPart } = await import('./replay-jobs.ts');
  const { learnSamplesOf } = await import('./replay-learn.ts');
  const open = async (): Promise<Source> => {
    const sources: Source[] = [];
    try {
      for (const path of traces) sources.push(await openSource(path, given));
      return joined(sources);
    } catch (error) {
      await Promise.all(sources.map((source) => source.close()));
      throw error;
    }
  };
  const source = await open();
  const { info } = source;
  const part = traces.length === 1 ? await healthyPart(traces[0]) : 'all';
  const job = { path: traces[0], learn: part, judgedBy: null, isWanted: false, samples: null };
  const learnSamples =
    seconds === undefined
      ? await learnSamplesOf(job, info, open, interruption())
      : Math.ceil(seconds * info.sampleRateHz);
  return { source, pipelineOptions: { learnSamples }, inputs: traces };
}

interface Learned {
  baseline: LearnedBaseline;
  findings: Finding[];
  decisions: number;
  seconds: number;
}

async function learnedFrom(source: Source, options: PipelineOptions): Promise<Learned> {
  const { learnFrom } = await import('../baseline/learning.ts');
  const { Progress } = await import('./progress.ts');
  const { secondsAt } = await import('../stream-time.ts');
  const { info } = source;
  const signal = interruption();
  for (const note of info.notes) console.error(`${info.name}: ${note}`);
  const wanted = options.learnSamples as number;
  const progress = new Progress(wanted);
  const hooks = {
    signal,
    limit: PATIENCE * wanted,
    progress: (samples: number, decisions: number) =>
      progress.advance(samples, `${decisions} decisions of ${info.name}`),
  };
  const learning = await learnFrom(source, options, hooks).finally(() => progress.stop());
  if (signal.aborted) throw new Interrupted('nothing was written');
  const { baseline, steadiness, samples } = learning;
  const seconds = secondsAt(info, Math.min(samples, wanted));
  return { baseline, findings: steadiness.findings(), decisions: steadiness.decisions, seconds };
}

/** Before a minute is spent on learning what cannot be written then. */
function refuseUnwritable(out: string): void {
  try {
    accessSync(dirname(out), constants.W_OK);
  } catch (cause) {
    throw unwritable(out, cause);
  }
}

/** Of whoever runs this; a container may give it no name. */
function account(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? 'unknown'}`;
  }
}

const textOf = ({ point, text }: Finding): string => `${point}: ${text}`;

/** The clearest of each point, and how many more there are. */
function lines(findings: Finding[]): string[] {
  const points = [...new Set(findings.map(({ point }) => point))];
  return points.flatMap((point) => {
    const own = findings.filter((finding) => finding.point === point).map(textOf);
    const more = own.length - TOLD;
    return more > 0 ? [...own.slice(0, TOLD), `${point}: and ${more} more features`] : own;
  });
}
