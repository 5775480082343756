/** Pacing against a clock that moves only when somebody sleeps: no test here takes time. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { paced } from '../../host/acquire/realtime.ts';
import type { Source } from '../../host/acquire/source.ts';
import { openTrace } from '../../host/acquire/trace.ts';
import type { SourceEvent, SourceInfo } from '../../host/types.ts';
import { FakeClock } from './fake-clock.ts';
import { traceFile } from './made-trace.ts';
import { readOn } from './read.ts';

const realtime = suite('acquire.realtime');
const stored = [Array.from({ length: 5000 }, (_, index) => index)];

function made(events: SourceEvent[], info: Partial<SourceInfo> = {}): Source {
  return {
    info: {
      name: 'made',
      channels: [{ name: 'x', unit: 'g' }],
      sampleRateHz: 1000,
      shaftRpm: null,
      bearings: {},
      snapshot: null,
      sampleCount: null,
      startUtcUs: null,
      notes: [],
      ...info,
    },
    async *events() {
      yield* events;
    },
    async close() {},
  };
}

function samples(firstSample: number, count: number): SourceEvent {
  return { kind: 'samples', firstSample, channels: [new Float32Array(count)] };
}

realtime('takes as long as the recording, in slices of a tenth of a second, with the same samples', async () => {
  const clock = new FakeClock();
  const source = paced(await openTrace(traceFile({ stored })), clock);
  const { channels, kinds } = await readOn(source);
  await source.close();
  assert.is(kinds.length, 50);
  assert.equal(channels[0], Float32Array.from(stored[0]));
  assert.ok(Math.abs(clock.ms - 5000) < 1e-6);
});

realtime('a slice is delivered when its last sample has been taken, not before', async () => {
  const clock = new FakeClock();
  let taken = 0;
  for await (const event of paced(made([samples(0, 250)]), clock).events()) {
    if (event.kind === 'samples') taken += event.channels[0].length;
    assert.ok(Math.abs(clock.ms - taken) < 1e-6);
  }
  assert.is(taken, 250);
});

realtime('a speedup shortens the time by its factor', async () => {
  const clock = new FakeClock(10);
  for await (const event of paced(made([samples(0, 5000)]), clock).events()) assert.is(event.kind, 'samples');
  assert.ok(Math.abs(clock.ms - 500) < 1e-6);
});

realtime('a slow receiver is not waited for twice: what is late comes at once', async () => {
  const clock = new FakeClock();
  let events = 0;
  for await (const _ of paced(made([samples(0, 1000)]), clock).events()) if (++events === 1) clock.ms += 600;
  assert.ok(Math.abs(clock.ms - 1000) < 1e-6);
  assert.is(clock.sleeps.length, 1 + 3);
});

realtime('gaps and the pauses between snapshots take their time too', async () => {
  const clock = new FakeClock();
  const gap: SourceEvent = { kind: 'gap', cause: 'file', firstSample: 100, lostSamples: 400 };
  for await (const _ of paced(made([samples(0, 100), gap, samples(500, 100)]), clock).events());
  assert.ok(Math.abs(clock.ms - 600) < 1e-6);

  const pauses = new FakeClock();
  const end: SourceEvent = { kind: 'snapshotEnd' };
  const events = [samples(0, 100), end, samples(100, 100), end, samples(200, 100), end];
  const starts: number[] = [];
  for await (const event of paced(made(events, { snapshot: { samples: 100, intervalS: 20 } }), pauses).events())
    if (event.kind === 'samples') starts.push(Math.round(pauses.ms) - 100);
  assert.equal(starts, [0, 20_000, 40_000]);
});

realtime('ends without an error when aborted while it sleeps', async () => {
  const abort = new AbortController();
  const clock = new FakeClock();
  clock.sleep = async (_ms, signal) => {
    abort.abort(new Error('stop'));
    throw signal?.reason;
  };
  for await (const event of paced(made([samples(0, 1000)]), clock).events(abort.signal))
    assert.unreachable(`got ${event.kind}`);
});

realtime.run();
