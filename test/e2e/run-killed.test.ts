/** The whole host, killed with -9 again and again in mid-stream: its store stays whole and everything in it arrives. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { decodeFrame } from '../../host/frame/frame.ts';
import { splitSequence } from '../../host/frame/sequence.ts';
import { StoreReader } from '../../host/store/reader.ts';
import { verifyPath } from '../../host/store/verify.ts';
import { newFolder } from '../support/folder.ts';
import { hasMosquitto, Subscriber, startBroker } from '../support/mosquitto.ts';
import { plantYaml } from '../support/plant.ts';

const CLI = fileURLToPath(new URL('../../host/cli.ts', import.meta.url));
const KILLS = 4;
const WAIT_MS = 30_000;

function start(config: string): { child: ChildProcess; up: Promise<unknown>; log: () => string } {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', CLI, 'run', '-c', config], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let log = '';
  const up = new Promise<void>((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`no status page within ${WAIT_MS} ms:\n${log}`)), WAIT_MS);
    child.stderr?.on('data', (chunk) => {
      log += chunk;
      if (!log.includes('status page')) return;
      clearTimeout(late);
      resolve();
    });
  });
  return { child, up, log: () => log };
}

const killed = suite('spindle run, killed');
const test = hasMosquitto() ? killed : killed.skip;

test(`loses no stored frame to ${KILLS} times kill -9 of the host, and all arrive at a real broker`, async () => {
  const folder = newFolder('killed');
  const dataDir = join(folder, 'data');
  const broker = await startBroker();
  const subscriber = await Subscriber.connect(broker.url);
  const config = join(folder, 'spindle.yaml');
  const source = '{ type: simulator, fault: none, speedup: 20 }';
  writeFileSync(config, plantYaml({ source, uplink: `{ name: up, receipts: puback, url: "${broker.url}" }` }));
  for (let i = 0; i < KILLS; i++) {
    const { child, up } = start(config);
    await up;
    await delay(200 + 250 * i); // another moment of the commit and of the flight each time
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }
  const last = start(config);
  await last.up;
  await delay(500);
  const ended = once(last.child, 'exit');
  last.child.kill('SIGINT');
  await ended;

  const reader = new StoreReader(dataDir);
  const wanted = new Set<string>();
  for (const { id } of reader.epochs())
    for (let from: number | null = 0; from !== null; ) {
      const page = reader.frames({ epochId: id, fromSeq: from });
      page.frames.forEach((frame, i) => {
        assert.is(frame.seq, from! + i, 'a hole in the sequence');
        wanted.add(`${Buffer.from(frame.epoch).toString('hex')}/${frame.seq}`);
      });
      from = page.nextSeq;
    }
  reader.close();
  assert.ok(wanted.size > KILLS * 3, `only ${wanted.size} frames:\n${last.log()}`);
  const arrived = (): Set<string> =>
    new Set(
      subscriber.messages.flatMap(({ payload }) =>
        splitSequence(payload).map((bytes) => {
          const { epoch, seq } = decodeFrame(bytes);
          return `${Buffer.from(epoch).toString('hex')}/${seq}`;
        }),
      ),
    );
  await subscriber.until(() => arrived().size >= wanted.size, 'all frames');
  assert.equal([...arrived()].sort(), [...wanted].sort());
  const report = await verifyPath(dataDir);
  assert.is(report.ok, true, JSON.stringify(report));
  await subscriber.close();
  await broker.stop();
});
killed.run();
