/**
 * When something that was lost may be started again: after pauses that grow and are jittered, so often within a window,
 * and not for ever without anything done in between. Clock and dice are the caller's.
 */
export interface RestartLimits {
  firstPauseMs: number;
  longestPauseMs: number;
  /** More losses than this within the window are not bad luck any more ... */
  budget: number;
  windowMs: number;
  /** ... nor are more than this, over a window at least, without anything done in between. */
  fruitless: number;
  /** What lived this long was well, whether or not it had anything to do. */
  healthyMs: number;
  /** Pause before something that may be away for long is tried again once its budget is spent. */
  retryMs: number;
}

export interface Loss {
  /** Losses in a row. */
  times: number;
  /** The budget is spent; `isNew`: by this loss. */
  isSpent: boolean;
  isNew: boolean;
  /** Until the next start. */
  pauseMs: number;
}

export class RestartBudget {
  readonly #limits: RestartLimits;
  readonly #nowMs: () => number;
  readonly #random: () => number;
  #started: number;
  #losses: number[] = [];
  /** Losses since anything was done, and when the first of them was. */
  #fruitless = { count: 0, since: 0 };
  #isSpent = false;

  /**
   * @param random 0..1
   * @example a budget of 2 a minute: the third loss within it is `isSpent`, and so is each later one until `progress`
   */
  constructor(
    limits: RestartLimits,
    nowMs: () => number = () => performance.now(),
    random: () => number = Math.random,
  ) {
    this.#limits = limits;
    this.#nowMs = nowMs;
    this.#random = random;
    this.#started = nowMs();
  }

  /** Spent, and nothing was done since. */
  get isSpent(): boolean {
    return this.#isSpent;
  }

  started(): void {
    this.#started = this.#nowMs();
  }

  /** Something new was done: what was lost before is forgiven. */
  progress(): void {
    this.#fruitless.count = 0;
    this.#isSpent = false;
  }

  lost(): Loss {
    const { budget, windowMs, fruitless, healthyMs, firstPauseMs, longestPauseMs, retryMs } = this.#limits;
    const now = this.#nowMs();
    this.#losses = [...this.#losses.filter((at) => now - at < windowMs), now];
    if (now - this.#started >= healthyMs) this.#fruitless.count = 0;
    if (this.#fruitless.count++ === 0) this.#fruitless.since = this.#started;
    const isFruitless = this.#fruitless.count > fruitless && now - this.#fruitless.since >= windowMs;
    const wasSpent = this.#isSpent;
    this.#isSpent ||= isFruitless || this.#losses.length > budget;
    const ceilingMs = Math.min(longestPauseMs, firstPauseMs * 2 ** (this.#losses.length - 1));
    return {
      times: Math.max(this.#losses.length, this.#fruitless.count),
      isSpent: this.#isSpent,
      isNew: this.#isSpent && !wasSpent,
      // half of it by chance: what fails together should not come back together
      pauseMs: (this.#isSpent ? retryMs : ceilingMs) * (0.5 + this.#random() / 2),
    };
  }
}
