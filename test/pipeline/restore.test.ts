/** A pipeline restored in another place goes on with the very same outputs: what a restarted thread relies on. */
import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Simulator } from '../../host/acquire/simulator.ts';
import { severityRule } from '../../host/detect/severity.ts';
import { type Output, Pipeline } from '../../host/pipeline.ts';
import type { SourceEvent, SourceInfo } from '../../host/types.ts';

const machine = new Simulator({
  sampleRateHz: 3200,
  durationS: 40,
  blockScans: 999,
  fault: 'unbalance',
  faultStartS: 15,
  faultG: 1,
});
const options = { learnSamples: 10 * 3200 };
const events: SourceEvent[] = [];
for await (const event of machine.events()) {
  events.push(event);
  if (events.length % 17 === 0 && event.kind === 'samples') event.channels[1][5] = Number.NaN;
}

const pipeline = suite('pipeline.snapshot');

pipeline('and restore at any event give the same outputs and counts as an uninterrupted run', () => {
  const whole = new Pipeline(machine.info, options);
  const expected = [...events.flatMap((event) => whole.push(event)), ...whole.end()];
  assert.ok(
    expected.some((output) => output.kind === 'alarm' && output.event.to === 'danger'),
    'the fault is not seen at all',
  );
  fc.assert(
    fc.property(fc.nat(events.length - 1), (at) => {
      let running = new Pipeline(machine.info, options);
      const got: Output[] = [];
      events.forEach((event, i) => {
        if (i === at) {
          const state = structuredClone(running.snapshot());
          running = new Pipeline(machine.info, options);
          running.restore(state);
        }
        got.push(...running.push(event));
      });
      got.push(...running.end());
      assert.equal(got, expected);
      assert.equal(running.counts, whole.counts);
    }),
    { numRuns: 15 },
  );
});

pipeline('zones and trends go on after a restore, and a minute is one of the snapshots, not of their samples', () => {
  const hours = 2;
  const info: SourceInfo = {
    ...machine.info,
    channels: [{ name: 'x', unit: 'g' }],
    snapshot: { samples: 1024, intervalS: 60 },
    sampleCount: null,
  };
  const snapshots = Array.from({ length: hours * 60 }, (_, i): SourceEvent[] => {
    const grown = 0.2 + i / 600;
    const x = Float32Array.from(
      { length: 1024 },
      (__, k) => grown * Math.sin(k / 4 + i) + 0.01 * Math.sin(k * k * 0.37),
    );
    return [{ kind: 'samples', firstSample: 1024 * i, channels: [x] }, { kind: 'snapshotEnd' }];
  });
  const severity = severityRule({ ab: 1, bc: 2, cd: 4 });
  const settings = { learnSamples: 20 * 1024, severity };
  const whole = new Pipeline(info, settings);
  const expected = snapshots.flat().flatMap((event) => whole.push(event));
  const last = expected.findLast((output) => output.kind === 'verdict');
  assert.ok(last?.kind === 'verdict' && last.verdict.severity && last.verdict.velocityTrend);
  const { slopePerDay, windowHours, low, limit } = last.verdict.velocityTrend;
  assert.ok(low > 0 && windowHours > 0.9 && windowHours < 2, `${windowHours} h`);
  // 1 g at 3200 / (8 pi) Hz is 8.667 mm/s RMS, and there is 0.1 g more an hour
  assert.ok(Math.abs(slopePerDay / (2.4 * 8.667) - 1) < 0.05, `${slopePerDay} mm/s a day`);
  assert.is(limit, last.verdict.severity.nextLimitMmPerS);
  for (const at of [3, 60, 155, 238]) {
    const events = snapshots.flat();
    const first = new Pipeline(info, settings);
    const got = events.slice(0, at).flatMap((event) => first.push(event));
    const second = new Pipeline(info, settings);
    second.restore(structuredClone(first.snapshot()));
    got.push(...events.slice(at).flatMap((event) => second.push(event)));
    assert.equal(got, expected);
  }
});

pipeline('gives zones by the speed that the source says, from the decision on in which it came', () => {
  const severity = severityRule({ standard: 'iso20816-3', group: 2, support: 'rigid' });
  const running = new Pipeline(machine.info, { ...options, severity });
  const zones = events.map((event, i) => {
    const slow = i === 60 ? running.push({ kind: 'inputs', rpm: 300, load: null }) : [];
    return [...slow, ...running.push(event)].flatMap((output) =>
      output.kind === 'verdict' ? [output.verdict.severity?.zone ?? output.verdict.noZone] : [],
    );
  });
  assert.ok(
    zones
      .slice(0, 60)
      .flat()
      .every((zone) => zone?.length === 1),
  );
  assert.ok(
    zones
      .slice(62)
      .flat()
      .every((zone) => /^at 300 r\/min/.test(zone!)),
  );
});

pipeline('counts balance at every step: in = analysed + pending + lost', () => {
  const running = new Pipeline(machine.info, options);
  for (const event of events) {
    running.push(event);
    const { samplesIn, samplesAnalysed, samplesPending, samplesLost } = running.counts;
    assert.is(samplesIn, samplesAnalysed + samplesPending + samplesLost);
  }
  running.end();
  const { samplesIn, samplesAnalysed, samplesPending, samplesLost, nonfinite } = running.counts;
  assert.is(samplesPending, 0);
  assert.is(samplesIn, samplesAnalysed + samplesLost);
  assert.ok(nonfinite > 0);
});

pipeline('judges another stream by what was learned, from its first decision', () => {
  const learning = new Pipeline(machine.info, options);
  for (const event of events) learning.push(event);
  const judging = new Pipeline(machine.info, { learnSamples: null, baseline: learning.baseline() });
  const outputs = events.slice(0, 10).flatMap((event) => judging.push(event));
  const verdicts = outputs.flatMap((output) => (output.kind === 'verdict' ? [output.verdict] : []));
  assert.ok(verdicts.length > 0);
  assert.is(verdicts.filter(({ calibrating, unlearned }) => calibrating || unlearned).length, 0);
});

pipeline(
  'judges by what was learned when the rate of the sensor is measured a little otherwise, and not at another rate',
  () => {
    const learning = new Pipeline(machine.info, options);
    for (const event of events) learning.push(event);
    const baseline = learning.baseline();
    const again = { ...machine.info, sampleRateHz: 3200.7 };
    const [as, anew] = [machine.info, again].map((info) => {
      const judging = new Pipeline(info, { learnSamples: null, baseline });
      return events.slice(0, 10).flatMap((event) => judging.push(event));
    });
    assert.equal(anew, as);
    const faster = { ...machine.info, sampleRateHz: 3264 };
    assert.throws(
      () => new Pipeline(faster, { learnSamples: null, baseline }),
      /at 3200 Hz, wanted x, y, z in g, g, g at 3264 Hz/,
    );
  },
);

pipeline('refuses a baseline that ended before it was one, and learns nothing from what it judges', () => {
  const short = new Pipeline(machine.info, options);
  for (const event of events.slice(0, 20)) short.push(event);
  assert.throws(
    () => new Pipeline(machine.info, { learnSamples: null, baseline: short.baseline() }),
    /ended before enough healthy decisions were learned/,
  );
});

pipeline('stops learning where the part known to be healthy ends, however many samples were lost there', () => {
  const gappy = new Pipeline(machine.info, options);
  const verdicts = events.flatMap((event) => {
    const isLost =
      event.kind === 'samples' && event.firstSample < options.learnSamples && (event.firstSample / 999) % 8 < 3;
    const { firstSample } = event as { firstSample: number };
    const given: SourceEvent = isLost ? { kind: 'gap', cause: 'wire', firstSample, lostSamples: 999 } : event;
    return gappy.push(given).flatMap((output) => (output.kind === 'verdict' ? [output.verdict] : []));
  });
  const late = verdicts.filter(({ start, calibrating }) => calibrating && start >= options.learnSamples + 999);
  assert.is(late.length, 0);
});

pipeline('refuses a baseline of other channels and says what each has', () => {
  const learning = new Pipeline(machine.info, options);
  for (const event of events) learning.push(event);
  const other = { ...machine.info, channels: machine.info.channels.slice(0, 2) };
  assert.throws(
    () => new Pipeline(other, { learnSamples: null, baseline: learning.baseline() }),
    /baseline of simulated machine has x, y, z in g, g, g at 3200 Hz, wanted x, y in g, g/,
  );
});
pipeline.run();
