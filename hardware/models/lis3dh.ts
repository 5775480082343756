/** STMicroelectronics LIS3DH: up to 1344 Hz at 12 bits, 32 scans of FIFO, SPI mode 3. */
import { clamp, type ModelSettings, SensorModel } from './sensor-model.ts';

const DEPTH = 32;
const BOOT_NANOS = 5e6;
const RATES_HZ = [0, 1, 10, 25, 50, 100, 200, 400];
/** mg a digit of 12 bits, by the code of the range. */
const MG_PER_DIGIT = [1, 2, 4, 12];
/** Between 17 and 360 digits of 4 mg. */
const SELF_TEST_G = 0.5;

const [WHO_AM_I, CTRL1, CTRL3, CTRL4, CTRL5, CTRL6, STATUS, OUT, FIFO_CTRL, FIFO_SRC] = [
  0x0f, 0x20, 0x22, 0x23, 0x24, 0x25, 0x27, 0x28, 0x2e, 0x2f,
];

export class Lis3dh extends SensorModel {
  readonly fastestHz = 10_000_000;
  readonly modes = [3];
  #address = 0;
  #isRead = false;
  #isBurst = false;
  readonly #bootedNanos: number;
  #isReady = false;
  #hasOverrun = false;
  /** The bytes of the scan that is being read. */
  #readsData = false;

  constructor(settings: ModelSettings) {
    super(settings, 0x40);
    this.#bootedNanos = this.clock.nanos + BOOT_NANOS;
    this.registers[WHO_AM_I] = 0x33;
    this.registers[0x1e] = 0x10;
    this.registers[CTRL1] = 0x07;
  }

  get #isLowPower(): boolean {
    return (this.registers[CTRL1] & 8) !== 0;
  }

  get nominalHz(): number {
    const code = this.registers[CTRL1] >> 4;
    if (code === 8) return this.#isLowPower ? 1620 : 0;
    if (code === 9) return this.#isLowPower ? 5376 : 1344;
    return RATES_HZ[code] ?? 0;
  }

  /** Left-justified in 16 bits. */
  protected countsOf(g: number, axis: number): number {
    if ((this.registers[CTRL1] & (1 << axis)) === 0) return 0;
    const bits = this.#isLowPower ? 8 : this.registers[CTRL4] & 8 ? 12 : 10;
    const digitG = (MG_PER_DIGIT[(this.registers[CTRL4] >> 4) & 3] / 1000) * 2 ** (12 - bits);
    const most = 2 ** (bits - 1);
    return clamp(Math.round(g / digitG), -most, most - 1) * 2 ** (16 - bits);
  }

  protected selfTestG(): number {
    const code = (this.registers[CTRL4] >> 1) & 3;
    return code === 1 ? SELF_TEST_G : code === 2 ? -SELF_TEST_G : 0;
  }

  get #stores(): boolean {
    return (this.registers[CTRL5] & 0x40) !== 0 && this.registers[FIFO_CTRL] >> 6 !== 0;
  }

  protected sampled(): void {
    this.#isReady = true;
    if (!this.#stores) return;
    if (this.registers[FIFO_CTRL] >> 6 === 1 && this.fifo.length >= DEPTH) {
      this.overwritten++;
      this.#hasOverrun = true;
    } else if (!this.keep(this.latest, DEPTH)) this.#hasOverrun = true;
  }

  get #isAboveWatermark(): boolean {
    const watermark = this.registers[FIFO_CTRL] & 31;
    return this.#stores && watermark > 0 && this.fifo.length >= watermark;
  }

  protected get interruptLevel(): boolean {
    const wanted = this.registers[CTRL3];
    const isActive =
      ((wanted & 0x10) !== 0 && this.#isReady) ||
      ((wanted & 0x04) !== 0 && this.#isAboveWatermark) ||
      ((wanted & 0x02) !== 0 && this.#hasOverrun);
    return this.registers[CTRL6] & 2 ? !isActive : isActive;
  }

  protected address(byte: number): void {
    this.#isRead = (byte & 0x80) !== 0;
    this.#isBurst = (byte & 0x40) !== 0;
    this.#address = byte & 0x3f;
    if (this.clock.nanos < this.#bootedNanos) this.violations.add('accessed within 5 ms of power-on');
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
    this.fifo.shift();
    if (this.fifo.length < DEPTH) this.#hasOverrun = false;
  }

  protected readRegister(at: number): number {
    if (at === WHO_AM_I) return this.faults.identity ?? this.registers[at];
    if (at === STATUS) return (this.#isReady ? 0x0f : 0) | (this.#hasOverrun ? 0xf0 : 0);
    if (at >= OUT && at < OUT + 6) {
      this.#readsData = true;
      const scan = (this.#stores ? this.fifo[0] : undefined) ?? this.latest;
      const value = scan[(at - OUT) >> 1];
      return at & 1 ? value >> 8 : value;
    }
    if (at === FIFO_SRC)
      return (
        (this.#isAboveWatermark ? 0x80 : 0) |
        (this.#hasOverrun ? 0x40 : 0) |
        (this.fifo.length === 0 ? 0x20 : 0) |
        Math.min(31, this.fifo.length)
      );
    return this.registers[at];
  }

  protected writeRegister(at: number, value: number): void {
    if (at === WHO_AM_I || at === STATUS || at === FIFO_SRC || (at >= OUT && at < OUT + 6)) return;
    if (at === CTRL5 && value & 0x80) value &= 0x7f; // trim is read again at once
    this.registers[at] = value;
    if (at === FIFO_CTRL && value >> 6 === 0) this.fifo = [];
    if (at === CTRL1) {
      this.stopSampling();
      if (this.nominalHz > 0) this.startSampling(0);
    }
  }
}
