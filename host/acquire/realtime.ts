/**
 * Any source at the pace of its own clock: a recorded hour takes an hour. Blocks are cut so short that what arrives
 * arrives about when a live sensor would have delivered it. A slow receiver is not waited for: the schedule is fixed
 * by the first event, and what is late is delivered at once.
 */
import type { SourceEvent, SourceInfo } from '../types.ts';
import type { Source } from './source.ts';

/** At most this much signal in one event. */
const SLICE_S = 0.1;

export interface Pace {
  /** Monotonic milliseconds. */
  nowMs(): number;
  /** Resolves after `ms`, or soon after `signal` aborts; may reject only when it aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Times real time, 1 when absent. */
  speedup?: number;
}

export function paced(source: Source, pace: Pace): Source {
  return new PacedSource(source, pace);
}

class PacedSource implements Source {
  readonly isLive = true;
  readonly #source: Source;
  readonly #pace: Pace;

  constructor(source: Source, pace: Pace) {
    this.#source = source;
    this.#pace = pace;
  }

  get info(): SourceInfo {
    return this.#source.info;
  }

  async *events(signal?: AbortSignal): AsyncGenerator<SourceEvent> {
    const { sampleRateHz, snapshot } = this.info;
    const speedup = this.#pace.speedup ?? 1;
    const sliceScans = Math.max(1, Math.floor(sampleRateHz * SLICE_S * speedup));
    const startMs = this.#pace.nowMs();
    /** Since the start, on the source's clock. */
    let dueS = 0;
    let snapshotStartS = 0;
    for await (const event of this.#source.events(signal)) {
      if (event.kind === 'samples') {
        for (const slice of slices(event, sliceScans)) {
          dueS += slice.channels[0].length / sampleRateHz;
          if (!(await this.#reach(startMs + (1000 * dueS) / speedup, signal))) return;
          yield slice;
        }
        continue;
      }
      yield event;
      if (event.kind === 'gap') dueS += event.lostSamples / sampleRateHz;
      if (event.kind === 'snapshotEnd') {
        // the next one starts where the wall clock of the recording says
        dueS = Math.max(dueS, snapshotStartS + (snapshot?.intervalS ?? 0));
        snapshotStartS = dueS;
      }
      if (signal?.aborted) return;
    }
  }

  close(): Promise<void> {
    return this.#source.close();
  }

  /** @returns false when aborted */
  async #reach(dueMs: number, signal?: AbortSignal): Promise<boolean> {
    if (signal?.aborted) return false;
    const waitMs = dueMs - this.#pace.nowMs();
    if (waitMs <= 0) return true;
    try {
      await this.#pace.sleep(waitMs, signal);
    } catch (error) {
      if (!signal?.aborted) throw error;
    }
    return !signal?.aborted;
  }
}

type Samples = Extract<SourceEvent, { kind: 'samples' }>;

function* slices(event: Samples, sliceScans: number): Generator<Samples> {
  const scans = event.channels[0].length;
  if (scans <= sliceScans) {
    yield event;
    return;
  }
  for (let from = 0; from < scans; from += sliceScans) {
    const channels = event.channels.map((lane) => lane.slice(from, from + sliceScans));
    yield { kind: 'samples', firstSample: event.firstSample + from, channels };
  }
}
