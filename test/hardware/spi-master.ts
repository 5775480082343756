/** Reads and writes registers as hardware/sensors says that a part wants it: by the data, not by any driver. */
import { readFileSync } from 'node:fs';
import type { SensorModel } from '../../hardware/models/sensor-model.ts';
import type { TestClock } from './emulated-clock.ts';

interface Fact<T> {
  value: T;
}
interface Register {
  address: string;
  bits?: Record<string, string>;
}

/** What is used of hardware/sensors/*.json. */
export interface SensorFacts {
  name: string;
  bus: {
    spiMode: Fact<number>;
    spiLargestHz: Fact<number>;
    readBit: Fact<string>;
    burstBit: Fact<string>;
    gapUs: Fact<number>;
  };
  encoding: Fact<'int16' | 'packed20'>;
  identity: { register: string; value: string }[];
  registers: Record<string, Register>;
  rates: { code: number; milliHz: number }[];
  ranges: { code: number; milliG: number; gPerCount: number }[];
  default: { rateMilliHz: number; rangeMilliG: number };
  fifo: { depthScans: Fact<number>; watermarkScans: Fact<number>; entryBytes: Fact<number> };
  startUpMs: Fact<number>;
  selfTest: { signed: boolean; rateMilliHz: number; rangeMilliG: number; leastMilliG: number[]; mostMilliG: number[] };
  temperature: { centiKelvinAtZero: number; countsPerKelvin: number } | null;
}

export const sensorFacts = (name: string): SensorFacts =>
  JSON.parse(readFileSync(new URL(`../../hardware/sensors/${name}.json`, import.meta.url), 'utf8'));

export class SpiMaster {
  readonly facts: SensorFacts;
  readonly model: SensorModel;
  readonly #clock: TestClock;
  readonly #hz: number;

  constructor(facts: SensorFacts, model: SensorModel, clock: TestClock, hz = facts.bus.spiLargestHz.value) {
    this.facts = facts;
    this.model = model;
    this.#clock = clock;
    this.#hz = hz;
  }

  /** One transfer; the gap that the part wants is kept before it. */
  exchange(bytes: readonly number[], gapUs = this.facts.bus.gapUs.value): number[] {
    this.#clock.advance(gapUs * 1000);
    this.model.select(true, this.facts.bus.spiMode.value, this.#hz);
    const answers = bytes.map((byte) => {
      const answer = this.model.transfer(byte);
      this.#clock.advance(8e9 / this.#hz);
      return answer;
    });
    this.model.select(false, this.facts.bus.spiMode.value, this.#hz);
    return answers;
  }

  address(register: string): number {
    return Number(this.facts.registers[register].address);
  }

  bits(register: string, name: string): number {
    return Number(this.facts.registers[register].bits![name]);
  }

  read(register: string, count = 1, gapUs?: number): number[] {
    const readBit = Number(this.facts.bus.readBit.value);
    const burstBit = count > 1 ? Number(this.facts.bus.burstBit.value) : 0;
    // the part whose read bit is the lowest has the address above it
    const address = readBit === 1 ? this.address(register) * 2 : this.address(register);
    return this.exchange([address | readBit | burstBit, ...new Array(count).fill(0)], gapUs).slice(1);
  }

  write(register: string, value: number): void {
    const isShifted = Number(this.facts.bus.readBit.value) === 1;
    this.exchange([isShifted ? this.address(register) * 2 : this.address(register), value]);
  }
}
