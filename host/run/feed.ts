/**
 * One source on its way to the analysis thread. Main keeps a copy of every event until a snapshot covers it, and asks
 * the source for no more while too much is on the way: the source holds back or counts what it loses, never main.
 */
import type { Source } from '../acquire/source.ts';
import { InputError } from '../errors.ts';
import type { Counts, LearnedBaseline, Output, PipelineSnapshot } from '../pipeline.ts';
import type { PointPlan } from '../types.ts';
import { wakened } from '../wait.ts';
import type { FeedEvent, FeedOptions, FromAnalysis, ToAnalysis } from './analysis-messages.ts';

/** Sent and not yet analysed: about 13 s of three axes at 26 667 Hz (4 bytes a value). */
const ON_THE_WAY_BYTES = 4 * 1024 * 1024;
const DECISION_BYTES = 1024;
const SMALL_BYTES = 64;

interface Kept {
  sequence: number;
  /** null: the end of the stream. */
  event: FeedEvent | null;
  bytes: number;
}

export interface FeedListener {
  opened(feed: Feed): void;
  outputs(feed: Feed, outputs: Output[]): void;
  /** A point learns anew: its settings may be others. */
  relearned?(feed: Feed): void;
  learned?(feed: Feed, baseline: LearnedBaseline): void;
}

export class Feed {
  readonly index: number;
  readonly source: Source;
  readonly options: FeedOptions;
  readonly #send: (message: ToAnalysis) => void;
  readonly #listener: FeedListener;
  /** Their sequence numbers ascend by one. */
  #kept: Kept[] = [];
  #sequence = 0;
  #isHeld: boolean;
  #refused = new AbortController();
  /** It is not read any more. */
  hasEnded = false;
  /** Asked for and not answered yet. */
  #wantsBaseline = false;
  /** First scan after everything that the source has yielded. */
  end = 0;
  #heardMs = performance.now();
  #analysed = 0;
  #snapshot: { sequence: number; state: PipelineSnapshot } | null = null;
  #onTheWay = 0;
  #wake: (() => void) | null = null;
  plans: PointPlan[] = [];
  settings: Uint8Array[] = [];
  kernel = '';
  coreHash: Uint8Array = new Uint8Array(0);
  warmUpMs = 0;
  counts: Counts | null = null;
  /** Set when the source has ended and everything of it has been analysed. */
  isDone = false;

  /** @param isHeld what is read is kept until `release`: the source is read, and nothing follows from it yet */
  constructor(
    index: number,
    source: Source,
    options: FeedOptions,
    send: (message: ToAnalysis) => void,
    listener: FeedListener,
    isHeld = false,
  ) {
    this.index = index;
    this.source = source;
    this.options = options;
    this.#send = send;
    this.#listener = listener;
    this.#isHeld = isHeld;
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
    if (!this.#isHeld) for (const kept of this.#kept) this.#sendKept(kept);
    if (this.#wantsBaseline) this.askBaseline();
  }

  /** What was read so far goes on its way, and what follows at once. */
  release(): void {
    if (!this.#isHeld) return;
    this.#isHeld = false;
    for (const kept of this.#kept) this.#sendKept(kept);
  }

  /** A point forgets what is normal, after everything that its source has yielded. @returns false once that has ended */
  relearn(point: string): boolean {
    if (this.hasEnded) return false;
    this.#push({ kind: 'relearn', point });
    return true;
  }

  /** Has the thread give what it has learned, to `learned`. */
  askBaseline(): void {
    this.#wantsBaseline = true;
    this.#send({ type: 'baseline', feed: this.index });
  }

  #sendKept({ sequence, event }: Kept): void {
    if (event) this.#send({ type: 'event', feed: this.index, sequence, event });
    else this.#send({ type: 'end', feed: this.index, sequence });
  }

  /** Milliseconds since the source gave samples, or since it was there. */
  get ageMs(): number {
    return performance.now() - this.#heardMs;
  }

  /** The analysis does not follow: the source is not read until it does. */
  get isHeldBack(): boolean {
    return this.#onTheWay > ON_THE_WAY_BYTES;
  }

  /** Events that no snapshot covers. */
  get kept(): number {
    return this.#kept.length;
  }

  /**
   * Reads the source to its end or until `signal`; `mayPull` holds it back while what follows is full.
   *
   * @throws what the source or the analysis threw; what came before is on its way, what is known to be missing is a gap
   */
  async run(stop: AbortSignal, mayPull: () => Promise<void>): Promise<void> {
    const signal = AbortSignal.any([stop, this.#refused.signal]);
    try {
      for await (const event of this.source.events(signal)) {
        this.#push(event);
        while (this.#onTheWay > ON_THE_WAY_BYTES && !signal.aborted) await this.#room(signal);
        await mayPull();
      }
    } catch (error) {
      this.#pushRest();
      throw error;
    } finally {
      this.hasEnded = true;
      this.#push(null);
      await this.source.close();
    }
    if (this.#refused.signal.aborted) throw this.#refused.signal.reason;
  }

  /** The thread cannot analyse this source: it is not read on. */
  refuse(error: Error): void {
    this.isDone = true;
    this.#refused.abort(error);
  }

  /** The samples that a source which failed would still have given, if it said how many it has. */
  #pushRest(): void {
    const lostSamples = (this.source.info.sampleCount ?? 0) - this.end;
    if (lostSamples > 0) this.#push({ kind: 'gap', cause: 'source', firstSample: this.end, lostSamples });
  }

  #push(event: FeedEvent | null): void {
    const bytes = event?.kind === 'samples' ? this.#weigh(event.channels) : SMALL_BYTES;
    const kept = { sequence: ++this.#sequence, event, bytes };
    this.#kept.push(kept);
    if (event?.kind === 'samples') {
      this.end = event.firstSample + event.channels[0].length;
      this.#heardMs = performance.now();
    } else if (event?.kind === 'gap') this.end = event.firstSample + event.lostSamples;
    this.#onTheWay += bytes;
    if (!this.#isHeld) this.#sendKept(kept);
  }

  /** Bytes on their way; every scan of a scalar point becomes a decision, which is far larger than the scan. */
  #weigh(channels: Float32Array[]): number {
    const bytes = channels.reduce((sum, channel) => sum + channel.byteLength, 0);
    return this.plans.some(({ kind }) => kind === 'scalar') ? bytes + channels[0].length * DECISION_BYTES : bytes;
  }

  #room(signal: AbortSignal): Promise<void> {
    return wakened(signal, (wake) => {
      this.#wake = wake;
    });
  }

  take(message: Extract<FromAnalysis, { feed: number }>): void {
    if (message.type === 'opened') {
      const isFirst = this.plans.length === 0;
      ({ plans: this.plans, settings: this.settings, kernel: this.kernel, coreHash: this.coreHash } = message);
      this.warmUpMs = message.warmUpMs;
      if (isFirst) this.#listener.opened(this);
    } else if (message.type === 'outputs') this.#takeOutputs(message);
    else if (message.type === 'snapshot') {
      this.#snapshot = { sequence: message.sequence, state: message.snapshot };
      this.#kept.splice(0, this.#indexOf(message.sequence) + 1);
    } else if (message.type === 'relearned') {
      this.settings = message.settings;
      this.#listener.relearned?.(this);
    } else if (message.type === 'baseline') {
      this.#wantsBaseline = false;
      this.#listener.learned?.(this, message.baseline);
    } else this.refuse(new InputError(message.code, message.message));
  }

  #takeOutputs({ sequence, outputs, counts }: Extract<FromAnalysis, { type: 'outputs' }>): void {
    if (sequence <= this.#analysed) return; // repeated by a thread that was started anew
    this.#analysed = sequence;
    this.counts = counts;
    const kept = this.#kept[this.#indexOf(sequence)];
    if (kept) this.#onTheWay -= kept.bytes;
    if (kept?.event === null) this.isDone = true;
    this.#wake?.();
    this.#listener.outputs(this, outputs);
  }

  /** Of the kept event with this number; below 0 for one that a snapshot has covered. */
  #indexOf(sequence: number): number {
    return this.#kept.length === 0 ? -1 : Math.min(this.#kept.length, sequence - this.#kept[0].sequence);
  }
}
