/**
 * A Raspberry Pi Pico with a sensor, emulated: the chip by rp2040js, its lines at their true speed, its boot ROM a stub of
 * ours, the wiring that of hardware/boards/pico.json. It runs the very image that is flashed to a board. Time is emulated:
 * `run` moves it, as fast as it goes.
 */
import { readFileSync } from 'node:fs';
import { ConsoleLogger, type GPIOPin, LogLevel, RP2040 } from 'rp2040js';
import { SENSOR_MODELS, type SensorName } from '../models/index.ts';
import type { Motion } from '../models/motion.ts';
import type { SensorFaults, SensorModel } from '../models/sensor-model.ts';
import { BootClock } from './boot-clock.ts';
import { installRom, startFromFlash } from './boot-rom.ts';
import { EmulatedTime } from './time.ts';
import { wireSpi } from './timed-spi.ts';
import { TimedUart } from './timed-uart.ts';
import { UsbHost } from './usb-host.ts';

interface Board {
  spi: { block: number; cs: { pin: number } };
  interrupt: { pin: number };
  supply: { adcChannel: number; divider: number; referenceMilliV: number };
  flashBytes: number;
}

export const PICO: Board = JSON.parse(readFileSync(new URL('../boards/pico.json', import.meta.url), 'utf8'));

export interface PicoSettings {
  /** What stands at the start of the flash. */
  image: Uint8Array;
  sensor: SensorName;
  motion?: Motion;
  faults?: SensorFaults;
  seed?: number;
  /** Nothing at the USB port if absent. */
  usb?: { bytes(chunk: Uint8Array, nanos: number): void; attached?(serialNumber: string): void };
  /** What the UART sends; `nanos` since power-on. */
  onUartByte?: (byte: number, nanos: number) => void;
  /** The bootloader was asked for: the chip stands still until `flash`. */
  onBootloader?: () => void;
  /** See RomEvents. */
  beforeFlash?: (address: number) => void;
}

/** Of the ring oscillator from which a chip starts. */
const START_HZ = 6_500_000;
const SUPPLY_V = 5;
const PERI = { uart0: 0x40034, watchdog: 0x40058, reset: 0x40064 };
const UART0_IRQ = 20;
const UART0_DREQ = { tx: 20, rx: 21 };
/** From the watchdog's trigger until the chip runs again, by the boot ROM. */
const RESTART_NANOS = 1e6;

type Watchdog = { scratchData: Uint32Array; reason: number; onWatchdogTrigger: () => void };

export class EmulatedPico {
  readonly clock = new EmulatedTime();
  readonly sensor: SensorModel;
  readonly flash: Uint8Array;
  /** What the firmware did that a real board would not forgive; empty when all is well. */
  readonly violations = new Set<string>();
  /** Starts since power-on, and those that the watchdog forced. */
  starts = 0;
  /** Cycles in which the processor did not wait for an interrupt. */
  busyCycles = 0;
  isInBootloader = false;
  chip!: RP2040;
  uart!: TimedUart;
  usb: UsbHost | null = null;
  readonly #settings: PicoSettings;
  #bootClock!: BootClock;
  #cycleNanos = 1e9 / START_HZ;
  #restart: 'run' | 'bootloader' | null = null;
  #interruptPin!: GPIOPin;
  #interruptLevel = false;
  /** A breakpoint of the firmware's own: code, or null. */
  lastBreak: number | null = null;

  constructor(settings: PicoSettings) {
    this.#settings = settings;
    const { image, sensor, motion, faults, seed } = settings;
    this.flash = new Uint8Array(PICO.flashBytes).fill(0xff);
    this.flash.set(image);
    this.sensor = new SENSOR_MODELS[sensor]({
      clock: this.clock,
      onInterrupt: (isHigh) => this.#interrupt(isHigh),
      ...(motion ? { motion } : {}),
      ...(faults ? { faults } : {}),
      ...(seed === undefined ? {} : { seed }),
    });
    this.#start(null);
  }

  get seconds(): number {
    return this.clock.nanos / 1e9;
  }

  /** Share of the time since `before` in which the processor worked. */
  busyShare(before: { busyCycles: number; seconds: number }): number {
    return (this.busyCycles - before.busyCycles) / this.chip.clkSys / (this.seconds - before.seconds);
  }

  /** @param nanos of emulated time */
  run(nanos: number): void {
    const { clock } = this;
    const end = clock.nanos + nanos;
    while (clock.nanos < end) {
      if (this.#restart !== null) this.#restartNow();
      if (this.isInBootloader) {
        clock.tick(end - clock.nanos);
        return;
      }
      const { core } = this.chip;
      if (core.waiting) {
        clock.tick(Math.min(end - clock.nanos, clock.nanosToNextAlarm));
      } else {
        const cycles = core.executeInstruction();
        this.busyCycles += cycles;
        clock.tick(cycles * this.#cycleNanos);
      }
    }
  }

  /** Runs until `isTrue`, at most `limitNanos`. @returns whether it came true */
  runUntil(isTrue: () => boolean, limitNanos: number, stepNanos = 1e5): boolean {
    const end = this.clock.nanos + limitNanos;
    while (!isTrue()) {
      if (this.clock.nanos >= end) return false;
      this.run(stepNanos);
    }
    return true;
  }

  /** The bootloader has taken another image. */
  load(image: Uint8Array): void {
    this.flash.set(image);
    this.isInBootloader = false;
    this.#restart = 'run';
  }

  /** The supply goes and comes: everything forgets but the flash. */
  powerCycle(): void {
    this.#keepFlash();
    this.#bootClock.end();
    this.isInBootloader = false;
    this.#restart = null;
    this.#start(null);
  }

  #interrupt(isHigh: boolean): void {
    this.#interruptLevel = isHigh;
    this.#interruptPin?.setInputValue(isHigh);
  }

  #keepFlash(): void {
    this.flash.set(this.chip.flash.subarray(0, this.flash.length));
  }

  #restartNow(): void {
    const isToBootloader = this.#restart === 'bootloader';
    this.#restart = null;
    this.#keepFlash();
    const watchdog = this.chip.peripherals[PERI.watchdog] as unknown as Watchdog;
    this.#bootClock.end();
    this.clock.tick(RESTART_NANOS);
    if (isToBootloader) {
      this.isInBootloader = true;
      this.#settings.onBootloader?.();
      return;
    }
    this.#start({ scratch: watchdog.scratchData, reason: watchdog.reason });
  }

  #start(before: { scratch: Uint32Array; reason: number } | null): void {
    this.starts++;
    const bootClock = new BootClock(this.clock);
    const sinceNanos = this.clock.nanos;
    const chip = new RP2040(bootClock);
    this.#bootClock = bootClock;
    this.chip = chip;
    chip.logger = new ConsoleLogger(LogLevel.Error, true); // an unaligned access, which a real chip faults on, throws
    chip.flash.set(this.flash);
    chip.clkSys = START_HZ;
    chip.clkPeri = START_HZ;
    this.#cycleNanos = 1e9 / START_HZ;
    chip.addClockListener((hz) => {
      this.#cycleNanos = 1e9 / hz;
    });
    const { onUartByte } = this.#settings;
    this.uart = new TimedUart(chip, bootClock, UART0_IRQ, UART0_DREQ, {
      onByte: (byte, nanos) => onUartByte?.(byte, sinceNanos + nanos),
    });
    chip.peripherals[PERI.uart0] = this.uart;
    chip.peripherals[PERI.reset] = resetCauses(before !== null);
    this.#wireWatchdog(chip, before);
    wireSpi(chip, bootClock, this.sensor, PICO.spi.block, PICO.spi.cs.pin);
    this.#interruptPin = chip.gpio[PICO.interrupt.pin];
    this.#interruptPin.setInputValue(this.#interruptLevel);
    const { supply } = PICO;
    chip.adc.channelValues[supply.adcChannel] = Math.round(
      ((SUPPLY_V / supply.divider) * 1000 * 4095) / supply.referenceMilliV,
    );
    const { usb } = this.#settings;
    this.usb = usb
      ? new UsbHost(chip, bootClock, {
          bytes: (chunk, nanos) => usb.bytes(chunk, sinceNanos + nanos),
          attached: (serialNumber) => usb.attached?.(serialNumber),
        })
      : null;
    installRom(chip, {
      busy: (nanos) => this.clock.tick(nanos),
      toBootloader: () => {
        this.#restart = 'bootloader';
      },
      violation: (text) => this.violations.add(text),
      breakpoint: (code) => {
        this.lastBreak = code;
      },
      beforeFlash: (address) => this.#settings.beforeFlash?.(address),
    });
    if (startFromFlash(chip)) return;
    this.isInBootloader = true;
    this.#settings.onBootloader?.();
  }

  #wireWatchdog(chip: RP2040, before: { scratch: Uint32Array; reason: number } | null): void {
    const watchdog = chip.peripherals[PERI.watchdog] as unknown as Watchdog;
    if (before) {
      watchdog.scratchData.set(before.scratch);
      watchdog.reason = before.reason;
    }
    watchdog.onWatchdogTrigger = () => {
      this.#restart = 'run';
    };
  }
}

/** CHIP_RESET: whether the supply or the pin was the last cause. Bit 8 power, 16 pin. */
function resetCauses(isWarm: boolean) {
  return {
    readUint32: (offset: number): number => (offset === 8 && !isWarm ? 1 << 8 : 0),
    writeUint32: (): void => {},
    writeUint32Atomic: (): void => {},
  };
}
