/**
 * Frames that were lost on the way, by how often. One that is lost again and again is no accident: the collector refuses
 * it, or the way does. It must hold up no other, so it is tried after a pause, and then ever more rarely.
 */
const MOST_TRIES = 5;
const FIRST_MS = 5000;
const LONGEST_MS = 600_000;

export interface LostFrame {
  epochId: number;
  seq: number;
  tries: number;
  /** When it goes again; Infinity while it is on its way. */
  dueMs: number;
}

export class Refused {
  readonly #frames = new Map<string, LostFrame>();

  /** Frames that are tried after pauses only. */
  get count(): number {
    let count = 0;
    for (const { tries } of this.#frames.values()) if (tries >= MOST_TRIES) count++;
    return count;
  }

  /** @returns the frame; with a `dueMs` that is finite it is not to be sent before */
  lost(epochId: number, seq: number, nowMs: number): LostFrame {
    const key = `${epochId}/${seq}`;
    const frame = this.#frames.get(key) ?? { epochId, seq, tries: 0, dueMs: Number.POSITIVE_INFINITY };
    this.#frames.set(key, frame);
    frame.tries++;
    if (frame.tries >= MOST_TRIES)
      frame.dueMs = nowMs + Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(20, frame.tries - MOST_TRIES));
    return frame;
  }

  arrived(epochId: number, seqs: number[]): void {
    if (this.#frames.size > 0) for (const seq of seqs) this.#frames.delete(`${epochId}/${seq}`);
  }

  /** Those whose time has come; they count as on their way. */
  due(nowMs: number): LostFrame[] {
    const due = [...this.#frames.values()].filter(({ dueMs }) => dueMs <= nowMs);
    for (const frame of due) frame.dueMs = Number.POSITIVE_INFINITY;
    return due;
  }

  /** Milliseconds until the next one is due; Infinity if there is none. */
  nextMs(nowMs: number): number {
    let next = Number.POSITIVE_INFINITY;
    for (const { dueMs } of this.#frames.values()) next = Math.min(next, dueMs - nowMs);
    return next;
  }
}
