/**
 * What others have published and the core is measured against: packages of `peers/` and, where there is a C compiler
 * and FFTW, programs of this folder. None is part of the product; what is missing is said and left out.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const FOLDER = fileURLToPath(new URL('peers/', import.meta.url));
const INSTALL_MS = 120_000;

/** Resolves packages as a file in `peers/` would. */
export const peerRequire = createRequire(new URL('peers/package.json', import.meta.url));

/** Installs the packages of `peers/` at the locked versions. @returns why it could not */
export function installPeers(): string | null {
  if (areInstalled()) return null;
  const command = ['ci', '--ignore-scripts', '--no-audit', '--no-fund'];
  const npm = spawnSync('npm', command, { cwd: FOLDER, encoding: 'utf8', timeout: INSTALL_MS });
  if (npm.status === 0) return null;
  const said =
    npm.error?.message ??
    npm.stderr
      .trim()
      .split('\n')
      .find((line) => line.trim() !== '');
  return `npm ci in test/bench/peers failed: ${said ?? `exit code ${npm.status}`}`;
}

/** npm keeps what it has installed in the form of the lockfile. */
function areInstalled(): boolean {
  const installed = `${FOLDER}node_modules/.package-lock.json`;
  if (!existsSync(installed)) return false;
  const packagesOf = (path: string): object => JSON.parse(readFileSync(path, 'utf8')).packages;
  const locked = { ...packagesOf(`${FOLDER}package-lock.json`), '': undefined };
  return JSON.stringify(locked) === JSON.stringify(packagesOf(installed));
}

/** Compiles a C program of this folder against FFTW. @returns why it could not */
export function buildNative(source: string, program: string, flags: string[] = []): string | null {
  const path = fileURLToPath(new URL(source, import.meta.url));
  const args = ['-O3', '-march=native', ...flags, '-o', program, path, '-lfftw3f', '-lm'];
  const gcc = spawnSync('gcc', args, { encoding: 'utf8' });
  if (gcc.status === 0) return null;
  const said = gcc.error?.message ?? gcc.stderr.split('\n').find((line) => line.includes('error')) ?? gcc.stderr;
  return `gcc ${source} failed: ${said.trim()}; apt-get install gcc libfftw3-dev`;
}
