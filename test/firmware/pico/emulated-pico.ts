/**
 * A Pico with an image in its flash and a sensor on its bus, as exact as rp2040js is, made honest where it is not: the
 * UART, the bus and flash take their time; boot goes through boot ROM and second stage; a watchdog restarts.
 */
import { ConsoleLogger, LogLevel, RP2040, Simulator } from 'rp2040js';
import { BOOT2_BYTES, boot2Crc } from '../../../firmware/pico/seal.ts';
import type { EmulatedClock, SpiDevice } from '../../../hardware/models/sensor-model.ts';
import { bootRom, RomServant } from './boot-rom.ts';
import { TimedUart } from './timed-uart.ts';
import { TimedUsb } from './timed-usb.ts';

const CYCLE_NS = 8;
const SRAM = 0x20000000;
const BOOT2_AT = 0x20041f00;
const CHIP_SELECT = 17;
const INTERRUPT = 20;
/** IO_BANK0. */
const SENSOR_EXCEPTION = 16 + 13;
const STACK_BEGIN = 0x20040000;
const STACK_END = 0x20041000;
const BRANCH_TO_ITSELF = 0xe7fe;
const STACK_PAINT = 0x5aa5c33c;

export class EmulatedPico {
  readonly clock;
  mcu!: RP2040;
  rom = new RomServant();
  uart!: TimedUart;
  /** There if a host is plugged in. */
  usb: TimedUsb | null = null;
  readonly part: SpiDevice;
  restarts = 0;
  /** Cycles that were not slept, and the longest that interrupts were masked. */
  busyCycles = 0;
  longestMaskedCycles = 0;
  /** Address where the longest mask ended: for a look at the listing. */
  longestMaskedAt = 0;
  #masked = 0;
  #isRestarting = false;
  readonly #flash = new Uint8Array(2 * 1024 * 1024).fill(0xff);
  readonly #onByte: (byte: number) => void;
  readonly #onUsb: ((bytes: Uint8Array) => void) | null;
  /** Called at each instruction that begins here. */
  readonly hooks = new Map<number, (mcu: RP2040) => void>();

  constructor(
    image: Uint8Array,
    part: (clock: EmulatedClock, onInterrupt: (isHigh: boolean) => void) => SpiDevice,
    onByte: (byte: number) => void,
    onUsb: ((bytes: Uint8Array) => void) | null = null,
  ) {
    this.#onUsb = onUsb;
    this.clock = new Simulator().clock;
    this.#flash.set(image);
    this.#onByte = onByte;
    this.part = part(this.clock, (isHigh) => this.#interrupt(isHigh));
    this.#powerUp();
  }

  /** The bytes of flash, which stay when the chip is restarted. */
  get flash(): Uint8Array {
    return this.mcu ? this.mcu.flash : this.#flash;
  }

  /** From the part's interrupt line going up to the first instruction of its handler, at most. */
  longestLatencyNs = 0;
  #raisedNs = -1;
  #line = false;
  #interrupt(level: boolean): void {
    if (level === this.#line) return;
    this.#line = level;
    if (level) this.#raisedNs = this.clock.nanos;
    this.mcu?.gpio[INTERRUPT].setInputValue(level);
  }

  #powerUp(scratch?: Uint32Array, reason = 0): void {
    const before = this.mcu;
    const mcu = new RP2040(this.clock);
    mcu.logger = new ConsoleLogger(LogLevel.Error, true);
    mcu.loadBootrom(bootRom());
    mcu.flash.set(before ? before.flash.subarray(0, this.#flash.length) : this.#flash);
    if (before) mcu.sram.set(before.sram);
    mcu.onBreak = (breakpoint) => this.rom.serve(mcu, breakpoint);
    // biome-ignore lint/suspicious/noExplicitAny: not declared by the emulator
    const watchdog = (mcu as any).peripherals[0x40058];
    if (scratch) watchdog.scratchData.set(scratch);
    watchdog.reason = reason;
    watchdog.onWatchdogTrigger = () => {
      // or the emulator's timer fires for ever without time going by
      watchdog.alarm.enable = false;
      watchdog.timer.enable = false;
      if (mcu === this.mcu) this.#isRestarting = true;
    };
    const spi = mcu.spi[0];
    let answer = 0;
    const done = this.clock.createAlarm(() => spi.completeTransmit(answer));
    spi.onTransmit = (byte) => {
      answer = this.part.transfer(byte);
      done.schedule(8e9 / spi.clockFrequency);
    };
    let wasLow = false;
    mcu.gpio[CHIP_SELECT].addListener((state) => {
      const isLow = state === 0;
      // biome-ignore lint/suspicious/noExplicitAny: the emulator's own name for mode 2 is 3
      const { control0 } = spi as any;
      const mode = ((control0 >> 5) & 2) | ((control0 >> 7) & 1);
      if (isLow !== wasLow) this.part.select(isLow, mode, spi.clockFrequency);
      wasLow = isLow;
    });
    this.mcu = mcu;
    this.uart = new TimedUart(mcu, this.#onByte);
    this.usb = this.#onUsb ? new TimedUsb(mcu, this.#onUsb) : null;
    if (this.#line) mcu.gpio[INTERRUPT].setInputValue(true);
    this.#boot();
  }

  /** As the boot ROM does it. */
  #boot(): void {
    const { mcu } = this;
    const boot2 = mcu.flash.slice(0, 256);
    const crc = new DataView(boot2.buffer).getUint32(BOOT2_BYTES, true);
    if (crc !== boot2Crc(boot2.subarray(0, BOOT2_BYTES))) throw new Error('boot ROM: CRC of the second stage is wrong');
    mcu.sram.set(boot2, BOOT2_AT - SRAM);
    mcu.core.registers[13] = BOOT2_AT;
    mcu.core.registers[14] = 0;
    mcu.core.PC = BOOT2_AT;
  }

  /** By its watchdog, as if it had run down: or by the power switch, which clears what survives that. */
  restart(how: 'watchdog' | 'power'): void {
    // biome-ignore lint/suspicious/noExplicitAny: not declared by the emulator
    const watchdog = (this.mcu as any).peripherals[0x40058];
    watchdog.alarm.enable = false;
    watchdog.timer.enable = false;
    this.restarts++;
    this.#isRestarting = false;
    if (how === 'power') this.#powerUp();
    else this.#powerUp(watchdog.scratchData, watchdog.reason);
  }

  get seconds(): number {
    return this.clock.nanos / 1e9;
  }

  run(seconds: number): void {
    const { clock } = this;
    const end = clock.nanos + seconds * 1e9;
    while (clock.nanos < end) {
      const { core } = this.mcu;
      if (core.waiting) {
        const next = clock.nanosToNextAlarm;
        clock.tick(next > 0 ? Math.min(next, end - clock.nanos) : 1000);
      } else {
        if (this.hooks.size > 0) this.hooks.get(core.PC)?.(this.mcu);
        if (this.rom.isXipOff && core.PC >>> 24 === 0x10)
          throw new Error(`code at 0x${core.PC.toString(16)} while flash is written`);
        const cycles = core.executeInstruction();
        this.busyCycles += cycles;
        if (core.IPSR === SENSOR_EXCEPTION && this.#raisedNs >= 0) {
          this.longestLatencyNs = Math.max(this.longestLatencyNs, clock.nanos - this.#raisedNs);
          this.#raisedNs = -1;
        }
        // out of WFI the emulator runs a handler at once, though it is masked until the next instruction on the chip
        if (core.PM && core.IPSR === 0) this.#masked += cycles;
        else if (this.#masked > 0) {
          if (this.#masked > this.longestMaskedCycles) {
            this.longestMaskedCycles = this.#masked;
            this.longestMaskedAt = core.PC;
          }
          this.#masked = 0;
        }
        clock.tick(cycles * CYCLE_NS);
      }
      if (this.#isRestarting) this.restart('watchdog');
    }
  }

  /** Time goes by and the processor does nothing: as if a debugger held it. */
  freeze(seconds: number): void {
    this.clock.tick(seconds * 1e9);
  }

  /** Code at `address` (Thumb) becomes a loop that never ends, until the function that is returned is called. */
  spinAt(address: number): () => void {
    const at = (address & ~1) - SRAM;
    const before = this.mcu.sramView.getUint16(at, true);
    this.mcu.sramView.setUint16(at, BRANCH_TO_ITSELF, true);
    const { mcu } = this;
    return () => mcu.sramView.setUint16(at, before, true);
  }

  /** Runs until it holds; false when it does not within the time. */
  runUntil(seconds: number, isSo: () => boolean, step = 0.0005): boolean {
    for (let left = seconds; left > 0; left -= step) {
      if (isSo()) return true;
      this.run(step);
    }
    return isSo();
  }

  /** Most bytes of the stack since reset. */
  get stackBytes(): number {
    for (let at = STACK_BEGIN; at < STACK_END; at += 4)
      if (this.mcu.sramView.getUint32(at - SRAM, true) !== STACK_PAINT) return STACK_END - at;
    return 0;
  }

  word(address: number): number {
    return this.mcu.sramView.getUint32(address - SRAM, true);
  }
}
