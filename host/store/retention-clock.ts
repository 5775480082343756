/**
 * Tells the time by which frames are too old, and only when it can be believed: a clock that was set to the wrong day must
 * not empty a store. A step against the monotonic clock by more than an hour, a time before that of the newest
 * checkpoint, or more than a month after it, is doubted for a day.
 */
import type { Store } from './store.ts';

const HOUR_US = 3_600_000_000;
const DAY_US = 24 * HOUR_US;
const LONG_OFF_US = 31 * DAY_US;

export class RetentionClock {
  readonly #store: Store;
  #offsetUs: number;
  #doubt: { why: string; untilUs: number } | null = null;

  constructor(store: Store) {
    this.#store = store;
    const { clock, newestBeforeUtcUs: newest } = store;
    const utcUs = clock.utcUs();
    this.#offsetUs = utcUs - clock.monoUs();
    if (newest !== null && utcUs < newest)
      this.#begin(`says ${iso(utcUs)}, before the newest checkpoint in the store, of ${iso(newest)}`);
    else if (newest !== null && utcUs - newest > LONG_OFF_US)
      this.#begin(
        `says ${iso(utcUs)}, ${Math.round((utcUs - newest) / DAY_US)} days after the newest checkpoint in the store, of ${iso(newest)}`,
      );
  }

  get monoUs(): number {
    return this.#store.clock.monoUs();
  }

  /** Why the time is not believed now, for people; null when it is. To be asked often: it is here that steps are seen. */
  doubt(): string | null {
    const { clock } = this.#store;
    const offsetUs = clock.utcUs() - clock.monoUs();
    const stepUs = offsetUs - this.#offsetUs;
    this.#offsetUs = offsetUs;
    if (Math.abs(stepUs) > HOUR_US)
      this.#begin(`was set ${stepUs > 0 ? 'on' : 'back'} by ${(Math.abs(stepUs) / HOUR_US).toFixed(1)} hours`);
    if (this.#doubt && clock.monoUs() >= this.#doubt.untilUs) this.#doubt = null;
    return this.#doubt?.why ?? null;
  }

  utcUs(): number {
    return this.#store.clock.utcUs();
  }

  #begin(why: string): void {
    this.#doubt = { why, untilUs: this.#store.clock.monoUs() + DAY_US };
  }
}

const iso = (utcUs: number): string => new Date(utcUs / 1000).toISOString();
