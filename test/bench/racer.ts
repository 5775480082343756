/** A program in a process of its own that does work when asked: one line in, one line of JSON out. On one core. */
import { CoProcess } from './co-process.ts';
import { ON_ONE_CORE } from './one-core.ts';

interface Answer {
  ready?: string;
  machineS: number;
  ns: number;
  features: number[];
}

export class Racer {
  readonly name: string;
  readonly #process: CoProcess;

  private constructor(name: string, command: string[]) {
    this.name = name;
    // numpy's linear algebra would start threads
    const env = { ...process.env, OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1', MKL_NUM_THREADS: '1' };
    this.#process = new CoProcess([...ON_ONE_CORE, ...command], env);
  }

  /** @returns the racer and what it says it is, or why it cannot run */
  static async start(name: string, command: string[]): Promise<{ racer: Racer; ready: string } | { refusal: string }> {
    const racer = new Racer(name, command);
    try {
      return { racer, ready: (JSON.parse(await racer.#process.answer()) as Answer).ready! };
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
  end(): Promise<void> {
    return this.#process.end();
  }

  async #ask(request: string): Promise<Answer> {
    return JSON.parse(await this.#process.ask(request)) as Answer;
  }
}
