/** The key of a node, in a file of its own: 64 hexadecimal digits on one line, for the owner's eyes only. */
import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs';
import { InputError } from '../../errors.ts';
import { NODE_KEY_BYTES } from '../wire/command.ts';

const HEX = /^[0-9a-f]{64}\s*$/i;

/** @throws InputError NODE_KEY_FILE */
export function readNodeKey(path: string): Uint8Array {
  let text: string;
  try {
    text = readFileSync(path, 'latin1');
  } catch (cause) {
    throw refusal(path, (cause as Error).message, cause);
  }
  if (!HEX.test(text))
    throw refusal(path, `got ${text.length} characters that are no key, wanted 64 hexadecimal digits`);
  return Uint8Array.from(Buffer.from(text.trim(), 'hex'));
}

/**
 * A new key, in a new file: whoever loses it has to take the node's cover off.
 * @throws InputError NODE_KEY_FILE when the file is there already or cannot be written
 */
export function makeNodeKey(path: string): Uint8Array {
  const key = Uint8Array.from(randomBytes(NODE_KEY_BYTES));
  try {
    const file = openSync(path, 'wx', 0o600);
    try {
      writeSync(file, `${Buffer.from(key).toString('hex')}\n`);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
  } catch (cause) {
    const why =
      (cause as NodeJS.ErrnoException).code === 'EEXIST' ? 'is there already, wanted a new file' : String(cause);
    throw refusal(path, why, cause);
  }
  return key;
}

function refusal(path: string, why: string, cause?: unknown): InputError {
  return new InputError('NODE_KEY_FILE', `${path}: ${why}; nothing was sent to the node`, { cause });
}
