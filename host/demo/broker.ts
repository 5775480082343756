/**
 * Entry of the demo's broker thread: an MQTT broker on a free loopback port, and a subscriber of its own connection that
 * decodes and counts what arrives. It proves that frames leave the host; it proves nothing about delivery, since this
 * broker acknowledges before it publishes.
 */
import { createServer, type Socket } from 'node:net';
import { type MessagePort, parentPort } from 'node:worker_threads';
import { Aedes } from 'aedes';
import { connectAsync } from 'mqtt';
import { SpindleError } from '../errors.ts';
import { decodeFrame } from '../frame/frame.ts';
import { splitSequence } from '../frame/sequence.ts';
import type { FromBroker } from './broker-messages.ts';

const REPORT_MS = 200;

async function serve(port: MessagePort): Promise<void> {
  const broker = await Aedes.createBroker();
  const server = createServer((socket: Socket) => broker.handle(socket));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the broker has no port');
  const url = `mqtt://127.0.0.1:${address.port}`;
  const seen = new Set<string>();
  let again = 0;
  let damaged = 0;
  const subscriber = await connectAsync(url, { clientId: 'spindle-demo-subscriber', protocolVersion: 4 });
  subscriber.on('message', (_topic, payload) => {
    try {
      for (const bytes of splitSequence(payload)) {
        const { hostId, epoch, seq } = decodeFrame(bytes);
        const identity = `${Buffer.from(hostId).toString('hex')}/${Buffer.from(epoch).toString('hex')}/${seq}`;
        if (seen.has(identity)) again++;
        else seen.add(identity);
      }
    } catch (error) {
      if (!(error instanceof SpindleError)) throw error;
      damaged++;
    }
  });
  await subscriber.subscribeAsync('spindle/v1/#', { qos: 1 });
  const post = (message: FromBroker): void => port.postMessage(message);
  post({ type: 'listening', url });
  setInterval(() => post({ type: 'counted', frames: seen.size, again, damaged }), REPORT_MS);
  port.on('message', () => process.exit(0));
}

if (parentPort) await serve(parentPort);
