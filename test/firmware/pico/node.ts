/** A node on the desk: an image, its sensor, and its UART as messages. */
import { readFileSync } from 'node:fs';
import { type SensorName, sensorFacts } from '../../../firmware/node/facts.ts';
import { symbols } from '../../../firmware/pico/elf.ts';
import type { PicoImage } from '../../../firmware/pico/image.ts';
import { SENSOR_MODELS } from '../../../hardware/models/index.ts';
import type { SensorModel } from '../../../hardware/models/sensor-model.ts';
import { command, Line, TYPE, type WireMap } from '../../node/wire.ts';
import { EmulatedPico } from './emulated-pico.ts';

/** Counts that one step of `counting` is, so that all of a part's bits move and none clips in its default range. */
const STEP: Record<SensorName, number> = { adxl345: 2, iis3dwb: 29, adxl355: 499, lis3dh: 16 };

/** Tells every scan from all others near and far: counts of the three axes of the part's scan `n`. */
export function counting(sensor: SensorName, n: number): [number, number, number] {
  const step = STEP[sensor];
  return [((n % 2003) - 1001) * step, (((n * 7) % 1999) - 999) * step, (((n * 405) % 1997) - 998) * step];
}

/** g per count in the part's default range. */
function defaultScale(sensor: SensorName): number {
  const { ranges, default: chosen } = sensorFacts(sensor);
  return ranges.find(({ milliG }) => milliG === chosen.rangeMilliG)?.gPerCount as number;
}

export class NodeOnDesk {
  /** Of the image, by name. */
  readonly symbols: Map<string, number>;
  readonly pico: EmulatedPico;
  readonly line = new Line();
  readonly sensor: SensorName;
  model!: SensorModel;
  /** All that was heard, in order. */
  readonly heard: WireMap[] = [];
  #sequence = 0;

  /** @param by  the link that the host listens on; over USB it is plugged in from the start */
  constructor({ bin, elf, sensor }: PicoImage, by: 'uart' | 'usb' = 'uart') {
    this.sensor = sensor;
    this.symbols = symbols(readFileSync(elf));
    const scale = defaultScale(sensor);
    const motion = {
      at: (n: number, _timeS: number, g: Float64Array): void =>
        g.set(counting(sensor, n).map((count) => count * scale)),
    };
    this.pico = new EmulatedPico(
      readFileSync(bin),
      (clock, onInterrupt) => {
        this.model = new SENSOR_MODELS[sensor]({ clock, onInterrupt, motion });
        return this.model;
      },
      (byte) => {
        if (by === 'uart') this.line.push(byte);
      },
      by === 'usb'
        ? (bytes) => {
            for (const byte of bytes) this.line.push(byte);
          }
        : null,
    );
  }

  run(seconds: number): void {
    this.pico.run(seconds);
    this.heard.push(...this.line.take());
  }

  address(symbol: string): number {
    const address = this.symbols.get(symbol);
    if (address === undefined) throw new Error(`${symbol}: no such symbol in the image`);
    return address;
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
    (this.pico.usb ?? this.pico.uart).send(Uint8Array.from([0, ...command(sequence, name, argument, by)]));
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

/** Counts of a block, axis by axis. */
export function countsOf(block: WireMap, encoding: number): Int32Array {
  const bytes = block.get(6) as Uint8Array;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const samples = 3 * (block.get(5) as number);
  if (encoding === 0) return Int32Array.from({ length: samples }, (_, i) => view.getInt16(2 * i, true));
  const nibble = (i: number): number => (i % 2 === 0 ? bytes[i >> 1] >> 4 : bytes[i >> 1] & 15);
  return Int32Array.from({ length: samples }, (_, i) => {
    let value = 0;
    for (let j = 5 * i; j < 5 * i + 5; j++) value = (value << 4) | nibble(j);
    return (value << 12) >> 12;
  });
}

/**
 * Adds up blocks, and holds each sample against what the part took: sample count n is its scan n + what is discarded.
 *
 * @throws Error for the first sample that is another
 */
export function account(blocks: WireMap[], sensor: SensorName): Account {
  const facts = sensorFacts(sensor);
  const encoding = facts.encoding.value === 'int16' ? 0 : 1;
  const sums: Account = { received: 0, lost: 0, gaps: 0, missing: 0 };
  let [count, seq] = [0, 0];
  for (const block of blocks) {
    const first = Number(block.get(4));
    const length = block.get(5) as number;
    const counts = countsOf(block, encoding);
    if (first < count) throw new Error(`block at ${first}, wanted ${count} or later`);
    if (first > count) sums.gaps++;
    sums.lost += first - count;
    sums.missing += ((block.get(3) as number) - seq) >>> 0;
    seq = (block.get(3) as number) + 1;
    for (let i = 0; i < length; i++)
      for (const [axis, wanted] of counting(sensor, first + i + facts.discardScans.value).entries()) {
        const got = counts[3 * i + axis];
        if (got !== wanted) throw new Error(`scan ${first + i}, axis ${axis}: got ${got}, wanted ${wanted}`);
      }
    sums.received += length;
    count = first + length;
  }
  return sums;
}
