/** Far sides that misbehave: each is named, bounded, and costs nothing but time. */
import { DatabaseSync } from 'node:sqlite';
import mqtt from 'mqtt';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { SqliteSink } from '../../host/collect/sqlite.ts';
import { assertSame, collectedRows } from '../support/collector.ts';
import { copyStore } from '../support/copy.ts';
import { Door } from '../support/door.ts';
import { newFolder } from '../support/folder.ts';
import { descriptorDraft, featureDraft } from '../support/frames.ts';
import { hasMosquitto } from '../support/mosquitto.ts';
import { MqttProxy } from '../support/mqtt-proxy.ts';
import { Parties, uplinkOf } from '../support/parties.ts';
import type { StoreThread } from '../support/store-thread.ts';

const faults = suite('collect.faults');
const test = hasMosquitto() ? faults : faults.skip;
const parties = new Parties(faults);
const descriptors = [{ key: 'd', draft: descriptorDraft() }];

let token = 0;
function append(thread: StoreThread, frames: number): void {
  for (let n = 0; n < frames; n++)
    thread.send({ type: 'append', token: ++token, drafts: [featureDraft(token)], descriptors });
}
faults.before.each(() => {
  token = 0;
});

async function throughProxy(limits: object) {
  const broker = await parties.broker();
  const far = await parties.collector([broker.url]);
  const proxy = await MqttProxy.start(broker.port);
  parties.endsWith(() => proxy.stop());
  const dataDir = newFolder('faults');
  const thread = parties.host(dataDir, {
    url: proxy.url,
    receiptKey: far.key.publicKey,
    limits: { askAfterMs: 200, answerMs: 3000, ...limits },
  });
  await thread.until(() => uplinkOf(thread)?.state === 'up', 'the uplink');
  return { broker, far, proxy, dataDir, thread };
}

test('a broker that acknowledges twice changes nothing', async () => {
  const { far, proxy, dataDir, thread } = await throughProxy({});
  proxy.pubacks = 'twice';
  append(thread, 500);
  const { status } = await thread.stop();
  assert.equal([status.uplinks[0].behind, proxy.connections], [0, 1]);
  await far.stop();
  assertSame(dataDir, far.path);
});

test('a broker that acknowledges late slows nothing but itself', async () => {
  const { far, proxy, dataDir, thread } = await throughProxy({});
  proxy.pubacks = { lateMs: 300 };
  append(thread, 2000);
  const { status } = await thread.stop();
  assert.equal([status.uplinks[0].behind, proxy.connections], [0, 1]);
  await far.stop();
  assertSame(dataDir, far.path);
  assert.is(far.counts.duplicates, 0);
});

test('a broker that never acknowledges is given up and named; receipts count all the same', async () => {
  const { far, proxy, dataDir, thread } = await throughProxy({ pubackMs: 300 });
  proxy.pubacks = 'never';
  append(thread, 100);
  const text = await thread.until(() => uplinkOf(thread)?.lastError, 'the error');
  assert.match(text, /takes no more \(no PUBACK within 0.3 s\); everything is kept and sent again/);
  proxy.pubacks = 'pass';
  const { status } = await thread.stop();
  assert.is(status.uplinks[0].behind, 0);
  await far.stop();
  assertSame(dataDir, far.path);
  assert.is(far.counts.duplicates, 0, 'what was receipted is not sent again');
});

test('a connection that stands and carries nothing is given up, named, and made anew', async () => {
  const { far, proxy, dataDir, thread } = await throughProxy({ pubackMs: 400, connectMs: 400 });
  append(thread, 50);
  await thread.until(() => uplinkOf(thread)?.delivered === 51, 'the first frames');
  proxy.isDead = true;
  append(thread, 50);
  const text = await thread.until(() => uplinkOf(thread)?.lastError, 'the error');
  assert.match(text, /no PUBACK within 0.4 s|no answer within 0.4 s/);
  proxy.isDead = false;
  const { status } = await thread.stop();
  assert.is(status.uplinks[0].behind, 0);
  assert.ok(proxy.connections > 1);
  await far.stop();
  assertSame(dataDir, far.path);
});

test('of two endpoints the second is used while the first is away, and the first again when it is back', async () => {
  const [first, second] = [await parties.broker(), await parties.broker()];
  const far = await parties.collector([first.url, second.url]);
  const door = await Door.start(first.port);
  parties.endsWith(() => door.stop());
  const firstUrl = `mqtt://127.0.0.1:${door.port}`;
  const dataDir = newFolder('faults');
  const thread = parties.host(dataDir, {
    url: [firstUrl, second.url],
    receiptKey: far.key.publicKey,
    limits: { askAfterMs: 200, answerMs: 3000, returnMs: 300 },
  });
  const at = (url: string) =>
    thread.until(() => uplinkOf(thread)?.state === 'up' && uplinkOf(thread)?.endpoint === url, url);
  await at(firstUrl);
  append(thread, 300);
  door.shut();
  await at(second.url);
  append(thread, 300);
  await far.until(() => far.counts.frames >= 600, 'frames by the second');
  door.open();
  await at(firstUrl);
  append(thread, 300);
  const { status } = await thread.stop();
  assert.is(status.uplinks[0].behind, 0);
  await far.stop();
  assertSame(dataDir, far.path);
  assert.ok(far.counts.duplicates < 0.05 * status.frames, `${far.counts.duplicates} duplicates`);
});

test('a collector whose database is an older one is named, and gets again what is still here', async () => {
  const broker = await parties.broker();
  const before = await parties.collector([broker.url]);
  const dataDir = newFolder('faults');
  const uplink = { url: broker.url, receiptKey: before.key.publicKey };
  const first = parties.host(dataDir, uplink);
  append(first, 400);
  assert.is((await first.stop()).status.uplinks[0].behind, 0);
  await before.stop();
  const rows = new DatabaseSync(before.path);
  rows.exec('DELETE FROM frame WHERE seq >= 100; UPDATE span SET last = 99');
  rows.close();
  const after = await parties.collector([broker.url], { path: before.path, key: before.key });
  const second = parties.host(dataDir, uplink);
  const text = await second.until(() => uplinkOf(second)?.lastError, 'the note');
  assert.match(text, /no longer has frame 100 .*for which it had signed.*still here is sent again/);
  const { status } = await second.stop();
  assert.is(status.uplinks[0].behind, 0);
  await after.stop();
  assertSame(dataDir, after.path);
});

test('a host whose store is an older copy is named, and none of its numbers is used twice', async () => {
  const broker = await parties.broker();
  const far = await parties.collector([broker.url]);
  const dataDir = newFolder('faults');
  const uplink = { url: broker.url, receiptKey: far.key.publicKey };
  const first = parties.host(dataDir, uplink);
  append(first, 100);
  await first.stop();
  const copy = copyStore(dataDir);
  const second = parties.host(dataDir, uplink);
  append(second, 100);
  await second.stop();
  const collected = far.counts.frames;
  const old = parties.host(copy, uplink, { drainMs: 50 });
  append(old, 10);
  const text = await old.until(() => uplinkOf(old)?.lastError, 'the error');
  assert.match(text, /this store ends at \d+: it is an earlier copy of itself; nothing of it is sent/);
  await old.stop();
  await far.stop();
  assert.equal([far.counts.frames, far.counts.conflicts], [collected, 0]);
});

test('a frame that the collector cannot use holds up no other, and is named', async () => {
  const broker = await parties.broker();
  const path = `${newFolder('faults')}/collected.db`;
  const far = await parties.collector([broker.url], { path });
  const dataDir = newFolder('faults');
  const first = parties.host(dataDir, { url: 'mqtt://127.0.0.1:1' }, { drainMs: 10 });
  append(first, 300);
  await first.stop();
  // a byte of a value that is not shown by any length
  const store = new DatabaseSync(`${dataDir}/spindle.db`);
  store.exec("UPDATE frame SET bytes = CAST(x'a10101' AS BLOB) WHERE seq = 7");
  store.close();
  const thread = parties.host(dataDir, {
    url: broker.url,
    receiptKey: far.key.publicKey,
    limits: { askAfterMs: 30, answerMs: 3000 },
  });
  const text = await thread.until(() => uplinkOf(thread)?.lastError, 'the note');
  assert.match(text, /frame 7 of epoch [0-9a-f]+ was sent 5 times and not receipted.*the others go on/);
  append(thread, 50);
  await thread.until(() => uplinkOf(thread)?.refused === 1 && far.counts.frames >= 350, 'the others');
  assert.is(uplinkOf(thread)?.state, 'up');
  assert.match(far.messages.join(), /damaged payload on spindle.*not receipted/);
});

test('a collector that cannot write receipts nothing, says so once, and goes on when it can', async () => {
  const broker = await parties.broker();
  const path = `${newFolder('faults')}/collected.db`;
  const sink = new SqliteSink(path);
  const far = await parties.collector([broker.url], { path, sink });
  const disk = new DatabaseSync(path, { timeout: 10_000 });
  disk.exec(`CREATE TRIGGER full BEFORE INSERT ON frame BEGIN SELECT RAISE(ABORT, 'no space left'); END`);
  const dataDir = newFolder('faults');
  const thread = parties.host(dataDir, { url: broker.url, receiptKey: far.key.publicKey });
  append(thread, 100);
  await far.until(() => far.messages.length > 0, 'the message');
  assert.match(far.messages[0], /cannot be written \(no space left\); nothing is receipted, so every host keeps/);
  assert.is(uplinkOf(thread)!.delivered, 0);
  disk.exec('DROP TRIGGER full');
  disk.close();
  const { status } = await thread.stop();
  assert.is(status.uplinks[0].behind, 0);
  assert.equal(far.messages.filter((text) => text.includes('cannot be written')).length, 1);
  await far.stop();
  assertSame(dataDir, path);
});

test('payloads that are no frames are set aside and counted, and stop nothing', async () => {
  const broker = await parties.broker();
  const far = await parties.collector([broker.url]);
  const client = await mqtt.connectAsync(broker.url);
  const topic = 'spindle/v1/e/s/a/l/m/p/feature';
  for (const payload of ['', 'text', Buffer.alloc(70_000, 0xff), Buffer.from('a0', 'hex')])
    await client.publishAsync(topic, payload, { qos: 1 });
  await client.publishAsync('spindle/v1/_query/x', 'no query', { qos: 1 });
  await far.until(() => far.counts.damaged === 4 && far.counts.badQueries === 1, 'the damage');
  await client.endAsync();
  const thread = parties.host(newFolder('faults'), { url: broker.url, receiptKey: far.key.publicKey });
  append(thread, 20);
  const { status } = await thread.stop();
  assert.is(status.uplinks[0].behind, 0);
  await far.stop();
  assert.is(collectedRows(far.path).length, status.frames);
  const database = new DatabaseSync(far.path, { readOnly: true });
  const aside = database.prepare('SELECT topic, why, length(bytes) n FROM aside ORDER BY n').all();
  database.close();
  assert.equal(
    aside.map(({ topic, n }) => [topic, n]),
    [0, 1, 4, 65_536].map((n) => [topic, n]),
  );
});

faults.run();
