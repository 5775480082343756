/**
 * What has been handed to the store and is not durable yet. Kept here until the store says it is committed, and sent
 * again to a store thread that was started anew: an acknowledgement is the only thing that removes an entry. Bounded:
 * when the disk does not follow, recorded sources wait, and of live ones features are dropped and counted.
 */
import type { NamedDescriptor, ToStore } from '../store/messages.ts';
import type { FrameDraft, FrameValue } from '../types.ts';
import { wakened } from '../wait.ts';
import { Shortfall } from './shortfall.ts';

/** Bytes, as estimated by `sizeOf`. */
export interface LedgerLimits {
  /** With the store thread and not committed; the rest waits here, where it can still be dropped. */
  sent: number;
  /** Beyond, sources that lose nothing by waiting wait. */
  hold: number;
  /** Beyond, features of live sources are dropped, until half of it is free again. */
  drop: number;
}

const MIB = 1024 * 1024;
const LIMITS: LedgerLimits = { sent: 4 * MIB, hold: 8 * MIB, drop: 16 * MIB };

export interface LedgerEvents {
  /** The first feature is dropped; `bytes` wait. */
  onShort(bytes: number): void;
  /** Room again: so many features had been dropped. */
  onEnough(drafts: number): void;
}

type Append = Extract<ToStore, { type: 'append' }>;

interface Entry {
  drafts: FrameDraft[];
  bytes: number;
  sinceMs: number;
  onDurable?: () => void;
}

export class Ledger {
  readonly #send: (message: ToStore) => void;
  readonly #events: LedgerEvents;
  readonly #limits: LedgerLimits;
  /** In the order of their tokens, which never change: by them the store knows what it has already. */
  #sent: (Entry & { message: Append })[] = [];
  #unsent: Entry[] = [];
  #sentBytes = 0;
  #bytes = 0;
  /** Sent to every new store thread: a store that starts a new epoch needs them again. */
  #descriptors: Append[] = [];
  #token = 0;
  #isReady = false;
  #shortfall: Shortfall | null = null;
  #wake: (() => void)[] = [];

  constructor(send: (message: ToStore) => void, events: LedgerEvents, limits: Partial<LedgerLimits> = {}) {
    this.#send = send;
    this.#events = events;
    this.#limits = { ...LIMITS, ...limits };
  }

  /** Appends that are not durable. */
  get waiting(): number {
    return this.#sent.length + this.#unsent.length;
  }

  /** How much that is, for how long the oldest has waited, and what is not kept any more because it is too much. */
  get load(): { bytes: number; oldestMs: number; dropped: number } {
    const oldest = this.#sent[0] ?? this.#unsent[0];
    const oldestMs = oldest ? performance.now() - oldest.sinceMs : 0;
    return { bytes: this.#bytes, oldestMs, dropped: this.#shortfall?.drafts ?? 0 };
  }

  describe(descriptor: NamedDescriptor): void {
    const message: Append = { type: 'append', token: ++this.#token, drafts: [], descriptors: [descriptor] };
    this.#descriptors.push(message);
    if (this.#isReady) this.#send(message);
  }

  /** @param mayDrop the source does not wait: when the disk does not follow, its features may be dropped */
  append(drafts: FrameDraft[], mayDrop = false): void {
    if (mayDrop && !this.#shortfall && this.#bytes > this.#limits.drop) {
      this.#shortfall = new Shortfall();
      this.#events.onShort(this.#bytes);
    }
    this.#keep(mayDrop && this.#shortfall ? thinned(drafts, this.#shortfall) : drafts);
  }

  /** Resolves when the draft is durable, however long that takes and however often the store thread is lost. */
  commit(draft: FrameDraft): Promise<void> {
    return new Promise((resolve) => this.#keep([draft], resolve));
  }

  #keep(drafts: FrameDraft[], onDurable?: () => void): void {
    if (drafts.length === 0) return;
    const bytes = drafts.reduce((sum, draft) => sum + DRAFT_BYTES + sizeOf(draft.body), 0);
    this.#unsent.push({ drafts, bytes, sinceMs: performance.now(), onDurable });
    this.#bytes += bytes;
    this.#pump();
  }

  #pump(): void {
    if (!this.#isReady) return;
    let count = 0;
    while (count < this.#unsent.length && this.#sentBytes <= this.#limits.sent) {
      const entry = this.#unsent[count++];
      const message: Append = { type: 'append', token: ++this.#token, drafts: entry.drafts };
      this.#sent.push({ ...entry, message });
      this.#sentBytes += entry.bytes;
      this.#send(message);
    }
    this.#unsent.splice(0, count);
  }

  /** The store thread is up, for the first time or again. */
  ready(): void {
    this.#isReady = true;
    const again = [...this.#descriptors, ...this.#sent.map(({ message }) => message)];
    for (const message of again.sort((a, b) => a.token - b.token)) this.#send(message);
    this.#pump();
  }

  lost(): void {
    this.#isReady = false;
  }

  /** @returns whether anything became durable by it */
  committed(upTo: number): boolean {
    const first = this.#sent.findIndex(({ message }) => message.token > upTo);
    const done = this.#sent.splice(0, first < 0 ? this.#sent.length : first);
    const bytes = done.reduce((sum, entry) => sum + entry.bytes, 0);
    this.#sentBytes -= bytes;
    this.#bytes -= bytes;
    this.#pump();
    if (this.#bytes <= this.#limits.drop / 2) this.settle();
    if (this.#bytes <= this.#limits.hold) for (const wake of this.#wake.splice(0)) wake();
    for (const { onDurable } of done) onDurable?.();
    return done.length > 0;
  }

  /** Ends dropping, for now: the gaps that stand for what was dropped are handed over. */
  settle(): void {
    if (!this.#shortfall) return;
    const { drafts } = this.#shortfall;
    const gaps = this.#shortfall.drain();
    this.#shortfall = null;
    this.#keep(gaps);
    this.#events.onEnough(drafts);
  }

  /** For sources that lose nothing by waiting. Resolves when the store follows, or when `signal` aborts. */
  async mayAppend(signal: AbortSignal): Promise<void> {
    while (this.#bytes > this.#limits.hold && !signal.aborted)
      await wakened(signal, (wake) => {
        this.#wake.push(wake);
      });
  }

  /** Resolves true when everything handed over is durable, false after `limitMs` or as soon as `isHopeless`. */
  async empty(limitMs: number, isHopeless: () => boolean): Promise<boolean> {
    this.settle();
    const end = performance.now() + limitMs;
    while (this.waiting > 0 && performance.now() < end && !isHopeless())
      await new Promise((resolve) => setTimeout(resolve, 10));
    return this.waiting === 0;
  }
}

/** What is left of the drafts of one step: all but features, and those features that an event was decided on. */
function thinned(drafts: FrameDraft[], shortfall: Shortfall): FrameDraft[] {
  const decided = new Set(drafts.filter(({ kind }) => kind === 'event').map(({ pointId }) => pointId));
  return drafts.filter((draft) => draft.kind !== 'feature' || decided.has(draft.pointId) || !shortfall.take(draft));
}

/** Fields of a draft besides its body, in memory. */
const DRAFT_BYTES = 200;
const VALUE_BYTES = 16;

/** About what a value takes in memory, in bytes. */
function sizeOf(value: FrameValue): number {
  if (ArrayBuffer.isView(value)) return value.byteLength + 100;
  if (typeof value === 'string') return VALUE_BYTES + 2 * value.length;
  if (Array.isArray(value)) return value.reduce((sum: number, one) => sum + sizeOf(one), VALUE_BYTES);
  if (!(value instanceof Map)) return VALUE_BYTES;
  let sum = 100;
  for (const one of value.values()) sum += VALUE_BYTES + sizeOf(one);
  return sum;
}
