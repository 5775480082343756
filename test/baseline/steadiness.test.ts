/** What may be called normal: one steady state. Simulated machines, and series made for the purpose. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Simulator } from '../../host/acquire/simulator.ts';
import type { SimulatorSettings } from '../../host/acquire/simulator-settings.ts';
import { best, correlation, median, spreadOf } from '../../host/baseline/moves.ts';
import { type Finding, Steadiness } from '../../host/baseline/steadiness.ts';
import { Pipeline } from '../../host/pipeline.ts';
import type { SourceEvent, SourceInfo } from '../../host/types.ts';

const RATE = 6400;
const SECONDS = 40;

interface Stream {
  info: SourceInfo;
  events(): AsyncGenerator<SourceEvent>;
}

async function findingsOf(source: Stream, change: (event: SourceEvent) => SourceEvent[] = (event) => [event]) {
  const pipeline = new Pipeline(source.info, { learnSamples: SECONDS * RATE });
  const steadiness = new Steadiness(source.info, pipeline.plans);
  const learn = (event: SourceEvent): void => {
    for (const output of pipeline.push(event)) steadiness.push(output);
  };
  for await (const event of source.events()) for (const changed of change(event)) learn(changed);
  for (const output of pipeline.end()) steadiness.push(output);
  return { findings: steadiness.findings(), steadiness };
}

const machine = (changes: Partial<SimulatorSettings>): Simulator =>
  new Simulator({ sampleRateHz: RATE, durationS: SECONDS + 2, fault: 'none', ...changes });
const kinds = (findings: Finding[]): string[] => [...new Set(findings.map(({ kind }) => kind))];
const gained =
  (gain: (seconds: number) => number) =>
  (event: SourceEvent): SourceEvent[] => {
    if (event.kind !== 'samples') return [event];
    const channels = event.channels.map((lane) => lane.map((v, i) => v * gain((event.firstSample + i) / RATE)));
    return [{ ...event, channels }];
  };

const steady = suite('baseline.steadiness');

steady('finds nothing in healthy simulated machines', async () => {
  for (let seed = 1; seed <= 8; seed++) {
    const { findings, steadiness } = await findingsOf(machine({ seed }));
    assert.equal(
      findings.map(({ text }) => text),
      [],
      `seed ${seed}`,
    );
    assert.ok(steadiness.isComplete);
  }
});

steady('calls a level that grows 3 dB while it is learned a trend and names features, axes and times', async () => {
  const { findings } = await findingsOf(
    machine({}),
    gained((s) => 10 ** ((3 * s) / SECONDS / 20)),
  );
  assert.ok(findings.some(({ feature, axis, kind }) => feature === 'RMS' && axis === 'x' && kind === 'trend'));
  assert.match(
    findings.find(({ feature }) => feature === 'RMS')!.text,
    /^RMS \([xyz]\) rises steadily by a factor of 1\.\d+ from 00:00:00 to 00:00:4\d \([\d.]+ spreads\)$/,
  );
});

steady('calls a level that doubles at once a jump and says when', async () => {
  const { findings } = await findingsOf(
    machine({}),
    gained((s) => (s < 22 ? 1 : 2)),
  );
  const rms = findings.find(({ feature, axis }) => feature === 'RMS' && axis === 'x')!;
  assert.is(rms.kind, 'jump');
  assert.match(rms.text, /^RMS \(x\) jumps: rises by a factor of (2|1\.9|2\.1) at 00:00:2[12] /);
});

steady('sees a machine that stands still for a while, whenever that is', async () => {
  for (const from of [0, 16, 32]) {
    const { findings } = await findingsOf(
      machine({ offsetG: [0, 0, 0] }),
      gained((s) => (s >= from && s < from + 7 ? 0.02 : 1)),
    );
    assert.ok(kinds(findings).includes('off'), `off from ${from}: ${JSON.stringify(findings)}`);
    assert.match(
      findings.find(({ kind }) => kind === 'off')!.text,
      /was off for \d+ of \d+ decisions, first at 00:00:/,
    );
  }
});

steady('names a sensor that is not well and samples that are missing', async () => {
  const stuck = await findingsOf(machine({ sensorFault: 'stuck', sensorFaultStartS: 20 }));
  assert.match(stuck.findings[0].text, /^the sensor was stuck in \d+ decisions$/);
  const holes = await findingsOf(machine({}), (event) => {
    if (event.kind !== 'samples' || Math.floor(event.firstSample / RATE) % 10 !== 5) return [event];
    return [{ kind: 'gap', cause: 'overrun', firstSample: event.firstSample, lostSamples: event.channels[0].length }];
  });
  assert.ok(kinds(holes.findings).includes('gaps'));
});

steady('tells a step from a slope, for any size and place', () => {
  const noise = (i: number): number => ((i * 7919) % 101) / 101 - 0.5;
  fc.assert(
    fc.property(
      fc.integer({ min: 12, max: 200 }),
      fc.double({ min: 0.35, max: 0.65, noNaN: true }),
      fc.integer({ min: 10, max: 500 }),
      fc.boolean(),
      (n, share, size, isUp) => {
        const sign = isUp ? 1 : -1;
        const at = Math.round(share * n);
        const step = best(Array.from({ length: n }, (_, i) => noise(i) + (i < at ? 0 : sign * size)));
        assert.is(step.kind, 'jump');
        assert.is(step.at, at);
        const slope = best(Array.from({ length: n }, (_, i) => noise(i) + (sign * 4 * size * i) / n));
        assert.is(slope.kind, 'trend');
        assert.is(Math.sign(slope.after - slope.before), sign);
      },
    ),
  );
});

steady('has robust figures: one value of ten thousand moves none of them', () => {
  const values = Array.from({ length: 99 }, (_, i) => i);
  assert.is(median(values), 49);
  assert.is(median([...values.slice(0, 98), 1e4]), 49);
  assert.ok(Math.abs(spreadOf(values) - 1.4826 * 25) < 1.5);
  assert.ok(correlation([1, -1, 1, -1]) < -0.7);
  assert.ok(correlation([1, 1, 1, 1]) > 0.7);
});

steady.run();
