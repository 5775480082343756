/**
 * How a thread is: how late its timers came lately, and what memory it holds. One in each thread, read with each sign of
 * life. Its timer keeps no thread alive.
 */
export interface ThreadVitals {
  /** The longest that the event loop was away within the last LAG_WINDOW_MS; a stall of D shows as D, less at most TICK_MS. */
  lagMs: number;
  heapUsedBytes: number;
  /** Of objects outside of the heap, such as samples on their way. */
  externalBytes: number;
}

const TICK_MS = 100;
/** Long enough for a scraper every 10 s to miss no stall. */
const LAG_WINDOW_MS = 10_000;
/** Timers that are less late than this were not away. */
const LEAST_MS = 5;

export class Vitals {
  readonly #nowMs: () => number;
  readonly #timer: NodeJS.Timeout;
  #dueMs: number;
  #lags: { atMs: number; lagMs: number }[] = [];

  constructor(nowMs: () => number = () => performance.now()) {
    this.#nowMs = nowMs;
    this.#dueMs = nowMs() + TICK_MS;
    this.#timer = setInterval(() => this.tick(), TICK_MS).unref();
  }

  /** For the timer; for tests. */
  tick(): void {
    const now = this.#nowMs();
    const lagMs = now - this.#dueMs;
    this.#dueMs = now + TICK_MS;
    if (lagMs >= LEAST_MS)
      this.#lags = [...this.#lags.filter(({ atMs }) => now - atMs < LAG_WINDOW_MS), { atMs: now, lagMs }];
  }

  read(): ThreadVitals {
    const now = this.#nowMs();
    const lagMs = this.#lags.reduce(
      (most, lag) => (now - lag.atMs < LAG_WINDOW_MS ? Math.max(most, lag.lagMs) : most),
      0,
    );
    const { heapUsed, external } = process.memoryUsage();
    return { lagMs, heapUsedBytes: heapUsed, externalBytes: external };
  }

  end(): void {
    clearInterval(this.#timer);
  }
}
