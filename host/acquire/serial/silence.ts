/**
 * Tells a line that has gone silent from a host that did not listen: after a standstill what arrived meanwhile is read in
 * the next turns of the event loop, so some of them must have passed as well. Where a port hangs up under load the
 * operating system may never say so, and silence is the only sign.
 */

/** A node says something every 500 ms at the latest. */
export const SILENCE_MS = 750;
const TICK_MS = 50;
/** Turns in which a host that runs again has read what was waiting. */
const TICKS = 4;

export class SilenceWatch {
  readonly #onSilence: () => void;
  readonly #limitMs: number;
  readonly #nowMs: () => number;
  readonly #timer: NodeJS.Timeout;
  #heardMs: number;
  #ticks = 0;

  constructor(onSilence: () => void, limitMs: number, nowMs: () => number = () => performance.now()) {
    this.#onSilence = onSilence;
    this.#limitMs = limitMs;
    this.#nowMs = nowMs;
    this.#heardMs = nowMs();
    this.#timer = setInterval(() => this.tick(), TICK_MS);
  }

  heard(): void {
    this.#heardMs = this.#nowMs();
    this.#ticks = 0;
  }

  /** One turn of the event loop has passed. */
  tick(): void {
    if (++this.#ticks < TICKS || this.#nowMs() - this.#heardMs <= this.#limitMs) return;
    this.heard();
    this.#onSilence();
  }

  end(): void {
    clearInterval(this.#timer);
  }
}
