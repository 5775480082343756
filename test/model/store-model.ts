/**
 * What a store must hold, apart from how it does. A frame is pending, then committed, then receipted, then dropped, and:
 * - only `commit` makes a pending frame committed, and a kill takes pending ones and nothing else;
 * - only a receipt moves a cursor, forward and never beyond what is committed; a kill may take it back to where it was
 *   last written, and no farther;
 * - a frame is receipted when it stands before the cursor of every uplink, droppable when it is receipted, signed, of a
 *   kind that may leave, and not held;
 * - only making room drops: all that is droppable first; when nothing is, the first kind of the drop order that has any
 *   signed frame not held; each run with a gap frame that names just it, and for what is not receipted an event;
 * - what was dropped never comes back, and nobody else takes a frame out.
 */
export type Kind = 'feature' | 'waveform' | 'event' | 'gap' | 'checkpoint' | 'descriptor' | 'audit';

export interface ModelFrame {
  kind: Kind;
  point: number | null;
  isDropped: boolean;
}

/** Kinds that may leave once receipted; unreceipted ones leave in this order. */
const LEAVING: Kind[] = ['feature', 'waveform', 'gap', 'checkpoint'];
const ORDER: Kind[] = ['waveform', 'feature'];

export class StoreModel {
  /** By seq. */
  committed: ModelFrame[] = [];
  pending: ModelFrame[] = [];
  /** Frames before it are under a checkpoint, pending ones included. */
  signed = 0;
  /** Next seq that an uplink wants, and where it stands at the least after a kill. */
  cursors = new Map<string, { now: number; durable: number }>();
  /** The point of which nothing leaves. */
  held: number | null = null;
  /** Holds that are written down, and those whose writing waits for a commit. */
  recorded = { now: new Set<number>(), pending: new Set<number>() };
  /** Seqs at which runs begin whose digests are gone. */
  foldedAt = new Set<number>();
  /** What the store has said last that it drops unreceipted. */
  dropping: Kind | null = null;

  constructor(uplinks: string[]) {
    for (const uplink of uplinks) this.cursors.set(uplink, { now: 0, durable: 0 });
  }

  get nextSeq(): number {
    return this.committed.length + this.pending.length;
  }

  append(kind: Kind, point: number | null): void {
    this.pending.push({ kind, point, isDropped: false });
    if (kind === 'checkpoint') this.signed = this.nextSeq;
  }

  commit(): void {
    this.committed.push(...this.pending);
    this.pending = [];
    for (const point of this.recorded.pending) this.recorded.now.add(point);
  }

  sign(): void {
    this.append('checkpoint', null);
    this.commit();
  }

  /** As a clean stop does. */
  finish(): void {
    if (this.signed < this.nextSeq) this.sign();
    this.commit();
    this.#cursorsAreDurable();
  }

  /** @param cursors as the store has them after it: where each stands is its own affair, within these bounds */
  kill(cursors: Map<string, number>): void {
    this.pending = [];
    this.recorded.pending = new Set();
    this.signed = Math.min(this.signed, this.committed.length);
    for (const [uplink, cursor] of this.cursors) {
      const found = cursors.get(uplink)!;
      if (found < cursor.durable || found > cursor.now)
        throw new Error(`cursor ${uplink}: ${found} after a kill, wanted ${cursor.durable} to ${cursor.now}`);
      cursor.now = found;
      cursor.durable = found;
    }
  }

  /** Opens again: signs what nobody did, names the descriptor unless it is there. */
  open(): void {
    this.dropping = null;
    if (this.signed < this.nextSeq) this.sign();
    if (!this.committed.some(({ kind }) => kind === 'descriptor')) this.append('descriptor', 1);
  }

  /** The far side has everything before `seq`. */
  receipt(uplink: string, seq: number): void {
    const cursor = this.cursors.get(uplink)!;
    cursor.now = Math.max(cursor.now, Math.min(seq, this.committed.length));
  }

  get receiptedBefore(): number {
    return Math.min(this.committed.length, ...[...this.cursors.values()].map(({ now }) => now));
  }

  /** @returns seqs that making room takes now, ascending; empty when nothing may leave */
  makeRoom(): number[] {
    if (this.held !== null && !this.recorded.now.has(this.held) && !this.recorded.pending.has(this.held)) {
      this.append('audit', null);
      this.recorded.pending.add(this.held);
    }
    const receipted = Math.min(this.receiptedBefore, this.signed);
    const droppable = this.#staying(0, receipted, LEAVING);
    if (droppable.length > 0) return this.#drop(droppable, null);
    for (const kind of ORDER) {
      const unreceipted = this.#staying(receipted, Math.min(this.signed, this.committed.length), [kind]);
      if (unreceipted.length > 0) return this.#drop(unreceipted, kind);
    }
    return [];
  }

  /** Digests were taken out, with whatever waited. */
  folded(): void {
    this.commit();
    this.#cursorsAreDurable();
  }

  /** Of these kinds, what may leave: not held, no checkpoint that what stays needs. */
  #staying(from: number, before: number, kinds: Kind[]): number[] {
    const last = this.committed.findLastIndex(({ kind, isDropped }) => kind === 'checkpoint' && !isDropped);
    const found: number[] = [];
    let isUnproven = false;
    for (const [seq, { kind, point, isDropped }] of this.committed.entries()) {
      if (isDropped || seq >= before) continue;
      const isHeld = this.held !== null && (point === null || point === this.held);
      const isAsked = seq >= from && kinds.includes(kind) && !isHeld;
      if (kind === 'checkpoint') {
        if (isAsked && !isUnproven && seq !== last && !this.foldedAt.has(seq + 1)) found.push(seq);
        else isUnproven = false;
      } else if (isAsked) found.push(seq);
      else isUnproven = true;
    }
    return found;
  }

  #drop(seqs: number[], unreceipted: Kind | null): number[] {
    if (unreceipted !== null && unreceipted !== this.dropping) {
      this.append('event', null);
      this.dropping = unreceipted;
    }
    for (const seq of seqs) this.committed[seq].isDropped = true;
    for (const [at, seq] of seqs.entries()) if (seq !== seqs[at - 1] + 1) this.append('gap', null);
    this.commit();
    this.#cursorsAreDurable();
    return seqs;
  }

  #cursorsAreDurable(): void {
    for (const cursor of this.cursors.values()) cursor.durable = cursor.now;
  }
}
