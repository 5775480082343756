/** A bar with the time left, on a terminal and only for what takes longer than two seconds. */
import { SingleBar } from 'cli-progress';

const SHOWN_AFTER_MS = 2_000;

export class Progress {
  readonly #startedMs = performance.now();
  readonly #total: number | null;
  #done = 0;
  #bar: SingleBar | null = null;

  /** @param total in any unit; null when it is not known: then there is no bar */
  constructor(total: number | null) {
    this.#total = total;
  }

  advance(amount: number, label: string): void {
    this.#done += amount;
    if (this.#total === null || !process.stderr.isTTY) return;
    if (performance.now() - this.#startedMs < SHOWN_AFTER_MS) return;
    if (!this.#bar) {
      const format = '{bar} {percentage} %  {eta_formatted} left  {label}';
      this.#bar = new SingleBar({
        format,
        stream: process.stderr,
        clearOnComplete: true,
        hideCursor: true,
        barsize: 30,
      });
      this.#bar.start(this.#total, 0, { label });
    }
    this.#bar.update(Math.min(this.#done, this.#total), { label });
  }

  stop(): void {
    this.#bar?.stop();
    this.#bar = null;
  }
}
