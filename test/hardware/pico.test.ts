/**
 * The images in an emulated Pico with emulated sensors: what the sensor took arrives, and what does not is accounted for,
 * by the truth that only the model of the sensor knows.
 */
import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { EmulatedPico } from '../../hardware/emulated/pico.ts';
import type { SensorName } from '../../hardware/models/index.ts';
import type { Motion } from '../../hardware/models/motion.ts';
import { NodeStream } from '../../host/acquire/serial/node-stream.ts';
import { encodeCommand } from '../../host/acquire/wire/command.ts';
import { Deframer } from '../../host/acquire/wire/deframer.ts';
import { type Heartbeat, type Message, readMessage } from '../../host/acquire/wire/message.ts';
import { needs } from '../support/needs.ts';
import { missingForImage, picoImage } from '../support/pico-image.ts';

const pico = suite('hardware.pico');
const check = (claim: string, test: () => void): void => needs(pico, missingForImage(), claim, test);

/** Every scan differs from its neighbours, within half a g: x counts in steps of `stepG`. */
const counting = (stepG: number): Motion => ({
  at: (index, _timeS, into) => into.set([(index % 64) * stepG, -(index % 16) * stepG, 1]),
});

interface Bench {
  board: EmulatedPico;
  stream: () => NodeStream;
  /** x of everything that came, gaps as NaN; from the first scan of the boot on. */
  x: number[];
  messages: Message[];
  firstBlockNanos: () => number | null;
  send(name: Parameters<typeof encodeCommand>[0]['name'], argument?: Map<number, number>): void;
  heartbeat(): Heartbeat;
}

function bench(sensor: SensorName, port: 'uart' | 'usb', motion: Motion): Bench {
  const deframer = new Deframer();
  const x: number[] = [];
  const messages: Message[] = [];
  let stream: NodeStream | null = null;
  let firstBlockNanos: number | null = null;
  let sequence = 0;
  const hear = (bytes: Uint8Array, nanos: number): void => {
    for (const body of deframer.push(bytes)) {
      const message = readMessage(body);
      assert.ok(message, 'what the image sends is what the wire has');
      messages.push(message);
      if (message.type === 'block') firstBlockNanos ??= nanos;
      if (message.type === 'hello')
        stream ??= new NodeStream(message, {
          samples: (lanes) => x.push(...lanes[0]),
          gap: (_, lost) => x.push(...new Array<number>(lost).fill(Number.NaN)),
        });
      stream?.take(message, nanos / 1e6);
    }
  };
  const board: EmulatedPico = new EmulatedPico({
    image: readFileSync(picoImage(sensor).bin),
    sensor,
    motion,
    ...(port === 'usb'
      ? { usb: { bytes: hear, attached: () => board.usb?.setDtr(true) } }
      : { onUartByte: (byte: number, nanos: number) => hear(Uint8Array.of(byte), nanos) }),
  });
  return {
    board,
    x,
    messages,
    stream: () => stream!,
    firstBlockNanos: () => firstBlockNanos,
    send(name, argument = new Map()) {
      const bytes = encodeCommand({ sequence: ++sequence, name, argument });
      if (port === 'usb') board.usb!.send(bytes);
      else board.uart.receive(bytes);
    },
    heartbeat: () => messages.findLast((message) => message.type === 'heartbeat') as Heartbeat,
  };
}

/** Nothing that a real board or part would not forgive. */
function isClean(board: EmulatedPico): void {
  assert.equal([...board.violations, ...board.sensor.violations], []);
}

const RUNS: { sensor: SensorName; port: 'uart' | 'usb'; stepG: number; seconds: number }[] = [
  { sensor: 'adxl345', port: 'uart', stepG: 2 / 256, seconds: 2 },
  { sensor: 'iis3dwb', port: 'usb', stepG: 0.488e-3, seconds: 1 },
  { sensor: 'adxl355', port: 'usb', stepG: 15.625e-6, seconds: 1 },
  { sensor: 'lis3dh', port: 'uart', stepG: 4e-3, seconds: 2 },
];

for (const { sensor, port, stepG, seconds } of RUNS)
  check(`${sensor} over ${port}: all that the sensor takes arrives, each scan where it belongs`, () => {
    const { board, stream, x, firstBlockNanos } = bench(sensor, port, counting(stepG));
    board.run(0.15e9);
    assert.ok(firstBlockNanos() !== null, 'a first block within 150 ms of power-on');
    const before = { busyCycles: board.busyCycles, seconds: board.seconds };
    board.run(seconds * 1e9);
    const { account } = stream();
    assert.equal(account.lost, { node: 0, sensor: 0, wire: 0, away: 0 });
    assert.is(board.sensor.overwritten, 0);
    // the rest is in the FIFO, the open block and on the line
    assert.ok(
      board.sensor.taken - account.expected! < board.sensor.rateHz * 0.2,
      `${account.expected} of ${board.sensor.taken}`,
    );
    const first = Math.round(x[0] / stepG);
    for (const [at, value] of x.entries()) assert.is(Math.round(value / stepG), (first + at) % 64);
    assert.ok(board.busyShare(before) < 0.2);
    isClean(board);
  });

check('what a sensor overwrites while nobody reads it is missing by the count, to the scan', () => {
  const stepG = 2 / 256;
  const { board, stream, x, heartbeat } = bench('adxl345', 'uart', counting(stepG));
  board.run(2e9);
  for (const ms of [15, 40, 333]) {
    board.sensor.faults = { noInterrupt: true };
    board.run(ms * 1e6);
    board.sensor.faults = {};
    board.run(0.5e9);
  }
  const { account } = stream();
  assert.ok(board.sensor.overwritten > 0);
  assert.is(heartbeat().fifoOverruns > 0, true);
  assert.is(account.lost.node + account.lost.wire, 0);
  // a scan that arrives stands where the sensor took it: gaps are as long as what was lost
  const first = Math.round(x[0] / stepG);
  for (const [at, value] of x.entries())
    if (!Number.isNaN(value)) assert.is(Math.round(value / stepG), (first + at) % 64);
  isClean(board);
});

check('a line that takes nothing for a while loses what the node counts, and no more', () => {
  const { board, stream, x, heartbeat } = bench('iis3dwb', 'usb', counting(0.488e-3));
  board.run(0.3e9);
  for (const ms of [50, 400, 1200]) {
    board.usb!.isReading = false;
    board.run(ms * 1e6);
    board.usb!.isReading = true;
    board.run(0.3e9);
  }
  board.run(0.6e9);
  const { account } = stream();
  const { ringDropped, sendDropped } = heartbeat();
  assert.ok(ringDropped + sendDropped > 0);
  assert.is(account.lost.node, ringDropped + sendDropped);
  assert.is(account.lost.wire + account.lost.sensor, 0);
  const first = Math.round(x[0] / 0.488e-3);
  for (const [at, value] of x.entries())
    if (!Number.isNaN(value)) assert.is(Math.round(value / 0.488e-3), (first + at) % 64);
  isClean(board);
});

check('a part that is another one, or is not there, is said in the heartbeat, and found again when it is back', () => {
  const { board, heartbeat } = bench('adxl345', 'uart', counting(2 / 256));
  board.sensor.faults = { identity: 0x33 };
  board.powerCycle();
  board.run(1.2e9);
  assert.is(heartbeat().state, 3);
  assert.ok(heartbeat().fault.length > 0);
  board.sensor.faults = {};
  assert.ok(
    board.runUntil(() => heartbeat().state === 1, 5e9, 1e8),
    `still ${heartbeat().fault}`,
  );
});

check('a node goes to its bootloader when it is told to, takes an image and runs it', () => {
  const { board, send, messages } = bench('adxl345', 'uart', counting(2 / 256));
  board.run(0.3e9);
  send('reboot', new Map([[1, 1]]));
  assert.ok(board.runUntil(() => board.isInBootloader, 1e9));
  assert.ok(messages.some((message) => message.type === 'answer' && message.status === 0));
  board.load(readFileSync(picoImage('adxl345').bin));
  const heard = messages.length;
  assert.ok(board.runUntil(() => messages.slice(heard).some(({ type }) => type === 'block'), 1e9));
  isClean(board);
});

check('two runs of one image are the same to the cycle', () => {
  const run = (): [number, number[]] => {
    const { board, x } = bench('adxl345', 'uart', counting(2 / 256));
    board.run(0.5e9);
    return [board.busyCycles, x];
  };
  assert.equal(run(), run());
});

pico.run();
