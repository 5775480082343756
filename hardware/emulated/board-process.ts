/**
 * An emulated board in a process of its own, as a real one is: it listens at its end of a cable, runs at its pace, and
 * takes orders from the bench that started it. Ends with it.
 */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Simulator } from '../../host/acquire/simulator.ts';
import { payloadOf } from '../../host/flash/image.ts';
import { AT_REST, type Motion, played } from '../models/motion.ts';
import type { BoardSettings, BoardStatus, FromBoard, MotionSettings, ToBoard } from './board-messages.ts';
import { FarEnd } from './cable.ts';
import { EmulatedPico } from './pico.ts';

/** Emulated time in one turn of the event loop. */
const SLICE_NANOS = 1e6;
/** A board that falls behind its pace by more than this goes on from there: emulated time is then slower than real. */
const LAG_MS = 500;
const IDLE_MS = 1;
const VOLUME_MS = 100;
/** Machine time that is simulated ahead of the sensor. */
const AHEAD_SCANS = 8192;

/** A motion that comes from elsewhere is fetched before the sensor needs it. */
interface FetchedMotion extends Motion {
  prepare(upTo: number): Promise<void>;
}

class MachineMotion implements FetchedMotion {
  readonly #events;
  #lanes: Float32Array[] = [];
  #first = 0;
  #blocks: { first: number; channels: Float32Array[] }[] = [];
  #end = 0;

  constructor(settings: Partial<Simulator['settings']>) {
    this.#events = new Simulator(settings).events();
  }

  async prepare(upTo: number): Promise<void> {
    while (this.#end < upTo) {
      const { value, done } = await this.#events.next();
      if (done) return;
      if (value.kind !== 'samples') continue;
      this.#blocks.push({ first: value.firstSample, channels: value.channels });
      this.#end = value.firstSample + value.channels[0].length;
    }
  }

  at(index: number, _timeS: number, into: Float64Array): void {
    while (this.#lanes.length === 0 || index >= this.#first + this.#lanes[0].length) {
      const block = this.#blocks.shift();
      if (!block) break; // the machine has ended: it stands still as it was
      this.#lanes = block.channels;
      this.#first = block.first;
    }
    for (const [axis, lane] of this.#lanes.entries()) into[axis] = lane[Math.min(index - this.#first, lane.length - 1)];
  }
}

function motionOf(given: MotionSettings): Motion | FetchedMotion {
  if (given.kind === 'rest') return AT_REST;
  if (given.kind === 'machine') return new MachineMotion(given.settings);
  const bytes = readFileSync(given.path);
  const values = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
  const lanes = Array.from({ length: given.axes }, (_, axis) =>
    values.filter((_, index) => index % given.axes === axis),
  );
  return played(lanes);
}

/** @throws Error for what is no image */
function imageAt(path: string): Uint8Array {
  const bytes = readFileSync(path);
  return path.endsWith('.uf2') ? payloadOf(bytes, (why) => new Error(`${path}: ${why}`)) : bytes;
}

class Board {
  readonly #settings: BoardSettings;
  readonly #far: FarEnd;
  readonly #motion: Motion | FetchedMotion;
  readonly #pico: EmulatedPico;
  #out: number[] = [];
  #isStopped = false;

  constructor(settings: BoardSettings, far: FarEnd) {
    this.#settings = settings;
    this.#far = far;
    this.#motion = motionOf(settings.motion);
    const isUsb = settings.port === 'usb';
    this.#pico = new EmulatedPico({
      image: imageAt(settings.image),
      sensor: settings.sensor,
      motion: this.#motion,
      ...(settings.faults ? { faults: settings.faults } : {}),
      ...(isUsb ? { usb: { bytes: (chunk) => this.#out.push(...chunk), attached: () => this.#plugged() } } : {}),
      ...(isUsb ? {} : { onUartByte: (byte: number) => this.#out.push(byte) }),
      onBootloader: () => this.#offerVolume(),
    });
    far.onBytes = (bytes) => (isUsb ? this.#pico.usb?.send(bytes) : this.#pico.uart.receive(bytes));
    far.onPlug = () => this.#plugged();
  }

  /** Somebody has the port open for as long as the cable is plugged in. */
  #plugged(): void {
    if (this.#pico.usb?.isAttached) this.#pico.usb.setDtr(this.#far.isPlugged);
  }

  async run(): Promise<void> {
    const { pace } = this.#settings;
    let startMs = performance.now();
    let startNanos = this.#pico.clock.nanos;
    while (!this.#isStopped) {
      const elapsedMs = performance.now() - startMs;
      const dueNanos = pace === null ? SLICE_NANOS : elapsedMs * 1e6 * pace - (this.#pico.clock.nanos - startNanos);
      if (pace === null ? !this.#mayRun : dueNanos <= 0) {
        await new Promise((resolve) => setTimeout(resolve, IDLE_MS));
        continue;
      }
      if (dueNanos > LAG_MS * 1e6) {
        startMs = performance.now();
        startNanos = this.#pico.clock.nanos;
      }
      await this.#slice(Math.min(SLICE_NANOS, dueNanos));
    }
  }

  /** Without a pace nothing is sent before somebody listens, and no more than is taken. */
  get #mayRun(): boolean {
    return this.#far.isPlugged && this.#far.hasRoom;
  }

  async #slice(nanos: number): Promise<void> {
    if ('prepare' in this.#motion) await this.#motion.prepare(this.#pico.sensor.taken + AHEAD_SCANS);
    if (this.#pico.usb) this.#pico.usb.isReading = this.#far.hasRoom;
    this.#pico.run(nanos);
    this.#far.send(Uint8Array.from(this.#out));
    this.#out = [];
    // lets bytes and orders in
    await new Promise((resolve) => setImmediate(resolve));
  }

  #offerVolume(): void {
    const { volume } = this.#settings;
    if (volume === null) return;
    mkdirSync(volume, { recursive: true });
    const info = join(volume, 'INFO_UF2.TXT');
    const file = join(volume, 'spindle.uf2');
    rmSync(file, { force: true });
    writeFileSync(info, 'UF2 Bootloader v3.0\nModel: Raspberry Pi RP2\nBoard-ID: RPI-RP2\n');
    const look = setInterval(() => {
      if (!existsSync(file)) return;
      let image: Uint8Array;
      try {
        image = payloadOf(readFileSync(file), (why) => new Error(why));
      } catch {
        return; // not whole yet
      }
      clearInterval(look);
      rmSync(info, { force: true });
      rmSync(file, { force: true });
      this.#pico.load(image);
    }, VOLUME_MS);
    look.unref();
  }

  obey(order: ToBoard): void {
    if (order.type === 'faults') this.#pico.sensor.faults = order.faults;
    else if (order.type === 'power-cycle') this.#pico.powerCycle();
    else if (order.type === 'status') tell(this.#status());
    else this.#isStopped = true;
  }

  #status(): BoardStatus {
    const { sensor, seconds, starts, isInBootloader, violations } = this.#pico;
    return {
      type: 'status',
      seconds,
      taken: sensor.taken,
      overwritten: sensor.overwritten,
      starts,
      isInBootloader,
      busyShare: this.#pico.busyShare({ busyCycles: 0, seconds: 0 }),
      bytesLost: this.#far.lost + this.#pico.uart.rxLost + this.#pico.uart.txLost,
      violations: [...violations, ...sensor.violations],
    };
  }
}

function tell(message: FromBoard): void {
  process.send?.(message);
}

async function main(): Promise<void> {
  const settings = JSON.parse(process.argv[2]) as BoardSettings;
  const far = await FarEnd.listen(settings.socketPath);
  const board = new Board(settings, far);
  process.on('message', (order: ToBoard) => board.obey(order));
  process.on('disconnect', () => process.exit(0)); // the bench is gone
  tell({ type: 'ready' });
  await board.run();
  far.close();
  process.exit(0);
}

main().catch((error: Error) => {
  tell({ type: 'failed', text: error.message });
  console.error(error.stack);
  process.exit(1);
});
