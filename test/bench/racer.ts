/** A program in a process of its own that does work when asked: one line in, one line of JSON out. On one core. */
import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process';
import { createInterface } from 'node:readline';

const ANSWER_MS = 120_000;

interface Answer {
  ready?: string;
  machineS: number;
  ns: number;
  features: number[];
}

/** `taskset -c 0` where there is one: then a second thread of the program has no core of its own. */
const PINNED = spawnSync('taskset', ['-c', '0', 'true']).status === 0 ? ['taskset', '-c', '0'] : [];
export const isPinned = PINNED.length > 0;

export class Racer {
  readonly name: string;
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #lines: AsyncIterator<string>;
  readonly #closed: Promise<void>;
  #stderr = '';

  private constructor(name: string, command: string[]) {
    this.name = name;
    const [program, ...args] = [...PINNED, ...command];
    // numpy's linear algebra would start threads
    const env = { ...process.env, OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1', MKL_NUM_THREADS: '1' };
    this.#child = spawn(program, args, { env });
    this.#child.on('error', (error) => (this.#stderr += error.message));
    this.#closed = new Promise((resolve) => this.#child.once('close', () => resolve()));
    this.#child.stdin.on('error', () => {}); // it is gone: no answer says so
    this.#child.stderr.on('data', (text) => (this.#stderr += text));
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  /** @returns the racer and what it says it is, or why it cannot run */
  static async start(name: string, command: string[]): Promise<{ racer: Racer; ready: string } | { refusal: string }> {
    const racer = new Racer(name, command);
    try {
      return { racer, ready: (await racer.#answer()).ready! };
    } catch (error) {
      return { refusal: (error as Error).message };
    }
  }

  /** @returns machine seconds done in a second of computing */
  async run(machineS: number): Promise<number> {
    const { machineS: done, ns } = await this.#ask(`run ${machineS}`);
    return done / (ns / 1e9);
  }

  /** Of the last of so many decisions, from a fresh start. */
  async features(decisions: number): Promise<number[]> {
    return (await this.#ask(`features ${decisions}`)).features;
  }

  /** Resolves when the process has ended. */
  async end(): Promise<void> {
    this.#child.stdin.end();
    await this.#closed;
  }

  #ask(request: string): Promise<Answer> {
    this.#child.stdin.write(`${request}\n`);
    return this.#answer();
  }

  async #answer(): Promise<Answer> {
    const late = setTimeout(() => this.#child.kill(), ANSWER_MS);
    const next = await this.#lines.next();
    clearTimeout(late);
    if (next.done) {
      await this.#closed; // then all that it had to say is here
      throw new Error(this.#stderr.trim().split('\n').at(-1) || 'ended without a word');
    }
    return JSON.parse(next.value) as Answer;
  }
}
