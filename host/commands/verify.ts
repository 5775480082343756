/** `spindle verify`: is this what was written? */
import { closeSync, readFileSync } from 'node:fs';
import { Command } from 'commander';
import { InputError } from '../errors.ts';
import { openRegular } from '../file-kind.ts';
import { example } from './arguments.ts';
import { EXIT } from './exit.ts';

const KEY_BYTES = 32;

export function verifyCommand(): Command {
  return new Command('verify')
    .summary('check a store, an export or a recording')
    .description(
      'Checks the chain, the signatures and the completeness of a data directory, an export or a recording. Exits 0 ' +
        'when it is what was written, 1 when it is not, naming the first bad record and what is still proven. Without ' +
        '--key the key inside is taken: self-signed, not trusted.',
    )
    .argument('<PATH>', 'data directory, its spindle.db, or a file')
    .option('--key <FILE>', 'public key that must have signed: 32 bytes raw or as 64 hex digits')
    .option('--full', 'of a store, also every index and table against each other, which takes minutes for gigabytes')
    .addHelpText('after', example('spindle verify week.cbor', 'complete and unchanged, or the first damaged record'))
    .action(verify);
}

async function verify(path: string, { key, full }: { key?: string; full?: true }): Promise<void> {
  const { verifyPath, verifyText } = await import('../store/verify.ts');
  const report = await verifyPath(path, key === undefined ? undefined : readKey(key), full === true);
  process.stdout.write(verifyText(report));
  if (!report.ok) process.exitCode = EXIT.found;
}

function readKey(path: string): Uint8Array {
  const refuse = (why: string, cause?: unknown): InputError =>
    new InputError('VERIFY_KEY_FILE', `${path}: ${why}; nothing was checked`, { cause });
  const file = openRegular(path, refuse);
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } finally {
    closeSync(file);
  }
  if (bytes.length === KEY_BYTES) return bytes;
  const text = bytes.toString('latin1').trim();
  if (/^[0-9a-fA-F]{64}$/.test(text)) return Buffer.from(text, 'hex');
  throw refuse(`got ${bytes.length} bytes, wanted an Ed25519 public key: 32 bytes raw or as 64 hex digits`);
}
