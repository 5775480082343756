/**
 * What of one uplink is receipted: the store's cursor, which is durable and contiguous, and in memory the stretches
 * behind it that arrived before it (live frames go before backfill). Frames that the store has dropped are passed over:
 * they will never be sent, and the collector hears of them by their gap frames.
 */
import type { StatementSync } from 'node:sqlite';
import type { Cursor } from '../store/cursors.ts';
import { frameId, seqOf } from '../store/frame-id.ts';
import type { Store } from '../store/store.ts';
import { type Span, Spans } from './spans.ts';

/** What the far side has of an epoch. */
export interface Held {
  epochId: number;
  held: Spans;
}

export class Progress {
  readonly #store: Store;
  readonly #uplink: string;
  readonly #isWeak: boolean;
  readonly #receipted = new Map<number, Spans>();
  readonly #nextKept: StatementSync;
  readonly #laterEpoch: StatementSync;
  /** Frames that became receipted since the start. */
  delivered = 0;

  /** @param isWeak a broker answers, not whoever keeps the frames */
  constructor(store: Store, uplink: string, isWeak: boolean) {
    this.#store = store;
    this.#isWeak = isWeak;
    this.#uplink = uplink;
    const { database } = store;
    this.#nextKept = database.prepare('SELECT id FROM frame WHERE id >= ? AND id < ? ORDER BY id LIMIT 1');
    this.#laterEpoch = database.prepare('SELECT min(id) id FROM epoch WHERE id > ?');
  }

  get cursor(): Cursor {
    return this.#store.cursor(this.#uplink);
  }

  /** One past the last committed frame of an epoch. */
  endOf(epochId: number): number {
    return this.#store.framesOf(epochId);
  }

  /** The first frame from `seq` on that was not dropped; null if there is none. */
  #kept(epochId: number, seq: number): number | null {
    const end = this.endOf(epochId);
    const row = this.#nextKept.get(frameId(epochId, seq), frameId(epochId, end)) as { id: number } | undefined;
    return row ? seqOf(row.id) : null;
  }

  later(epochId: number): number | null {
    return (this.#laterEpoch.get(epochId) as { id: number | null }).id;
  }

  /** Stretches of an epoch that are receipted, without what the cursor has passed. */
  receipted(epochId: number): Spans {
    let spans = this.#receipted.get(epochId);
    if (!spans) this.#receipted.set(epochId, (spans = new Spans()));
    return spans;
  }

  isReceipted(epochId: number, seq: number): boolean {
    const { epochId: at, nextSeq } = this.cursor;
    return epochId < at || (epochId === at && seq < nextSeq) || this.receipted(epochId).has(seq);
  }

  /** @returns how many frames are receipted now that were not before */
  take(epochId: number, spans: Iterable<Span>): number {
    const cursor = this.cursor;
    if (epochId < cursor.epochId) return 0;
    const least = epochId === cursor.epochId ? cursor.nextSeq : 0;
    // a store put back from a backup ends earlier than what it once sent
    const most = this.endOf(epochId);
    const receipted = this.receipted(epochId);
    let added = 0;
    for (const { first, end } of spans) added += receipted.add(Math.max(first, least), Math.min(end, most));
    this.delivered += added;
    if (added > 0) this.#advance();
    return added;
  }

  /** Passes what is receipted or dropped, as far as that reaches without a hole. @returns whether the cursor moved */
  #advance(): boolean {
    const start = this.cursor;
    let { epochId, nextSeq } = start;
    for (;;) {
      nextSeq = this.receipted(epochId).gapFrom(nextSeq);
      const kept = this.#kept(epochId, nextSeq);
      if (kept === nextSeq) break;
      if (kept !== null) {
        nextSeq = kept;
        continue;
      }
      nextSeq = Math.max(nextSeq, this.endOf(epochId));
      const later = this.later(epochId);
      if (later === null) break;
      this.#receipted.delete(epochId);
      epochId = later;
      nextSeq = 0;
    }
    this.receipted(epochId).remove(0, nextSeq);
    if (epochId === start.epochId && nextSeq === start.nextSeq) return false;
    this.#store.setCursor(this.#uplink, epochId, nextSeq, this.#isWeak);
    return true;
  }

  /** Passes what was dropped at the cursor while nothing was sent. */
  passDropped(): boolean {
    return this.#advance();
  }

  /** The far side has lost what it had answered for: everything from there on that it does not have is owed again. */
  rewind({ epochId, held, seq: nextSeq }: Held & { seq: number }): void {
    for (const id of [...this.#receipted.keys()]) if (id >= epochId) this.#receipted.delete(id);
    this.#store.setCursor(this.#uplink, epochId, nextSeq, this.#isWeak);
    const receipted = this.receipted(epochId);
    const most = this.endOf(epochId);
    for (const { first, end } of held) receipted.add(Math.max(first, nextSeq), Math.min(end, most));
  }

  /**
   * The first frame before a cursor that is kept here and that the far side does not have; null if there is none.
   *
   * @param answers oldest epoch first
   * @param cursor as it was when the far side was asked: what came later it could not answer for
   */
  firstLost(answers: Held[], { epochId: at, nextSeq }: Cursor): (Held & { seq: number }) | null {
    for (const { epochId, held } of answers) {
      if (epochId > at) continue;
      const seq = this.#firstMissing(epochId, epochId === at ? nextSeq : this.endOf(epochId), held);
      if (seq !== null) return { epochId, held, seq };
    }
    return null;
  }

  #firstMissing(epochId: number, end: number, held: Spans): number | null {
    for (let seq = held.gapFrom(0); seq < end; ) {
      const kept = this.#kept(epochId, seq);
      if (kept === null || kept >= end) return null;
      seq = held.gapFrom(kept);
      if (seq === kept) return kept;
    }
    return null;
  }

  /** Frames committed and not receipted; those that were dropped count until the cursor has passed them. */
  behind(): number {
    let { epochId, nextSeq } = this.cursor;
    let behind = 0;
    for (;;) {
      behind += Math.max(0, this.endOf(epochId) - nextSeq) - (this.#receipted.get(epochId)?.size ?? 0);
      const later = this.later(epochId);
      if (later === null) return Math.max(0, behind);
      epochId = later;
      nextSeq = 0;
    }
  }
}
