/** Messages that were sent and are not receipted as a whole, in the order of sending. */
import { Spans } from './spans.ts';

export interface Flight {
  epochId: number;
  /** Not receipted yet. */
  seqs: number[];
  bytes: number;
  sentMs: number;
}

export class Flights {
  readonly #flights = new Map<number, Flight>();
  #order = 0;
  /** Frames and bytes on their way. */
  frames = 0;
  bytes = 0;
  /** Smoothed time from sending a message to its last receipt; null before the first. */
  roundTripMs: number | null = null;

  /** How many have been sent: those with a smaller number were sent before now. */
  get order(): number {
    return this.#order;
  }

  /** @returns its number */
  launch(flight: Flight): number {
    const order = this.#order++;
    this.#flights.set(order, flight);
    this.frames += flight.seqs.length;
    this.bytes += flight.bytes;
    return order;
  }

  /** It is waited for no longer. */
  end(order: number): void {
    const flight = this.#flights.get(order);
    if (!flight) return;
    this.#flights.delete(order);
    this.frames -= flight.seqs.length;
    this.bytes -= flight.bytes;
  }

  /** Takes receipted frames out. @returns those */
  settle(epochId: number, isReceipted: (seq: number) => boolean, nowMs: number): number[] {
    const settled: number[] = [];
    for (const [order, flight] of this.#flights) {
      if (flight.epochId !== epochId) continue;
      const left: number[] = [];
      for (const seq of flight.seqs) (isReceipted(seq) ? settled : left).push(seq);
      this.frames -= flight.seqs.length - left.length;
      flight.seqs = left;
      if (left.length > 0) continue;
      this.end(order);
      const tookMs = nowMs - flight.sentMs;
      this.roundTripMs = this.roundTripMs === null ? tookMs : this.roundTripMs + (tookMs - this.roundTripMs) / 8;
    }
    return settled;
  }

  /** Ends what was sent before that number. @returns its frames */
  takeBefore(epochId: number, order: number): Spans {
    const lost = new Spans();
    for (const [sent, flight] of this.#flights) {
      if (flight.epochId !== epochId || sent >= order) continue;
      this.end(sent);
      for (const seq of flight.seqs) lost.add(seq, seq + 1);
    }
    return lost;
  }

  /** When the oldest message of each epoch was sent. */
  oldest(): Map<number, number> {
    const oldest = new Map<number, number>();
    for (const { epochId, sentMs } of this.#flights.values()) if (!oldest.has(epochId)) oldest.set(epochId, sentMs);
    return oldest;
  }
}
