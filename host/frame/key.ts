/**
 * The identity of a host: hostId and Ed25519 key, made at the first start and kept in one file that only its owner
 * can read. The file is PEM with the hostId as a line before it, so that any tool reads the key.
 */
import { createPrivateKey, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';
import { chmodSync, closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { InputError } from '../errors.ts';
import { rawPublicKey } from './cose.ts';

export const KEY_FILE = 'host.key';
const FORM = /^hostId: ([0-9a-f]{16})\n(-----BEGIN PRIVATE KEY-----[\s\S]+-----END PRIVATE KEY-----\n?)$/;

export interface HostKey {
  hostId: Uint8Array;
  privateKey: KeyObject;
  /** 32 bytes. */
  publicKey: Uint8Array;
}

/** A new identity that is kept nowhere. */
export function newHostKey(): HostKey {
  const { privateKey } = generateKeyPairSync('ed25519');
  return { hostId: Uint8Array.from(randomBytes(8)), privateKey, publicKey: rawPublicKey(privateKey) };
}

/**
 * The identity of a data directory, which must exist; made if there is none.
 *
 * @throws InputError KEY_FILE when the file is there but is no key, or cannot be made
 */
export function openHostKey(dataDir: string): HostKey {
  const path = join(dataDir, KEY_FILE);
  const key = readHostKey(path);
  if (key) return key;
  try {
    return createHostKey(dataDir, path);
  } catch (cause) {
    throw new InputError('KEY_FILE', `${path}: cannot be made (${(cause as Error).message}); nothing was recorded`, {
      cause,
    });
  }
}

/** @returns null when there is no such file */
export function readHostKey(path: string): HostKey | null {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw new InputError('KEY_FILE', `${path}: cannot be read (${(cause as Error).message}); nothing was changed`, {
      cause,
    });
  }
  const found = FORM.exec(text);
  try {
    if (!found) throw new Error('wanted a line "hostId: <16 hex digits>" and a PEM private key');
    const privateKey = createPrivateKey(found[2]);
    if (privateKey.asymmetricKeyType !== 'ed25519')
      throw new Error(`got a ${privateKey.asymmetricKeyType} key, wanted Ed25519`);
    return { hostId: Uint8Array.from(Buffer.from(found[1], 'hex')), privateKey, publicKey: rawPublicKey(privateKey) };
  } catch (cause) {
    throw new InputError(
      'KEY_FILE',
      `${path}: is no host key: ${(cause as Error).message}; restore it from a backup, or move it away and a new identity is made`,
      { cause },
    );
  }
}

function createHostKey(dataDir: string, path: string): HostKey {
  const key = newHostKey();
  const pem = key.privateKey.export({ type: 'pkcs8', format: 'pem' });
  // written whole under another name first: a crash leaves no half key
  const draft = join(dataDir, `.${KEY_FILE}.${process.pid}`);
  const file = openSync(draft, 'w', 0o600);
  writeSync(file, `hostId: ${Buffer.from(key.hostId).toString('hex')}\n${pem}`);
  fsyncSync(file);
  closeSync(file);
  chmodSync(draft, 0o600); // whatever the umask
  renameSync(draft, path);
  const folder = openSync(dataDir, 'r');
  fsyncSync(folder);
  closeSync(folder);
  return key;
}
