/**
 * What all models of accelerometers share: samples on emulated time, a FIFO that overwrites when nobody reads, and the
 * ways in which a part or its wiring fails. Registers are the business of each model, written from the published facts
 * about the part and not from the firmware's drivers.
 */
import { AT_REST, type Motion } from './motion.ts';

/** Emulated time: what the models need of an emulator's clock. */
export interface EmulatedClock {
  readonly nanos: number;
  createAlarm(callback: () => void): { schedule(deltaNanos: number): void; cancel(): void };
}

/** A device on a bus with one chip select. */
export interface SpiDevice {
  /** @param mode 0..3 as the master drives it */
  select(isSelected: boolean, mode: number, clockHz: number): void;
  /** One byte each way; called when its first bit begins. */
  transfer(byte: number): number;
}

export interface SensorFaults {
  /** All registers that say who the part is read this. */
  identity?: number;
  /** Nothing drives the bus: every byte reads 0xFF and nothing is written. */
  detached?: boolean;
  /** The samples stop moving: each axis keeps its last value. */
  stuck?: boolean;
  /** The part answers, but its mass is not coupled to anything: no motion, not even gravity. */
  loose?: boolean;
  /** Fraction by which the part's own oscillator is off. */
  rateOff?: number;
  /** Standard deviation of white noise, g. */
  noiseG?: number;
  /** Magnitude in g beyond which the part clips, below its range. */
  clipG?: number;
  /** Interrupts never come. */
  noInterrupt?: boolean;
}

export interface ModelSettings {
  clock: EmulatedClock;
  /** Level of the INT1 pin. */
  onInterrupt: (isHigh: boolean) => void;
  motion?: Motion;
  faults?: SensorFaults;
  /** Of the noise. */
  seed?: number;
}

export abstract class SensorModel implements SpiDevice {
  abstract readonly fastestHz: number;
  abstract readonly modes: readonly number[];
  readonly axes = 3;
  /** What the firmware did against the data sheet; empty when it kept to it. */
  readonly violations = new Set<string>();
  motion: Motion;
  faults: SensorFaults;
  /** Samples that the part took, and those of them that were overwritten before anybody read them. */
  taken = 0;
  overwritten = 0;
  protected readonly clock: EmulatedClock;
  protected registers: Uint8Array;
  /** Oldest first; a value an axis in counts, as the part holds them. */
  protected fifo: Int32Array[] = [];
  protected latest = new Int32Array(3);
  protected isSelected = false;
  /** Bytes since the chip was selected. */
  protected position = 0;
  readonly #onInterrupt: (isHigh: boolean) => void;
  readonly #alarm: { schedule(deltaNanos: number): void; cancel(): void };
  readonly #g = new Float64Array(3);
  #dueNanos = 0;
  #isSampling = false;
  #line = false;
  #random: number;

  constructor({ clock, onInterrupt, motion = AT_REST, faults = {}, seed = 1 }: ModelSettings, registers: number) {
    this.clock = clock;
    this.#onInterrupt = onInterrupt;
    this.motion = motion;
    this.faults = faults;
    this.registers = new Uint8Array(registers);
    this.#random = seed >>> 0;
    this.#alarm = clock.createAlarm(() => this.#due());
  }

  /** Nominal, as the registers say. */
  abstract get nominalHz(): number;
  /** Counts of an axis at this acceleration, clipped to what the part can hold. */
  protected abstract countsOf(g: number, axis: number): number;
  /** Adds to the true acceleration while the part tests itself, g. */
  protected abstract selfTestG(axis: number): number;
  /** A sample has been put into `latest`. */
  protected abstract sampled(): void;
  /** Level of INT1 by the registers, active level taken into account. */
  protected abstract get interruptLevel(): boolean;
  protected abstract readRegister(address: number): number;
  protected abstract writeRegister(address: number, value: number): void;
  /** The address byte of a transfer. */
  protected abstract address(byte: number): void;
  protected abstract next(byte: number): number;
  protected deselected(): void {}

  get rateHz(): number {
    return this.nominalHz * (1 + (this.faults.rateOff ?? 0));
  }

  select(isSelected: boolean, mode: number, clockHz: number): void {
    if (isSelected === this.isSelected) return;
    this.isSelected = isSelected;
    this.position = 0;
    if (isSelected) {
      if (!this.modes.includes(mode)) this.violations.add(`SPI mode ${mode}, wanted ${this.modes.join(' or ')}`);
      // of a divided clock: a hair above the limit is rounding
      if (clockHz > this.fastestHz * 1.001)
        this.violations.add(`SPI clock ${clockHz} Hz, wanted at most ${this.fastestHz}`);
    } else this.deselected();
    this.updateInterrupt();
  }

  transfer(byte: number): number {
    if (!this.isSelected || this.faults.detached) return 0xff;
    if (this.position++ === 0) {
      this.address(byte);
      return 0;
    }
    const answer = this.next(byte) & 0xff;
    this.updateInterrupt();
    return answer;
  }

  /** @param delayNanos until the part has woken up, before the first period */
  protected startSampling(delayNanos: number): void {
    this.#isSampling = true;
    this.#dueNanos = this.clock.nanos + delayNanos + 1e9 / this.rateHz;
    this.#alarm.schedule(this.#dueNanos - this.clock.nanos);
  }

  protected stopSampling(): void {
    this.#isSampling = false;
    this.#alarm.cancel();
  }

  protected get isSampling(): boolean {
    return this.#isSampling;
  }

  protected updateInterrupt(): void {
    const level = this.interruptLevel && !this.faults.noInterrupt && !this.faults.detached;
    if (level === this.#line) return;
    this.#line = level;
    this.#onInterrupt(level);
  }

  /** @returns false when the oldest was overwritten to make room */
  protected keep(scan: Int32Array, depth: number): boolean {
    const hasRoom = this.fifo.length < depth;
    if (!hasRoom) {
      this.fifo.shift();
      this.overwritten++;
    }
    this.fifo.push(scan);
    return hasRoom;
  }

  #due(): void {
    if (!this.#isSampling) return;
    this.#dueNanos += 1e9 / this.rateHz;
    this.#alarm.schedule(Math.max(1, this.#dueNanos - this.clock.nanos));
    this.#take();
    this.sampled();
    this.updateInterrupt();
  }

  #take(): void {
    const g = this.#g;
    this.motion.at(this.taken++, this.clock.nanos / 1e9, g);
    if (this.faults.stuck) {
      this.latest = this.latest.slice();
      return;
    }
    const { noiseG = 0, clipG = Number.POSITIVE_INFINITY, loose } = this.faults;
    const scan = new Int32Array(3);
    for (let axis = 0; axis < 3; axis++) {
      const moved = (loose ? 0 : g[axis]) + this.selfTestG(axis) + (noiseG > 0 ? noiseG * this.#gaussian() : 0);
      scan[axis] = this.countsOf(Math.max(-clipG, Math.min(clipG, moved)), axis);
    }
    this.latest = scan;
  }

  /** Of twelve uniform ones: within 1 % of a Gaussian up to three deviations. */
  #gaussian(): number {
    let sum = -6;
    for (let i = 0; i < 12; i++) {
      this.#random = (Math.imul(this.#random, 1_664_525) + 1_013_904_223) >>> 0;
      sum += this.#random / 2 ** 32;
    }
    return sum;
  }
}

export const clamp = (value: number, low: number, high: number): number => Math.max(low, Math.min(high, value));
export const signed8 = (byte: number): number => (byte << 24) >> 24;
