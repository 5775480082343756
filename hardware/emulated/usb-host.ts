/**
 * A computer at the USB port of the emulated chip: it enumerates a serial device as an operating system does, sets DTR
 * when somebody opens the port, and reads and writes at the speed of a full-speed bus. When nobody reads, packets wait in
 * the chip.
 */
import { createSetupPacket, DataDirection, DescriptorType, type RP2040, SetupRecipient, SetupType } from 'rp2040js';
import type { BootClock } from './boot-clock.ts';

/** Nineteen bulk packets of 64 bytes fit into a frame of 1 ms. */
const PACKET_NANOS = 1e6 / 19;
const CONTROL_NANOS = 100_000;
const PACKET_BYTES = 64;
const BUFFER_CONTROL = 0x80;
const AVAILABLE = 1 << 10;
const FULL = 1 << 15;
const LENGTH = 0x3ff;
const SET_LINE_CODING = 0x20;
const SET_CONTROL_LINE_STATE = 0x22;
const GET_DESCRIPTOR = 6;
const SET_ADDRESS = 5;
const SET_CONFIGURATION = 9;
const CDC_DATA = 10;
const INTERFACE_DESCRIPTOR = 4;
const ENDPOINT_DESCRIPTOR = 5;

/** What the emulator's controller does inside, for the transfers that are timed here. */
interface ControllerInside {
  indicateBufferReady(endpoint: number, isOut: boolean): void;
  getEndpointBufferOffset(endpoint: number, isOut: boolean): number;
}

interface Control {
  setup: Uint8Array;
  /** Sent in the data stage; null: the device sends. */
  data: Uint8Array | null;
  done: (answer: Uint8Array) => void;
}

export interface UsbListener {
  /** Configured: the port is there. */
  attached(serialNumber: string): void;
  /** @param nanos when it had arrived, on the clock of the chip */
  bytes(chunk: Uint8Array, nanos: number): void;
}

export class UsbHost {
  readonly #chip: RP2040;
  readonly #clock: BootClock;
  readonly #listener: UsbListener;
  readonly #poll: ReturnType<BootClock['createAlarm']>;
  readonly #wait: ReturnType<BootClock['createAlarm']>;
  readonly #queue: Control[] = [];
  #control: Control | null = null;
  #answer: number[] = [];
  #inEndpoint = -1;
  #outEndpoint = -1;
  #interface = 0;
  /** Buffers of the IN endpoint that the device has armed, oldest first. */
  #armed: number[] = [];
  #outArmed: number | null = null;
  #out: number[] = [];
  #isConfigured = false;
  /** Whether the operating system takes what comes: false while its own buffers are full. */
  #isReading = true;
  #isPolling = false;

  constructor(chip: RP2040, clock: BootClock, listener: UsbListener) {
    this.#chip = chip;
    this.#clock = clock;
    this.#listener = listener;
    this.#poll = clock.createAlarm(() => this.#transfer());
    this.#wait = clock.createAlarm(() => this.#next());
    const usb = chip.usbCtrl;
    const stock = usb.DPRAMUpdated.bind(usb);
    usb.DPRAMUpdated = (offset, value) => {
      if (!this.#takes(offset, value)) stock(offset, value);
    };
    usb.onUSBEnabled = () => usb.resetDevice();
    usb.onResetReceived = () => this.#enumerate();
    usb.onEndpointWrite = (endpoint, buffer) => {
      if (endpoint === 0) this.#controlIn(buffer);
    };
    usb.onEndpointRead = (endpoint, size) => {
      if (endpoint === 0) this.#controlOut(size);
    };
  }

  get isAttached(): boolean {
    return this.#isConfigured;
  }

  set isReading(isReading: boolean) {
    this.#isReading = isReading;
    this.#startPolling();
  }

  /** As a program that opens or closes the port. */
  setDtr(isOpen: boolean): void {
    this.#request({ type: SetupType.Class, request: SET_CONTROL_LINE_STATE, value: isOpen ? 3 : 0 });
  }

  send(bytes: Uint8Array): void {
    for (const byte of bytes) this.#out.push(byte);
    this.#startPolling();
  }

  get #inside(): ControllerInside {
    return this.#chip.usbCtrl as unknown as ControllerInside;
  }

  /** Bulk buffers that the device arms wait for the bus. @returns false for all else */
  #takes(offset: number, value: number): boolean {
    if (offset < BUFFER_CONTROL + 8 || offset > 0xff || !this.#isConfigured) return false;
    const endpoint = (offset - BUFFER_CONTROL) >> 3;
    const isOut = (offset & 4) !== 0;
    if (isOut ? endpoint !== this.#outEndpoint : endpoint !== this.#inEndpoint) return false;
    if (value & AVAILABLE) {
      if (isOut) this.#outArmed = offset;
      else if (!this.#armed.includes(offset)) this.#armed.push(offset);
      this.#startPolling();
    }
    return true;
  }

  #startPolling(): void {
    const hasWork = (this.#armed.length > 0 && this.#isReading) || (this.#outArmed !== null && this.#out.length > 0);
    if (this.#isPolling || !hasWork) return;
    this.#isPolling = true;
    this.#poll.schedule(PACKET_NANOS);
  }

  #transfer(): void {
    this.#isPolling = false;
    if (this.#outArmed !== null && this.#out.length > 0) this.#transferOut(this.#outArmed);
    else if (this.#armed.length > 0 && this.#isReading) this.#transferIn(this.#armed.shift()!);
    this.#startPolling();
  }

  #transferIn(offset: number): void {
    const view = this.#chip.usbDPRAMView;
    const control = view.getUint32(offset, true);
    const length = control & LENGTH;
    const at = this.#inside.getEndpointBufferOffset(this.#inEndpoint, false);
    const chunk = this.#chip.usbDPRAM.slice(at, at + length);
    view.setUint32(offset, control & ~(AVAILABLE | FULL), true);
    this.#inside.indicateBufferReady(this.#inEndpoint, false);
    this.#listener.bytes(chunk, this.#clock.nanos);
  }

  #transferOut(offset: number): void {
    const view = this.#chip.usbDPRAMView;
    const control = view.getUint32(offset, true);
    const chunk = this.#out.splice(0, Math.min(PACKET_BYTES, control & LENGTH));
    this.#outArmed = null;
    this.#chip.usbDPRAM.set(chunk, this.#inside.getEndpointBufferOffset(this.#outEndpoint, true));
    view.setUint32(offset, (control & ~(AVAILABLE | LENGTH)) | FULL | chunk.length, true);
    this.#inside.indicateBufferReady(this.#outEndpoint, true);
  }

  #enumerate(): void {
    if (this.#control !== null || this.#isConfigured) return;
    const descriptor = (type: number, index: number, length: number, done: (answer: Uint8Array) => void): void =>
      this.#request({ request: GET_DESCRIPTOR, isIn: true, value: (type << 8) | index, length, done });
    descriptor(DescriptorType.Device, 0, 18, (device) => {
      this.#request({ request: SET_ADDRESS, value: 1 });
      descriptor(DescriptorType.Configration, 0, 9, (head) => {
        descriptor(DescriptorType.Configration, 0, head[2] | (head[3] << 8), (whole) => {
          this.#readInterfaces(whole);
          const configure = (serialNumber: string): void =>
            this.#request({ request: SET_CONFIGURATION, value: 1, done: () => this.#configured(serialNumber) });
          if (device[16] === 0) configure('');
          else descriptor(DescriptorType.String, device[16], 255, (text) => configure(textOf(text)));
        });
      });
    });
  }

  #configured(serialNumber: string): void {
    this.#isConfigured = true;
    const coding = Uint8Array.of(0x00, 0x10, 0x0e, 0x00, 0, 0, 8);
    this.#request({
      type: SetupType.Class,
      request: SET_LINE_CODING,
      data: coding,
      done: () => this.#listener.attached(serialNumber),
    });
    this.#rearm();
  }

  /** What the device armed before its endpoints were known. */
  #rearm(): void {
    const view = this.#chip.usbDPRAMView;
    for (const [endpoint, isOut] of [
      [this.#inEndpoint, false],
      [this.#outEndpoint, true],
    ] as const) {
      const offset = BUFFER_CONTROL + 8 * endpoint + (isOut ? 4 : 0);
      const control = view.getUint32(offset, true);
      if (control & AVAILABLE) this.#takes(offset, control);
    }
  }

  #readInterfaces(bytes: Uint8Array): void {
    let isData = false;
    for (let at = 0; at < bytes.length && bytes[at] > 0; at += bytes[at]) {
      if (bytes[at + 1] === INTERFACE_DESCRIPTOR) isData = bytes[at + 5] === CDC_DATA;
      if (bytes[at + 1] === INTERFACE_DESCRIPTOR && !isData) this.#interface = bytes[at + 2];
      if (bytes[at + 1] !== ENDPOINT_DESCRIPTOR || !isData) continue;
      if (bytes[at + 2] & 0x80) this.#inEndpoint = bytes[at + 2] & 15;
      else this.#outEndpoint = bytes[at + 2] & 15;
    }
  }

  #request(given: {
    type?: SetupType;
    request: number;
    value?: number;
    isIn?: boolean;
    length?: number;
    data?: Uint8Array;
    done?: (answer: Uint8Array) => void;
  }): void {
    const isClass = given.type === SetupType.Class;
    const setup = createSetupPacket({
      dataDirection: given.isIn ? DataDirection.DeviceToHost : DataDirection.HostToDevice,
      type: given.type ?? SetupType.Standard,
      recipient: isClass ? SetupRecipient.Interface : SetupRecipient.Device,
      bRequest: given.request,
      wValue: given.value ?? 0,
      wIndex: isClass ? this.#interface : 0,
      wLength: given.length ?? given.data?.length ?? 0,
    });
    this.#queue.push({
      setup,
      data: given.isIn ? null : (given.data ?? new Uint8Array(0)),
      done: given.done ?? (() => {}),
    });
    if (this.#control === null) this.#wait.schedule(CONTROL_NANOS);
  }

  #next(): void {
    if (this.#control !== null) return;
    this.#control = this.#queue.shift() ?? null;
    if (this.#control === null) return;
    this.#answer = [];
    this.#chip.usbCtrl.sendSetupPacket(this.#control.setup);
  }

  get #wantedLength(): number {
    const { setup } = this.#control!;
    return setup[6] | (setup[7] << 8);
  }

  /** What the device sends on endpoint 0: data, or the empty packet that ends a request. */
  #controlIn(buffer: Uint8Array): void {
    const control = this.#control;
    if (control === null) return;
    if (control.data !== null) {
      if (buffer.length === 0) this.#finish();
      return;
    }
    this.#answer.push(...buffer);
    if (buffer.length < PACKET_BYTES || this.#answer.length >= this.#wantedLength) this.#statusStage = true;
    if (this.#statusStage && this.#isStatusArmed) this.#endIn();
  }

  #statusStage = false;
  #isStatusArmed = false;

  #endIn(): void {
    this.#statusStage = this.#isStatusArmed = false;
    this.#chip.usbCtrl.endpointReadDone(0, new Uint8Array(0));
    this.#finish();
  }

  /** The device takes a packet on endpoint 0. */
  #controlOut(size: number): void {
    const control = this.#control;
    if (control?.data?.length) {
      this.#chip.usbCtrl.endpointReadDone(0, control.data.subarray(0, size));
      return;
    }
    this.#isStatusArmed = true;
    if (control !== null && this.#statusStage) this.#endIn();
  }

  #finish(): void {
    const { done } = this.#control!;
    const answer = Uint8Array.from(this.#answer);
    this.#control = null;
    this.#isStatusArmed = false;
    done(answer);
    if (this.#queue.length > 0) this.#wait.schedule(CONTROL_NANOS);
  }
}

/** A string descriptor: length, type, UTF-16. */
const textOf = (bytes: Uint8Array): string =>
  Buffer.from(bytes.subarray(2, bytes[0])).toString('utf16le').replace(/\0+$/, '');
