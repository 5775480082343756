/** As much of an ADXL345 as the tests of the firmware need; the bench's model is another (hardware/). */
import type { Part, Scans, Surroundings } from './part.ts';

const DEPTH = 32;

export class Adxl345Part implements Part {
  readonly registers = new Uint8Array(64);
  rateFactor = 1;
  /** Scans that it took, and of them those that it overwrote. */
  taken = 0;
  lost = 0;
  /** Nothing of it answers. */
  isAbsent = false;
  #fifo: (readonly [number, number, number])[] = [];
  #overran = false;
  #address = -1;
  #isRead = false;
  #isMany = false;
  #hasRead = false;
  #dueNs = 0;
  readonly #alarm;
  readonly #scans: Scans;
  readonly #around: Surroundings;

  constructor(around: Surroundings, scans: Scans) {
    this.#around = around;
    this.#scans = scans;
    this.registers[0] = 0xe5;
    this.registers[0x2c] = 0x0a;
    this.#alarm = around.clock.createAlarm(() => this.#sample());
  }

  get #periodNs(): number {
    return 1e9 / (0.09765625 * 2 ** (this.registers[0x2c] & 15) * this.rateFactor);
  }

  #sample(): void {
    this.#dueNs += this.#periodNs;
    this.#alarm.schedule(this.#dueNs - this.#around.clock.nanos);
    if (this.#fifo.length === DEPTH) {
      this.#fifo.shift();
      this.#overran = true;
      this.lost++;
    }
    const isTested = (this.registers[0x31] & 0x80) !== 0;
    const [x, y, z] = this.#scans(this.taken++);
    this.#fifo.push(isTested ? [x + 400, y - 400, z + 500] : [x, y, z]);
    this.#update();
  }

  get #source(): number {
    const level = this.registers[0x38] & 31;
    return (this.#fifo.length > 0 ? 0x80 : 0) | (this.#fifo.length >= level ? 2 : 0) | (this.#overran ? 1 : 0);
  }

  #update(): void {
    this.#around.interrupt((this.#source & this.registers[0x2e] & ~this.registers[0x2f]) !== 0);
  }

  select(isLow: boolean): void {
    if (!isLow && this.#hasRead) {
      this.#fifo.shift();
      this.#update();
    }
    this.#address = -1;
    this.#hasRead = false;
  }

  transfer(byte: number): number {
    if (this.isAbsent) return 0;
    if (this.#address < 0) {
      this.#address = byte & 63;
      this.#isRead = (byte & 0x80) !== 0;
      this.#isMany = (byte & 0x40) !== 0;
      return 0;
    }
    const address = this.#address;
    if (this.#isMany) this.#address = (address + 1) & 63;
    if (!this.#isRead) {
      this.#write(address, byte);
      return 0;
    }
    if (address >= 0x32 && address < 0x38) {
      this.#hasRead = true;
      const value = this.#fifo[0]?.[(address - 0x32) >> 1] ?? 0;
      return (address & 1 ? value >> 8 : value) & 0xff;
    }
    if (address === 0x30) {
      const source = this.#source;
      this.#overran = false;
      return source;
    }
    return address === 0x39 ? this.#fifo.length : this.registers[address];
  }

  #write(address: number, byte: number): void {
    const before = this.registers[address];
    this.registers[address] = byte;
    if (address === 0x38 && byte >> 6 === 0) this.#fifo = [];
    if (address === 0x2d && ((before ^ byte) & 8) !== 0) {
      this.#alarm.cancel();
      if (byte & 8) {
        this.#dueNs = this.#around.clock.nanos + this.#periodNs;
        this.#alarm.schedule(this.#periodNs);
      }
    }
    this.#update();
  }
}
