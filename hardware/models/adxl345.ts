/** Analog Devices ADXL345: 3200 Hz, 13 bits, 32 scans of FIFO, SPI mode 3 up to 5 MHz. */
import { clamp, type ModelSettings, SensorModel, signed8 } from './sensor-model.ts';

const DEPTH = 32;
/** From the end of a data read until the next scan stands in the data registers. */
const REFILL_NANOS = 5000;
const WAKE_NANOS = 1.1e6;
const COUNTS_PER_G = 256;
const OFFSET_G = 0.0156;
/** At 3.3 V, the middle of what the data sheet allows at 2.5 V times its factor, in g of full resolution. */
const SELF_TEST_G = [(295 * 1.77) / COUNTS_PER_G, (-295 * 1.77) / COUNTS_PER_G, (475 * 1.47) / COUNTS_PER_G];

export class Adxl345 extends SensorModel {
  readonly fastestHz = 5_000_000;
  readonly modes = [3];
  #address = 0;
  #isRead = false;
  #isBurst = false;
  #readsData = false;
  /** When the scan that was read last ended its read; the next stands there REFILL_NANOS later. */
  #refillNanos = Number.NEGATIVE_INFINITY;
  #hasOverrun = false;
  #isReady = false;

  constructor(settings: ModelSettings) {
    super(settings, 0x40);
    this.registers[0x00] = 0xe5;
    this.registers[0x2c] = 0x0a;
  }

  get nominalHz(): number {
    return 0.09765625 * 2 ** (this.registers[0x2c] & 15);
  }

  get #mode(): number {
    return this.registers[0x38] >> 6;
  }

  protected countsOf(g: number, axis: number): number {
    const format = this.registers[0x31];
    const range = format & 3;
    const isFull = (format & 8) !== 0;
    const offset = signed8(this.registers[0x1e + axis]) * OFFSET_G;
    const perG = isFull ? COUNTS_PER_G : COUNTS_PER_G / 2 ** range;
    const most = isFull ? 512 * 2 ** range : 512;
    const counts = (g + offset) * perG;
    // at the two highest rates the lowest bit is always 0 where a count is 3.9 mg
    const step = (this.registers[0x2c] & 15) >= 14 && (isFull || range === 0) ? 2 : 1;
    return clamp(Math.round(counts / step) * step, -most, most - step);
  }

  protected selfTestG(axis: number): number {
    return this.registers[0x31] & 0x80 ? SELF_TEST_G[axis] : 0;
  }

  protected sampled(): void {
    this.#isReady = true;
    if (this.#mode === 0) return;
    if (this.#mode === 1 && this.fifo.length >= DEPTH) {
      this.overwritten++;
      this.#hasOverrun = true;
      return;
    }
    if (!this.keep(this.latest, DEPTH)) this.#hasOverrun = true;
  }

  get #source(): number {
    const isStored = this.#mode !== 0;
    const watermark = this.registers[0x38] & 31;
    return (
      ((isStored ? this.fifo.length > 0 : this.#isReady) ? 0x80 : 0) |
      (isStored && this.fifo.length >= watermark ? 0x02 : 0) |
      (this.#hasOverrun ? 0x01 : 0)
    );
  }

  protected get interruptLevel(): boolean {
    const isActive = (this.#source & this.registers[0x2e] & ~this.registers[0x2f]) !== 0;
    return this.registers[0x31] & 0x20 ? !isActive : isActive;
  }

  protected address(byte: number): void {
    this.#isRead = (byte & 0x80) !== 0;
    this.#isBurst = (byte & 0x40) !== 0;
    this.#address = byte & 0x3f;
  }

  protected next(byte: number): number {
    const at = this.#address;
    if (this.#isBurst) this.#address = (at + 1) & 0x3f;
    if (this.#isRead) return this.readRegister(at);
    this.writeRegister(at, byte);
    return 0;
  }

  protected override deselected(): void {
    if (!this.#readsData) return;
    this.#readsData = false;
    this.#isReady = false;
    this.#refillNanos = this.clock.nanos + REFILL_NANOS;
    this.fifo.shift();
  }

  protected readRegister(at: number): number {
    if (at === 0x00) return this.faults.identity ?? this.registers[0];
    if (at >= 0x32 && at <= 0x37) {
      this.#tooEarly('data');
      this.#readsData = true;
      const scan = this.#mode === 0 ? this.latest : (this.fifo[0] ?? this.latest);
      const value = scan[(at - 0x32) >> 1];
      return at & 1 ? value >> 8 : value;
    }
    if (at === 0x30) {
      const source = this.#source;
      this.#hasOverrun = false;
      return source;
    }
    if (at === 0x39) {
      this.#tooEarly('FIFO level');
      return this.fifo.length;
    }
    return this.registers[at];
  }

  #tooEarly(what: string): void {
    if (!this.#readsData && this.clock.nanos < this.#refillNanos)
      this.violations.add(`${what} read less than 5 us after the data read before`);
  }

  protected writeRegister(at: number, value: number): void {
    const isMeasuring = (this.registers[0x2d] & 8) !== 0;
    if (at === 0x38 && isMeasuring && value >> 6 !== this.#mode)
      this.violations.add('FIFO mode changed while measuring, wanted standby');
    if (at === 0x31 && value & 4) this.violations.add('left-justified data are not modelled');
    this.registers[at] = value;
    if (at === 0x38 && value >> 6 === 0) this.fifo = [];
    if (at === 0x2d) this.#power((value & 8) !== 0, isMeasuring);
  }

  #power(isWanted: boolean, isMeasuring: boolean): void {
    if (isWanted && !isMeasuring) this.startSampling(WAKE_NANOS);
    else if (!isWanted) this.stopSampling();
  }
}
