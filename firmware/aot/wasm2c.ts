/** Runs wasm2c of Debian's wabt, the one version whose text harden.ts knows. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AotError } from './aot-error.ts';

/** The version; its name for the module is in every symbol, and the header's in the text, so both are fixed. */
export const WASM2C_VERSION = '1.0.32';
export const MODULE_NAME = 'core';

export interface GeneratedC {
  source: string;
  header: string;
}

/** @throws AotError `AOT_WASM2C` when the program is missing */
export function installedVersion(): string {
  return run(['--version']).trim();
}

/** @throws AotError `AOT_WASM2C` when the program is missing, of another version, or declines the module (SIMD does) */
export function wasm2c(module: Uint8Array): GeneratedC {
  const version = installedVersion();
  if (version !== WASM2C_VERSION)
    throw new AotError('AOT_WASM2C', `wasm2c --version: got ${version}, wanted ${WASM2C_VERSION} (Debian 12: wabt)`);
  const folder = mkdtempSync(join(tmpdir(), 'spindle-wasm2c-'));
  try {
    const [wasm, source] = [`${MODULE_NAME}.wasm`, `${MODULE_NAME}.c`].map((file) => join(folder, file));
    writeFileSync(wasm, module);
    run(['-n', MODULE_NAME, wasm, '-o', source]);
    return { source: readFileSync(source, 'utf8'), header: readFileSync(join(folder, `${MODULE_NAME}.h`), 'utf8') };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function run(args: string[]): string {
  const { error, status, stdout, stderr } = spawnSync('wasm2c', args, { encoding: 'utf8' });
  if (error)
    throw new AotError('AOT_WASM2C', `wasm2c cannot be run (Debian: wabt): ${error.message}`, { cause: error });
  if (status !== 0) throw new AotError('AOT_WASM2C', `wasm2c ${args.join(' ')}: exit code ${status}\n${stderr}`);
  return stdout;
}
