/** The emulator sends bytes in no time. This gives its UART the 32 bytes of FIFO and the baud rate of the chip's, in both directions. */
import type { RP2040 } from 'rp2040js';

const FIFO_BYTES = 32;
const HALF = FIFO_BYTES / 2;
const FRAME_BITS = 10;
const TX_INTERRUPT = 1 << 5;
const FLAG = { rxEmpty: 1 << 4, txFull: 1 << 5, rxFull: 1 << 6, txEmpty: 1 << 7, busy: 1 << 3 } as const;

export class TimedUart {
  /** Bytes that found the FIFO full: the firmware did not look. */
  overruns = 0;
  #freeNs = 0;
  #toSend: number[] = [];
  readonly #mcu: RP2040;
  readonly #feed;

  constructor(mcu: RP2040, onByte: (byte: number) => void) {
    this.#mcu = mcu;
    const uart = mcu.uart[0];
    const { clock } = mcu;
    const alarm = clock.createAlarm(() => uart.checkInterrupts());
    const depth = (): number => Math.max(0, Math.ceil((this.#freeNs - clock.nanos) / this.byteNs - 1e-6));
    // biome-ignore lint/suspicious/noExplicitAny: the emulator's own fields, which it declares private
    const inside = uart as any;
    uart.checkInterrupts = () => {
      const bytes = depth();
      if (bytes <= HALF) inside.interruptStatus |= TX_INTERRUPT;
      else {
        inside.interruptStatus &= ~TX_INTERRUPT;
        alarm.schedule((bytes - HALF) * this.byteNs);
      }
      mcu.setInterrupt(inside.irq, (inside.interruptStatus & inside.interruptMask) !== 0);
    };
    Object.defineProperty(uart, 'flags', {
      get: () => {
        const bytes = depth();
        return (
          (inside.rxFIFO.empty ? FLAG.rxEmpty : 0) |
          (inside.rxFIFO.full ? FLAG.rxFull : 0) |
          (bytes >= FIFO_BYTES ? FLAG.txFull : 0) |
          (bytes === 0 ? FLAG.txEmpty : FLAG.busy)
        );
      },
    });
    uart.onByte = (byte) => {
      if (depth() >= FIFO_BYTES) {
        this.overruns++;
        return;
      }
      this.#freeNs = Math.max(this.#freeNs, clock.nanos) + this.byteNs;
      onByte(byte);
      uart.checkInterrupts();
    };
    this.#feed = clock.createAlarm(() => this.#next());
  }

  get byteNs(): number {
    return (FRAME_BITS * 1e9) / this.#mcu.uart[0].baudRate;
  }

  /** From the host, one byte after the other. */
  send(bytes: Uint8Array): void {
    const wasIdle = this.#toSend.length === 0;
    for (const byte of bytes) this.#toSend.push(byte);
    if (wasIdle && bytes.length > 0) this.#feed.schedule(this.byteNs);
  }

  #next(): void {
    this.#mcu.uart[0].feedByte(this.#toSend.shift() as number);
    if (this.#toSend.length > 0) this.#feed.schedule(this.byteNs);
  }
}
