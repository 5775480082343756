/** How often the host calls into WebAssembly: counted in the pipeline that runs, from source events to verdicts. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { BLOCK_SCANS } from '../../host/acquire/interleaved.ts';
import { Simulator } from '../../host/acquire/simulator.ts';
import { Pipeline } from '../../host/pipeline.ts';
import type { SourceEvent, SourceInfo } from '../../host/types.ts';
import { countingCalls } from './counted-calls.ts';

const DURATION_S = 30;
const LEARN_S = 12;

/** Calls, samples and verdicts of the part after learning, or with `from` 0 of all of it. */
async function played(
  info: SourceInfo,
  events: AsyncIterable<SourceEvent>,
): Promise<{ calls: string[]; windows: number; windowLength: number; pushes: number; verdicts: number }> {
  const { calls, stop } = countingCalls();
  const pipeline = new Pipeline(info, { learnSamples: LEARN_S * info.sampleRateHz });
  stop();
  const { windowLength } = pipeline.plans[0];
  calls.length = 0; // set up
  let samples = 0;
  let pushes = 0;
  let verdicts = 0;
  for await (const event of events) {
    verdicts += pipeline.push(event).filter(({ kind }) => kind === 'verdict').length;
    if (event.kind !== 'samples') continue;
    samples += event.channels[0].length;
    pushes++;
  }
  const windows = Math.floor((samples - windowLength) / (windowLength / 2)) + 1;
  return { calls: [...calls], windows, windowLength, pushes, verdicts };
}

/** The samples of the simulator in blocks as a file gives them. */
async function* reblocked(source: Simulator, scans: number): AsyncGenerator<SourceEvent> {
  const length = DURATION_S * source.info.sampleRateHz;
  const all = source.info.channels.map(() => new Float32Array(length));
  for await (const event of source.events())
    if (event.kind === 'samples') for (const [i, axis] of all.entries()) axis.set(event.channels[i], event.firstSample);
  for (let firstSample = 0; firstSample < length; firstSample += scans)
    yield {
      kind: 'samples',
      firstSample,
      channels: all.map((axis) => axis.subarray(firstSample, firstSample + scans)),
    };
}

const machine = (): Simulator => new Simulator({ durationS: DURATION_S, fault: 'outer_race', faultStartS: 20 });

const crossings = suite('analyse.crossings');

crossings('of a live source are at most two a window, all axes, learning and alarms included', async () => {
  const source = machine();
  const { calls, windows, windowLength, pushes, verdicts } = await played(source.info, source.events());
  assert.is(windowLength, 4096);
  assert.ok(verdicts > 20, `${verdicts} verdicts`);
  assert.ok(calls.length <= 2 * windows, `${calls.length} calls in ${windows} windows`);
  // one a block, and one more when learning ends
  assert.ok(calls.length <= pushes + 1, `${calls.length} calls for ${pushes} blocks`);
  assert.ok(
    calls.every((name) => name === 'push' || name === 'endLearning'),
    [...new Set(calls)].join(),
  );
});

crossings('of a recording are at most two a window', async () => {
  const source = machine();
  const { calls, windows } = await played(source.info, reblocked(source, BLOCK_SCANS));
  assert.ok(windows > 300 && calls.length <= 2 * windows, `${calls.length} calls in ${windows} windows`);
});

for (const sampleRateHz of [2560, 4096, 12_800])
  crossings(`of a source paced in tenths of a second at ${sampleRateHz} Hz are at most two a window`, async () => {
    const source = new Simulator({ durationS: DURATION_S, fault: 'none', sampleRateHz });
    const slices = reblocked(source, Math.ceil(sampleRateHz / 10));
    const { calls, windows, pushes } = await played(source.info, slices);
    assert.ok(pushes >= 10 * DURATION_S - 1 && windows < pushes, `${pushes} slices, ${windows} windows`);
    assert.ok(calls.length <= 2 * windows, `${calls.length} calls in ${windows} windows`);
  });

crossings.run();
