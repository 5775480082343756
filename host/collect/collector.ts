/**
 * Takes payloads in, commits them in batches, and only then signs what is durable. It answers a question after a commit
 * of everything that came before it, so what is not in the answer did not arrive. Bounded: past MOST_QUEUED_BYTES the
 * inlets are held back.
 */

import { backoff } from '../backoff.ts';
import { DamageError } from '../errors.ts';
import { decodeQuery, encodeReceipt, MAX_RANGES, type Query } from '../forward/receipt.ts';
import { isQueryTopic, receiptTopic } from '../forward/topics.ts';
import { type CollectedFrame, takePayload } from './frames.ts';
import type { CollectorKey } from './key.ts';
import type { Aside, Coverage, Sink } from './sink.ts';

/** Oldest age and size of a batch: a receipt is never more than this and a commit away. */
export const BATCH = { maxAgeMs: 200, maxFrames: 1000 };
const MOST_QUEUED_BYTES = 16 * 1024 * 1024;
const MOST_QUERIES = 1000;

/** The way back to the hosts that came in by it. */
export interface Reply {
  publish(topic: string, payload: Uint8Array): void;
}

export interface CollectorCounts {
  payloads: number;
  /** Rows that were new. */
  frames: number;
  duplicates: number;
  /** Frames that contradict one that is there: set aside. */
  conflicts: number;
  /** Payloads that could not be used as a whole, or not at all: set aside. */
  damaged: number;
  commits: number;
  receipts: number;
  queries: number;
  /** Questions that could not be read, or were too many at a time. */
  badQueries: number;
}

export interface CollectorOptions {
  sink: Sink;
  key: CollectorKey;
  batch?: { maxAgeMs: number; maxFrames: number };
  /** Bytes taken and not yet committed, at which the inlets are held back. */
  mostQueuedBytes?: number;
  nowUtcUs?: () => number;
  random?: () => number;
  /** What a person should hear, once. */
  onMessage?: (level: 'info' | 'warn', text: string) => void;
  onCommit?: (counts: CollectorCounts) => void;
}

interface Batch {
  frames: CollectedFrame[];
  aside: Aside[];
  queries: { query: Query; reply: Reply }[];
  /** By source: whoever brought frames of it hears of them. */
  replies: Map<string, Set<Reply>>;
  bytes: number;
}

const emptyBatch = (): Batch => ({ frames: [], aside: [], queries: [], replies: new Map(), bytes: 0 });
const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

export class Collector {
  readonly counts: CollectorCounts = {
    ...{ payloads: 0, frames: 0, duplicates: 0, conflicts: 0, damaged: 0 },
    ...{ commits: 0, receipts: 0, queries: 0, badQueries: 0 },
  };
  readonly #options: CollectorOptions;
  readonly #limits: { maxAgeMs: number; maxFrames: number };
  readonly #mostBytes: number;
  #waiting = emptyBatch();
  #bytesUnderway = 0;
  #timer: NodeJS.Timeout | NodeJS.Immediate | null = null;
  #isCommitting = false;
  #isFailing = false;
  #isStopped = false;
  #endPause: () => void = () => {};
  #idle: (() => void)[] = [];
  readonly #room: (() => void)[] = [];

  constructor(options: CollectorOptions) {
    this.#options = options;
    this.#limits = options.batch ?? BATCH;
    this.#mostBytes = options.mostQueuedBytes ?? MOST_QUEUED_BYTES;
  }

  /** Takes one message; resolves when there is room for the next. Never rejects for what comes from the network. */
  take(topic: string, payload: Uint8Array, reply: Reply): Promise<void> | null {
    this.counts.payloads++;
    if (isQueryTopic(topic)) this.#query(topic, payload, reply);
    else this.#frames(topic, payload, reply);
    this.#schedule();
    if (this.#waiting.bytes + this.#bytesUnderway < this.#mostBytes) return null;
    return new Promise((resolve) => this.#room.push(resolve));
  }

  #frames(topic: string, payload: Uint8Array, reply: Reply): void {
    const { frames, damage } = takePayload(topic, payload);
    const batch = this.#waiting;
    batch.bytes += payload.length;
    for (const frame of frames) {
      batch.frames.push(frame);
      const key = `${hexOf(frame.hostId)}/${hexOf(frame.epoch)}`;
      const replies = batch.replies.get(key) ?? new Set();
      batch.replies.set(key, replies.add(reply));
    }
    if (damage === null) return;
    if (this.counts.damaged++ === 0)
      this.#options.onMessage?.(
        'warn',
        `damaged payload on ${topic}: ${damage}; it is set aside, not receipted, and counted from now on`,
      );
    batch.aside.push({ topic, why: damage, bytes: payload, isConflict: false });
  }

  #query(topic: string, payload: Uint8Array, reply: Reply): void {
    try {
      if (this.#waiting.queries.length >= MOST_QUERIES) throw new DamageError('QUERY_FORM', 'too many at a time');
      this.#waiting.queries.push({ query: decodeQuery(payload), reply });
    } catch (error) {
      if (!(error instanceof DamageError)) throw error;
      if (this.counts.badQueries++ === 0)
        this.#options.onMessage?.('warn', `query on ${topic}: ${error.message}; counted from now on`);
    }
  }

  #schedule(): void {
    const { frames, aside, queries, bytes } = this.#waiting;
    if (this.#isCommitting || frames.length + aside.length + queries.length === 0) return;
    const isDue =
      this.#isStopped ||
      queries.length > 0 ||
      frames.length + aside.length >= this.#limits.maxFrames ||
      bytes >= this.#mostBytes;
    if (!isDue) {
      this.#timer ??= setTimeout(() => void this.#commit(), this.#limits.maxAgeMs);
      return;
    }
    if (this.#timer) clearTimeout(this.#timer as NodeJS.Timeout);
    this.#timer = null;
    // what has arrived together with it joins the batch
    this.#isCommitting = true;
    setImmediate(() => void this.#commit());
  }

  async #commit(): Promise<void> {
    this.#timer = null;
    this.#isCommitting = true;
    const batch = this.#waiting;
    this.#waiting = emptyBatch();
    this.#bytesUnderway = batch.bytes;
    await this.#untilDone(async () => {
      if (batch.frames.length + batch.aside.length > 0) {
        const done = await this.#options.sink.commit(batch.frames, batch.aside);
        this.#committed(batch, done);
      }
      for (const { query, reply } of batch.queries.splice(0)) await this.#answer(query, reply);
    });
    this.#bytesUnderway = 0;
    this.#isCommitting = false;
    for (const free of this.#room.splice(0)) free();
    this.#schedule();
    if (!this.#isCommitting && this.#timer === null) for (const done of this.#idle.splice(0)) done();
  }

  #committed(batch: Batch, done: Awaited<ReturnType<Sink['commit']>>): void {
    batch.frames.length = batch.aside.length = 0; // durable: a question that fails later must not commit them again
    this.counts.commits++;
    this.counts.frames += done.inserted;
    this.counts.duplicates += done.duplicates;
    if (done.conflicts > 0 && this.counts.conflicts === 0)
      this.#options.onMessage?.(
        'warn',
        'frames came whose numbers are taken by others: two hosts with one identity, or a host put back to an earlier state; they are kept in the table aside',
      );
    this.counts.conflicts += done.conflicts;
    for (const coverage of done.sources) {
      const key = `${hexOf(coverage.hostId)}/${hexOf(coverage.epoch)}`;
      for (const reply of batch.replies.get(key) ?? []) this.#receipt(coverage, null, reply);
    }
    this.#options.onCommit?.(this.counts);
  }

  /** Tries until it works or the collector is stopped; what came in is kept meanwhile, and nothing is receipted. */
  async #untilDone(work: () => Promise<void>): Promise<void> {
    const retry = backoff(this.#options.random ?? Math.random, 200, 10_000);
    for (;;) {
      try {
        await work();
        if (this.#isFailing)
          this.#options.onMessage?.('info', `${this.#options.sink.name}: commits work again; what waited is durable`);
        this.#isFailing = false;
        return;
      } catch (error) {
        if (!this.#isFailing)
          this.#options.onMessage?.(
            'warn',
            `${this.#options.sink.name}: cannot be written (${(error as Error).message}); nothing is receipted, so every host keeps what it has; it is tried again`,
          );
        this.#isFailing = true;
        if (this.#isStopped) return;
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, retry.next());
          this.#endPause = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
    }
  }

  async #answer({ hostId, epoch, nonce, fromSeq }: Query, reply: Reply): Promise<void> {
    const coverage = await this.#options.sink.coverage({ hostId, epoch }, fromSeq, MAX_RANGES);
    this.counts.queries++;
    this.#receipt(coverage, nonce, reply);
  }

  #receipt({ hostId, epoch, nextSeq, ranges, more }: Coverage, nonce: Uint8Array | null, reply: Reply): void {
    const { key, nowUtcUs = () => Date.now() * 1000 } = this.#options;
    const { keyId, privateKey } = key;
    // where another collector works on the same source meanwhile, what was read first may have been reached
    const named = ranges.filter(([first]) => first > nextSeq).slice(0, MAX_RANGES);
    const receipt = { hostId, epoch, nextSeq, ranges: named, keyId, utcUs: nowUtcUs(), nonce, more };
    reply.publish(receiptTopic(hexOf(hostId)), encodeReceipt(receipt, privateKey));
    this.counts.receipts++;
  }

  /** Commits what is there, tries once where that fails, and resolves. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#endPause();
    for (const free of this.#room.splice(0)) free();
    const idle = new Promise<void>((resolve) => this.#idle.push(resolve));
    this.#schedule();
    if (this.#isCommitting) await idle;
  }
}
