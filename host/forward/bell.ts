/** Wakes one who waits. A ring while nobody waits is kept for the next wait, so that none is missed. */
export class Bell {
  #isRung = false;
  #wake: () => void = () => {};

  ring(): void {
    this.#isRung = true;
    this.#wake();
  }

  /** Until the next ring, or that many milliseconds; Infinity is no limit. */
  async wait(ms: number): Promise<void> {
    if (!this.#isRung)
      await new Promise<void>((resolve) => {
        const timer = ms === Number.POSITIVE_INFINITY ? null : setTimeout(resolve, ms);
        this.#wake = () => {
          if (timer) clearTimeout(timer);
          resolve();
        };
      });
    this.#wake = () => {};
    this.#isRung = false;
  }
}
