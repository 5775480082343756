/**
 * A USB host for the emulated chip. The emulator completes what the device sends at once, and answers an idle endpoint
 * with empty packets; here a packet takes its time on the wire, and the host may pause.
 */
import { type RP2040, USBCDC } from 'rp2040js';

/** 64 bytes and what is around them at 12 Mbit/s: at most 19 fit into a frame of 1 ms. */
const PACKET_NS = 55_000;

export class TimedUsb {
  isConnected = false;
  packets = 0;
  readonly #cdc: USBCDC;
  #held: number | null = null;
  #isPaused = false;
  #waiting: (() => void) | null = null;

  constructor(mcu: RP2040, onBytes: (bytes: Uint8Array) => void) {
    this.#cdc = new USBCDC(mcu.usbCtrl);
    this.#cdc.onDeviceConnected = () => {
      this.isConnected = true;
    };
    this.#cdc.onSerialData = (bytes) => {
      this.packets++;
      onBytes(bytes);
    };
    // biome-ignore lint/suspicious/noExplicitAny: the emulator's own fields, which it does not declare
    const inside = mcu.usbCtrl as any;
    const ready = inside.indicateBufferReady.bind(inside);
    const sent = mcu.clock.createAlarm(() => {
      const done = (): void => ready(2, false);
      if (this.#isPaused) this.#waiting = done;
      else done();
    });
    inside.indicateBufferReady = (endpoint: number, isOut: boolean) => {
      if (isOut || endpoint === 0) ready(endpoint, isOut);
      else sent.schedule(PACKET_NS);
    };
    const answer = inside.onEndpointRead;
    inside.onEndpointRead = (endpoint: number, size: number) => {
      // biome-ignore lint/suspicious/noExplicitAny: not declared
      if (endpoint === (this.#cdc as any).outEndpoint && (this.#cdc as any).txFIFO.empty) this.#held = size;
      else answer(endpoint, size);
    };
    this.#answer = answer;
  }

  readonly #answer: (endpoint: number, size: number) => void;

  send(bytes: Uint8Array): void {
    for (const byte of bytes) this.#cdc.sendSerialByte(byte);
    if (this.#held === null) return;
    const size = this.#held;
    this.#held = null;
    // biome-ignore lint/suspicious/noExplicitAny: not declared
    this.#answer((this.#cdc as any).outEndpoint, size);
  }

  /** DTR, as a terminal does it that opens and closes the port. */
  setOpen(isOpen: boolean): void {
    // biome-ignore lint/suspicious/noExplicitAny: the emulator declares it private
    (this.#cdc as any).cdcSetControlLineState(isOpen ? 3 : 0);
  }

  /** The host takes nothing more until it goes on. */
  pause(): void {
    this.#isPaused = true;
  }

  goOn(): void {
    this.#isPaused = false;
    this.#waiting?.();
    this.#waiting = null;
  }
}
