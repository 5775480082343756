/** The real image in an emulated board, the real serialport, the real host: from the sensor's steps to the verdict. */
import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { EmulatedBench } from '../../hardware/emulated/bench.ts';
import type { MotionSettings } from '../../hardware/emulated/board-messages.ts';
import type { SensorName } from '../../hardware/models/index.ts';
import type { SensorFaults } from '../../hardware/models/sensor-model.ts';
import { type NodeSource, openNode } from '../../host/acquire/serial/node-source.ts';
import { Whereabouts } from '../../host/acquire/serial/whereabouts.ts';
import { openTrace } from '../../host/acquire/trace.ts';
import { type Output, Pipeline } from '../../host/pipeline.ts';
import type { SourceEvent, SourceInfo, Verdict } from '../../host/types.ts';
import { pause } from '../../host/wait.ts';
import { newFolder } from '../support/folder.ts';
import { needs } from '../support/needs.ts';
import { missingForImage, picoImage } from '../support/pico-image.ts';
import { missingForPty } from '../support/pty.ts';
import { spindle } from '../support/spindle.ts';
import { missingTraces, TRACES } from '../support/traces.ts';

const nodes = suite('e2e.emulated-node');
const missing = missingForPty() ?? missingForImage();
/** An emulator on a busy machine may be silent for longer than a board. */
const PATIENT = { silenceMs: 20_000, findMs: 60_000 };

interface Given {
  sensor: SensorName;
  port: 'uart' | 'usb';
  motion?: MotionSettings;
  faults?: SensorFaults;
  pace?: number | null;
}

async function withBoard(given: Given, run: (bench: EmulatedBench) => Promise<void>): Promise<void> {
  const bench = await EmulatedBench.start({
    image: picoImage(given.sensor).uf2,
    sensor: given.sensor,
    port: given.port,
    motion: given.motion ?? { kind: 'rest' },
    pace: given.pace ?? null,
    ...(given.faults ? { faults: given.faults } : {}),
  });
  try {
    await run(bench);
  } finally {
    await bench.end();
  }
}

/** Samples of a source up to scan `end` of its own count; any gap is an error. */
async function read(source: NodeSource, end: number): Promise<Float32Array[][]> {
  const blocks: Float32Array[][] = [];
  let next = 0;
  for await (const event of source.events(AbortSignal.timeout(240_000))) {
    assert.is(event.kind, 'samples', JSON.stringify(event));
    if (event.kind !== 'samples') continue;
    blocks.push(event.channels.map((lane) => lane.slice(0, end - next)));
    next += event.channels[0].length;
    if (next >= end) return blocks;
  }
  throw new Error(`got ${next} of ${end} scans in time`);
}

const joined = (blocks: Float32Array[][], axis: number): Float32Array => {
  const lanes = blocks.map((block) => block[axis]);
  const whole = new Float32Array(lanes.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const lane of lanes) {
    whole.set(lane, at);
    at += lane.length;
  }
  return whole;
};

/** Says where two long lanes part: a diff of all of them would take for ever. */
function same(got: Float32Array, wanted: Float32Array, what: string): void {
  assert.is(got.length, wanted.length, what);
  const at = got.findIndex((value, index) => value !== wanted[index]);
  assert.is(at, -1, `${what}: at ${at} got ${got[at]}, wanted ${wanted[at]}`);
}

/** Where `piece` stands in `whole`: a node throws away what a part gives before it has settled. */
function place(piece: Float32Array, whole: Float32Array): number {
  for (let at = 0; at + piece.length <= whole.length; at++)
    if (piece.every((value, index) => value === whole[at + index])) return at;
  throw new Error('nothing of what came was played');
}

async function laneOf(name: string): Promise<Float32Array[]> {
  const source = await openTrace(join(TRACES, 'adi-cbm', `${name}.json`));
  const blocks: Float32Array[][] = [];
  for await (const event of source.events()) if (event.kind === 'samples') blocks.push(event.channels);
  await source.close();
  return [0, 1, 2].map((axis) => joined(blocks, axis));
}

function judged(info: SourceInfo, blocks: Float32Array[][], learnSamples: number): Verdict[] {
  const pipeline = new Pipeline(info, { learnSamples, bearingName: 'its bearing', pointName: 'motor' });
  const outputs: Output[] = [];
  let firstSample = 0;
  for (const channels of blocks) {
    const event: SourceEvent = { kind: 'samples', firstSample, channels };
    outputs.push(...pipeline.push(event));
    firstSample += channels[0].length;
  }
  outputs.push(...pipeline.end());
  return outputs.flatMap((output) => (output.kind === 'verdict' ? [output.verdict] : []));
}

/** ADI's fault simulator at 1800 rpm: 2 s without a fault, then 2 s with a heavy fault of the outer race. */
const HEALTHY = 'adi_1800_GoB_GS_BaLo_WA_00lb';
const FAULTY = 'adi_1800_HOR_GS_BaLo_WA_00lb';
const [BIAS_V, V_PER_G] = [0.9, 0.08];
/** No part is 25 % off its rate: recorded at 20 000 Hz, played in fast motion. */
const FASTER = 1.08;
const PLAYED_HZ = 20_000 * FASTER;
const STEP_G = Math.fround(0.000488);

needs(
  nodes,
  missing ?? missingTraces(),
  'a recorded fault played into the sensor gets the verdict of the file, and that of its own steps bit for bit',
  async () => {
    const [healthy, faulty] = [await laneOf(HEALTHY), await laneOf(FAULTY)];
    const lanes = healthy.map((lane, axis) =>
      Float32Array.from([...lane, ...faulty[axis]], (volts) => (volts - BIAS_V) / V_PER_G),
    );
    const scans = lanes[0].length;
    const path = join(newFolder('motion'), 'adi.f32');
    writeFileSync(
      path,
      Buffer.from(Float32Array.from({ length: 3 * scans }, (_, i) => lanes[i % 3][Math.floor(i / 3)]).buffer),
    );
    const given: Given = {
      sensor: 'iis3dwb',
      port: 'usb',
      motion: { kind: 'file', path, axes: 3 },
      faults: { rateOff: PLAYED_HZ / 26_667 - 1 },
    };
    await withBoard(given, async (bench) => {
      const source = await openNode({ node: bench.path, whereabouts: new Whereabouts(), listenMs: 1000, ...PATIENT });
      try {
        assert.ok(Math.abs(source.info.sampleRateHz / PLAYED_HZ - 1) < 1e-4, `${source.info.sampleRateHz} Hz`);
        // what the part makes of it: its nearest step
        const steps = lanes.map((lane) => lane.map((g) => Math.round(g / 0.000488) * STEP_G));
        const live = await read(source, healthy[0].length + 30_000);
        const first = place(joined(live, 0).subarray(0, 500), steps[0]);
        assert.ok(first >= source.status!.firstSample! && first < 9000, `heard from scan ${first} on`);
        const part = (lane: Float32Array): Float32Array => lane.slice(first, first + healthy[0].length + 30_000);
        for (const axis of [0, 1, 2]) same(joined(live, axis), part(steps[axis]), `axis ${axis}`);
        const info: SourceInfo = {
          ...source.info,
          shaftRpm: 1800 * FASTER,
          bearings: { '': { ftf: 0.3815, bpfo: 3.052, bpfi: 4.948, bsf: 1.992 } },
        };
        const learn = healthy[0].length - first;
        const verdicts = judged(info, live, learn);
        const replayed = judged(info, [steps.map(part)], learn);
        assert.is(verdicts.length, replayed.length);
        for (const [at, verdict] of verdicts.entries())
          assert.ok(isDeepStrictEqual(verdict, replayed[at]), `verdict ${at}`);
        const file = judged({ ...info, sampleRateHz: PLAYED_HZ }, [lanes.map(part)], learn);
        const [last, lastOfFile] = [verdicts.at(-1)!, file.at(-1)!];
        assert.is(last.alarm, true);
        assert.equal([last.state, last.diagnosis], [lastOfFile.state, lastOfFile.diagnosis]);
        assert.is(last.diagnosis, 'outer_race');
        const { violations, overwritten, bytesLost } = await bench.status();
        assert.equal([violations, overwritten, bytesLost], [[], 0, 0]);
      } finally {
        await source.close();
      }
    });
  },
);

needs(nodes, missing, 'a host that stands still for five seconds finds what it missed by the count of the node', () =>
  withBoard({ sensor: 'adxl345', port: 'uart', pace: 1 }, async (bench) => {
    const settings = { node: bench.path, whereabouts: new Whereabouts(), listenMs: 1000, starts: false, ...PATIENT };
    const source = await openNode(settings);
    try {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5000);
      await pause(1000);
      await source.command('stop', undefined, 10_000);
      const isClosed = (): boolean => source.status!.heartbeat?.state === 0;
      for (let waited = 0; !isClosed() && waited < 200; waited++) await pause(50);
      const { firstSample, received, lost, heartbeat, restarts } = source.status!;
      assert.is(heartbeat?.state, 0);
      const missing = lost.node + lost.sensor + lost.wire;
      assert.is(firstSample! + received + missing, heartbeat!.sampleCount);
      assert.equal([lost.away, lost.unread, restarts], [0, 0, 0]);
    } finally {
      await source.close();
    }
  }),
);

needs(nodes, missing, 'an image is flashed without a button and proven by what the node then says', () =>
  withBoard({ sensor: 'adxl345', port: 'uart', pace: 1 }, async (bench) => {
    const folder = newFolder('flash');
    const image = join(folder, 'node.uf2');
    copyFileSync(picoImage('adxl345').uf2, image);
    const args = ['flash', image, '--node', bench.path, '--volume', bench.volume, '--port', bench.path];
    const ended = await spindle(args, { cwd: folder });
    assert.is(ended.code, 0, ended.stderr);
    assert.match(ended.stderr, /node\.uf2: adxl345 on pico, firmware [0-9a-f]{8}\n/);
    assert.match(ended.stderr, /bytes copied; waiting for the node\n.*: runs firmware [0-9a-f]{8}, as flashed\n/);
    assert.is((await bench.status()).starts, 2);
  }),
);

needs(nodes, missing, 'a node is set, given a key and commanded with it, and keeps it all without power', () =>
  withBoard({ sensor: 'adxl345', port: 'uart', pace: 1 }, async (bench) => {
    const cwd = newFolder('key');
    const run = (...args: string[]) => spindle(['nodes', ...args], { cwd });
    const set = await run(
      'set',
      bench.path,
      '--rate',
      '1600',
      '--range',
      '8',
      '--offset',
      '0.01,0,0',
      '--new-key',
      'key',
    );
    assert.is(set.code, 0, set.stderr);
    bench.powerCycle();
    const refused = await run('set', bench.path, '--rate', '800');
    assert.is(refused.code, 2);
    assert.match(
      refused.stderr,
      /NODE_REFUSED: .*configure: the node says not authentic.*; it has a key: give its --key-file/,
    );
    const again = await run('set', bench.path, '--rate', '800', '--key-file', 'key');
    assert.is(again.code, 0, again.stderr);
    assert.match(again.stdout, / 8 g +800 Hz .*set\n/);
  }),
);

nodes.run();
