/** A limit on frames a second. It saves up at most a second's worth, so a pause is not made good by a burst. */
export class Rate {
  readonly #perS: number;
  #saved: number;
  #atMs: number;

  constructor(perS: number, nowMs: number) {
    this.#perS = perS;
    this.#saved = perS;
    this.#atMs = nowMs;
  }

  /** @returns milliseconds until something may be sent; 0 now */
  dueMs(nowMs: number): number {
    this.#save(nowMs);
    return this.#saved > 0 ? 0 : Math.ceil(((1 - this.#saved) / this.#perS) * 1000);
  }

  /** May go below nothing: a message is not cut, the next one waits longer. */
  spend(frames: number): void {
    this.#saved -= frames;
  }

  #save(nowMs: number): void {
    this.#saved = Math.min(this.#perS, this.#saved + (Math.max(0, nowMs - this.#atMs) * this.#perS) / 1000);
    this.#atMs = nowMs;
  }
}
