/** The analysis thread and its feed: what main has to keep stays bounded, however little a source says. */
import { Worker } from 'node:worker_threads';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { FromAnalysis, ToAnalysis } from '../../host/run/analysis-messages.ts';
import { Feed } from '../../host/run/feed.ts';
import type { SourceEvent, SourceInfo } from '../../host/types.ts';

const EVENTS = 4500;
const info: SourceInfo = {
  name: 'slow',
  channels: [{ name: 'temperature', unit: 'degC' }],
  sampleRateHz: 1,
  shaftRpm: null,
  bearings: {},
  snapshot: null,
  sampleCount: null,
  startUtcUs: null,
  notes: [],
};

async function* readings(): AsyncGenerator<SourceEvent> {
  for (let i = 0; i < EVENTS; i++)
    yield { kind: 'samples', firstSample: i, channels: [Float32Array.of(20 + (i % 7) / 10)] };
}

const analysis = suite('run.analysis');

analysis('takes a snapshot every 2000 events of a slow feed, so that main keeps no more of them', async () => {
  const worker = new Worker(new URL('../../host/run/analysis.ts', import.meta.url));
  const snapshots: number[] = [];
  let mostKept = 0;
  let outputs = 0;
  const done = Promise.withResolvers<void>();
  const feed = new Feed(
    0,
    { info, events: () => readings(), close: async () => {} },
    { learnSamples: null },
    (message: ToAnalysis) => worker.postMessage(message),
    { opened: () => {}, outputs: (_, some) => void (outputs += some.length) },
  );
  worker.on('error', done.reject);
  worker.on('message', (message: FromAnalysis) => {
    if (message.type === 'heartbeat') return;
    if (message.type === 'snapshot') {
      mostKept = Math.max(mostKept, message.sequence - (snapshots.at(-1) ?? 0));
      snapshots.push(message.sequence);
    }
    feed.take(message);
    if (feed.isDone) done.resolve();
  });
  feed.open();
  await feed.run(new AbortController().signal, () => Promise.resolve());
  await done.promise;
  await worker.terminate();
  assert.ok(outputs >= EVENTS, `${outputs} outputs`);
  assert.is(snapshots[0], 0);
  assert.ok(snapshots.length >= 3, `snapshots at ${snapshots}`);
  assert.ok(mostKept <= 2000, `${mostKept} events without a snapshot`);
  assert.is(feed.kept, EVENTS + 1 - snapshots.at(-1)!);
});

analysis.run();
