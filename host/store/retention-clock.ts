/**
 * Tells the time by which frames are too old, and only when it can be believed: a clock that was set to the wrong day must
 * not empty a store. A step against the monotonic clock by more than an hour, a time before that of the newest
 * checkpoint, or more than a month after it, is doubted for a day.
 */
import type { Store } from './store.ts';

const HOUR_US = 3_600_000_000;
const DOUBT_US = 24 * HOUR_US;
const LONG_OFF_US = 31 * 24 * HOUR_US;

export class RetentionClock {
  readonly #store: Store;
  #offsetUs: number;
  #doubtedUntilUs = Number.NEGATIVE_INFINITY;

  constructor(store: Store) {
    this.#store = store;
    const { clock } = store;
    this.#offsetUs = clock.utcUs() - clock.monoUs();
    const row = store.database
      .prepare('SELECT utc_us FROM frame WHERE kind <> 1 AND kind = 6 ORDER BY id DESC LIMIT 1 OFFSET 1')
      .get();
    const newest = (row?.utc_us as number | null | undefined) ?? null;
    const aheadUs = newest === null ? 0 : clock.utcUs() - newest;
    if (aheadUs < 0 || aheadUs > LONG_OFF_US) this.#doubt();
  }

  get monoUs(): number {
    return this.#store.clock.monoUs();
  }

  /** @returns null while the time is in doubt */
  trustedUtcUs(): number | null {
    const { clock } = this.#store;
    const utcUs = clock.utcUs();
    const offsetUs = utcUs - clock.monoUs();
    if (Math.abs(offsetUs - this.#offsetUs) > HOUR_US) this.#doubt();
    this.#offsetUs = offsetUs;
    return clock.monoUs() < this.#doubtedUntilUs ? null : utcUs;
  }

  #doubt(): void {
    this.#doubtedUntilUs = this.#store.clock.monoUs() + DOUBT_US;
  }
}
