/** What the tests of C need of the system is asked for before they run: tools of another Debian are named, not guessed. */
import { chmodSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { missingFor } from '../identity/native.ts';
import { newFolder } from '../support/folder.ts';
import { needs } from '../support/needs.ts';

/** What is missing where `program` is a shell script of these lines. */
function missingWith(program: string, script: string): string | null {
  const folder = newFolder('other-debian');
  writeFileSync(join(folder, program), `#!/bin/sh\n${script}\n`);
  chmodSync(join(folder, program), 0o755);
  const path = process.env.PATH;
  process.env.PATH = `${folder}${delimiter}${path}`;
  try {
    return missingFor('x64')?.replaceAll(`${folder}/`, '') ?? null;
  } finally {
    process.env.PATH = path;
  }
}

const missing = suite('identity.missingFor');

missing('names another version of wasm2c, and the one that is known', () => {
  assert.is(missingWith('wasm2c', 'echo 1.0.36'), 'wasm2c 1.0.32 (Debian 12: wabt): wasm2c is 1.0.36');
});

needs(missing, missingFor(), 'names the header that a compiler does not find, and its packages', () => {
  assert.is(missingWith('gcc', 'exit 1'), 'stdio.h that gcc finds (Debian: gcc, libc6-dev)');
});

missing.run();
