/**
 * The UART of an RP2040 at the speed of its line: bytes take ten bits to go, the FIFOs are 32 deep and fill up, interrupts
 * come at the levels that are set, and what arrives while nobody reads is lost. The emulator's own sends in no time, which
 * hides every mistake that there is to make.
 */
import { BasePeripheral, FIFO, type RP2040 } from 'rp2040js';
import type { BootClock } from './boot-clock.ts';

const DEPTH = 32;
const [DR, FR, IBRD, FBRD, LCR_H, CR, IFLS, IMSC, RIS, MIS, ICR, DMACR] = [
  0x00, 0x18, 0x24, 0x28, 0x2c, 0x30, 0x34, 0x38, 0x3c, 0x40, 0x44, 0x48,
];
const TX = 1 << 5;
const RX = 1 << 4;
const RX_TIMEOUT = 1 << 6;
const RX_OVERRUN = 1 << 10;
const ENABLE = 1 << 0;
const TX_ENABLE = 1 << 8;
const RX_ENABLE = 1 << 9;
/** Entries at the five settings of IFLS: an eighth, a quarter, a half, three quarters, seven eighths. */
const LEVELS = [4, 8, 16, 24, 28];
const BITS = 10;
const TIMEOUT_BITS = 32;

export interface UartLines {
  /** @param nanos when its last bit will have left, on the clock of the chip */
  onByte: (byte: number, nanos: number) => void;
}

export class TimedUart extends BasePeripheral {
  readonly #clock: BootClock;
  readonly #irq: number;
  readonly #dreq: { tx: number; rx: number };
  readonly #onByte: UartLines['onByte'];
  readonly #rx = new FIFO(DEPTH);
  /** Bytes on the far side's way in, and when each has arrived. */
  readonly #incoming: number[] = [];
  readonly #txAlarm: ReturnType<BootClock['createAlarm']>;
  readonly #rxAlarm: ReturnType<BootClock['createAlarm']>;
  readonly #timeoutAlarm: ReturnType<BootClock['createAlarm']>;
  /** When the line is free again. */
  #freeNanos = 0;
  #divisor = 0;
  #fraction = 0;
  #lineControl = 0;
  #control = RX_ENABLE | TX_ENABLE;
  #levels = 0x12;
  #mask = 0;
  #raw = 0;
  #dma = 0;
  #wasAboveLevel = false;
  /** Bytes written to a full FIFO, and bytes that arrived at one: both are gone. */
  txLost = 0;
  rxLost = 0;

  constructor(rp2040: RP2040, clock: BootClock, irq: number, dreq: { tx: number; rx: number }, lines: UartLines) {
    super(rp2040, 'UART');
    this.#clock = clock;
    this.#irq = irq;
    this.#dreq = dreq;
    this.#onByte = lines.onByte;
    this.#txAlarm = clock.createAlarm(() => this.#drained());
    this.#rxAlarm = clock.createAlarm(() => this.#arrived());
    this.#timeoutAlarm = clock.createAlarm(() => {
      if (!this.#rx.empty) this.#raise(RX_TIMEOUT);
    });
  }

  get baudRate(): number {
    const divider = this.#divisor + this.#fraction / 64;
    return divider === 0 ? 0 : this.rp2040.clkPeri / (16 * divider);
  }

  get #byteNanos(): number {
    return (BITS * 1e9) / Math.max(1, this.baudRate);
  }

  get #isOn(): boolean {
    return (this.#control & ENABLE) !== 0;
  }

  /** Bytes of the far side, one after the other at this UART's speed. */
  receive(bytes: Uint8Array): void {
    const isIdle = this.#incoming.length === 0;
    for (const byte of bytes) this.#incoming.push(byte);
    if (isIdle && this.#incoming.length > 0) this.#rxAlarm.schedule(this.#byteNanos);
  }

  #arrived(): void {
    const byte = this.#incoming.shift();
    if (this.#incoming.length > 0) this.#rxAlarm.schedule(this.#byteNanos);
    if (byte === undefined || !this.#isOn || (this.#control & RX_ENABLE) === 0) return;
    if (this.#rx.full) {
      this.rxLost++;
      this.#raise(RX_OVERRUN);
      return;
    }
    this.#rx.push(byte);
    this.rp2040.dma.setDREQ(this.#dreq.rx);
    this.#timeoutAlarm.schedule((TIMEOUT_BITS * this.#byteNanos) / BITS);
    if (this.#rx.itemCount >= (this.#lineControl & 0x10 ? LEVELS[(this.#levels >> 3) & 7] : 1)) this.#raise(RX);
  }

  /** Of the FIFO; the byte that is on the line is in none. */
  get #waiting(): number {
    const left = Math.ceil((this.#freeNanos - this.#clock.nanos) / this.#byteNanos - 1e-6);
    return Math.max(0, left - 1);
  }

  get #txLevel(): number {
    return this.#lineControl & 0x10 ? (LEVELS[this.#levels & 7] ?? 16) : 0;
  }

  #send(byte: number): void {
    if (!this.#isOn || (this.#control & TX_ENABLE) === 0) return;
    const depth = this.#lineControl & 0x10 ? DEPTH : 1;
    if (this.#waiting >= depth) {
      this.txLost++;
      return;
    }
    this.#freeNanos = Math.max(this.#freeNanos, this.#clock.nanos) + this.#byteNanos;
    this.#onByte(byte, this.#freeNanos);
    this.#txChanged();
  }

  /** The interrupt is about falling through the level, not about lying below it. */
  #txChanged(): void {
    const waiting = this.#waiting;
    if (waiting > this.#txLevel) {
      this.#wasAboveLevel = true;
      this.#raw &= ~TX;
    } else if (this.#wasAboveLevel) {
      this.#wasAboveLevel = false;
      this.#raw |= TX;
    }
    if (waiting < DEPTH) this.rp2040.dma.setDREQ(this.#dreq.tx);
    else this.rp2040.dma.clearDREQ(this.#dreq.tx);
    this.#interrupt();
    const next = waiting >= DEPTH ? DEPTH - 1 : waiting > this.#txLevel ? this.#txLevel : null;
    if (next !== null)
      this.#txAlarm.schedule(Math.max(1, this.#freeNanos - this.#clock.nanos - (next + 1) * this.#byteNanos + 1));
  }

  #drained(): void {
    this.#txChanged();
  }

  #raise(bits: number): void {
    this.#raw |= bits;
    this.#interrupt();
  }

  #interrupt(): void {
    this.rp2040.setInterrupt(this.#irq, (this.#raw & this.#mask) !== 0);
  }

  #read(): number {
    const byte = this.#rx.pull();
    if (this.#rx.itemCount < LEVELS[(this.#levels >> 3) & 7]) this.#raw &= ~RX;
    if (this.#rx.empty) {
      this.#raw &= ~(RX_TIMEOUT | RX);
      this.#timeoutAlarm.cancel();
      this.rp2040.dma.clearDREQ(this.#dreq.rx);
    } else this.#timeoutAlarm.schedule((TIMEOUT_BITS * this.#byteNanos) / BITS);
    this.#interrupt();
    return byte;
  }

  get #flags(): number {
    const waiting = this.#waiting;
    const isBusy = this.#freeNanos > this.#clock.nanos;
    return (
      (waiting === 0 ? 1 << 7 : 0) |
      (this.#rx.full ? 1 << 6 : 0) |
      (waiting >= (this.#lineControl & 0x10 ? DEPTH : 1) ? 1 << 5 : 0) |
      (this.#rx.empty ? 1 << 4 : 0) |
      (isBusy ? 1 << 3 : 0)
    );
  }

  override readUint32(offset: number): number {
    switch (offset) {
      case DR:
        return this.#read();
      case FR:
        return this.#flags;
      case IBRD:
        return this.#divisor;
      case FBRD:
        return this.#fraction;
      case LCR_H:
        return this.#lineControl;
      case CR:
        return this.#control;
      case IFLS:
        return this.#levels;
      case IMSC:
        return this.#mask;
      case RIS:
        return this.#raw;
      case MIS:
        return this.#raw & this.#mask;
      case DMACR:
        return this.#dma;
      default:
        return super.readUint32(offset);
    }
  }

  override writeUint32(offset: number, value: number): void {
    switch (offset) {
      case DR:
        this.#send(value & 0xff);
        break;
      case IBRD:
        this.#divisor = value & 0xffff;
        break;
      case FBRD:
        this.#fraction = value & 0x3f;
        break;
      case LCR_H:
        this.#lineControl = value;
        break;
      case CR:
        this.#control = value;
        if (this.#isOn) this.#txChanged();
        break;
      case IFLS:
        this.#levels = value & 0x3f;
        break;
      case IMSC:
        this.#mask = value & 0x7ff;
        this.#interrupt();
        break;
      case ICR:
        this.#raw &= ~this.rawWriteValue;
        this.#interrupt();
        break;
      case DMACR:
        this.#dma = value & 7;
        break;
      default:
        super.writeUint32(offset, value);
    }
  }
}
