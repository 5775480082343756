/**
 * One connection to one endpoint: asks what the collector has, then sends both lanes until it breaks or is ended.
 * A frame is sent once and then waited for; only what the collector, asked after it, does not have is sent again.
 */
import type { StatementSync } from 'node:sqlite';
import { DamageError, TransportError } from '../errors.ts';
import type { Cursor } from '../store/cursors.ts';
import type { Store } from '../store/store.ts';
import type { UplinkLimits } from '../store/uplinks.ts';
import { type Ask, Asks } from './asks.ts';
import { Bell } from './bell.ts';
import { Flights } from './flights.ts';
import { type LaneName, Lanes, type Parcel } from './lanes.ts';
import type { Progress } from './progress.ts';
import { Rate } from './rate.ts';
import type { Receipt, ReceiptKey } from './receipt.ts';
import { Refused } from './refused.ts';
import { Spans } from './spans.ts';
import { queryTopic } from './topics.ts';
import type { Transport } from './transport.ts';

/**
 * Frames sent and not receipted: what a collector takes for one batch, so that it never waits for its 200 ms while there is
 * more. It is what a live frame stands behind at most, and may itself be 512 frames beyond.
 */
const WINDOW_FRAMES = 1024;
const WINDOW_BYTES = 4 * 1024 * 1024;
const LIVE_RESERVE = 512;
/** More frames than these that are never receipted, and the connection is given up: the collector keeps nothing. */
const MOST_REFUSED = 256;
/** Epochs asked for at once, the newest: there is one for each time that a store was damaged. */
const MOST_EPOCHS = 16;

export interface SessionCounts {
  live: number;
  backfill: number;
  resent: number;
  badReceipts: number;
  /** Something is wrong although the uplink is up. */
  note: string | null;
}

export interface SessionOptions {
  name: string;
  store: Store;
  progress: Progress;
  transport: Transport;
  /** Null: PUBACK is what counts. */
  receiptKey: ReceiptKey | null;
  backfillFramesPerS: number;
  limits: UplinkLimits;
  nowMs: () => number;
  counts: SessionCounts;
  onProgress: () => void;
}

const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

export class Session {
  /** Frames became receipted on this connection. */
  hadProgress = false;
  readonly #options: SessionOptions;
  readonly #epochName: StatementSync;
  readonly #epochId: StatementSync;
  readonly #asks = new Asks();
  readonly #answered: Ask[] = [];
  readonly #flights = new Flights();
  readonly #refused = new Refused();
  /** Highest `nextSeq` of a receipt, by epoch: a collector that knows less later has lost something. */
  readonly #highest = new Map<number, number>();
  readonly #rate: Rate;
  /** Where the uplink stood when the collector was asked first. */
  #cursorAsked: Cursor;
  #lanes: Lanes | null = null;
  #unacked = 0;
  #heardMs = 0;
  #failure: Error | null = null;
  #isEnded = false;
  readonly #bell = new Bell();

  constructor(options: SessionOptions) {
    this.#options = options;
    const { database } = options.store;
    this.#cursorAsked = options.progress.cursor;
    this.#epochName = database.prepare('SELECT host_id, epoch FROM epoch WHERE id = ?');
    this.#epochId = database.prepare('SELECT id FROM epoch WHERE epoch = ? AND host_id = ?');
    this.#rate = new Rate(options.backfillFramesPerS, options.nowMs());
  }

  get inFlight(): number {
    return this.#flights.frames;
  }

  get refused(): number {
    return this.#refused.count;
  }

  /** Something was committed, or has happened. */
  wake(): void {
    this.#bell.ring();
  }

  /** Makes `open` and `run` return soon. */
  end(): void {
    this.#isEnded = true;
    this.wake();
  }

  /** Connects and, with receipts, hears what the collector has and goes by it. @throws TransportError */
  async open(onConnected: () => void): Promise<void> {
    await this.probe(onConnected);
    if (!this.#isEnded) this.#compare();
  }

  /** As `open`, without going by what is heard. @throws TransportError */
  async probe(onConnected: () => void = () => {}): Promise<void> {
    const { transport, receiptKey, nowMs, progress } = this.#options;
    transport.onDown((cause) => this.fail(new TransportError('UPLINK_DOWN', cause.message, { cause })));
    transport.onReceipt((message) => this.#receipt(message));
    await transport.connect();
    this.#heardMs = nowMs();
    onConnected();
    if (!receiptKey) return;
    this.#cursorAsked = progress.cursor;
    for (const epochId of this.#epochs()) this.#ask(epochId);
    while (!this.#asks.isEmpty && !this.#isEnded) await this.#pause(this.#tend());
  }

  /** Sends until ended. @throws TransportError when the connection is gone or the collector silent */
  async run(): Promise<void> {
    const { store, progress, onProgress } = this.#options;
    if (progress.passDropped()) onProgress();
    this.#lanes = new Lanes(store.database, progress, store.epochId);
    while (!this.#isEnded) {
      const dueMs = Math.min(this.#send(), this.#tend());
      await this.#pause(dueMs);
    }
  }

  #epochs(): number[] {
    const rows = this.#options.store.database
      .prepare('SELECT id FROM epoch ORDER BY id DESC LIMIT ?')
      .all(MOST_EPOCHS) as { id: number }[];
    return rows.map(({ id }) => id).reverse();
  }

  #nameOf(epochId: number): { hostId: Uint8Array; epoch: Uint8Array } {
    const row = this.#epochName.get(epochId) as { host_id: Uint8Array; epoch: Uint8Array };
    return { hostId: row.host_id, epoch: row.epoch };
  }

  /** Makes `open` and `run` reject with this. */
  fail(cause: Error): void {
    this.#failure ??= cause;
    this.wake();
  }

  #error(code: string, what: string): TransportError {
    const { name, transport } = this.#options;
    return new TransportError(code, `uplink ${name} to ${transport.endpoint}: ${what}`);
  }

  /** Until woken or that many milliseconds. @throws what has failed meanwhile */
  async #pause(ms: number): Promise<void> {
    if (!this.#failure) await this.#bell.wait(ms);
    if (this.#failure) throw this.#failure;
  }

  // ---- sending

  /** @returns milliseconds until the rate limit allows more; Infinity where something else must happen first */
  #send(): number {
    const { transport } = this.#options;
    // one place stays free for a question
    while (this.#unacked < Math.max(1, transport.inflight - 1)) {
      const parcel = this.#next();
      if (typeof parcel === 'number') return parcel;
      this.#launch(parcel);
    }
    return Number.POSITIVE_INFINITY;
  }

  #next(): Parcel | number {
    const lanes = this.#lanes!;
    const { frames, bytes } = this.#flights;
    const room = Math.min(WINDOW_FRAMES - frames, bytes < WINDOW_BYTES ? WINDOW_FRAMES : 0);
    const live = room + LIVE_RESERVE > 0 ? lanes.next('live') : null;
    if (live || room <= 0) return live ?? Number.POSITIVE_INFINITY;
    const again = lanes.next('again');
    if (again) return again;
    const dueMs = this.#rate.dueMs(this.#options.nowMs());
    if (dueMs > 0) return dueMs;
    return lanes.next('backfill') ?? Number.POSITIVE_INFINITY;
  }

  #launch({ epochId, lane, topic, seqs, payload }: Parcel): void {
    const { receiptKey, nowMs } = this.#options;
    const order = this.#flights.launch({ epochId, seqs, bytes: payload.length, sentMs: nowMs() });
    this.#count(lane, seqs.length);
    this.#publish(topic, payload, () => {
      if (receiptKey) return;
      const spans = new Spans();
      for (const seq of seqs) spans.add(seq, seq + 1);
      this.#take(epochId, spans);
      this.#flights.end(order);
    });
  }

  #count(lane: LaneName, frames: number): void {
    const { counts } = this.#options;
    if (lane === 'again') counts.resent += frames;
    else counts[lane] += frames;
    if (lane === 'backfill') this.#rate.spend(frames);
  }

  #publish(topic: string, payload: Uint8Array, onAnswer: () => void = () => {}): void {
    this.#unacked++;
    this.#options.transport.send({ topic, payload }).then(
      () => {
        this.#unacked--;
        onAnswer();
        this.wake();
      },
      (cause) => this.fail(cause),
    );
  }

  #take(epochId: number, spans: Spans): void {
    if (this.#options.progress.take(epochId, spans) === 0) return;
    this.hadProgress = true;
    this.#options.onProgress();
  }

  // ---- receipts

  #receipt(message: Uint8Array): void {
    const { receiptKey, counts, nowMs } = this.#options;
    if (!receiptKey || this.#failure) return;
    let receipt: Receipt;
    try {
      receipt = receiptKey.read(message);
    } catch (error) {
      if (!(error instanceof DamageError)) throw error;
      counts.badReceipts++;
      if (error.code !== 'RECEIPT_KEY') counts.note = error.message;
      return;
    }
    const epochId = this.#epochOf(receipt);
    if (epochId === null) return; // of a store that was here before
    this.#heardMs = nowMs();
    if (!this.#isOurs(epochId, receipt)) return;
    if (receipt.nonce) this.#answer(epochId, receipt);
    else this.#news(epochId, receipt);
    this.#settle(epochId);
    this.wake();
  }

  #epochOf({ hostId, epoch }: Receipt): number | null {
    const row = this.#epochId.get(epoch, hostId) as { id: number } | undefined;
    return row?.id ?? null;
  }

  /**
   * A receipt for frames that were never minted here: this store is a copy of an earlier one, and its numbers are used. Of an
   * epoch that is over no number is used again: it may come from a backup, which ends before what was sent.
   */
  #isOurs(epochId: number, { nextSeq, ranges }: Receipt): boolean {
    const last = ranges.at(-1)?.[1] ?? nextSeq - 1;
    const end = this.#options.progress.endOf(epochId);
    if (last < end || epochId !== this.#options.store.epochId) return true;
    this.fail(
      this.#error(
        'UPLINK_OLD_STORE',
        `the collector has frames up to ${last} of epoch ${hexOf(this.#nameOf(epochId).epoch)}, this store ends at ${end - 1}: it is an earlier copy of itself; nothing of it is sent, or its numbers would be used twice; put the newer store back, go on from a backup of spindle backup, which begins a new epoch, or move this one away`,
      ),
    );
    return false;
  }

  #news(epochId: number, { nextSeq, ranges }: Receipt): void {
    const highest = this.#highest.get(epochId) ?? 0;
    if (nextSeq < highest) {
      // late by another collector of the same key, or a database that was put back: the answer tells
      if (!this.#asks.has(epochId)) this.#ask(epochId);
    } else this.#highest.set(epochId, nextSeq);
    const spans = new Spans();
    spans.add(0, nextSeq);
    for (const [first, last] of ranges) spans.add(first, last + 1);
    this.#take(epochId, spans);
  }

  #settle(epochId: number): void {
    const { progress, nowMs } = this.#options;
    const settled = this.#flights.settle(epochId, (seq) => progress.isReceipted(epochId, seq), nowMs());
    this.#refused.arrived(epochId, settled);
  }

  // ---- questions

  #ask(epochId: number): void {
    const name = this.#nameOf(epochId);
    const { nowMs, limits } = this.#options;
    const least = this.#highest.get(epochId) ?? 0;
    const ask = this.#asks.begin(epochId, name, {
      order: this.#flights.order,
      least,
      nowMs: nowMs(),
      againMs: limits.askAfterMs,
    });
    this.#publish(queryTopic(hexOf(name.hostId)), ask.payload);
  }

  #answer(epochId: number, receipt: Receipt): void {
    const answer = this.#asks.answer(epochId, receipt);
    if (!answer) return;
    const ask = 'done' in answer ? answer.done : answer.next;
    if ('next' in answer) {
      ask.sentMs = ask.firstMs = this.#options.nowMs();
      this.#publish(queryTopic(hexOf(receipt.hostId)), ask.payload);
      return;
    }
    if (!this.#lanes) {
      this.#answered.push(ask);
      return;
    }
    // not by what was heard since: of several collectors of one database another may have gone on meanwhile
    if (receipt.nextSeq < ask.least) {
      this.fail(
        this.#error('UPLINK_LESS', 'the collector has less than it had signed for; it is asked for everything'),
      );
      return;
    }
    this.#take(epochId, ask.held);
    this.#settle(epochId);
    this.#giveBackLost(ask);
  }

  /** What was sent before the question and is not in the answer did not arrive. */
  #giveBackLost({ epochId, order }: Ask): void {
    const { counts, name, nowMs } = this.#options;
    for (const { first, end } of this.#flights.takeBefore(epochId, order))
      for (let seq = first; seq < end; seq++) {
        const { tries, dueMs } = this.#refused.lost(epochId, seq, nowMs());
        if (dueMs === Number.POSITIVE_INFINITY) this.#lanes!.giveBack(epochId, [seq]);
        else
          counts.note = `uplink ${name}: frame ${seq} of epoch ${hexOf(this.#nameOf(epochId).epoch)} was sent ${tries} times and not receipted; the collector says why; it is kept here and tried ever more rarely, the others go on`;
      }
    if (this.refused <= MOST_REFUSED) return;
    const what = `${this.refused} frames were sent again and again and never receipted`;
    this.fail(
      this.#error('UPLINK_REFUSED', `${what}: the collector answers but keeps nothing; everything is kept here`),
    );
  }

  /** Compares what the collector has with what it had signed for when it was asked, before anything is sent. */
  #compare(): void {
    const { progress, counts, name } = this.#options;
    const cursor = this.#cursorAsked;
    this.#answered.sort((a, b) => a.epochId - b.epochId); // what is owed again is owed from the oldest on
    for (const { epochId, held } of this.#answered)
      this.#highest.set(epochId, Math.max(this.#highest.get(epochId) ?? 0, held.gapFrom(0)));
    const lost = progress.firstLost(this.#answered, cursor);
    if (lost) {
      progress.rewind(lost);
      const frame = `frame ${lost.seq} of epoch ${hexOf(this.#nameOf(lost.epochId).epoch)}`;
      counts.note = cursor.isWeak
        ? `uplink ${name}: ${frame} and maybe later ones counted as delivered by PUBACK and are not at the collector; what is still here is sent again`
        : `uplink ${name}: the collector no longer has ${frame}, for which it had signed, nor maybe later ones: its database is an older one; what is still here is sent again`;
    }
    for (const { epochId, held } of this.#answered) this.#take(epochId, held);
    this.#answered.length = 0;
  }

  /** Puts late questions again and ends what no longer answers. @returns milliseconds until it must be called again */
  #tend(): number {
    const { receiptKey, limits, nowMs } = this.#options;
    if (!receiptKey) return Number.POSITIVE_INFINITY;
    const now = nowMs();
    let dueMs = Number.POSITIVE_INFINITY;
    for (const ask of this.#asks.all()) {
      const leftMs = Math.max(ask.firstMs, this.#heardMs) + limits.answerMs - now;
      if (leftMs <= 0) {
        const what = `no receipt within ${limits.answerMs / 1000} s of asking: the broker answers, the collector of the configured receipt key does not; nothing is sent to a broker alone, everything is kept here`;
        this.fail(this.#error('UPLINK_RECEIPT', what));
        return 0;
      }
      if (now >= ask.sentMs + ask.againMs) {
        ask.sentMs = now;
        ask.againMs = Math.min(limits.answerMs, ask.againMs * 2);
        this.#publish(queryTopic(hexOf(this.#nameOf(ask.epochId).hostId)), ask.payload);
      }
      dueMs = Math.min(dueMs, leftMs, ask.sentMs + ask.againMs - now);
    }
    return Math.min(dueMs, this.#askForOld(now), this.#tryRefused(now));
  }

  #askForOld(now: number): number {
    const { limits } = this.#options;
    const afterMs = Math.min(limits.answerMs, Math.max(limits.askAfterMs, 4 * (this.#flights.roundTripMs ?? 0)));
    let dueMs = Number.POSITIVE_INFINITY;
    for (const [epochId, sentMs] of this.#flights.oldest()) {
      if (this.#asks.has(epochId)) continue;
      const leftMs = sentMs + afterMs - now;
      if (leftMs <= 0) this.#ask(epochId);
      else dueMs = Math.min(dueMs, leftMs);
    }
    return this.#asks.isEmpty ? dueMs : Math.min(dueMs, limits.askAfterMs);
  }

  #tryRefused(now: number): number {
    for (const { epochId, seq } of this.#refused.due(now)) {
      this.#lanes?.giveBack(epochId, [seq]);
      this.wake();
    }
    return this.#refused.nextMs(now);
  }
}
