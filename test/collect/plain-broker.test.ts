/**
 * Mosquitto as it comes, with a subscriber that does not follow, and killed: what a PUBACK promises and what a receipt
 * does. The same run both ways, and with PUBACK the loss must show, or this test could not see one.
 */
import { setTimeout as delay } from 'node:timers/promises';
import mqtt from 'mqtt';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Committed, Coverage, Sink } from '../../host/collect/sink.ts';
import { SqliteSink } from '../../host/collect/sqlite.ts';
import { Store } from '../../host/store/store.ts';
import { assertSame, collectedRows, type TestCollector } from '../support/collector.ts';
import { newFolder } from '../support/folder.ts';
import { descriptorDraft, eventDraft } from '../support/frames.ts';
import { hasMosquitto } from '../support/mosquitto.ts';
import { Parties, uplinkOf } from '../support/parties.ts';

const plain = suite('collect.plain-broker');
const test = hasMosquitto() ? plain : plain.skip;
const parties = new Parties(plain);
/** mosquitto.conf says nothing of these: no memory over a restart, 1000 messages queued, 20 under way. */
const AS_IT_COMES = ['persistence false', 'max_queued_messages 1000', 'max_inflight_messages 20'];
const FRAMES = 3000;
/** As many topics as frames are read at a time: each frame is a message of its own. */
const points = Array.from({ length: 256 }, (_, i) => ({ id: i + 1, name: `p${i}`, path: `e/s/a/l/m/p${i}` }));

/** A database that does not follow until it is let. */
class HeldSink implements Sink {
  readonly name = 'held';
  readonly #sink: SqliteSink;
  #let: () => void = () => {};
  #isHeld = true;
  readonly #open = new Promise<void>((resolve) => (this.#let = resolve));

  constructor(path: string) {
    this.#sink = new SqliteSink(path);
  }

  letGo(): void {
    this.#isHeld = false;
    this.#let();
  }

  async commit(...batch: Parameters<Sink['commit']>): Promise<Committed> {
    if (this.#isHeld) await this.#open;
    return this.#sink.commit(...batch);
  }

  coverage(...asked: Parameters<Sink['coverage']>): Promise<Coverage> {
    return this.#sink.coverage(...asked);
  }

  close(): Promise<void> {
    return this.#sink.close();
  }
}

function filled(): string {
  const dataDir = newFolder('plain');
  const store = Store.open({ dataDir, points });
  store.describe('d', descriptorDraft());
  for (let n = 1; n < FRAMES; n++) store.append(eventDraft(n, 1 + (n % points.length)));
  store.finish();
  store.close();
  return dataDir;
}

/** Until nothing has come for a second: what is missing then does not come. */
async function quiet({ counts }: TestCollector): Promise<void> {
  for (let seen = -1; seen !== counts.payloads; await delay(1000)) seen = counts.payloads;
}

async function publishJunk(url: string, messages: number): Promise<void> {
  const client = await mqtt.connectAsync(url);
  for (let n = 0; n < messages; n++)
    await client.publishAsync('spindle/v1/e/s/a/l/m/other/feature', `${n}`, { qos: 1 });
  await client.endAsync();
}

for (const receipts of ['signed', 'puback'] as const) {
  test(`a subscriber that does not follow: ${receipts === 'signed' ? 'nothing is lost' : 'with PUBACK frames are lost and count as delivered'}`, async () => {
    const { url } = await parties.broker(AS_IT_COMES);
    const path = `${newFolder('plain')}/collected.db`;
    const sink = new HeldSink(path);
    const far = await parties.collector([url], { sink, path, mostQueuedBytes: 2000 });
    const receiptKey = receipts === 'signed' ? far.key.publicKey : undefined;
    const dataDir = newFolder('plain');
    const limits = { askAfterMs: 200, answerMs: 20_000 };
    const thread = parties.host(dataDir, { url, receiptKey, limits }, { points, drainMs: 30_000 });
    await thread.until(() => uplinkOf(thread)?.state === 'up', 'the uplink');
    // what others send to the same subscriber: alone, a host with receipts has about as much on its way as this broker queues
    await publishJunk(url, 900);
    const drafts = Array.from({ length: FRAMES }, (_, n) => eventDraft(n + 1, 1 + (n % points.length)));
    thread.send({ type: 'append', token: 1, drafts });
    // as much as the uplink sends without hearing anything
    const most = receipts === 'signed' ? 1024 + 512 : FRAMES;
    await thread.until(() => {
      const { live = 0, backfill = 0 } = uplinkOf(thread) ?? {};
      return live + backfill >= most;
    }, `${most} frames sent`);
    sink.letGo();
    const { status } = await thread.stop();
    assert.is(status.uplinks[0].behind, 0);
    await quiet(far);
    await far.stop();
    if (receipts === 'signed') {
      assertSame(dataDir, path);
      assert.ok(status.uplinks[0].resent > 0, 'the broker has lost none, so this proves nothing');
      return;
    }
    const lost = status.frames - collectedRows(path).length;
    console.log(`with PUBACK ${lost} of ${status.frames} frames are lost, all of them count as delivered`);
    assert.ok(lost > 0, 'no loss: the test could not see one');
    assert.is(status.uplinks[0].delivered, status.frames);
    assert.is(status.uplinks[0].receipts, 'puback');
  });

  test(`a broker killed while frames wait in it: ${receipts === 'signed' ? 'nothing is lost' : 'with PUBACK frames are lost and count as delivered'}`, async () => {
    const broker = await parties.broker(AS_IT_COMES);
    const path = `${newFolder('plain')}/collected.db`;
    const sink = new HeldSink(path);
    const far = await parties.collector([broker.url], { sink, path, mostQueuedBytes: 2000 });
    const receiptKey = receipts === 'signed' ? far.key.publicKey : undefined;
    const dataDir = filled();
    const thread = parties.host(dataDir, { url: broker.url, receiptKey }, { points, drainMs: 30_000 });
    await thread.until(() => (uplinkOf(thread)?.live ?? 0) >= 500, '500 frames sent');
    await broker.kill('SIGKILL');
    sink.letGo();
    const up = far.inlets[0].up();
    await broker.restart();
    await up; // with PUBACK, what is sent before it would be lost too
    const { status } = await thread.stop();
    assert.is(status.uplinks[0].behind, 0);
    await quiet(far);
    await far.stop();
    if (receipts === 'signed') return assertSame(dataDir, path);
    const lost = status.frames - collectedRows(path).length;
    console.log(`with PUBACK ${lost} of ${status.frames} frames are lost, all of them count as delivered`);
    assert.ok(lost > 0, 'no loss: the test could not see one');
    assert.is(status.uplinks[0].delivered, status.frames);
  });
}

plain.run();
