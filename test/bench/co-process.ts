/** A program that answers one line with one line. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

const ANSWER_MS = 120_000;

export class CoProcess {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #lines: AsyncIterator<string>;
  readonly #closed: Promise<void>;
  #stderr = '';

  constructor([program, ...args]: string[], env: NodeJS.ProcessEnv = process.env) {
    this.#child = spawn(program, args, { env });
    this.#child.on('error', (error) => (this.#stderr += error.message));
    this.#closed = new Promise((resolve) => this.#child.once('close', () => resolve()));
    this.#child.stdin.on('error', () => {}); // it is gone: no answer says so
    this.#child.stderr.on('data', (text) => (this.#stderr += text));
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  ask(request: string): Promise<string> {
    this.#child.stdin.write(`${request}\n`);
    return this.answer();
  }

  /** @throws what it said last on stderr, when it ends or is silent for two minutes */
  async answer(): Promise<string> {
    const late = setTimeout(() => this.#child.kill(), ANSWER_MS);
    const next = await this.#lines.next();
    clearTimeout(late);
    if (!next.done) return next.value;
    await this.#closed; // then all that it had to say is here
    throw new Error(this.#stderr.trim().split('\n').at(-1) || 'ended without a word');
  }

  /** Resolves when the process has ended. */
  async end(): Promise<void> {
    this.#child.stdin.end();
    await this.#closed;
  }
}
