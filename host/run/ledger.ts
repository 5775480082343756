/**
 * What has been handed to the store and is not durable yet. Kept here until the store says it is committed, and sent
 * again to a store thread that was started anew: an acknowledgement is the only thing that removes an entry.
 */
import type { NamedDescriptor, ToStore } from '../store/messages.ts';
import type { FrameDraft } from '../types.ts';

/** Beyond, sources are held back: the disk does not follow. */
const MOST_WAITING = 2000;

type Append = Extract<ToStore, { type: 'append' }>;

export class Ledger {
  readonly #send: (message: ToStore) => void;
  /** In the order of their tokens, which never change: by them the store knows what it has already. */
  #waiting: Append[] = [];
  /** Sent to every new store thread: a store that starts a new epoch needs them again. */
  #descriptors: Append[] = [];
  #token = 0;
  #isReady = false;
  #wake: (() => void)[] = [];

  constructor(send: (message: ToStore) => void) {
    this.#send = send;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  describe(descriptor: NamedDescriptor): void {
    const entry: Append = { type: 'append', token: ++this.#token, drafts: [], descriptors: [descriptor] };
    this.#descriptors.push(entry);
    if (this.#isReady) this.#send(entry);
  }

  append(drafts: FrameDraft[]): void {
    if (drafts.length === 0) return;
    const entry: Append = { type: 'append', token: ++this.#token, drafts };
    this.#waiting.push(entry);
    if (this.#isReady) this.#send(entry);
  }

  /** The store thread is up, for the first time or again. */
  ready(): void {
    this.#isReady = true;
    for (const entry of [...this.#descriptors, ...this.#waiting].sort((a, b) => a.token - b.token)) this.#send(entry);
  }

  lost(): void {
    this.#isReady = false;
  }

  committed(upTo: number): void {
    const first = this.#waiting.findIndex(({ token }) => token > upTo);
    this.#waiting.splice(0, first < 0 ? this.#waiting.length : first);
    if (this.#waiting.length <= MOST_WAITING) for (const wake of this.#wake.splice(0)) wake();
  }

  /** Resolves when the store follows again, at once if it does, or when `signal` aborts. */
  async mayAppend(signal: AbortSignal): Promise<void> {
    if (this.#waiting.length <= MOST_WAITING || signal.aborted) return;
    await new Promise<void>((resolve) => {
      this.#wake.push(resolve);
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
  }

  /** Resolves true when everything handed over is durable, false after `limitMs`. */
  async empty(limitMs: number): Promise<boolean> {
    const end = performance.now() + limitMs;
    while (this.#waiting.length > 0 && performance.now() < end) await new Promise((resolve) => setTimeout(resolve, 10));
    return this.#waiting.length === 0;
  }
}
