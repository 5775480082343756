/** Analog Devices ADXL355: 4000 Hz, 20 bits, 96 locations of one axis in its FIFO, SPI mode 0 up to 10 MHz. */
import { clamp, type ModelSettings, SensorModel } from './sensor-model.ts';

const LOCATIONS = 96;
const COUNTS_PER_G = [256_000, 256_000, 128_000, 64_000];
const WAKE_NANOS = 10e6;
const NVM_NANOS = 1e6;
const RESET_CODE = 0x52;
/** Typical for the part. */
const SELF_TEST_G = [0.3, 0.3, 1.5];
const TEMPERATURE_INTERCEPT = 1885;
const TEMPERATURE_SLOPE = -9.05;

const [STATUS, ENTRIES, TEMP2, TEMP1, DATA, FIFO_DATA, TRIM] = [0x04, 0x05, 0x06, 0x07, 0x08, 0x11, 0x1e];
const [FILTER, WATERMARK, INT_MAP, RANGE, POWER, SELF_TEST, RESET, SHADOW] = [
  0x28, 0x29, 0x2a, 0x2c, 0x2d, 0x2e, 0x2f, 0x50,
];

interface Location {
  value: number;
  isX: boolean;
}

export class Adxl355 extends SensorModel {
  readonly fastestHz = 10_000_000;
  readonly modes = [0];
  /** Of the chip, °C. */
  temperatureC = 31.5;
  /** Resets after which the part's trim values are wrong, as happens now and then on real ones. */
  badResets = 0;
  #address = 0;
  #isRead = false;
  #readyNanos: number;
  #isReady = false;
  #hasOverrun = false;
  #locations: Location[] = [];
  /** Of the location that is being read from FIFO_DATA. */
  #location: Location | null = null;
  #part = 0;

  constructor(settings: ModelSettings) {
    super(settings, 0x60);
    this.#readyNanos = this.clock.nanos + NVM_NANOS;
    this.#defaults();
  }

  #defaults(): void {
    this.registers.fill(0);
    this.registers.set([0xad, 0x1d, 0xed, 0x01], 0);
    this.registers[WATERMARK] = 0x60;
    this.registers[RANGE] = 0x81;
    this.registers[POWER] = 0x01;
    this.registers.set([0x11, 0x22, 0x33, 0x44, 0x55], SHADOW);
    this.#locations = [];
    this.#hasOverrun = this.#isReady = false;
    this.stopSampling();
  }

  get nominalHz(): number {
    return 4000 / 2 ** Math.min(10, this.registers[FILTER] & 15);
  }

  protected countsOf(g: number, axis: number): number {
    const trim = ((this.registers[TRIM + 2 * axis] << 24) | (this.registers[TRIM + 2 * axis + 1] << 16)) >> 16;
    const counts = Math.round(g * COUNTS_PER_G[this.registers[RANGE] & 3]) + trim * 16;
    return clamp(counts, -524_288, 524_287);
  }

  protected selfTestG(axis: number): number {
    return (this.registers[SELF_TEST] & 3) === 3 ? SELF_TEST_G[axis] : 0;
  }

  protected sampled(): void {
    this.#isReady = true;
    for (const [axis, value] of this.latest.entries()) this.#locations.push({ value, isX: axis === 0 });
    if (this.#locations.length <= LOCATIONS) return;
    this.#locations.splice(0, this.#locations.length - LOCATIONS);
    this.overwritten++;
    this.#hasOverrun = true;
  }

  get #isAboveWatermark(): boolean {
    return this.#locations.length >= this.registers[WATERMARK];
  }

  get #status(): number {
    return (
      (this.#isReady ? 1 : 0) |
      (this.#isAboveWatermark ? 2 : 0) |
      (this.#hasOverrun ? 4 : 0) |
      (this.clock.nanos < this.#readyNanos ? 0x10 : 0)
    );
  }

  protected get interruptLevel(): boolean {
    const isActive = (this.#status & this.registers[INT_MAP] & 7) !== 0;
    return this.registers[RANGE] & 0x40 ? isActive : !isActive;
  }

  protected address(byte: number): void {
    this.#isRead = (byte & 1) !== 0;
    this.#address = byte >> 1;
    this.#part = 0;
  }

  protected next(byte: number): number {
    const at = this.#address;
    if (at !== FIFO_DATA) this.#address = (at + 1) & 0x7f;
    if (this.#isRead) return this.readRegister(at);
    this.writeRegister(at, byte);
    return 0;
  }

  protected override deselected(): void {
    if (this.#part !== 0) this.violations.add('FIFO read that ends within a location');
    this.#part = 0;
  }

  protected readRegister(at: number): number {
    if (at <= 0x02) return this.faults.identity ?? this.registers[at];
    if (at === STATUS) {
      const status = this.#status;
      this.#hasOverrun = false;
      this.#isReady = false;
      return status;
    }
    if (at === ENTRIES) return this.#locations.length;
    if (at === TEMP2 || at === TEMP1) {
      const raw = Math.round(TEMPERATURE_INTERCEPT + (this.temperatureC - 25) * TEMPERATURE_SLOPE);
      return at === TEMP2 ? raw >> 8 : raw;
    }
    if (at >= DATA && at < DATA + 9) return partOf(this.latest[Math.floor((at - DATA) / 3)], (at - DATA) % 3);
    if (at === FIFO_DATA) return this.#fifoByte();
    return this.registers[at] ?? 0;
  }

  #fifoByte(): number {
    if (this.#part === 0) this.#location = this.#locations.shift() ?? null;
    const { value, isX } = this.#location ?? { value: 0, isX: false };
    const part = this.#part;
    this.#part = (part + 1) % 3;
    const marks = part === 2 ? (isX ? 1 : 0) | (this.#location === null ? 2 : 0) : 0;
    return partOf(value, part) | marks;
  }

  protected writeRegister(at: number, value: number): void {
    const isMeasuring = (this.registers[POWER] & 1) === 0;
    if (at === RESET) {
      if (value === RESET_CODE) this.#reset();
      return;
    }
    if ((at === FILTER || at === RANGE) && isMeasuring && value !== this.registers[at])
      this.violations.add('rate or range changed while measuring, wanted standby');
    this.registers[at] = value;
    if (at === POWER) this.#power((value & 1) === 0, isMeasuring);
  }

  #reset(): void {
    this.#defaults();
    this.#readyNanos = this.clock.nanos + NVM_NANOS;
    if (this.badResets > 0) {
      this.badResets--;
      this.registers[SHADOW + 2] ^= 0x40;
    }
  }

  #power(isWanted: boolean, isMeasuring: boolean): void {
    if (isWanted && !isMeasuring) {
      this.#locations = [];
      this.startSampling(WAKE_NANOS);
    } else if (!isWanted) this.stopSampling();
  }
}

/** 20 bits, high byte first, left-justified in three bytes. */
const partOf = (value: number, part: number): number => [value >> 12, value >> 4, value << 4][part] & 0xff;
