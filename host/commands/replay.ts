/** `spindle replay`: recorded traces through the same pipeline as live ones. */
import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Command } from 'commander';
import type { Given } from '../acquire/given.ts';
import type { SeverityRule } from '../detect/severity.ts';
import { InputError, SpindleError } from '../errors.ts';
import type { LearnedBaseline } from '../pipeline.ts';
import type { PlotText } from '../plot.ts';
import type { SourceInfo, Verdict } from '../types.ts';
import { example } from './arguments.ts';
import { EXIT, exitCodeOf, interruption } from './exit.ts';
import { type GivenOptions, givenBy, withGivenOptions } from './given-options.ts';
import { refuseOverwriting, writing } from './output-file.ts';
import type { ReplayJob } from './replay-jobs.ts';
import type { ReplayHooks } from './replay-trace.ts';

interface ReplayOptions extends GivenOptions {
  library?: string;
  only?: string;
  baseline?: string;
  severity?: string;
  jsonl?: string;
  plot?: string;
  failOnAlarm?: boolean;
}

export function replayCommand(): Command {
  return withGivenOptions(
    new Command('replay')
      .summary('judge recorded traces')
      .description(
        'Sends recorded traces through the same pipeline as live samples, as fast as it goes. Reads .json sidecars of a ' +
          'trace library, .csv, .wav, MATLAB v5 .mat and Spindle recordings.',
      )
      .argument('[TRACE...]', 'files to replay')
      .option('--library <DIR>', 'replay a trace library: the folder of its manifest.json')
      .option('--only <GLOB>', 'with --library: only traces whose name matches, e.g. "femto/*"')
      .option(
        '--baseline <FILE>',
        'what is normal: a baseline of spindle learn, or a healthy trace of the same machine',
      ),
  )
    .option(
      '--severity <LIMITS>',
      'zones of the vibration velocity: iso20816-3:2:rigid, iso10816-1:II, limits:AB,BC,CD',
    )
    .option('--jsonl <FILE>', 'write one JSON row a decision; - is stdout')
    .option('--plot <FILE.svg>', 'draw score, state and cause over time (one trace)')
    .option('--fail-on-alarm', 'exit 1 when a trace alarms')
    .addHelpText(
      'after',
      example(
        'spindle replay pump.csv --rate 25600 --unit g --rpm 1480 --bearing 6205 --plot pump.svg',
        'judges pump.csv by its own first part and draws the result',
      ),
    )
    .action(replay);
}

async function replay(traces: string[], options: ReplayOptions): Promise<void> {
  refuseContradictions(traces, options);
  // loaded here, so that --help of every command stays instant
  const { JsonLines } = await import('./json-lines.ts');
  const { Progress } = await import('./progress.ts');
  const { effortText, sourceText, traceSummary } = await import('./replay-summary.ts');
  const { secondsAt } = await import('../stream-time.ts');
  const { PlotSeries, plotSvg } = await import('../plot.ts');

  const { given, bearingName } = await givenBy(options);
  const severity = await severityBy(options);
  const jobs = await jobsOf(traces, options);
  const wanted = jobs.filter((job) => job.isWanted);
  if (options.plot !== undefined && wanted.length !== 1)
    throw new InputError('REPLAY_PLOT', `--plot draws one trace, got ${wanted.length}; nothing was replayed`);
  refuseSpoiling(jobs, options);
  const lines = options.jsonl === undefined ? null : await JsonLines.open(options.jsonl);
  const series = new PlotSeries();
  const samples = jobs.map((job) => job.samples);
  let progress = new Progress(samples.includes(null) ? null : samples.reduce<number>((sum, n) => sum + n!, 0));
  const note = (text: string): void => {
    progress.stop();
    console.error(text);
  };
  const hooks = {
    row: async (row: unknown) => lines?.write(row),
    verdict: (verdict: Verdict, info: SourceInfo) => {
      if (options.plot === undefined) return;
      // to where the next span begins, so that snapshots meet
      series.add(secondsAt(info, verdict.start), secondsAt(info, verdict.start + verdict.length), verdict);
    },
    progress: (read: number, name: string) => progress.advance(read, name),
    note,
    signal: interruption(),
  };
  const writePlot = (path: string, text: PlotText): Promise<void> =>
    writing(path, () => writeFile(path, plotSvg(series, text)));
  const startedMs = performance.now();
  const baselines = await learnedBefore(options);
  const failed = new Set<string>();
  const judges = new Set(jobs.map((one) => one.judgedBy));
  let decisions = 0;
  let hasAlarm = false;
  for (const job of jobs) {
    try {
      const result = await replayOne(job, given, severity, baselines, failed, judges.has(job.path), hooks, (info) => {
        if (samples.includes(null)) progress = new Progress(info.sampleCount);
      });
      decisions += result.decisions;
      if (!job.isWanted) continue;
      hasAlarm ||= result.alarms > 0;
      note(traceSummary(result, bearingName));
      if (options.plot !== undefined)
        await writePlot(options.plot, { title: result.info.name, subtitle: sourceText(result.info) });
    } catch (error) {
      progress.stop();
      // with several traces, one that cannot be read does not cost the others
      if (jobs.length === 1 || !(error instanceof SpindleError) || isOutputError(error)) throw error;
      failed.add(job.path);
      process.exitCode = exitCodeOf(error);
    }
  }
  progress.stop();
  await lines?.close();
  const seconds = (performance.now() - startedMs) / 1000;
  console.error(effortText({ traces: wanted.length, decisions, seconds }));
  if (failed.size > 0) console.error(`${failed.size} of ${jobs.length} traces could not be replayed; see above`);
  else if (hasAlarm && options.failOnAlarm) process.exitCode = EXIT.found;
}

async function replayOne(
  job: ReplayJob,
  given: Given,
  severity: SeverityRule | null,
  baselines: Map<string, LearnedBaseline>,
  failed: Set<string>,
  isNeeded: boolean,
  hooks: ReplayHooks,
  onOpen: (info: SourceInfo) => void,
) {
  const { openSource } = await import('../acquire/open.ts');
  const { learnSamplesOf } = await import('./replay-learn.ts');
  const { replayTrace } = await import('./replay-trace.ts');
  if (job.judgedBy !== null && failed.has(job.judgedBy))
    throw new InputError('REPLAY_BASELINE', `${job.path}: its baseline ${job.judgedBy} could not be learned; skipped`);
  const learned = job.judgedBy === null ? undefined : baselines.get(job.judgedBy);
  const source = await openSource(job.path, given);
  try {
    onOpen(source.info);
    const learn = await learnSamplesOf(job, source.info, () => openSource(job.path, given), hooks.signal);
    const result = await replayTrace(source, job, { learnSamples: learn, severity }, learned, hooks);
    if (isNeeded) baselines.set(job.path, result.baseline);
    return result;
  } finally {
    await source.close();
  }
}

function refuseContradictions(traces: string[], options: ReplayOptions): void {
  const refuse = (text: string): never => {
    throw new InputError('REPLAY_USAGE', `replay: ${text}; nothing was replayed`);
  };
  const { library, only, jsonl, plot } = options;
  if (jsonl !== undefined && plot !== undefined && resolve(jsonl) === resolve(plot))
    refuse(`got --jsonl and --plot ${plot}, wanted two files`);
  if (library === undefined) {
    if (traces.length === 0) refuse('got no trace, wanted TRACE... or --library DIR');
    if (only !== undefined) refuse('--only needs --library DIR');
    return;
  }
  if (traces.length > 0) refuse(`got --library and also ${traces.join(' ')}, wanted one of them`);
  for (const name of ['baseline', 'rate', 'unit', 'channels', 'rpm', 'bearing'] as const)
    if (options[name] !== undefined) refuse(`--${name} does not go with --library: its sidecars say it`);
}

/** The rows of a trace written over the trace would be the end of both. */
function refuseSpoiling(jobs: ReplayJob[], { library, baseline, jsonl, plot }: ReplayOptions): void {
  const inputs = jobs.flatMap(({ path }) =>
    ['', '.bin', '.bin.gz'].map((end) => (end ? path.replace(/\.json$/i, end) : path)),
  );
  if (library !== undefined) inputs.push(join(library, 'manifest.json'));
  if (baseline !== undefined) inputs.push(baseline);
  for (const out of [jsonl, plot]) if (out !== undefined && out !== '-') refuseOverwriting(out, inputs);
}

async function severityBy({ severity }: ReplayOptions): Promise<SeverityRule | null> {
  return severity === undefined ? null : (await import('../detect/severity.ts')).parseSeverity(severity);
}

async function jobsOf(traces: string[], { library, only, baseline }: ReplayOptions): Promise<ReplayJob[]> {
  const { libraryJobs, traceJobs } = await import('./replay-jobs.ts');
  const { looksLikeBaseline } = await import('../baseline/file.ts');
  if (library !== undefined) return libraryJobs(library, only);
  return traceJobs(traces, baseline, baseline !== undefined && looksLikeBaseline(baseline));
}

/** A baseline file, under its path; a trace that is one is learned first. */
async function learnedBefore({ baseline }: ReplayOptions): Promise<Map<string, LearnedBaseline>> {
  const { looksLikeBaseline, readBaseline } = await import('../baseline/file.ts');
  if (baseline === undefined || !looksLikeBaseline(baseline)) return new Map();
  return new Map([[baseline, readBaseline(baseline).baseline]]);
}

const isOutputError = (error: SpindleError): boolean => error.code === 'OUTPUT_WRITE';
