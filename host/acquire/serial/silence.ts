/**
 * Tells a line that has gone silent from a host that did not listen: only time in which the event loop ran counts. Where
 * a port hangs up under load the operating system may never say so, and silence is the only sign.
 */

/** A node says something every 500 ms at the latest. */
const SILENCE_MS = 750;
const TICK_MS = 50;

export class SilenceWatch {
  readonly #onSilence: () => void;
  readonly #limitMs: number;
  readonly #timer: NodeJS.Timeout;
  #silentMs = 0;
  #tickedMs: number;

  constructor(onSilence: () => void, limitMs = SILENCE_MS, nowMs: () => number = () => performance.now()) {
    this.#onSilence = onSilence;
    this.#limitMs = limitMs;
    this.#tickedMs = nowMs();
    this.#timer = setInterval(() => this.tick(nowMs()), TICK_MS);
  }

  heard(): void {
    this.#silentMs = 0;
  }

  /** @param ms now; a tick that comes late counts as one that came in time, because what arrived waits to be read */
  tick(ms: number): void {
    this.#silentMs += Math.min(ms - this.#tickedMs, 2 * TICK_MS);
    this.#tickedMs = ms;
    if (this.#silentMs <= this.#limitMs) return;
    this.#silentMs = 0;
    this.#onSilence();
  }

  end(): void {
    clearInterval(this.#timer);
  }
}
