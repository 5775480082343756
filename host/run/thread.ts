/**
 * One worker thread under supervision: started, watched by its heartbeat, started anew alone when it dies or falls
 * silent, with growing pauses and a budget. A thread that cannot be ended gets no second one beside it.
 */
import { Worker } from 'node:worker_threads';
import { SpindleError } from '../errors.ts';
import { RestartBudget, type RestartLimits } from '../restart-budget.ts';
import type { ThreadVitals } from '../vitals.ts';
import { within } from '../wait.ts';

export interface ThreadLimits extends RestartLimits {
  /** Silence after which a thread counts as wedged. A commit on a slow disk may take seconds. */
  silenceMs: number;
  /** Distance of looks for silence. */
  watchMs: number;
  /** A thread that has not ended this long after it was told to is stuck in a system call. */
  endMs: number;
}

const LIMITS: ThreadLimits = {
  silenceMs: 15_000,
  watchMs: 1_000,
  endMs: 30_000,
  firstPauseMs: 50,
  longestPauseMs: 5_000,
  budget: 10,
  windowMs: 60_000,
  fruitless: 5,
  healthyMs: 300_000,
  retryMs: 60_000,
};

export interface ThreadOptions<From> {
  name: string;
  /** Module of the thread, without its extension: `.ts` in a clone, `.js` in a package. */
  module: URL;
  /** Asked at every start: what the new thread has to know. */
  workerData: () => unknown;
  onMessage: (message: From) => void;
  /** Milliseconds that it may take to its first message, where that is longer than the silence of one that runs. */
  startMs?: () => number;
  /** The thread was lost and a new one is on its way. */
  onRestart: (cause: string) => void;
  /**
   * THREAD_BUDGET: lost too often; THREAD_STUCK: cannot be ended. A vital thread is not started again: the process
   * should end and be started by its watchdog. Another one goes on being tried, slowly, and this is told once.
   */
  onGiveUp: (error: SpindleError) => void;
  /** True if absent. */
  isVital?: boolean;
  /** Tests only. */
  limits?: Partial<ThreadLimits>;
}

/** URL of a module next to the caller's, with the extension that this build has. */
export function threadModule(path: string, importMetaUrl: string): URL {
  const extension = importMetaUrl.endsWith('.ts') ? '.ts' : '.js';
  return new URL(`${path}${extension}`, importMetaUrl);
}

export class Thread<To, From> {
  readonly #options: ThreadOptions<From>;
  readonly #limits: ThreadLimits;
  #worker: Worker | null = null;
  #heard = 0;
  /** Silence that is allowed now: of one that starts, or of one that runs. */
  #allowedMs = 0;
  #looked = performance.now();
  #watch: NodeJS.Timeout;
  #pause: NodeJS.Timeout | null = null;
  readonly #budget: RestartBudget;
  /** Why it is being killed; null when it is not. */
  #killed: string | null = null;
  #ending = false;
  #ended: Promise<void> = Promise.resolve();
  restarts = 0;
  /** As it has told them last; null while there is none. */
  vitals: ThreadVitals | null = null;
  /** It was told to end and has not: it waits in a system call, and only the end of the process ends it. */
  isStuck = false;

  constructor(options: ThreadOptions<From>) {
    this.#options = options;
    this.#limits = { ...LIMITS, ...options.limits };
    this.#budget = new RestartBudget(this.#limits);
    this.#watch = setInterval(() => this.#lookForSilence(), this.#limits.watchMs);
    this.#start();
  }

  get name(): string {
    return this.#options.name;
  }

  get isAlive(): boolean {
    return this.#worker !== null;
  }

  /** It was lost too often and has not done anything since. */
  get isGivenUp(): boolean {
    return this.isStuck || this.#budget.isSpent;
  }

  /** There is none and there will be none: nothing is done any more. */
  get isGone(): boolean {
    return this.isStuck || (this.#ending && this.#worker === null);
  }

  /** It did something new: what was lost before is forgiven. */
  progress(): void {
    this.#budget.progress();
  }

  #start(): void {
    this.#pause = null;
    this.#heard = performance.now();
    this.#allowedMs = Math.max(this.#limits.silenceMs, this.#options.startMs?.() ?? 0);
    this.#budget.started();
    const worker = new Worker(this.#options.module, { workerData: this.#options.workerData() });
    this.#worker = worker;
    let cause = 'ended by itself';
    worker.on('message', (message: From) => {
      if (this.#worker !== worker) return; // of a thread that has been given up
      this.#heard = performance.now();
      this.#allowedMs = this.#limits.silenceMs;
      this.#options.onMessage(message);
    });
    worker.on('error', (error) => {
      cause = error instanceof Error ? error.message : String(error);
    });
    this.#ended = new Promise((resolve) => {
      worker.on('exit', (code) => {
        resolve();
        if (this.#worker === worker) this.#worker = null;
        const why = this.#killed ?? (code === 0 ? cause : `${cause} (exit ${code})`);
        this.#killed = null;
        this.isStuck = false;
        if (!this.#ending) this.#lost(why);
      });
    });
  }

  #lost(cause: string): void {
    this.restarts++;
    this.vitals = null;
    const { times, isSpent, isNew, pauseMs } = this.#budget.lost();
    if (isNew) this.#giveUp('THREAD_BUDGET', `was lost ${times} times in a row, the last time: ${cause}`);
    else if (!isSpent) this.#options.onRestart(cause);
    if (!this.#ending) this.#pause = setTimeout(() => this.#start(), pauseMs);
  }

  #giveUp(code: string, what: string): void {
    const isVital = this.#options.isVital ?? true;
    if (isVital) {
      this.#ending = true;
      clearInterval(this.#watch);
    }
    const then = isVital ? 'it is not started again' : 'it is tried again from time to time, and all else goes on';
    this.#options.onGiveUp(new SpindleError(code, `${this.name} thread: ${what}; ${then}`));
  }

  #lookForSilence(): void {
    const { silenceMs, watchMs } = this.#limits;
    const now = performance.now();
    const lateMs = now - this.#looked - watchMs;
    this.#looked = now;
    // this thread itself did not run: what the other one said meanwhile is still waiting to be heard
    if (lateMs > silenceMs / 3) this.#heard = now;
    if (this.#worker === null || now - this.#heard < this.#allowedMs) return;
    this.kill(`gave no sign of life for ${this.#allowedMs / 1000} s`);
  }

  /** Ends the thread as if it had crashed: it comes back by itself. */
  kill(cause = 'was killed'): void {
    const worker = this.#worker;
    if (!worker || this.#killed !== null) return;
    this.#killed = cause;
    const stuck = setTimeout(() => {
      this.isStuck = true;
      this.#giveUp('THREAD_STUCK', `${cause} and cannot be ended, it waits in a system call`);
    }, this.#limits.endMs);
    void worker.terminate().then(() => clearTimeout(stuck));
  }

  /** Dropped while there is no thread: whoever sends what matters keeps it and sends it again on its `ready`. */
  post(message: To): void {
    this.#worker?.postMessage(message);
  }

  /**
   * No restart from now on; resolves when the thread has ended, by itself within `graceMs` or by force, or when it
   * turned out to be stuck.
   */
  async end(graceMs: number, last?: To): Promise<void> {
    this.#ending = true;
    clearInterval(this.#watch);
    if (this.#pause) clearTimeout(this.#pause);
    const worker = this.#worker;
    if (!worker || this.isStuck) return;
    if (last !== undefined) worker.postMessage(last);
    await within(this.#ended, graceMs);
    if (this.#worker !== worker) return;
    await within(worker.terminate(), this.#limits.endMs);
    this.isStuck = this.#worker === worker;
  }
}
