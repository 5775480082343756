/**
 * Entry of the demo's broker thread: an MQTT broker on a free loopback port, and a collector on a connection of its own,
 * as `spindle collect` runs it, with a SQLite file in the folder that it is given. What it counts is in that file and
 * has been receipted.
 */
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { Aedes } from 'aedes';
import { Collector } from '../collect/collector.ts';
import { Inlet } from '../collect/inlet.ts';
import { openCollectorKey } from '../collect/key.ts';
import { SqliteSink } from '../collect/sqlite.ts';
import type { BrokerSettings, FromBroker } from './broker-messages.ts';

const REPORT_MS = 200;

async function serve(port: MessagePort, { folder }: BrokerSettings): Promise<void> {
  const broker = await Aedes.createBroker();
  const server = createServer((socket: Socket) => broker.handle(socket));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the broker has no port');
  const url = `mqtt://127.0.0.1:${address.port}`;
  const key = openCollectorKey(join(folder, 'demo-collector.key'));
  const collector = new Collector({ sink: new SqliteSink(join(folder, 'demo-collected.db')), key });
  const inlet = new Inlet({ url, clientId: 'spindle-demo-collector', group: null, protocolVersion: 4 }, collector);
  const up = inlet.up();
  inlet.start();
  await up;
  const post = (message: FromBroker): void => port.postMessage(message);
  post({ type: 'listening', url, receiptKey: key.publicKey });
  setInterval(() => {
    const { frames, duplicates, damaged } = collector.counts;
    post({ type: 'counted', frames, again: duplicates, damaged });
  }, REPORT_MS);
  port.on('message', () => process.exit(0));
}

if (parentPort) await serve(parentPort, workerData as BrokerSettings);
