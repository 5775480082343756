/** `spindle explain`: one verdict in full. */
import { writeFile } from 'node:fs/promises';
import { Command, InvalidArgumentError } from 'commander';
import { InputError } from '../errors.ts';
import type { Pictured } from '../explain/explanation.ts';
import { example } from './arguments.ts';
import { Interrupted, interruption } from './exit.ts';
import { type GivenOptions, givenBy, withGivenOptions } from './given-options.ts';
import { refuseOverwriting, writing } from './output-file.ts';

interface ExplainArguments extends GivenOptions {
  at?: Place;
  point?: string;
  baseline?: string;
  svg?: string;
  json?: boolean;
}

type Place = { seconds: number } | { sample: number };

export function explainCommand(): Command {
  return withGivenOptions(
    new Command('explain')
      .summary('one verdict in full: what moved, by how much, why it is called so')
      .description(
        'Explains one decision: the numbers, the parts of its score, the evidence and the sentence, and with --svg a ' +
          'picture with spectra. RECORD is a recording (the decision with the highest score, or the one --at), a frame of ' +
          'a data directory or export as DIR#SEQ or FILE#SEQ, DIR alone: its newest alarm, or ROWS.jsonl:LINE of replay.',
      )
      .argument('<RECORD>', 'a recording, DIR#SEQ, EXPORT#SEQ, DIR or ROWS.jsonl:LINE')
      .option('--at <PLACE>', 'of a recording: seconds (139.5), a time (00:02:19) or sample:N', place)
      .option('--point <NAME>', 'of a recording with several points: this one')
      .option(
        '--baseline <FILE>',
        'what is normal: a baseline of spindle learn, or a healthy trace of the same machine',
      ),
  )
    .option('--svg <FILE>', 'draw it')
    .option('--json', 'as one line of JSON')
    .addHelpText(
      'after',
      example('spindle explain pump.csv --rate 25600 --unit g --svg why.svg', 'the clearest alarm of a recording'),
    )
    .action(explain);
}

async function explain(record: string, options: ExplainArguments): Promise<void> {
  const { frameRecord } = await import('../explain/find-frame.ts');
  const { explanationText } = await import('../explain/text.ts');
  const { explainRow, rowRecord } = await import('../explain/of-row.ts');
  const row = rowRecord(record);
  const frame = row ? null : frameRecord(record);
  if (row || frame) refuseTraceOptions(options);
  if (options.svg !== undefined)
    refuseOverwriting(options.svg, [row?.path ?? frame?.path ?? record, options.baseline ?? record]);
  const pictured = row
    ? explainRow(row.path, row.line)
    : frame
      ? await ofFrame(record, frame)
      : await ofTrace(record, options);
  if (options.svg !== undefined) {
    const { explanationSvg } = await import('../explain/picture.ts');
    const path = options.svg;
    await writing(path, () => writeFile(path, explanationSvg(pictured)));
  }
  const { explanation } = pictured;
  process.stdout.write(`${options.json ? JSON.stringify(explanation) : explanationText(explanation)}\n`);
}

function refuseTraceOptions(options: ExplainArguments): void {
  for (const name of ['at', 'point', 'baseline', 'rate', 'unit', 'channels', 'rpm', 'bearing'] as const)
    if (options[name] !== undefined)
      throw new InputError(
        'EXPLAIN_USAGE',
        `explain: --${name} goes with a recording only; a frame and a row say it themselves; nothing was explained`,
      );
}

async function ofFrame(record: string, { path, seq }: { path: string; seq: number | null }): Promise<Pictured> {
  const { findFrame } = await import('../explain/find-frame.ts');
  const { explainFrame } = await import('../explain/of-frame.ts');
  return explainFrame(await findFrame(record, path, seq));
}

async function ofTrace(path: string, options: ExplainArguments): Promise<Pictured> {
  const { openSource } = await import('../acquire/open.ts');
  const { explainTrace } = await import('../explain/of-trace.ts');
  const { normalFor } = await import('./explain-normal.ts');
  const { Progress } = await import('./progress.ts');
  const { given, bearingName } = await givenBy(options);
  const signal = interruption();
  const note = (text: string): void => console.error(text);
  const { at, point = null } = options;
  const { pipelineFor, judgedBy } = await normalFor(path, options.baseline, given, bearingName, { signal, note });
  const source = await openSource(path, given);
  try {
    const { info } = source;
    for (const text of info.notes) note(`${info.name}: ${text}`);
    const progress = new Progress(info.sampleCount);
    const sample = at === undefined ? null : 'sample' in at ? at.sample : await sampleAt(at.seconds, info);
    const pipeline = await pipelineFor(info);
    const hooks = { signal, progress: (samples: number) => progress.advance(samples, info.name) };
    const explained = explainTrace(source, pipeline, { sample, point }, judgedBy, hooks).finally(() => progress.stop());
    const pictured = await explained.catch((error) => {
      throw signal.aborted ? new Interrupted('nothing was explained') : error;
    });
    return pictured;
  } finally {
    await source.close();
  }
}

/** The first sample that is not before a time of the stream. */
async function sampleAt(seconds: number, info: import('../types.ts').SourceInfo): Promise<number> {
  const { secondsAt } = await import('../stream-time.ts');
  const { sampleRateHz, snapshot } = info;
  if (!snapshot?.intervalS) return Math.floor(seconds * sampleRateHz);
  const first = Math.floor(seconds / snapshot.intervalS) * snapshot.samples;
  const inside = Math.floor((seconds - secondsAt(info, first)) * sampleRateHz);
  return first + Math.min(snapshot.samples - 1, Math.max(0, inside));
}

/** @example 139.5; 00:02:19; sample:3558400 */
function place(text: string): Place {
  const sample = /^sample:(\d{1,15})$/.exec(text);
  if (sample) return { sample: Number(sample[1]) };
  const clock = /^(\d+):([0-5]\d):([0-5]\d(?:\.\d+)?)$/.exec(text);
  if (clock) return { seconds: 3600 * Number(clock[1]) + 60 * Number(clock[2]) + Number(clock[3]) };
  const seconds = text.trim() === '' ? Number.NaN : Number(text);
  if (!(Number.isFinite(seconds) && seconds >= 0))
    throw new InvalidArgumentError('Wanted seconds such as 139.5, a time such as 00:02:19, or sample:N.');
  return { seconds };
}
