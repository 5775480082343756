/**
 * Questions for what the collector has of an epoch, a page of ranges at a time, and the answers put together. A question
 * takes the same way as the frames, so what was sent before it and is not in the answer did not arrive.
 */
import { randomBytes } from 'node:crypto';
import { sameBytes } from '../frame/chain.ts';
import { encodeQuery, type Receipt } from './receipt.ts';
import { Spans } from './spans.ts';

/** More ranges than this many pages hold are not listened to: what they name is sent again. */
const MOST_PAGES = 64;

export interface Ask {
  epochId: number;
  /** Frames sent before this many others were sent before the question. */
  order: number;
  /** Highest `nextSeq` that had been heard by then: the answer cannot say less. */
  least: number;
  /** Of the question, and of the last time it was put. */
  firstMs: number;
  sentMs: number;
  /** Distance to the next time. */
  againMs: number;
  held: Spans;
  payload: Uint8Array;
}

interface Open extends Ask {
  hostId: Uint8Array;
  epoch: Uint8Array;
  nonce: Uint8Array;
  pages: number;
}

export class Asks {
  readonly #open = new Map<number, Open>();

  get isEmpty(): boolean {
    return this.#open.size === 0;
  }

  has(epochId: number): boolean {
    return this.#open.has(epochId);
  }

  all(): Iterable<Ask> {
    return this.#open.values();
  }

  /** @returns what is to be sent */
  begin(
    epochId: number,
    { hostId, epoch }: { hostId: Uint8Array; epoch: Uint8Array },
    { order, least, nowMs, againMs }: { order: number; least: number; nowMs: number; againMs: number },
  ): Ask {
    const nonce = Uint8Array.from(randomBytes(8));
    const ask = {
      ...{
        epochId,
        order,
        least,
        firstMs: nowMs,
        sentMs: nowMs,
        againMs,
        held: new Spans(),
        hostId,
        epoch,
        nonce,
        pages: 0,
      },
      payload: encodeQuery({ hostId, epoch, nonce, fromSeq: 0 }),
    };
    this.#open.set(epochId, ask);
    return ask;
  }

  /**
   * @returns `done` with the whole answer, `next` with the question for the following page, or null where the receipt
   * answers nothing that is open
   */
  answer(epochId: number, receipt: Receipt): { done: Ask } | { next: Ask } | null {
    const ask = this.#open.get(epochId);
    if (!ask || !receipt.nonce || !sameBytes(ask.nonce, receipt.nonce)) return null;
    ask.held.add(0, receipt.nextSeq);
    for (const [first, last] of receipt.ranges) ask.held.add(first, last + 1);
    const end = receipt.ranges.at(-1)?.[1];
    if (!receipt.more || end === undefined || ++ask.pages >= MOST_PAGES) {
      this.#open.delete(epochId);
      return { done: ask };
    }
    // a new nonce: an answer that comes twice is not taken for the next page
    ask.nonce = Uint8Array.from(randomBytes(8));
    ask.payload = encodeQuery({ hostId: ask.hostId, epoch: ask.epoch, nonce: ask.nonce, fromSeq: end + 1 });
    return { next: ask };
  }
}
