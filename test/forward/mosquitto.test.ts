/** The way upstream with a real broker: complete, in decodable form, and through every restart. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { decodeFrame, type Frame } from '../../host/frame/frame.ts';
import { splitSequence } from '../../host/frame/sequence.ts';
import type { StoreThreadSettings } from '../../host/store/messages.ts';
import { StoreReader } from '../../host/store/reader.ts';
import { Door } from '../support/door.ts';
import { newFolder } from '../support/folder.ts';
import { descriptorDraft, eventDraft, featureDraft } from '../support/frames.ts';
import { type Broker, hasMosquitto, Subscriber, startBroker } from '../support/mosquitto.ts';
import { StoreThread } from '../support/store-thread.ts';

const forward = suite('forward.mosquitto');
const test = hasMosquitto() ? forward : forward.skip;
const points = [
  { id: 1, name: 'pump', path: 'acme/site/area/line/asset/pump' },
  { id: 2, name: 'fan', path: 'acme/site/area/line/asset/fan' },
];
const descriptors = [{ key: 'd', draft: descriptorDraft() }];
const settings = (dataDir: string, url: string): StoreThreadSettings => ({
  dataDir,
  points,
  uplinks: [{ name: 'up', url }],
  bootId: new Uint8Array(8).fill(4),
  commit: { maxAgeMs: 20, maxBytes: 65_536 },
});

const seqs = (subscriber: Subscriber): Set<number> =>
  new Set(subscriber.messages.flatMap(({ payload }) => splitSequence(payload).map((bytes) => decodeFrame(bytes).seq)));

/** Every frame of the store is among the messages, byte for byte, and nothing else is. */
function assertComplete(dataDir: string, subscriber: Subscriber): Frame[] {
  const got = new Map<number, Buffer>();
  for (const { payload } of subscriber.messages) {
    const frames = splitSequence(payload);
    assert.ok(frames.length >= 1 && frames.length <= 64);
    for (const bytes of frames) {
      const { seq } = decodeFrame(bytes);
      const before = got.get(seq);
      if (before) assert.is(before.compare(bytes), 0, `seq ${seq} came twice with different bytes`);
      got.set(seq, Buffer.from(bytes));
    }
  }
  const reader = new StoreReader(dataDir);
  const frames: Frame[] = [];
  for (let from: number | null = 0; from !== null; ) {
    const page = reader.frames({ epochId: reader.epochs()[0].id, fromSeq: from });
    frames.push(...page.frames);
    from = page.nextSeq;
  }
  reader.close();
  const missing = frames.filter((frame) => !got.has(frame.seq)).map((frame) => frame.seq);
  assert.equal(missing, [], 'frames that never arrived');
  assert.is(got.size, frames.length);
  return frames;
}

async function setUp(): Promise<{ dataDir: string; broker: Broker; subscriber: Subscriber }> {
  const broker = await startBroker();
  return { dataDir: newFolder('forward'), broker, subscriber: await Subscriber.connect(broker.url) };
}

test('frames arrive complete, in decodable form, under the topics of their points and kinds', async () => {
  const { dataDir, broker, subscriber } = await setUp();
  const thread = new StoreThread(settings(dataDir, broker.url));
  for (let n = 1; n <= 300; n++)
    thread.send({ type: 'append', token: n, drafts: [featureDraft(n, 1), featureDraft(n, 2)], descriptors });
  thread.send({ type: 'append', token: 301, drafts: [eventDraft(301, 2)] });
  const { status } = await thread.stop();
  assert.is(status.uplinks[0].behind, 0);
  assert.is(status.uplinks[0].delivered, status.frames);
  await subscriber.until(() => seqs(subscriber).size === status.frames, 'all frames');
  assertComplete(dataDir, subscriber);
  const host = Buffer.from(status.hostId).toString('hex');
  assert.equal([...new Set(subscriber.messages.map((message) => message.topic))].sort(), [
    `spindle/v1/_host/${host}/checkpoint`,
    'spindle/v1/acme/site/area/line/asset/fan/event',
    'spindle/v1/acme/site/area/line/asset/fan/feature',
    'spindle/v1/acme/site/area/line/asset/pump/descriptor',
    'spindle/v1/acme/site/area/line/asset/pump/feature',
  ]);
  // within one topic the order holds
  for (const topic of new Set(subscriber.messages.map((message) => message.topic))) {
    const order = subscriber.messages
      .filter((message) => message.topic === topic)
      .flatMap(({ payload }) => splitSequence(payload).map((bytes) => decodeFrame(bytes).seq));
    assert.equal(
      order,
      order.toSorted((a, b) => a - b),
    );
  }
  await subscriber.close();
  await broker.stop();
});

for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
  test(`a broker ended by ${signal} three times in mid-stream loses nothing`, async () => {
    const { dataDir, broker, subscriber } = await setUp();
    const door = await Door.start(broker.port);
    const thread = new StoreThread(settings(dataDir, `mqtt://127.0.0.1:${door.port}`));
    let token = 0;
    for (let round = 0; round < 4; round++) {
      const before = seqs(subscriber).size;
      for (let n = 0; n < 400; n++)
        thread.send({ type: 'append', token: ++token, drafts: [featureDraft(token)], descriptors });
      await subscriber.until(() => seqs(subscriber).size > before + 100, 'the stream to flow');
      if (round === 3) break;
      await broker.kill(signal);
      for (let n = 0; n < 50; n++) thread.send({ type: 'append', token: ++token, drafts: [featureDraft(token)] });
      await thread.until(() => thread.committed === token, 'commits without a broker');
      // the subscriber first: a broker that lost its memory would answer for messages nobody is there for
      door.shut();
      await broker.restart();
      await subscriber.connected();
      door.open();
    }
    const { status } = await thread.stop();
    assert.is(status.uplinks[0].behind, 0);
    await subscriber.until(() => seqs(subscriber).size === status.frames, `all ${status.frames} frames`);
    assertComplete(dataDir, subscriber);
    await subscriber.close();
    await door.stop();
    await broker.stop();
  });
}

test('a store thread terminated five times in mid-stream loses nothing that it acknowledged', async () => {
  const { dataDir, broker, subscriber } = await setUp();
  let token = 0;
  let acknowledged = -1;
  for (let round = 0; round < 5; round++) {
    const thread = new StoreThread(settings(dataDir, broker.url));
    await thread.first('ready');
    // a sender starts again after what it knows to be durable
    token = Math.max(acknowledged, 0);
    for (let n = 0; n < 300; n++)
      thread.send({ type: 'append', token: ++token, drafts: [featureDraft(token)], descriptors });
    await thread.until(() => thread.committed > acknowledged + 40, 'a commit');
    await thread.worker.terminate();
    acknowledged = Math.max(acknowledged, thread.committed);
  }
  const last = new StoreThread(settings(dataDir, broker.url));
  const { status } = await last.stop();
  assert.is(status.uplinks[0].behind, 0);
  await subscriber.until(() => seqs(subscriber).size === status.frames, 'all frames');
  const frames = assertComplete(dataDir, subscriber);
  const features = frames.filter((frame) => frame.kind === 'feature').map((frame) => frame.monoUs! / 1_000_000);
  assert.equal(
    features,
    features.map((_, i) => i + 1),
  );
  assert.ok(features.length >= acknowledged);
  await subscriber.close();
  await broker.stop();
});

test('a connection cut again and again goes on where it was, with the cursor kept over restarts', async () => {
  const { dataDir, broker, subscriber } = await setUp();
  const door = await Door.start(broker.port);
  const url = `mqtt://127.0.0.1:${door.port}`;
  const thread = new StoreThread(settings(dataDir, url));
  for (let n = 1; n <= 2000; n++) thread.send({ type: 'append', token: n, drafts: [featureDraft(n)], descriptors });
  for (let cut = 1; cut <= 4; cut++) {
    await subscriber.until(() => seqs(subscriber).size > 250 * cut, 'the stream to flow');
    door.shut();
    door.open();
  }
  const { status } = await thread.stop();
  await subscriber.until(() => seqs(subscriber).size === status.frames, 'all frames');
  assertComplete(dataDir, subscriber);
  const messages = subscriber.messages.length;
  const again = new StoreThread(settings(dataDir, url));
  const second = await again.stop();
  assert.is(second.status.uplinks[0].delivered, 0);
  assert.is(subscriber.messages.length, messages);
  await subscriber.close();
  await door.stop();
  await broker.stop();
});

for (const [what, lines, acl] of [
  ['refuses the connection', ['allow_anonymous false'], ''],
  ['refuses each message', ['allow_anonymous true', 'acl_file %DIR%'], 'topic read #\n'],
] as const) {
  test(`a broker that ${what} is named, and everything is kept here`, async () => {
    const file = join(newFolder('acl'), 'acl');
    writeFileSync(file, acl);
    const broker = await startBroker(lines.map((line) => line.replace('%DIR%', file)));
    const thread = new StoreThread({ ...settings(newFolder('forward'), broker.url), heartbeatMs: 10, drainMs: 50 });
    thread.send({ type: 'append', token: 1, drafts: [eventDraft(1)], descriptors });
    const error = await thread.until(() => {
      const beat = thread.seen.at(-1);
      return beat?.type === 'heartbeat' && beat.status.uplinks[0].lastError;
    }, 'the error in the status');
    assert.match(error, /^uplink up to mqtt:.*[Nn]ot authorized.*kept/);
    const { status } = await thread.stop();
    assert.is(status.uplinks[0].delivered, 0);
    assert.is(status.uplinks[0].behind, status.frames);
    await broker.stop();
  });
}

forward.run();
