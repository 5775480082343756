/**
 * What goes upstream: one cursor an uplink over the frames of the store, one connection at a time to the first endpoint
 * that answers. The cursor moves only over frames that are receipted; sending twice is possible, losing is not: the far
 * side tells by {hostId, epoch, seq}.
 */
import { type Backoff, backoff } from '../backoff.ts';
import { TransportError } from '../errors.ts';
import type { Store } from '../store/store.ts';
import type { UplinkLimits, UplinkStatus } from '../store/uplinks.ts';
import { Progress } from './progress.ts';
import { ReceiptKey } from './receipt.ts';
import { Session, type SessionCounts } from './session.ts';
import type { Transport } from './transport.ts';

/**
 * A week of eight points at a frame a second, 4.84 million frames, in 16 minutes and at 10 Mbit/s; a sixth of what one
 * PostgreSQL was measured to take, so that six such hosts may come back at once.
 */
export const DEFAULT_BACKFILL = 5000;
export const LIMITS: UplinkLimits = {
  connectMs: 10_000,
  pubackMs: 10_000,
  askAfterMs: 2000,
  answerMs: 15_000,
  returnMs: 300_000,
};
/** Before the next endpoint of the same round, at most: that one has not refused anything. */
const NEXT_ENDPOINT_MS = 200;

export interface OutboxOptions {
  name: string;
  store: Store;
  /** One for each endpoint, in order of preference; each call makes a new connection. */
  endpoints: (() => Transport)[];
  /** The collector's raw key; null: PUBACK is what counts. */
  receiptKey: Uint8Array | null;
  backfillFramesPerS?: number;
  limits?: Partial<UplinkLimits>;
  random?: () => number;
  nowMs?: () => number;
  retry?: Backoff;
  /** Called whenever the cursor has moved, so that the owner commits in time. */
  onProgress?: () => void;
}

export class Outbox {
  readonly #options: OutboxOptions;
  readonly #random: () => number;
  readonly #limits: UplinkLimits;
  readonly #retry: Backoff;
  readonly #progress: Progress;
  readonly #receiptKey: ReceiptKey | null;
  readonly #counts: SessionCounts = { live: 0, backfill: 0, resent: 0, badReceipts: 0, note: null };
  #state: UplinkStatus['state'] = 'connecting';
  #endpoint: string | null = null;
  #lastError: string | null = null;
  #stopped = false;
  #endPause: () => void = () => {};
  #running: Promise<void> | null = null;
  #session: Session | null = null;
  readonly #transports = new Set<Transport>();

  constructor(options: OutboxOptions) {
    this.#options = options;
    this.#random = options.random ?? Math.random;
    this.#limits = { ...LIMITS, ...options.limits };
    this.#retry = options.retry ?? backoff(this.#random);
    this.#progress = new Progress(options.store, options.name, options.receiptKey === null);
    this.#receiptKey = options.receiptKey ? new ReceiptKey(options.receiptKey) : null;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** Settles when it has ended: rejects with a defect, never because the far side is away. */
  get done(): Promise<void> {
    return this.#running ?? Promise.resolve();
  }

  /** Something was committed. */
  wake(): void {
    this.#session?.wake();
  }

  /** Resolves when the connection is closed; the cursor stays at what was receipted. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#endPause();
    this.#session?.end();
    // ends a connect or send that is under way
    await Promise.all([...this.#transports].map((transport) => transport.close()));
    await this.#running;
  }

  status(): Omit<UplinkStatus, 'restarts' | 'isGivenUp'> {
    const { live, backfill, resent, badReceipts, note } = this.#counts;
    return {
      name: this.#options.name,
      state: this.#state,
      receipts: this.#receiptKey ? 'signed' : 'puback',
      endpoint: this.#endpoint,
      delivered: this.#progress.delivered,
      behind: this.behind(),
      inFlight: this.#session?.inFlight ?? 0,
      live,
      backfill,
      resent,
      refused: this.#session?.refused ?? 0,
      badReceipts,
      lastError: this.#lastError ?? note,
    };
  }

  /** Frames committed and not yet receipted. */
  behind(): number {
    return this.#progress.behind();
  }

  async #run(): Promise<void> {
    const { endpoints } = this.#options;
    let at = 0;
    while (!this.#stopped) {
      this.#state = 'connecting';
      const isReturning = await this.#connected(at);
      if (this.#stopped) break;
      if (isReturning) {
        at = 0;
        continue;
      }
      at = (at + 1) % endpoints.length;
      this.#state = 'waiting';
      this.#endpoint = null;
      await this.#pause(at === 0 ? this.#retry.next() : this.#random() * NEXT_ENDPOINT_MS);
    }
    this.#state = 'stopped';
  }

  /** @returns whether it ended because the first endpoint answers again */
  async #connected(at: number): Promise<boolean> {
    const transport = this.#options.endpoints[at]();
    this.#endpoint = transport.endpoint;
    const session = this.#newSession(transport);
    this.#session = session;
    let isReturning = false;
    let watch: NodeJS.Timeout | undefined;
    try {
      await session.open(() => {
        this.#state = this.#receiptKey ? 'asking' : 'up';
      });
      this.#state = 'up';
      this.#lastError = null;
      if (at > 0)
        watch = this.#watchFirst(
          () => {
            isReturning = true;
            session.end();
          },
          (defect) => session.fail(defect),
        );
      await session.run();
    } catch (error) {
      if (!(error instanceof TransportError)) throw error;
      this.#lastError = error.message;
    } finally {
      clearInterval(watch);
      this.#session = null;
      await transport.close();
      this.#transports.delete(transport);
      // only a far side that takes data earns short waits again: one that drops us after each connect does not
      if (session.hadProgress) this.#retry.reset();
    }
    return isReturning;
  }

  #newSession(transport: Transport): Session {
    const { name, store, backfillFramesPerS, nowMs, onProgress } = this.#options;
    this.#transports.add(transport);
    return new Session({
      ...{ name, store, transport, progress: this.#progress, receiptKey: this.#receiptKey },
      backfillFramesPerS: backfillFramesPerS ?? DEFAULT_BACKFILL,
      limits: this.#limits,
      nowMs: nowMs ?? (() => performance.now()),
      counts: this.#counts,
      onProgress: onProgress ?? (() => {}),
    });
  }

  /** Tries the first endpoint beside the one in use, until it answers. */
  #watchFirst(onAnswer: () => void, onDefect: (error: Error) => void): NodeJS.Timeout {
    let isTrying = false;
    const attempt = async (): Promise<void> => {
      if (isTrying || this.#stopped) return;
      isTrying = true;
      let transport: Transport | null = null;
      try {
        transport = this.#options.endpoints[0]();
        await this.#newSession(transport).probe();
        if (!this.#stopped) onAnswer();
      } catch (error) {
        if (!(error instanceof TransportError)) onDefect(error as Error); // else it is still away
      } finally {
        await transport?.close();
        if (transport) this.#transports.delete(transport);
        isTrying = false;
      }
    };
    // a fleet must not come back at once
    return setInterval(() => void attempt(), this.#limits.returnMs * (0.5 + this.#random()));
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      // a commit is no reason to try a dead broker earlier
      this.#endPause = () => {
        clearTimeout(timer);
        resolve();
      };
      if (this.#stopped) this.#endPause();
    });
  }
}
