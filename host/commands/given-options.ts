/** What a person says of a recording on the command line, for every command that reads one. */
import type { Command } from 'commander';
import type { Given } from '../acquire/given.ts';
import { list, positive } from './arguments.ts';

export interface GivenOptions {
  rate?: number;
  unit?: string;
  channels?: string[];
  rpm?: number;
  bearing?: string;
}

/** Adds those options to a command. */
export function withGivenOptions(command: Command): Command {
  return command
    .option('--rate <HZ>', 'samples per second, when the file does not say or is wrong', positive)
    .option('--unit <U>', 'unit of the samples: one for all channels, or one a channel, comma separated')
    .option('--channels <LIST>', 'channels to read: names, or numbers counted from 1, comma separated', list)
    .option('--rpm <N>', 'shaft speed in revolutions a minute', positive)
    .option(
      '--bearing <NAME|ORDERS>',
      'a known bearing (see spindle bearing), or BPFO,BPFI,BSF,FTF in orders of shaft speed',
    );
}

/** @returns also the name of the bearing as the person called it. @throws InputError BEARING_UNKNOWN, BEARING_ORDERS */
export async function givenBy(options: GivenOptions): Promise<{ given: Given; bearingName: string | null }> {
  const { rate, unit, channels, rpm, bearing } = options;
  const given: Given = {};
  if (rate !== undefined) given.sampleRateHz = rate;
  if (unit !== undefined) given.unit = unit;
  if (channels !== undefined) given.channels = channels;
  if (rpm !== undefined) given.shaftRpm = rpm;
  if (bearing === undefined) return { given, bearingName: null };
  const { name, faultOrder, note } = (await import('../bearing.ts')).parseBearing(bearing);
  if (note !== undefined) console.error(note);
  return { given: { ...given, faultOrder }, bearingName: name };
}
