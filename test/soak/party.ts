/** A process of a soak run that is killed and started again, and the JSON lines that it prints. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';

export class Party {
  readonly name: string;
  readonly #args: string[];
  readonly #onLine: (line: Record<string, unknown>) => void;
  #child: ChildProcess | null = null;
  kills = 0;
  /** The end of it. */
  stderr = '';
  /** The last few JSON lines. */
  readonly lines: unknown[] = [];

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
      for (const line of lines) if (line.startsWith('{')) this.#take(JSON.parse(line));
    });
    child.stderr.on('data', (chunk) => (this.stderr = (this.stderr + chunk).slice(-8000)));
    child.stdin.on('error', () => {}); // a process that was killed
    this.#child = child;
  }

  #take(line: Record<string, unknown>): void {
    this.lines.push(line);
    if (this.lines.length > 10) this.lines.shift();
    this.#onLine(line);
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  /** Resolves when its stderr says so. */
  async until(pattern: RegExp, limitMs: number): Promise<void> {
    for (const end = performance.now() + limitMs; !pattern.test(this.stderr); await delay(20))
      if (performance.now() > end || !this.isAlive)
        throw new Error(`${this.name} does not say ${pattern}:\n${this.stderr}`);
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
