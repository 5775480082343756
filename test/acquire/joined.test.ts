/** Several recordings as one stream: samples count on, each begins a new stretch, what does not fit is refused. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { joined } from '../../host/acquire/joined.ts';
import { Simulator } from '../../host/acquire/simulator.ts';
import type { SourceEvent } from '../../host/types.ts';

const machine = (durationS: number, sampleRateHz = 800, rpm = 1775): Simulator =>
  new Simulator({ durationS, sampleRateHz, rpm, tacho: false, fault: 'none' });

const join = suite('acquire.joined');

join('counts samples on over all of them and ends a stretch after each', async () => {
  const source = joined([machine(2), machine(3), machine(1)]);
  assert.is(source.info.sampleCount, 6 * 800);
  const events: SourceEvent[] = [];
  for await (const event of source.events()) events.push(event);
  let end = 0;
  for (const event of events) {
    if (event.kind !== 'samples') continue;
    assert.is(event.firstSample, end);
    end += event.channels[0].length;
  }
  assert.is(end, 6 * 800);
  assert.is(events.filter(({ kind }) => kind === 'snapshotEnd').length, 3);
  await source.close();
});

join('gives the speed of each where they differ, and leaves one alone as it is', async () => {
  const source = joined([machine(1), machine(1, 800, 1500)]);
  assert.is(source.info.shaftRpm, null);
  const speeds: (number | null)[] = [];
  for await (const event of source.events()) if (event.kind === 'inputs') speeds.push(event.rpm);
  assert.equal(speeds, [1775, 1500]);
  const only = machine(1);
  assert.is(joined([only]), only);
});

join('refuses recordings of different rates', () => {
  assert.throws(
    () => joined([machine(1), machine(1, 1600)]),
    /has x in g, .* at 1600 Hz, wanted as .* at 800 Hz; nothing was read/,
  );
});

join.run();
