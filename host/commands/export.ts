/** `spindle export`: a store as one signed file that anybody can check. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { InputError } from '../errors.ts';
import { example } from './arguments.ts';
import { refuseOverwriting } from './output-file.ts';

interface ExportArguments {
  data: string;
  out: string;
  from?: number;
  to?: number;
  point?: string;
}

export function exportCommand(): Command {
  return new Command('export')
    .summary('write a store as one signed file')
    .description(
      'Writes the frames of a data directory as one CBOR sequence, chained and signed. Works beside a running host. ' +
        'What a filter leaves out stands in the file as its digest, so that the chain can still be checked.',
    )
    .requiredOption('--data <DIR>', 'data directory')
    .requiredOption('--out <FILE>', 'file to write; an existing one is overwritten')
    .addOption(new Option('--format <FORMAT>', 'form of the file').choices(['cbor']).default('cbor'))
    .option('--from <TIME>', 'only frames from this UTC time on, e.g. 2026-11-22T10:00:00Z', utcUs)
    .option('--to <TIME>', 'only frames up to this UTC time', utcUs)
    .option('--point <NAME>', 'only frames of this point')
    .addHelpText(
      'after',
      example('spindle export --data spindle-data --out week.cbor', 'then: spindle verify week.cbor'),
    )
    .action(exportStore);
}

async function exportStore({ data, out, from, to, point }: ExportArguments): Promise<void> {
  const { exportFrames } = await import('../store/export.ts');
  refuseOverwriting(out, filesIn(data));
  if (from !== undefined && to !== undefined && from > to)
    throw new InputError('EXPORT_USAGE', `export: --from ${iso(from)} is after --to ${iso(to)}; nothing was written`);
  const { Progress } = await import('./progress.ts');
  let progress: InstanceType<typeof Progress> | null = null;
  let told = 0;
  const { frames, digests, bytes, otherEpochs } = exportFrames({
    dataDir: data,
    out,
    ...(from === undefined ? {} : { fromUtcUs: from }),
    ...(to === undefined ? {} : { toUtcUs: to }),
    ...(point === undefined ? {} : { point }),
    onProgress: (done, total) => {
      progress ??= new Progress(total);
      progress.advance(done - told, out);
      told = done;
    },
  });
  (progress as InstanceType<typeof Progress> | null)?.stop();
  const left = digests > 0 ? `, ${digests} left out as digests` : '';
  console.error(`${out}: ${frames} frames${left}, ${bytes} bytes, signed`);
  if (otherEpochs.length > 0)
    console.error(`the store also holds ${otherEpochs.length} earlier epochs, which are not in this file`);
}

/** Key, store and log of a data directory; none when it is no directory, which the export then says. */
function filesIn(directory: string): string[] {
  try {
    return readdirSync(directory).map((name) => join(directory, name));
  } catch {
    return [];
  }
}

const iso = (us: number): string => new Date(us / 1000).toISOString();

/** A time that a person writes, in microseconds. */
function utcUs(text: string): number {
  const ms = Date.parse(text);
  if (!Number.isFinite(ms)) throw new InvalidArgumentError('Wanted a time such as 2026-11-22T10:00:00Z.');
  return ms * 1000;
}
