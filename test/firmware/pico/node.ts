/** A node on the desk: an image, its sensor, and its UART as messages. */
import { readFileSync } from 'node:fs';
import type { SensorName } from '../../../firmware/node/facts.ts';
import { buildPicoImage, type PicoImage } from '../../../firmware/pico/image.ts';
import { missingFor } from '../../identity/native.ts';
import { command, Line, TYPE, type WireMap } from '../../node/wire.ts';
import { newFolder } from '../../support/folder.ts';
import { Adxl345Part } from './adxl345-part.ts';
import { EmulatedPico } from './emulated-pico.ts';
import { countingScans, type Scans } from './part.ts';

export const missingForImages = missingFor('m0plus');

const images = new Map<string, PicoImage>();

/** Built once a test file. */
export function image(sensor: SensorName, flags: readonly string[] = []): PicoImage {
  const key = [sensor, ...flags].join(' ');
  const built = images.get(key) ?? buildPicoImage(sensor, newFolder('pico'), newFolder('images'), flags);
  images.set(key, built);
  return built;
}

export class NodeOnDesk {
  readonly pico: EmulatedPico;
  readonly line = new Line();
  part!: Adxl345Part;
  /** All that was heard, in order. */
  readonly heard: WireMap[] = [];
  #sequence = 0;

  constructor({ bin }: PicoImage, scans: Scans = countingScans) {
    this.pico = new EmulatedPico(
      readFileSync(bin),
      (around) => {
        this.part = new Adxl345Part(around, scans);
        return this.part;
      },
      (byte) => this.line.push(byte),
    );
  }

  run(seconds: number): void {
    this.pico.run(seconds);
    this.heard.push(...this.line.take());
  }

  of(type: number): WireMap[] {
    return this.heard.filter((message) => message.get(1) === type);
  }

  get last(): WireMap {
    return this.of(TYPE.heartbeat).at(-1) as WireMap;
  }

  /** Sends a command and runs until it is answered. */
  ask(
    name: string,
    argument?: Parameters<typeof command>[2],
    by?: Parameters<typeof command>[3],
    seconds = 3,
  ): WireMap {
    const sequence = ++this.#sequence;
    this.pico.uart.send(Uint8Array.from([0, ...command(sequence, name, argument, by)]));
    for (let left = seconds; left > 0; left -= 0.001) {
      this.run(0.001);
      const answer = this.of(TYPE.answer).find((message) => message.get(3) === sequence);
      if (answer) return answer;
    }
    throw new Error(`${name}: no answer in ${seconds} s`);
  }
}

export interface Account {
  received: number;
  lost: number;
  gaps: number;
  /** Messages that had a number and did not come. */
  missing: number;
}

/**
 * Adds up blocks, and holds each sample against `scans`: sample count n is scan n + `discarded` of the part.
 *
 * @throws Error for the first sample that is another
 */
export function account(blocks: WireMap[], scans: Scans, discarded: number): Account {
  const sums: Account = { received: 0, lost: 0, gaps: 0, missing: 0 };
  let [count, seq] = [0, 0];
  for (const block of blocks) {
    const first = Number(block.get(4));
    const length = block.get(5) as number;
    const bytes = block.get(6) as Uint8Array;
    if (first < count) throw new Error(`block at ${first}, wanted ${count} or later`);
    if (first > count) sums.gaps++;
    sums.lost += first - count;
    sums.missing += ((block.get(3) as number) - seq) >>> 0;
    seq = (block.get(3) as number) + 1;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    for (let i = 0; i < length; i++)
      for (const [axis, wanted] of scans(first + i + discarded).entries()) {
        const got = view.getInt16(6 * i + 2 * axis, true);
        if (got !== wanted) throw new Error(`scan ${first + i}, axis ${axis}: got ${got}, wanted ${wanted}`);
      }
    sums.received += length;
    count = first + length;
  }
  return sums;
}
