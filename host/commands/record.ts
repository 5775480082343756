/** `spindle record`: a source as a signed recording that can be replayed. */
import { join } from 'node:path';
import { Command } from 'commander';
import type { Source } from '../acquire/source.ts';
import { InputError } from '../errors.ts';
import type { HostKey } from '../frame/key.ts';
import type { SourceEvent, SourceInfo } from '../types.ts';
import { example, positive } from './arguments.ts';
import { configuredPoint } from './configured-point.ts';
import { interruption } from './exit.ts';
import { refuseOverwriting } from './output-file.ts';

interface RecordArguments {
  config?: string;
  point?: string;
  out: string;
  seconds?: number;
}

export function recordCommand(): Command {
  return new Command('record')
    .summary('record a source to a file')
    .description(
      'Writes what a source gives as a Spindle recording, chained and signed; spindle replay reads it. Without a ' +
        'configuration the simulated machine is recorded, as fast as it goes. Ends at Ctrl-C with a whole file.',
    )
    .requiredOption('--out <FILE>', 'file to write, e.g. pump.spindle; an existing one is overwritten')
    .option('-c, --config <FILE>', 'configuration that names the source')
    .option('--point <ASSET/POINT>', 'which point of the configuration, when it has several')
    .option('--seconds <N>', 'seconds of signal (default: to the end of the source, or Ctrl-C)', positive)
    .addHelpText(
      'after',
      example('spindle record --out machine.spindle --seconds 120', 'then: spindle replay machine.spindle'),
    )
    .action(record);
}

async function record({ config, point, out, seconds }: RecordArguments): Promise<void> {
  const { recordSource } = await import('../store/recording.ts');
  const { Progress } = await import('./progress.ts');
  const signal = interruption();
  const { source, key } = await chosen(config, point, out, signal);
  const { sampleRateHz, sampleCount } = source.info;
  const limit = Math.min(seconds === undefined ? Infinity : Math.ceil(seconds * sampleRateHz), sampleCount ?? Infinity);
  const progress = new Progress(Number.isFinite(limit) ? limit : null);
  const cut = new Cut(source, limit, (samples) => progress.advance(samples, out));
  for (const note of source.info.notes) console.error(`${source.info.name}: ${note}`);
  try {
    const { samples, frames, bytes } = await recordSource(cut, out, key, signal);
    progress.stop();
    const duration = Number((samples / sampleRateHz).toPrecision(4));
    console.error(`${out}: ${samples} samples (${duration} s) in ${frames} frames, ${bytes} bytes, signed`);
  } finally {
    progress.stop();
    await source.close();
  }
}

async function chosen(
  path: string | undefined,
  id: string | undefined,
  out: string,
  signal: AbortSignal,
): Promise<{ source: Source; key: HostKey }> {
  const { KEY_FILE, newHostKey, openHostKey } = await import('../frame/key.ts');
  if (path === undefined) {
    if (id !== undefined) throw new InputError('RECORD_USAGE', 'record: --point needs --config; nothing was recorded');
    const { Simulator } = await import('../acquire/simulator.ts');
    return { source: new Simulator(), key: newHostKey() };
  }
  const { loadConfig } = await import('../config.ts');
  const { openPoint } = await import('./config-sources.ts');
  const { makeDataDirectory } = await import('../store/directory.ts');
  const config = loadConfig(path);
  const point = configuredPoint(config, path, id, 'record');
  const { directory } = config.store;
  const sourcePaths = 'path' in point.source ? [point.source.path] : [];
  refuseOverwriting(out, [path, join(directory, KEY_FILE), ...sourcePaths]);
  const source = await openPoint(point, { signal });
  makeDataDirectory(directory);
  return { source, key: openHostKey(directory) };
}

/** The first `limit` scans of a source. */
class Cut implements Source {
  readonly #source: Source;
  readonly #limit: number;
  readonly #onSamples: (samples: number) => void;

  constructor(source: Source, limit: number, onSamples: (samples: number) => void) {
    this.#source = source;
    this.#limit = limit;
    this.#onSamples = onSamples;
  }

  get info(): SourceInfo {
    const { info } = this.#source;
    return Number.isFinite(this.#limit) ? { ...info, sampleCount: this.#limit } : info;
  }

  async *events(signal?: AbortSignal): AsyncGenerator<SourceEvent> {
    for await (const event of this.#source.events(signal)) {
      if (event.kind !== 'samples') {
        yield event;
        continue;
      }
      const room = this.#limit - event.firstSample;
      if (room <= 0) return;
      const channels = event.channels.map((lane) => (lane.length > room ? lane.slice(0, room) : lane));
      this.#onSamples(channels[0].length);
      yield { ...event, channels };
      if (room <= event.channels[0].length) return;
    }
  }

  close(): Promise<void> {
    return this.#source.close();
  }
}
