/**
 * What a node says, in the order in which it says it, turned into the events of a source. Knows no port: where the line
 * was opened anew or the node started anew, the messages themselves tell, and what is missing becomes a gap.
 */
import type { Block, Heartbeat, Hello, Message } from '../wire/message.ts';
import { samplesOf } from '../wire/samples.ts';
import { SampleAccount } from './account.ts';
import { ClockFit, type ClockLine } from './clock-fit.ts';

/** Blocks that came before the node said which boot they are of. */
const MAX_WAITING = 256;
/** Longer than any sensor takes for the samples of one block at the slowest rate that is analysed as vibration. */
const IDLE_MS = 2000;

export interface StreamListener {
  samples(lanes: Float32Array[]): void;
  gap(cause: 'overrun' | 'wire' | 'source', lostSamples: number): void;
  /** The samples up to here need not wait for more. */
  pause?(): void;
}

interface Waiting {
  block: Block;
  ms: number;
}

export class NodeStream {
  readonly account = new SampleAccount();
  readonly clock: ClockFit;
  readonly #listener: StreamListener;
  #hello: Hello;
  #heartbeat: Heartbeat | null = null;
  #isCertain = true;
  #waiting: Waiting[] = [];
  /** When the last sample of the boot before was taken; null: nothing was received yet. */
  #lastMs: number | null = null;
  #quietSinceMs = Number.NEGATIVE_INFINITY;
  #rateHz: number;
  /** Bodies that were messages, yet not what the node's hello announces. */
  wrong = 0;
  restarts = 0;
  /** Of the first boot that was heard: the node's count of the first scan that was received. */
  firstSample: number | null = null;

  /** @param hello of the node as it was found; the stream is about this node and its scale */
  constructor(hello: Hello, listener: StreamListener) {
    this.#hello = hello;
    this.#listener = listener;
    this.#rateHz = hello.nominalRateMilliHz / 1000;
    this.clock = new ClockFit(this.#rateHz);
  }

  get hello(): Hello {
    return this.#hello;
  }

  get heartbeat(): Heartbeat | null {
    return this.#heartbeat;
  }

  /** As the node measured it by its own crystal; before it has, nominal. */
  get nodeRateHz(): number {
    return (this.#heartbeat?.measuredRateMilliHz ?? this.#hello.nominalRateMilliHz) / 1000;
  }

  /** The node has said who it is, and no block has come for long: it does not sample. */
  isIdle(ms: number): boolean {
    return ms - this.#quietSinceMs > IDLE_MS;
  }

  get line(): ClockLine | null {
    return this.clock.line;
  }

  /** False from a sign that the node started anew until it has said hello: ask it. */
  get isCertain(): boolean {
    return this.#isCertain;
  }

  /** The line is new: the node may be in another boot. */
  doubt(): void {
    this.#isCertain = false;
  }

  /** @param ms when the whole message had arrived, on the host's monotonic clock */
  take(message: Message, ms: number): void {
    if (message.type === 'hello') this.#greeted(message);
    else if (message.type === 'block') this.#block(message, ms);
    else if (message.type === 'heartbeat') this.#beat(message);
  }

  #greeted(hello: Hello): void {
    const isOther = !Buffer.from(hello.bootId).equals(this.#hello.bootId);
    if (isOther) this.#restart();
    this.#hello = hello;
    this.#isCertain = true;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { block, ms } of waiting) this.#use(block, ms);
  }

  #restart(): void {
    this.restarts++;
    this.#rateHz = this.line?.sampleRateHz ?? this.#rateHz;
    this.clock.restart();
    this.account.restart();
    this.#heartbeat = null;
  }

  #block(block: Block, ms: number): void {
    const { expected } = this.account;
    if (expected !== null && block.firstSample < expected && this.#isCertain) this.#isCertain = false;
    if (!this.#isCertain) {
      // what does not fit here is found missing by its count
      if (this.#waiting.length < MAX_WAITING) this.#waiting.push({ block, ms });
    } else this.#use(block, ms);
  }

  #use(block: Block, ms: number): void {
    this.#quietSinceMs = ms;
    const lanes = samplesOf(block, this.#hello);
    if (lanes === null) {
      this.wrong++;
      return;
    }
    const gaps = this.account.expected === null ? this.account.away(this.#awayScans(block, ms)) : [];
    const more = this.account.block(block);
    if (more === null) return;
    for (const { cause, lostSamples } of [...gaps, ...more]) this.#listener.gap(cause, lostSamples);
    this.firstSample ??= block.firstSample;
    this.#listener.samples(lanes);
    this.clock.arrived(block.firstSample + block.scans, ms);
    this.#lastMs = ms;
  }

  /** Between the last block of the boot before and this one, by the clock: no count spans two boots. */
  #awayScans({ scans }: Block, ms: number): number {
    if (this.#lastMs === null) return 0;
    return Math.max(0, Math.round(((ms - this.#lastMs) * this.#rateHz) / 1000) - scans);
  }

  #beat(heartbeat: Heartbeat): void {
    const before = this.#heartbeat;
    if (before !== null && heartbeat.uptimeMs < before.uptimeMs) this.#isCertain = false;
    if (!this.#isCertain) return;
    this.#heartbeat = heartbeat;
    const gaps = this.account.heartbeat(heartbeat, this.nodeRateHz);
    for (const { cause, lostSamples } of gaps) this.#listener.gap(cause, lostSamples);
    this.#listener.pause?.();
  }
}
