/**
 * Cuts what a source yields into whole stretches for one point. A scan with a non-finite value in any of the point's
 * channels is a gap of one; a stretch shorter than a window cannot be analysed and is a gap too. Every sample that comes
 * in either goes on or is counted here.
 */
import type { GapCause, PointEvent, PointPlan, SourceEvent } from '../types.ts';

export class Stretches {
  readonly #plan: PointPlan;
  /** Samples handed on since the last boundary, and where on the source's count they began. */
  #length = 0;
  #start = 0;
  /** Samples delivered by the source, good and bad. */
  samplesIn = 0;
  nonfinite = 0;
  lost: Partial<Record<GapCause, number>> = {};

  constructor(plan: PointPlan) {
    this.#plan = plan;
  }

  snapshot(): { length: number; start: number; samplesIn: number; nonfinite: number; lost: Stretches['lost'] } {
    const { samplesIn, nonfinite } = this;
    return { length: this.#length, start: this.#start, samplesIn, nonfinite, lost: { ...this.lost } };
  }

  restore(snapshot: ReturnType<Stretches['snapshot']>): void {
    this.#length = snapshot.length;
    this.#start = snapshot.start;
    this.samplesIn = snapshot.samplesIn;
    this.nonfinite = snapshot.nonfinite;
    this.lost = { ...snapshot.lost };
  }

  *push(event: SourceEvent): Generator<PointEvent> {
    if (event.kind === 'samples') yield* this.#samples(event.firstSample, event.channels);
    else if (event.kind === 'snapshotEnd') yield* this.#boundary('snapshot');
    else if (event.kind === 'gap') {
      yield* this.#boundary('gap');
      this.samplesIn += event.lostSamples;
      yield this.#gap(event.cause, event.firstSample, event.lostSamples);
    } else yield event;
  }

  /** The stream is over. */
  *end(): Generator<PointEvent> {
    yield* this.#boundary('end');
  }

  *#samples(firstSample: number, channels: Float32Array[]): Generator<PointEvent> {
    const axes = this.#plan.channels.map((channel) => channels[channel]);
    const count = axes[0].length;
    this.samplesIn += count;
    let from = 0;
    for (let at = nextBad(axes, 0); at < count; at = nextBad(axes, from)) {
      yield* this.#good(axes, from, at, firstSample);
      yield* this.#boundary('gap');
      let end = at + 1;
      while (end < count && isBad(axes, end)) end++;
      this.nonfinite += end - at;
      yield this.#gap('nonfinite', firstSample + at, end - at);
      from = end;
    }
    yield* this.#good(axes, from, count, firstSample);
  }

  *#good(axes: Float32Array[], from: number, to: number, firstSample: number): Generator<PointEvent> {
    if (to <= from) return;
    if (this.#length === 0) this.#start = firstSample + from;
    this.#length += to - from;
    const whole = from === 0 && to === axes[0].length;
    yield {
      kind: 'samples',
      firstSample: firstSample + from,
      axes: whole ? axes : axes.map((a) => a.subarray(from, to)),
    };
  }

  *#boundary(reason: 'snapshot' | 'gap' | 'end'): Generator<PointEvent> {
    const { windowLength } = this.#plan;
    const short = this.#length > 0 && this.#length < windowLength ? this.#length : 0;
    const start = this.#start;
    this.#length = 0;
    yield { kind: 'boundary', reason };
    if (short > 0) yield this.#gap('short', start, short);
  }

  #gap(cause: GapCause, firstSample: number, lostSamples: number): PointEvent {
    this.lost[cause] = (this.lost[cause] ?? 0) + lostSamples;
    return { kind: 'gap', cause, firstSample, lostSamples };
  }
}

function isBad(axes: Float32Array[], i: number): boolean {
  for (const axis of axes) if (!Number.isFinite(axis[i])) return true;
  return false;
}

/** Index of the first scan from `from` on with a non-finite value; the length when there is none. */
function nextBad(axes: Float32Array[], from: number): number {
  let first = axes[0].length;
  for (const axis of axes) {
    for (let i = from; i < first; i++) {
      // x - x is NaN for NaN and both infinities, 0 otherwise
      if (axis[i] - axis[i] !== 0) {
        first = i;
        break;
      }
    }
  }
  return first;
}
