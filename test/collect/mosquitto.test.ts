/** Host, Mosquitto and collector, all real: what the collector's table holds is what the store holds. */
import { setTimeout as delay } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { assertSame, collectedRows } from '../support/collector.ts';
import { Door } from '../support/door.ts';
import { newFolder } from '../support/folder.ts';
import { descriptorDraft, eventDraft, featureDraft } from '../support/frames.ts';
import { hasMosquitto } from '../support/mosquitto.ts';
import { Parties, uplinkOf } from '../support/parties.ts';

const collect = suite('collect.mosquitto');
const test = hasMosquitto() ? collect : collect.skip;
const descriptors = [{ key: 'd', draft: descriptorDraft() }];
const parties = new Parties(collect);

test('frames are in the table, with the path of their point, before they count as delivered', async () => {
  const { url } = await parties.broker();
  const far = await parties.collector([url]);
  const dataDir = newFolder('collect');
  const thread = parties.host(dataDir, { url, receiptKey: far.key.publicKey });
  for (let n = 1; n <= 300; n++)
    thread.send({ type: 'append', token: n, drafts: [featureDraft(n, 1), featureDraft(n, 2)], descriptors });
  thread.send({ type: 'append', token: 301, drafts: [eventDraft(301, 2)] });
  const { status } = await thread.stop();
  const [{ behind, delivered, receipts, resent }] = status.uplinks;
  assert.equal(
    { behind, delivered, receipts, resent },
    { behind: 0, delivered: status.frames, receipts: 'signed', resent: 0 },
  );
  await far.stop();
  assertSame(dataDir, far.path);
  assert.equal([...new Set(collectedRows(far.path).map(({ path }) => path))].sort(), [
    'acme/site/area/line/asset/fan',
    'acme/site/area/line/asset/pump',
    null,
  ]);
  assert.is(far.counts.duplicates, 0);
});

test('without a collector nothing is sent and nothing moves; when one comes, everything arrives', async () => {
  const { url } = await parties.broker();
  const first = await parties.collector([url]);
  await first.stop();
  const dataDir = newFolder('collect');
  const thread = parties.host(dataDir, { url, receiptKey: first.key.publicKey });
  for (let n = 1; n <= 200; n++) thread.send({ type: 'append', token: n, drafts: [featureDraft(n)], descriptors });
  await thread.until(() => uplinkOf(thread)?.state === 'asking', 'the question');
  const waiting = uplinkOf(thread)!;
  assert.equal([waiting.live, waiting.backfill, waiting.delivered], [0, 0, 0]);
  const far = await parties.collector([url], { path: first.path, key: first.key });
  const { status } = await thread.stop();
  assert.is(status.uplinks[0].behind, 0);
  await far.stop();
  assertSame(dataDir, far.path);
});

test('a collector of another key proves nothing: it is named and everything is kept', async () => {
  const { url } = await parties.broker();
  await parties.collector([url]);
  const thread = parties.host(newFolder('collect'), {
    url,
    receiptKey: new Uint8Array(32).fill(1),
    limits: { answerMs: 300, askAfterMs: 50 },
  });
  thread.send({ type: 'append', token: 1, drafts: [featureDraft(1)], descriptors });
  const text = await thread.until(() => uplinkOf(thread)?.lastError, 'the error');
  assert.match(text, /no receipt within 0.3 s of asking.*configured receipt key does not/);
  assert.ok(uplinkOf(thread)!.badReceipts > 0);
  assert.is(uplinkOf(thread)!.delivered, 0);
});

for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
  test(`a broker ended by ${signal} three times in mid-stream loses nothing and repeats no more than it had under way`, async () => {
    const started = await parties.broker();
    const far = await parties.collector([started.url]);
    const dataDir = newFolder('collect');
    const thread = parties.host(dataDir, { url: started.url, receiptKey: far.key.publicKey });
    let token = 0;
    for (let round = 0; round < 4; round++) {
      const before = far.counts.frames;
      for (let n = 0; n < 1000; n++)
        thread.send({ type: 'append', token: ++token, drafts: [featureDraft(token)], descriptors });
      await far.until(() => far.counts.frames > before + 100, 'the stream to flow');
      if (round === 3) break;
      await started.kill(signal);
      await delay(50);
      await started.restart();
    }
    const { status } = await thread.stop();
    assert.is(status.uplinks[0].behind, 0);
    await far.stop();
    assertSame(dataDir, far.path);
    // what a broker had under way to the collector it delivers again each time it is killed: 8 messages of 64 frames, and
    // seen in the order of messages one or two whose acknowledgement it had not read
    assert.ok(far.counts.duplicates <= 3 * 10 * 64, `${far.counts.duplicates} duplicates`);
    assert.is(status.uplinks[0].resent, 0, 'nothing was lost between a question and its answer');
  });
}

test('a connection cut again and again goes on where it was', async () => {
  const started = await parties.broker();
  const far = await parties.collector([started.url]);
  const door = await Door.start(started.port);
  parties.endsWith(() => door.stop());
  const dataDir = newFolder('collect');
  const thread = parties.host(dataDir, { url: `mqtt://127.0.0.1:${door.port}`, receiptKey: far.key.publicKey });
  for (let n = 1; n <= 3000; n++) thread.send({ type: 'append', token: n, drafts: [featureDraft(n)], descriptors });
  for (let cut = 1; cut <= 4; cut++) {
    await far.until(() => far.counts.frames > 400 * cut, 'the stream to flow');
    door.shut();
    door.open();
  }
  const { status } = await thread.stop();
  assert.is(status.uplinks[0].behind, 0);
  await far.stop();
  assertSame(dataDir, far.path);
  assert.ok(far.counts.duplicates < 0.05 * status.frames, `${far.counts.duplicates} duplicates`);
});

test('two collectors of one group share the work into one database, and one alone goes on', async () => {
  const { url } = await parties.broker();
  const first = await parties.collector([url], { member: 'a' });
  const both = { path: first.path, key: first.key };
  const second = await parties.collector([url], { ...both, member: 'b' });
  const dataDir = newFolder('collect');
  const thread = parties.host(dataDir, { url, receiptKey: first.key.publicKey });
  for (let n = 1; n <= 1500; n++) thread.send({ type: 'append', token: n, drafts: [featureDraft(n)], descriptors });
  const isShared = (): boolean => first.counts.frames > 0 && second.counts.frames > 0;
  await thread.until(() => isShared() && uplinkOf(thread)?.behind === 0, 'both at work');
  await second.stop();
  for (let n = 1501; n <= 3000; n++) thread.send({ type: 'append', token: n, drafts: [featureDraft(n)], descriptors });
  const { status } = await thread.stop();
  assert.is(status.uplinks[0].behind, 0);
  await first.stop();
  assertSame(dataDir, first.path);
});

collect.run();
