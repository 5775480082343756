/** A process of a soak run that is killed and started again, and the JSON lines that it prints. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

export class Party {
  readonly name: string;
  readonly #args: string[];
  readonly #onLine: (line: Record<string, unknown>) => void;
  #child: ChildProcess | null = null;
  kills = 0;
  stderr = '';
  stdout = '';

  /** @param args of Node */
  constructor(name: string, args: string[], onLine: (line: Record<string, unknown>) => void = () => {}) {
    this.name = name;
    this.#args = args;
    this.#onLine = onLine;
  }

  start(): void {
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', ...this.#args], {
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    let rest = '';
    child.stdout.on('data', (chunk) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) if (line.startsWith('{')) this.#onLine(JSON.parse(line));
    });
    child.stderr.on('data', (chunk) => (this.stderr = (this.stderr + chunk).slice(-8000)));
    child.stdin.on('error', () => {}); // a process that was killed
    this.#child = child;
  }

  get isAlive(): boolean {
    return this.#child !== null && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  write(text: string): void {
    this.#child?.stdin?.write(text);
  }

  /** Ends it, if it has not ended, and waits for that. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const child = this.#child;
    if (!child || !this.isAlive) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
    this.kills++;
  }
}
