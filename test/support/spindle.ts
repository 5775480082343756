/** Runs the real command line as a person would, in a process of its own. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const TIMEOUT_MS = 120_000;

export interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

export interface SpindleOptions {
  cwd?: string;
  /** Sees all of stdout so far whenever more of it comes; may close it or kill the process. */
  onStdout?: (text: string, child: ReturnType<typeof spawn>) => void;
  /** Sees all of stderr so far whenever more of it comes. */
  onStderr?: (text: string, child: ReturnType<typeof spawn>) => void;
  env?: NodeJS.ProcessEnv;
  stdin?: Uint8Array;
  /** Killed after this; 2 minutes if absent. */
  timeoutMs?: number;
  /** Run as this user; only root may. */
  uid?: number;
}

/** `spindle ARGS`; resolves when the process has ended. */
export function spindle(args: string[], options: SpindleOptions = {}): Promise<Ended> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', `${root}host/cli.ts`, ...args], {
    cwd: options.cwd ?? root,
    env: { ...process.env, NO_COLOR: '1', ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
    timeout: options.timeoutMs ?? TIMEOUT_MS,
    killSignal: 'SIGKILL',
    ...(options.uid === undefined ? {} : { uid: options.uid, gid: options.uid }),
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
    options.onStdout?.(stdout, child);
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
    options.onStderr?.(stderr, child);
  });
  child.stdin.on('error', () => {}); // a process that reads nothing of it
  child.stdin.end(options.stdin ?? '');
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
}
