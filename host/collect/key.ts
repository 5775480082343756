/** The key with which a collector signs: a PEM file that only its owner can read, made at the first start. */
import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { InputError } from '../errors.ts';
import { keyIdOf } from '../forward/receipt.ts';
import { rawPublicKey } from '../frame/cose.ts';

export interface CollectorKey {
  privateKey: KeyObject;
  /** 32 bytes: what a host is configured with. */
  publicKey: Uint8Array;
  keyId: Uint8Array;
}

/** @throws InputError COLLECT_KEY */
export function openCollectorKey(path: string): CollectorKey {
  const refuse = (why: string, cause: unknown): InputError =>
    new InputError('COLLECT_KEY', `${path}: ${why}; nothing is collected`, { cause });
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT')
      throw refuse(`cannot be read (${(cause as Error).message})`, cause);
    try {
      return createKey(path);
    } catch (failed) {
      throw refuse(`cannot be made (${(failed as Error).message})`, failed);
    }
  }
  try {
    const privateKey = createPrivateKey(text);
    if (privateKey.asymmetricKeyType !== 'ed25519') throw new Error(`got a ${privateKey.asymmetricKeyType} key`);
    return withPublic(privateKey);
  } catch (cause) {
    throw refuse(`is no Ed25519 private key in PEM (${(cause as Error).message})`, cause);
  }
}

/** A new one that is kept nowhere. */
export function newCollectorKey(): CollectorKey {
  return withPublic(generateKeyPairSync('ed25519').privateKey);
}

function withPublic(privateKey: KeyObject): CollectorKey {
  const publicKey = rawPublicKey(privateKey);
  return { privateKey, publicKey, keyId: keyIdOf(publicKey) };
}

function createKey(path: string): CollectorKey {
  const key = newCollectorKey();
  // written whole under another name first: a crash leaves no half key
  const draft = `${path}.${process.pid}`;
  const file = openSync(draft, 'wx', 0o600);
  writeSync(file, key.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string);
  fsyncSync(file);
  closeSync(file);
  renameSync(draft, path);
  const folder = openSync(dirname(path), 'r');
  fsyncSync(folder);
  closeSync(folder);
  return key;
}
