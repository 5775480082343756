/**
 * One source on its way to the analysis thread. Main keeps a copy of every event until a snapshot covers it, and asks
 * the source for no more while too much is on the way: the source holds back or counts what it loses, never main.
 */
import type { Source } from '../acquire/source.ts';
import type { Counts, Output, PipelineSnapshot } from '../pipeline.ts';
import type { PointPlan, SourceEvent } from '../types.ts';
import type { FeedOptions, FromAnalysis, ToAnalysis } from './analysis-messages.ts';

/** Sent and not yet analysed: about 10 s of three axes at 26 667 Hz. */
const ON_THE_WAY_BYTES = 4 * 1024 * 1024;

interface Kept {
  sequence: number;
  /** null: the end of the stream. */
  event: SourceEvent | null;
  bytes: number;
}

export interface FeedListener {
  opened(feed: Feed): void;
  outputs(feed: Feed, outputs: Output[]): void;
  refused(feed: Feed, code: string, message: string): void;
}

export class Feed {
  readonly index: number;
  readonly source: Source;
  readonly options: FeedOptions;
  readonly #send: (message: ToAnalysis) => void;
  readonly #listener: FeedListener;
  #kept: Kept[] = [];
  #sequence = 0;
  #analysed = 0;
  #snapshot: { sequence: number; state: PipelineSnapshot } | null = null;
  #onTheWay = 0;
  #wake: (() => void) | null = null;
  plans: PointPlan[] = [];
  settings: Uint8Array[] = [];
  kernel = '';
  coreHash: Uint8Array = new Uint8Array(0);
  counts: Counts | null = null;
  /** Set when the source has ended and everything of it has been analysed. */
  isDone = false;

  constructor(
    index: number,
    source: Source,
    options: FeedOptions,
    send: (message: ToAnalysis) => void,
    listener: FeedListener,
  ) {
    this.index = index;
    this.source = source;
    this.options = options;
    this.#send = send;
    this.#listener = listener;
  }

  /** To a thread that is new: its state, and everything after it. */
  open(): void {
    const { index: feed, options } = this;
    const sequence = this.#snapshot?.sequence ?? 0;
    this.#send({
      type: 'open',
      feed,
      info: this.source.info,
      options,
      snapshot: this.#snapshot?.state ?? null,
      sequence,
    });
    for (const kept of this.#kept) this.#sendKept(kept);
  }

  #sendKept({ sequence, event }: Kept): void {
    if (event) this.#send({ type: 'event', feed: this.index, sequence, event });
    else this.#send({ type: 'end', feed: this.index, sequence });
  }

  /** Reads the source to its end or until `signal`; `mayPull` holds it back while what follows is full. */
  async run(signal: AbortSignal, mayPull: () => Promise<void>): Promise<void> {
    try {
      for await (const event of this.source.events(signal)) {
        this.#push(event);
        while (this.#onTheWay > ON_THE_WAY_BYTES && !signal.aborted) await this.#room(signal);
        await mayPull();
      }
    } finally {
      this.#push(null);
      await this.source.close();
    }
  }

  #push(event: SourceEvent | null): void {
    const bytes = event?.kind === 'samples' ? event.channels.reduce((sum, channel) => sum + channel.byteLength, 0) : 64;
    const kept = { sequence: ++this.#sequence, event, bytes };
    this.#kept.push(kept);
    this.#onTheWay += bytes;
    this.#sendKept(kept);
  }

  #room(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        signal.removeEventListener('abort', done);
        this.#wake = null;
        resolve();
      };
      this.#wake = done;
      signal.addEventListener('abort', done);
    });
  }

  take(message: Extract<FromAnalysis, { feed: number }>): void {
    if (message.type === 'opened') {
      const isFirst = this.plans.length === 0;
      ({ plans: this.plans, settings: this.settings, kernel: this.kernel, coreHash: this.coreHash } = message);
      if (isFirst) this.#listener.opened(this);
    } else if (message.type === 'outputs') this.#takeOutputs(message);
    else if (message.type === 'snapshot') {
      this.#snapshot = { sequence: message.sequence, state: message.snapshot };
      this.#kept = this.#kept.filter(({ sequence }) => sequence > message.sequence);
    } else {
      this.#listener.refused(this, message.code, message.message);
      this.isDone = true;
    }
  }

  #takeOutputs({ sequence, outputs, counts }: Extract<FromAnalysis, { type: 'outputs' }>): void {
    if (sequence <= this.#analysed) return; // repeated by a thread that was started anew
    this.#analysed = sequence;
    this.counts = counts;
    const kept = this.#kept.find((one) => one.sequence === sequence);
    if (kept) this.#onTheWay -= kept.bytes;
    if (kept?.event === null) this.isDone = true;
    this.#wake?.();
    this.#listener.outputs(this, outputs);
  }
}
