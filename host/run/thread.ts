/**
 * One worker thread under supervision: started, watched by its heartbeat, started anew alone when it dies or falls
 * silent, with growing pauses and a budget. A thread that cannot be ended gets no second one beside it.
 */
import { Worker } from 'node:worker_threads';
import { SpindleError } from '../errors.ts';

/** Silence after which a thread counts as wedged. A commit on a slow disk may take seconds. */
const SILENCE_MS = 15_000;
/** A thread that has not ended this long after it was told to is stuck in a system call. */
const END_MS = 30_000;
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 5_000;
/** This many restarts within the window are not bad luck any more. */
const BUDGET = 10;
const BUDGET_WINDOW_MS = 60_000;

export interface ThreadOptions<From> {
  name: string;
  /** Module of the thread, without its extension: `.ts` in a clone, `.js` in a package. */
  module: URL;
  /** Asked at every start: what the new thread has to know. */
  workerData: () => unknown;
  onMessage: (message: From) => void;
  /** The thread was lost and a new one is on its way. */
  onRestart: (cause: string) => void;
  /** The budget is spent, or the thread cannot be ended: the process should end and be started by its watchdog. */
  onGiveUp: (error: SpindleError) => void;
}

/** URL of a module next to the caller's, with the extension that this build has. */
export function threadModule(path: string, importMetaUrl: string): URL {
  const extension = importMetaUrl.endsWith('.ts') ? '.ts' : '.js';
  return new URL(`${path}${extension}`, importMetaUrl);
}

export class Thread<To, From> {
  readonly #options: ThreadOptions<From>;
  #worker: Worker | null = null;
  #heard = 0;
  #watch: NodeJS.Timeout;
  #pause: NodeJS.Timeout | null = null;
  #restarts: number[] = [];
  #ending = false;
  #ended: Promise<void> = Promise.resolve();
  restarts = 0;
  lastCause: string | null = null;

  constructor(options: ThreadOptions<From>) {
    this.#options = options;
    this.#watch = setInterval(() => this.#lookForSilence(), 1000);
    this.#start();
  }

  get name(): string {
    return this.#options.name;
  }

  get isAlive(): boolean {
    return this.#worker !== null;
  }

  #start(): void {
    this.#pause = null;
    this.#heard = performance.now();
    const worker = new Worker(this.#options.module, { workerData: this.#options.workerData() });
    this.#worker = worker;
    let cause = 'ended by itself';
    worker.on('message', (message: From) => {
      if (this.#worker !== worker) return; // of a thread that has been given up
      this.#heard = performance.now();
      this.#options.onMessage(message);
    });
    worker.on('error', (error) => {
      cause = error instanceof Error ? error.message : String(error);
    });
    this.#ended = new Promise((resolve) => {
      worker.on('exit', (code) => {
        resolve();
        if (this.#worker === worker) this.#worker = null;
        if (!this.#ending) this.#restart(code === 0 ? cause : `${cause} (exit ${code})`);
      });
    });
  }

  #restart(cause: string): void {
    this.lastCause = cause;
    this.restarts++;
    const now = performance.now();
    this.#restarts = [...this.#restarts.filter((at) => now - at < BUDGET_WINDOW_MS), now];
    if (this.#restarts.length > BUDGET) {
      this.#giveUp('THREAD_BUDGET', `was lost ${this.#restarts.length} times within a minute, the last time: ${cause}`);
      return;
    }
    this.#options.onRestart(cause);
    const pauseMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (this.#restarts.length - 1));
    this.#pause = setTimeout(() => this.#start(), pauseMs);
  }

  #giveUp(code: string, what: string): void {
    this.#ending = true;
    clearInterval(this.#watch);
    this.#options.onGiveUp(new SpindleError(code, `${this.name} thread: ${what}; it is not started again`));
  }

  #lookForSilence(): void {
    if (this.#worker === null || performance.now() - this.#heard < SILENCE_MS) return;
    this.lastCause = `gave no sign of life for ${SILENCE_MS / 1000} s`;
    this.kill();
  }

  /** Ends the thread as if it had crashed: it comes back by itself. */
  kill(): void {
    const worker = this.#worker;
    if (!worker) return;
    const stuck = setTimeout(() => this.#giveUp('THREAD_STUCK', `cannot be ended, it waits in a system call`), END_MS);
    void worker.terminate().then(() => clearTimeout(stuck));
  }

  /** Dropped while there is no thread: whoever sends what matters keeps it and sends it again on its `ready`. */
  post(message: To): void {
    this.#worker?.postMessage(message);
  }

  /** No restart from now on; resolves when the thread has ended, by itself within `graceMs` or by force. */
  async end(graceMs: number, last?: To): Promise<void> {
    this.#ending = true;
    clearInterval(this.#watch);
    if (this.#pause) clearTimeout(this.#pause);
    const worker = this.#worker;
    if (!worker) return;
    if (last !== undefined) worker.postMessage(last);
    await within(this.#ended, graceMs);
    if (this.#worker === worker) await within(worker.terminate(), END_MS);
  }
}

/** Resolves when `work` has settled, at the latest after `limitMs`; leaves no timer behind. */
export async function within(work: Promise<unknown>, limitMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, limitMs);
  });
  await Promise.race([work.catch(() => {}), limit]);
  clearTimeout(timer);
}
