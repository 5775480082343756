/**
 * When a node took which sample, on the host's monotonic clock. Messages are late by different times but never early, so
 * the line that fits is the one below all arrivals that is nearest to them: the edge of their lower hull over the middle
 * of what was seen. A least-squares line would be off by the mean delay and by every stall.
 */

/** Arrivals older than this tell of another temperature of the crystal. */
const WINDOW_MS = 120_000;
/** Of the arrivals within this time only the earliest is kept: the others lie above the hull almost always. */
const BIN_MS = 100;
/** Before that the ends are too near for a rate. */
const SHORTEST_MS = 1000;

interface Arrival {
  count: number;
  ms: number;
}

export interface ClockLine {
  sampleRateHz: number;
  /** When sample `count` (from 0) was taken, at the earliest: the shortest delay of the line is in it. */
  msAt(count: number): number;
  countAt(ms: number): number;
  /** Time between the first and the last arrival. */
  spanMs: number;
}

export class ClockFit {
  readonly #nominalHz: number;
  readonly #windowMs: number;
  #arrivals: Arrival[] = [];
  #line: ClockLine | null = null;

  /** @param nominalHz tells which arrivals of one moment was the earliest; may be off by a fifth */
  constructor(nominalHz: number, windowMs = WINDOW_MS) {
    this.#nominalHz = nominalHz;
    this.#windowMs = windowMs;
  }

  /** `count` samples had been taken when a message was sent that arrived at `ms`. Both never go back. */
  arrived(count: number, ms: number): void {
    const last = this.#arrivals.at(-1);
    if (last && (count <= last.count || ms < last.ms)) return;
    this.#line = null;
    const bin = this.#arrivals.at(-2);
    if (last && bin && ms - bin.ms < BIN_MS) {
      if (this.#lateness({ count, ms }, last) < 0) this.#arrivals[this.#arrivals.length - 1] = { count, ms };
    } else this.#arrivals.push({ count, ms });
    const oldest = ms - this.#windowMs;
    let old = 0;
    while (this.#arrivals[old].ms < oldest) old++;
    if (old > 64) this.#arrivals.splice(0, old);
  }

  /** The node counts anew. */
  restart(): void {
    this.#arrivals = [];
    this.#line = null;
  }

  /** Null until the arrivals are far enough apart. */
  get line(): ClockLine | null {
    this.#line ??= this.#fitted();
    return this.#line;
  }

  /** How much later `a` came than `b` after it was taken, as far as the nominal rate tells. */
  #lateness(a: Arrival, b: Arrival): number {
    return a.ms - b.ms - ((a.count - b.count) * 1000) / this.#nominalHz;
  }

  #fitted(): ClockLine | null {
    const arrivals = this.#arrivals;
    const spanMs = arrivals.length < 2 ? 0 : arrivals[arrivals.length - 1].ms - arrivals[0].ms;
    if (spanMs < SHORTEST_MS) return null;
    const hull = lowerHull(arrivals);
    const middle = arrivals.reduce((sum, { count }) => sum + count, 0) / arrivals.length;
    const at = Math.max(
      1,
      hull.findIndex(({ count }) => count >= middle),
    );
    const [from, to] = [hull[at - 1], hull[at]];
    const msPerCount = (to.ms - from.ms) / (to.count - from.count);
    return {
      sampleRateHz: 1000 / msPerCount,
      msAt: (count) => from.ms + (count - from.count) * msPerCount,
      countAt: (ms) => from.count + (ms - from.ms) / msPerCount,
      spanMs,
    };
  }
}

/** Andrew's chain; `points` ascend in count. */
function lowerHull(points: Arrival[]): Arrival[] {
  const hull: Arrival[] = [];
  for (const point of points) {
    while (hull.length >= 2 && !isConvex(hull[hull.length - 2], hull[hull.length - 1], point)) hull.pop();
    hull.push(point);
  }
  return hull;
}

const isConvex = (a: Arrival, b: Arrival, c: Arrival): boolean =>
  (b.count - a.count) * (c.ms - a.ms) - (b.ms - a.ms) * (c.count - a.count) > 0;
