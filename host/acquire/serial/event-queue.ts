/**
 * Events of a node on their way to whoever reads the source. The line is never held back: when nobody reads, a bounded
 * time of samples is kept, and what comes after is a counted gap. Blocks of a line are short; they are joined to slices.
 */
import type { GapCause, SourceEvent } from '../../types.ts';
import { wakened } from '../../wait.ts';

/** Time of samples in one event, and kept for a reader that does not read. */
const SLICE_S = 0.1;
const KEPT_S = 20;
/** What one event may carry. */
const MAX_SCANS = 65_536;

type Samples = Extract<SourceEvent, { kind: 'samples' }>;
type Gap = Extract<SourceEvent, { kind: 'gap' }>;

export class EventQueue {
  readonly #sliceScans: number;
  readonly #keptScans: number;
  readonly #axes: number;
  #events: (Samples | Gap)[] = [];
  #slice: Float32Array[] | null = null;
  #filled = 0;
  #queued = 0;
  /** First scan after everything that came, gaps included. */
  #end = 0;
  #wake: (() => void) | null = null;
  /** Scans that nobody read in time. */
  dropped = 0;

  constructor(sampleRateHz: number, axes: number, keptS = KEPT_S) {
    this.#sliceScans = Math.min(MAX_SCANS, Math.max(1, Math.round(sampleRateHz * SLICE_S)));
    this.#keptScans = Math.max(this.#sliceScans, Math.round(sampleRateHz * keptS));
    this.#axes = axes;
  }

  get end(): number {
    return this.#end;
  }

  samples(lanes: Float32Array[]): void {
    const scans = lanes[0].length;
    if (this.#queued + this.#filled + scans > this.#keptScans) {
      this.dropped += scans;
      this.gap('overrun', scans);
      return;
    }
    for (let from = 0; from < scans; ) {
      this.#slice ??= Array.from({ length: this.#axes }, () => new Float32Array(this.#sliceScans));
      const count = Math.min(scans - from, this.#sliceScans - this.#filled);
      for (const [axis, lane] of lanes.entries())
        this.#slice[axis].set(lane.subarray(from, from + count), this.#filled);
      this.#filled += count;
      this.#end += count;
      from += count;
      if (this.#filled === this.#sliceScans) this.flush();
    }
  }

  gap(cause: GapCause, lostSamples: number): void {
    this.flush();
    const last = this.#events.at(-1);
    if (last?.kind === 'gap' && last.cause === cause) last.lostSamples += lostSamples;
    else this.#push({ kind: 'gap', cause, firstSample: this.#end, lostSamples });
    this.#end += lostSamples;
  }

  /** A slice that has begun goes as it is. */
  flush(): void {
    if (this.#slice === null || this.#filled === 0) return;
    const filled = this.#filled;
    const channels = filled === this.#sliceScans ? this.#slice : this.#slice.map((lane) => lane.slice(0, filled));
    this.#slice = null;
    this.#filled = 0;
    this.#queued += filled;
    this.#push({ kind: 'samples', firstSample: this.#end - filled, channels });
  }

  /** The next event; null when `signal` aborts first. */
  async next(signal: AbortSignal): Promise<Samples | Gap | null> {
    while (!signal.aborted) {
      const event = this.#events.shift();
      if (event) {
        if (event.kind === 'samples') this.#queued -= event.channels[0].length;
        return event;
      }
      await wakened(signal, (wake) => {
        this.#wake = wake;
      });
    }
    return null;
  }

  #push(event: Samples | Gap): void {
    this.#events.push(event);
    this.#wake?.();
    this.#wake = null;
  }
}
