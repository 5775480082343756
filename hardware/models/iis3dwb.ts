/** STMicroelectronics IIS3DWB: 26 667 Hz, 16 bits, 512 words of FIFO with a tag each, SPI mode 0 or 3 up to 10 MHz. */
import { clamp, type ModelSettings, SensorModel } from './sensor-model.ts';

const DEPTH = 512;
const NOMINAL_HZ = 26_667;
/** Ranges and steps by the code of bits 3:2 of CTRL1_XL. */
const G_PER_COUNT = [0.061e-3, 0.488e-3, 0.122e-3, 0.244e-3];
const TRIM_STEP = 0.0015;
const BOOT_NANOS = 10e6;
const RESET_NANOS = 50_000;
const ACCELERATION = 2;
/** Between 800 and 3200 mg. */
const SELF_TEST_G = 1.5;

const [FIFO_CTRL1, FIFO_CTRL2, FIFO_CTRL3, FIFO_CTRL4, INT1_CTRL, WHO_AM_I] = [0x07, 0x08, 0x09, 0x0a, 0x0d, 0x0f];
const [CTRL1_XL, CTRL3_C, CTRL5_C, STATUS, TEMPERATURE, OUT] = [0x10, 0x12, 0x14, 0x1e, 0x20, 0x28];
const [FIFO_STATUS1, FIFO_STATUS2, TRIM, FIFO_TAG, FIFO_LAST] = [0x3a, 0x3b, 0x63, 0x78, 0x7e];
const INCREMENT = 0x04;

export class Iis3dwb extends SensorModel {
  readonly fastestHz = 10_000_000;
  readonly modes = [0, 3];
  /** Of the chip, °C. */
  temperatureC = 31.5;
  #address = 0;
  #isRead = false;
  #bootedNanos: number;
  #resetNanos = Number.NEGATIVE_INFINITY;
  #isReady = false;
  #hasOverrun = false;
  #hasLatchedOverrun = false;
  /** Two bits, one step a word. */
  #counter = 0;
  /** The word that is being read, and which of its seven bytes come next. */
  #word: Int32Array | null = null;

  constructor(settings: ModelSettings) {
    super(settings, 0x80);
    this.#bootedNanos = this.clock.nanos + BOOT_NANOS;
    this.#defaults();
  }

  #defaults(): void {
    this.registers.fill(0);
    this.registers[WHO_AM_I] = 0x7b;
    this.fifo = [];
    this.stopSampling();
    this.#hasOverrun = this.#hasLatchedOverrun = this.#isReady = false;
  }

  get nominalHz(): number {
    return NOMINAL_HZ;
  }

  get #step(): number {
    return G_PER_COUNT[(this.registers[CTRL1_XL] >> 2) & 3];
  }

  protected countsOf(g: number): number {
    return clamp(Math.round(g / this.#step), -32_768, 32_767);
  }

  protected selfTestG(): number {
    const code = this.registers[CTRL5_C] & 3;
    return code === 1 ? SELF_TEST_G : code === 2 ? -SELF_TEST_G : 0;
  }

  protected sampled(): void {
    this.#isReady = true;
    const mode = this.registers[FIFO_CTRL4] & 7;
    if (mode === 0 || (this.registers[FIFO_CTRL3] & 15) !== 0x0a) return;
    const isFull = this.fifo.length >= DEPTH;
    const stops = (this.registers[FIFO_CTRL2] & 0x80) !== 0 && this.fifo.length >= this.#watermark;
    if (mode === 1 && (isFull || stops)) {
      this.overwritten++;
      return;
    }
    if (!this.keep(this.latest, DEPTH)) this.#hasOverrun = this.#hasLatchedOverrun = true;
  }

  get #watermark(): number {
    return this.registers[FIFO_CTRL1] | ((this.registers[FIFO_CTRL2] & 1) << 8);
  }

  get #isAboveWatermark(): boolean {
    return this.#watermark > 0 && this.fifo.length >= this.#watermark;
  }

  protected get interruptLevel(): boolean {
    const wanted = this.registers[INT1_CTRL];
    const isActive =
      ((wanted & 0x01) !== 0 && this.#isReady) ||
      ((wanted & 0x08) !== 0 && this.#isAboveWatermark) ||
      ((wanted & 0x10) !== 0 && this.#hasOverrun) ||
      ((wanted & 0x20) !== 0 && this.fifo.length >= DEPTH);
    return this.registers[CTRL3_C] & 0x20 ? !isActive : isActive;
  }

  protected address(byte: number): void {
    this.#isRead = (byte & 0x80) !== 0;
    this.#address = byte & 0x7f;
    if (this.clock.nanos < this.#bootedNanos) this.violations.add('accessed within 10 ms of power-on');
    if (this.clock.nanos < this.#resetNanos && this.#address !== CTRL3_C)
      this.violations.add('accessed while it resets, other than to poll CTRL3_C');
  }

  protected next(byte: number): number {
    const at = this.#address;
    if (at === FIFO_LAST) this.#address = FIFO_TAG;
    else if (this.registers[CTRL3_C] & INCREMENT) this.#address = (at + 1) & 0x7f;
    if (this.#isRead) return this.readRegister(at);
    this.writeRegister(at, byte);
    return 0;
  }

  protected override deselected(): void {
    this.#word = null;
  }

  protected readRegister(at: number): number {
    if (at === WHO_AM_I) return this.faults.identity ?? this.registers[at];
    if (at === CTRL3_C && this.clock.nanos >= this.#resetNanos) return this.registers[at] & ~0x81;
    if (at === STATUS) return (this.#isReady ? 1 : 0) | 4;
    if (at === TEMPERATURE || at === TEMPERATURE + 1) {
      const raw = Math.round((this.temperatureC - 25) * 256);
      return at === TEMPERATURE ? raw : raw >> 8;
    }
    if (at >= OUT && at < OUT + 6) {
      this.#isReady = false;
      const value = this.latest[(at - OUT) >> 1];
      return at & 1 ? value >> 8 : value;
    }
    if (at === FIFO_STATUS1) return this.fifo.length;
    if (at === FIFO_STATUS2) return this.#status2();
    if (at === TRIM) return Math.round((this.faults.rateOff ?? 0) / TRIM_STEP);
    if (at >= FIFO_TAG && at <= FIFO_LAST) return this.#fifoByte(at - FIFO_TAG);
    return this.registers[at];
  }

  #status2(): number {
    const flags =
      (this.#isAboveWatermark ? 0x80 : 0) |
      (this.#hasOverrun ? 0x40 : 0) |
      (this.fifo.length >= DEPTH - 1 ? 0x20 : 0) |
      (this.#hasLatchedOverrun ? 0x08 : 0);
    this.#hasOverrun = this.#hasLatchedOverrun = false;
    return flags | (this.fifo.length >> 8);
  }

  /** @param part 0 the tag, 1..6 low and high bytes of x, y, z */
  #fifoByte(part: number): number {
    if (part === 0) {
      this.#word = this.fifo.shift() ?? null;
      if (this.#word === null) return 0;
      this.#counter = (this.#counter + 1) & 3;
      const tag = (ACCELERATION << 3) | (this.#counter << 1);
      // even parity over the byte
      let ones = 0;
      for (let bit = 1; bit < 8; bit++) ones += (tag >> bit) & 1;
      return tag | (ones & 1);
    }
    const value = this.#word?.[(part - 1) >> 1] ?? 0;
    return part & 1 ? value : value >> 8;
  }

  protected writeRegister(at: number, value: number): void {
    if (at === CTRL3_C && value & 1) {
      this.#defaults();
      this.#resetNanos = this.clock.nanos + RESET_NANOS;
      this.registers[CTRL3_C] = 1;
      return;
    }
    if (at === FIFO_CTRL4 && value & 0xf0) this.violations.add('words other than acceleration are not modelled');
    this.registers[at] = value;
    if (at === FIFO_CTRL4 && (value & 7) === 0) this.fifo = [];
    if (at === CTRL1_XL) this.#power(value >> 5 === 5);
  }

  #power(isWanted: boolean): void {
    if (isWanted && !this.isSampling) this.startSampling(0);
    else if (!isWanted) this.stopSampling();
  }
}
