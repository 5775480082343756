/**
 * A node that samples, drops and sends as firmware does, on a clock that the test moves: FIFO, ring and transmitter are
 * bounded and count what they lose. Scan n has the value n mod 32 768 on its first axis, so that whoever receives it can
 * tell which scan it is.
 */

import { framed } from '../../../host/acquire/wire/frame.ts';
import { encodeMap } from '../../../host/frame/codec.ts';
import type { FrameValue } from '../../../host/types.ts';

export interface StandInSettings {
  /** True rate, and the one that it believes it has. */
  rateHz: number;
  nominalHz: number;
  axes: number;
  rangeMilliG: number;
  blockScans: number;
  fifoScans: number;
  ringScans: number;
  /** Bytes that wait for the line. */
  queueBytes: number;
  /** Of the line. */
  bytesPerMs: number;
  boardId: Uint8Array;
  hasKey: boolean;
}

export const STAND_IN: StandInSettings = {
  rateHz: 3200,
  nominalHz: 3200,
  axes: 3,
  rangeMilliG: 16_000,
  blockScans: 64,
  fifoScans: 32,
  ringScans: 512,
  queueBytes: 8192,
  bytesPerMs: 92.16,
  boardId: Uint8Array.of(0xe6, 0x61, 1, 2, 3, 4, 5, 6),
  hasKey: false,
};

export const countOf = (scan: number): number => scan % 32_768;

export class StandIn {
  readonly settings: StandInSettings;
  nowMs = 0;
  boots = 0;
  /** Of this boot. */
  taken = 0;
  fifoLost = 0;
  overruns = 0;
  ringLost = 0;
  sendLost = 0;
  isSampling = true;
  /** Of scans that wait, by the number of the first and how many. */
  #fifo = 0;
  #ring: number[] = [];
  #queue: { bytes: Uint8Array; scans: number }[] = [];
  #queued = 0;
  #credit = 0;
  #sequence = 0;
  #bootMs = 0;
  #fraction = 0;
  #beatMs = 0;
  #lastCommand = 0;
  /** The processor is busy elsewhere: nobody reads the FIFO. */
  stalledUntilMs = 0;
  /** The far side takes nothing. */
  isBlocked = false;

  constructor(settings: Partial<StandInSettings> = {}) {
    this.settings = { ...STAND_IN, ...settings };
    this.boot();
  }

  boot(): void {
    this.boots++;
    this.taken = this.fifoLost = this.overruns = this.ringLost = this.sendLost = 0;
    this.#fifo = 0;
    this.#ring = [];
    this.#queue = [];
    this.#queued = 0;
    this.#sequence = 0;
    this.#bootMs = this.nowMs;
    this.#beatMs = this.nowMs + 500;
    this.hello();
  }

  /** @returns what leaves for the line in this time */
  advance(ms: number): Uint8Array {
    this.nowMs += ms;
    this.#sample(ms);
    if (this.nowMs >= this.stalledUntilMs) this.#work();
    return this.#send(ms);
  }

  #sample(ms: number): void {
    if (!this.isSampling) return;
    this.#fraction += (ms * this.settings.rateHz) / 1000;
    const scans = Math.floor(this.#fraction);
    this.#fraction -= scans;
    this.#fifo += scans;
  }

  #work(): void {
    const { fifoScans, ringScans, blockScans } = this.settings;
    // by its clock the node knows how many there were
    const lost = Math.max(0, this.#fifo - fifoScans);
    this.fifoLost += lost;
    if (lost > 0) this.overruns++;
    this.taken += lost;
    for (let left = this.#fifo - lost; left > 0; left--) {
      if (this.#ring.length < ringScans) this.#ring.push(this.taken);
      else this.ringLost++;
      this.taken++;
    }
    this.#fifo = 0;
    while (this.#ring.length >= blockScans && !this.isBlocked) this.#block();
    if (this.nowMs >= this.#beatMs) this.#beat();
  }

  #block(): void {
    const { blockScans, axes } = this.settings;
    // a block has no hole in it
    let scans = 1;
    while (scans < blockScans && scans < this.#ring.length && this.#ring[scans] === this.#ring[0] + scans) scans++;
    const [first] = this.#ring.splice(0, scans);
    const samples = new Int16Array(scans * axes);
    for (let scan = 0; scan < scans; scan++)
      for (let axis = 0; axis < axes; axis++)
        samples[scan * axes + axis] = axis === 0 ? countOf(first + scan) : (first * 31 + scan * 7 + axis) % 1000;
    const sent = this.#message(scans, [
      [1, 2],
      [2, 1],
      [3, this.#sequence],
      [4, first],
      [5, scans],
      [6, new Uint8Array(samples.buffer)],
      [7, this.overruns],
      [8, this.ringLost],
      [9, this.sendLost],
    ]);
    if (!sent) this.sendLost += scans;
    this.#sequence = (this.#sequence + 1) >>> 0;
  }

  #beat(): void {
    this.#beatMs = this.nowMs + 500;
    this.#message(0, [
      [1, 3],
      [2, 1],
      [3, Math.floor(this.nowMs - this.#bootMs)],
      [4, this.taken],
      [5, this.overruns],
      [6, this.ringLost],
      [7, this.sendLost],
      [8, 29_815],
      [9, 3300],
      [10, 0],
      [11, 0],
      [12, this.#lastCommand],
      [13, this.isSampling ? 1 : 0],
      [16, Math.round(this.settings.rateHz * 1000)],
      [17, this.#sequence],
    ]);
  }

  hello(): void {
    const { axes, nominalHz, rangeMilliG, boardId, hasKey } = this.settings;
    this.#message(0, [
      [1, 1],
      [2, 1],
      [3, 'stand-in'],
      [4, 'adxl345'],
      [5, new Uint8Array(32).fill(1)],
      [6, new Uint8Array(32).fill(2)],
      [7, rangeMilliG],
      [8, nominalHz * 1000],
      [9, axes],
      [10, 0],
      [11, boardId],
      [12, Uint8Array.of(0, 0, 0, 0, 0, 0, 0, this.boots)],
      [13, new Float32Array(axes).fill(1 / 256)],
      [14, hasKey ? 1 : 0],
      [19, this.taken],
    ]);
  }

  /** As firmware: what is open goes, then a heartbeat that closes the sums. */
  stop(): void {
    this.isSampling = false;
    this.#work();
    while (this.#ring.length > 0) this.#block();
    this.#beat();
  }

  answer(sequence: number, status: number, text: string): void {
    this.#lastCommand = sequence;
    this.#message(0, [
      [1, 4],
      [2, 1],
      [3, sequence],
      [4, status],
      [5, text],
    ]);
  }

  #message(scans: number, body: [number, FrameValue][]): boolean {
    const bytes = framed(encodeMap(new Map(body)));
    if (this.#queued + bytes.length > this.settings.queueBytes) return false;
    this.#queue.push({ bytes, scans });
    this.#queued += bytes.length;
    return true;
  }

  #send(ms: number): Uint8Array {
    if (this.isBlocked) return new Uint8Array(0);
    this.#credit = Math.min(this.#credit + ms * this.settings.bytesPerMs, this.#queued);
    const parts: Uint8Array[] = [];
    while (this.#queue.length > 0 && this.#queue[0].bytes.length <= this.#credit) {
      const { bytes } = this.#queue.shift()!;
      this.#credit -= bytes.length;
      this.#queued -= bytes.length;
      parts.push(bytes);
    }
    return Buffer.concat(parts);
  }
}
