/**
 * `npm run soak -- nodes [RUN...]`: sensor nodes for long. Needs the ARM tools and socat; an idle computer for the times.
 *   stream    10 emulated minutes of an ADXL345 over the UART and 60 s of an IIS3DWB over USB: 0 lost, processor < 20 %
 *   pulls     ten cable pulls under a full stream: samples again within 1.5 s of plugging in, no spin while it is out
 *   commands  200 round trips: half of them within 10 ms
 */
import { readFileSync } from 'node:fs';
import { EmulatedBench } from '../../hardware/emulated/bench.ts';
import { EmulatedPico } from '../../hardware/emulated/pico.ts';
import type { SensorName } from '../../hardware/models/index.ts';
import { openNode } from '../../host/acquire/serial/node-source.ts';
import { NodeStream } from '../../host/acquire/serial/node-stream.ts';
import { Whereabouts } from '../../host/acquire/serial/whereabouts.ts';
import { Deframer } from '../../host/acquire/wire/deframer.ts';
import { readMessage } from '../../host/acquire/wire/message.ts';
import { pause } from '../../host/wait.ts';
import { picoImage } from '../support/pico-image.ts';

const failures: string[] = [];

function claim(isTrue: boolean, text: string): void {
  console.log(`${isTrue ? 'ok    ' : 'FAILED'} ${text}`);
  if (!isTrue) failures.push(text);
}

/** @returns what became of every scan, and the share of the processor that it took */
function streamed(sensor: SensorName, port: 'uart' | 'usb', seconds: number): void {
  const deframer = new Deframer();
  let stream: NodeStream | null = null;
  const hear = (bytes: Uint8Array, nanos: number): void => {
    for (const body of deframer.push(bytes)) {
      const message = readMessage(body);
      if (message?.type === 'hello') stream ??= new NodeStream(message, { samples: () => {}, gap: () => {} });
      if (message) stream?.take(message, nanos / 1e6);
    }
  };
  const one = new Uint8Array(1);
  const board: EmulatedPico = new EmulatedPico({
    image: readFileSync(picoImage(sensor).bin),
    sensor,
    ...(port === 'usb'
      ? { usb: { bytes: hear, attached: () => board.usb?.setDtr(true) } }
      : {
          onUartByte: (byte: number, nanos: number) => {
            one[0] = byte;
            hear(one, nanos);
          },
        }),
  });
  const startMs = performance.now();
  for (let second = 0; second < seconds; second++) board.run(1e9);
  const { account, line } = stream! as NodeStream;
  const { node, sensor: inSensor, wire, away } = account.lost;
  const lost = node + inSensor + wire + away + board.sensor.overwritten;
  const { cobs, crc, long, form } = deframer.damage;
  const busy = board.busyShare({ busyCycles: 0, seconds: 0 });
  const ppm = line ? (line.sampleRateHz / board.sensor.rateHz - 1) * 1e6 : Number.NaN;
  const faster = (seconds * 1000) / (performance.now() - startMs);
  const what = `${sensor} over ${port}, ${seconds} s`;
  claim(
    lost === 0 && cobs + crc + long + form === 0,
    `${what}: ${account.received} of ${board.sensor.taken} received, ${lost} lost`,
  );
  claim(busy < 0.2, `${what}: processor ${(100 * busy).toFixed(1)} %`);
  claim(Math.abs(ppm) < 10, `${what}: rate found to ${ppm.toFixed(2)} ppm`);
  claim(board.violations.size + board.sensor.violations.size === 0, `${what}: nothing that a part would not forgive`);
  console.log(`       ${what}: ${faster.toFixed(2)} times real time`);
}

async function withNode(
  work: (bench: EmulatedBench, source: Awaited<ReturnType<typeof openNode>>) => Promise<void>,
): Promise<void> {
  const image = picoImage('adxl345').uf2;
  const bench = await EmulatedBench.start({
    image,
    sensor: 'adxl345',
    motion: { kind: 'rest' },
    port: 'uart',
    pace: 1,
  });
  try {
    const source = await openNode({ node: bench.path, whereabouts: new Whereabouts(), keptS: 1e6 });
    try {
      await work(bench, source);
    } finally {
      await source.close();
    }
  } finally {
    await bench.end();
  }
}

async function pulled(count: number): Promise<void> {
  await withNode(async (bench, source) => {
    const backMs: number[] = [];
    for (let pull = 0; pull < count; pull++) {
      await pause(1000);
      await bench.cable.pull();
      await pause(300);
      await bench.cable.plug();
      const pluggedMs = performance.now();
      const before = source.status!.received;
      while (source.status!.received === before && performance.now() - pluggedMs < 10_000) await pause(2);
      backMs.push(Math.round(performance.now() - pluggedMs));
    }
    claim(
      backMs.every((ms) => ms < 1500),
      `${count} pulls: samples again after ${backMs.join(' ')} ms`,
    );
    await pause(1500);
    const { lost, restarts } = source.status!;
    claim(
      lost.away + lost.node + lost.sensor === 0,
      `${count} pulls: missing by the count ${lost.wire} scans, by the clock ${lost.away}, in the node ${lost.node}, in the sensor ${lost.sensor}, ${restarts} restarts`,
    );
    await bench.cable.pull();
    await pause(2000);
    const spent = process.cpuUsage();
    await pause(2000);
    const { user, system } = process.cpuUsage(spent);
    const share = (user + system) / 2e6;
    claim(share < 0.1, `while the cable is out the host takes ${(100 * share).toFixed(1)} % of a core`);
  });
}

async function commanded(count: number): Promise<void> {
  await withNode(async (_, source) => {
    const ms: number[] = [];
    for (let i = 0; i < count; i++) {
      const sentMs = performance.now();
      await source.command('identify');
      ms.push(performance.now() - sentMs);
      await pause(20 + (i % 13));
    }
    ms.sort((a, b) => a - b);
    const at = (share: number): string => ms[Math.floor(share * (count - 1))].toFixed(1);
    claim(
      Number(at(0.5)) < 10,
      `${count} commands under a full stream: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, most ${at(1)} ms`,
    );
  });
}

const RUNS: Record<string, () => void | Promise<void>> = {
  stream: () => {
    streamed('iis3dwb', 'usb', 60);
    streamed('adxl345', 'uart', 600);
  },
  pulls: () => pulled(10),
  commands: () => commanded(200),
};

const names = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(RUNS);
for (const name of names) {
  const run = RUNS[name];
  if (run === undefined) {
    console.error(`soak nodes: got ${name}, wanted some of ${Object.keys(RUNS).join(', ')}`);
    process.exit(2);
  }
  await run();
}
process.exitCode = failures.length === 0 ? 0 : 1;
