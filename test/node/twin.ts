/** The node's logic in Node: the module that images are made of, with a board of the test's around it. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { BOARD_FIELDS, descriptor } from '../../firmware/node/descriptor.ts';
import { boardFacts, type SensorName, sensorFacts } from '../../firmware/node/facts.ts';
import { type NodeExports, nodeInstance, nodeModule } from '../../firmware/node/module.ts';
import { newFolder } from '../support/folder.ts';
import { CALL, IMPORT, Recorder } from './tape.ts';
import { type Authentic, command, decoded, TYPE, unframed, type WireMap } from './wire.ts';

let built: { bytes: Uint8Array; compiled: WebAssembly.Module } | null = null;
/** Once a test file. */
export function nodeBuild(): { bytes: Uint8Array; compiled: WebAssembly.Module } {
  if (!built) {
    const bytes = nodeModule(join(newFolder('node'), 'node.wasm'));
    built = { bytes, compiled: new WebAssembly.Module(new Uint8Array(bytes)) };
  }
  return built;
}

export const OPERATION = { probe: 0, configure: 1, start: 2, stop: 3, selfTest: 4, temperature: 5, supply: 6 } as const;
export const FAULTY = 1 << 30;

export const UART = 0;
export const USB = 1;

export interface Sent {
  link: number;
  bytes: Uint8Array;
  isBlock: boolean;
}

export class Twin {
  us = 0n;
  /** What flash holds; it stays when the node is restarted. */
  flash = new Uint8Array();
  sent: Sent[] = [];
  restarts: number[] = [];
  operations: [operation: number, argument: number][] = [];
  /** Answers of the sensor and of the flash, for a test to change. */
  answer: (operation: number, argument: number) => number = () => 0;
  keeps = true;
  hasRoom: (isBlock: boolean) => boolean = () => true;
  dropped = 0;
  /** All of it since the last boot, to be played elsewhere. */
  recorder = new Recorder();
  readonly sensor: SensorName;
  #exports!: NodeExports;
  #sequence = 0;

  constructor(sensor: SensorName = 'adxl345') {
    this.sensor = sensor;
    this.boot();
  }

  /** Power on: a new instance, the same flash. */
  boot(cause = 0, text = ''): void {
    const recorder = new Recorder();
    this.recorder = recorder;
    const told = (kind: number, value: number): number => {
      recorder.answer(kind, value);
      return value;
    };
    this.#exports = nodeInstance(nodeBuild().compiled, {
      microseconds: () => {
        recorder.answer(IMPORT.microseconds, this.us);
        return this.us;
      },
      transmit: (link, at, length, kind) => {
        const isBlock = kind === 0;
        if (!this.hasRoom(isBlock)) return told(IMPORT.transmit, 0);
        this.sent.push({ link, bytes: this.memory.slice(at, at + length), isBlock });
        return told(IMPORT.transmit, 1);
      },
      sensor: (operation, argument) => {
        this.operations.push([operation, argument]);
        return told(IMPORT.sensor, this.answer(operation, argument));
      },
      save: (at, length) => {
        if (this.keeps) this.flash = this.memory.slice(at, at + length);
        return told(IMPORT.save, this.keeps ? 1 : 0);
      },
      load: (at, capacity) => {
        const bytes = this.flash.subarray(0, capacity);
        this.memory.set(bytes, at);
        recorder.answer(IMPORT.load, bytes.length, bytes);
        return bytes.length;
      },
      restart: (kind) => {
        this.restarts.push(kind);
        told(IMPORT.restart, 0);
      },
    });
    const coreHash = createHash('sha256').update(nodeBuild().bytes).digest();
    const facts = descriptor(sensorFacts(this.sensor), boardFacts('pico'), coreHash);
    facts.set([1, 2, 3, 4, 5, 6, 7, 8], BOARD_FIELDS.boardId);
    facts[BOARD_FIELDS.resetCause] = cause;
    facts[BOARD_FIELDS.restartTextBytes] = text.length;
    facts.set(new TextEncoder().encode(text), BOARD_FIELDS.restartText);
    this.memory.set(facts, this.#exports.descriptorAt());
    recorder.call(CALL.begin, [], facts);
    this.#exports.begin();
  }

  get descriptorAt(): number {
    return this.#exports.descriptorAt();
  }

  get memory(): Uint8Array {
    return new Uint8Array(this.#exports.memory.buffer);
  }

  /** Bytes as a link gives them, in pieces. */
  receive(link: number, bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; at += 64) {
      const piece = bytes.subarray(at, at + 64);
      this.memory.set(piece, this.#exports.inputAt());
      this.recorder.call(CALL.received, [link], piece);
      this.#exports.received(link, piece.length);
    }
  }

  chunk(scans: Uint8Array, count: number, bits = 0, us = this.us): void {
    this.memory.set(scans, this.#exports.scansAt());
    this.recorder.call(CALL.chunk, [count, us, bits, this.dropped], scans);
    this.#exports.chunk(count, us, bits, this.dropped);
  }

  poll(waiting = 0): void {
    this.recorder.call(CALL.poll, [waiting, this.dropped]);
    this.#exports.poll(waiting, this.dropped);
  }

  /** Time goes by, a poll each millisecond. */
  wait(milliseconds: number): void {
    for (let i = 0; i < milliseconds; i++) {
      this.us += 1000n;
      this.poll();
    }
  }

  open(link: number): void {
    this.recorder.call(CALL.opened, [link]);
    this.#exports.opened(link);
  }

  close(link: number): void {
    this.recorder.call(CALL.closed, [link]);
    this.#exports.closed(link);
  }

  /** What was sent since the last call, as maps. */
  take(): WireMap[] {
    return this.sent
      .splice(0)
      .filter(({ bytes }) => bytes.length > 1) // a delimiter alone
      .map(({ bytes }) => decoded(unframed(bytes.subarray(0, -1))));
  }

  /** Sends a command and polls: its answer, and all that came with it. */
  ask(
    name: string,
    argument?: WireMap | Uint8Array,
    by?: Authentic,
    link = UART,
  ): { answer: WireMap; messages: WireMap[] } {
    const sequence = ++this.#sequence;
    this.receive(link, Uint8Array.from([0, ...command(sequence, name, argument, by)]));
    this.poll();
    const messages = this.take();
    const answer = messages.find((message) => message.get(1) === TYPE.answer && message.get(3) === sequence);
    if (!answer) throw new Error(`${name}: no answer among ${messages.length} messages`);
    return { answer, messages };
  }
}
