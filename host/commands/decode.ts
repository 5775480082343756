/** `spindle decode`: frames to JSON lines, for people and for jq. */
import { Command } from 'commander';
import { DamageError } from '../errors.ts';
import { example } from './arguments.ts';
import { EXIT } from './exit.ts';

export function decodeCommand(): Command {
  return new Command('decode')
    .summary('print frames as JSON lines')
    .description(
      'Prints the frames of an export, a recording or a bare CBOR sequence as JSON lines: the field names of ' +
        'docs/frame.cddl, byte strings in hex. Exits 1 at the first damage; what was printed before stands.',
    )
    .argument('[FILE]', 'file to read; - or nothing is stdin', '-')
    .addHelpText('after', example('spindle decode export.cbor | jq .verdict.state', 'the states in an export'))
    .action(decode);
}

async function decode(path: string): Promise<void> {
  const { JsonLines } = await import('./json-lines.ts');
  const { readFrames } = await import('./frame-input.ts');
  const lines = await JsonLines.open('-');
  let digests = 0;
  try {
    for await (const frame of readFrames(path)) {
      if (frame === null) digests++;
      else await lines.write(frame);
    }
  } catch (error) {
    if (!(error instanceof DamageError)) throw error;
    console.error(`spindle: ${error.name} ${error.code}: ${path}: ${error.message}`);
    process.exitCode = EXIT.found;
  }
  if (digests > 0) console.error(`${digests} frames are not here; only their digests are`);
}
