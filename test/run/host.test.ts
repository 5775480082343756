/** The supervised host: threads that are killed come back alone, a slow disk costs no sample, accounts balance. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Simulator } from '../../host/acquire/simulator.ts';
import type { Source } from '../../host/acquire/source.ts';
import { bestKernel, coreHash } from '../../host/analyse/core.ts';
import { type Output, Pipeline } from '../../host/pipeline.ts';
import type { HostSettings } from '../../host/run/host.ts';
import { newFolder } from '../support/folder.ts';
import { LiveSource } from './live-source.ts';
import { framesStored, type Run, start, verdicts } from './started-host.ts';

const RATE = 3200;
const machine = (durationS: number): Simulator =>
  new Simulator({ sampleRateHz: RATE, durationS, blockScans: 320, fault: 'unbalance', faultStartS: 30, faultG: 0.5 });
const LEARN = 15 * RATE;
const started = (source: Source, changes: Partial<HostSettings> = {}, onOutput?: (run: Run) => void): Run =>
  start([{ source, learnSamples: LEARN }], changes, onOutput);

/** What the same machine gives without threads, disk or anything else. */
async function expected(durationS: number): Promise<Output[]> {
  const source = machine(durationS);
  const pipeline = new Pipeline(source.info, { learnSamples: LEARN, pointName: 'm' });
  const outputs: Output[] = [];
  for await (const event of source.events()) outputs.push(...pipeline.push(event));
  return [...outputs, ...pipeline.end()];
}

const host = suite('run.Host');

host('gives the very outputs of the bare pipeline and stores every one of them', async () => {
  const dataDir = newFolder('host');
  const run = started(machine(45), { dataDir });
  await run.host.run();
  assert.is(await run.host.stop(), true);
  assert.equal(run.outputs, await expected(45));
  const { samplesIn, samplesAnalysed, samplesPending, samplesLost } = run.host.counts;
  assert.equal([samplesIn, samplesPending, samplesLost], [45 * RATE, 0, 0]);
  assert.is(samplesAnalysed, samplesIn);
  const { starts, seqs } = framesStored(dataDir);
  assert.equal(
    starts,
    verdicts(run.outputs).map(({ start }) => start),
  );
  assert.equal(
    seqs,
    seqs.map((_, i) => i),
  );
});

host('says once which kernel of which core judges, and how long that took to warm up', async () => {
  const run = started(machine(45), {}, ({ host, outputs }) => {
    if (outputs.length === 5) host.analysis.kill();
  });
  assert.is(run.host.status().core, null);
  await run.host.run();
  await run.host.stop();
  assert.is(run.host.analysis.restarts, 1);
  const [kernel, hash] = [bestKernel(), Buffer.from(coreHash()).toString('hex')];
  const said = run.messages.map((text) => /^info: (.* kernel, core .*), warmed up in \d+ ms$/.exec(text)?.[1] ?? '');
  assert.equal(said.filter(Boolean), [`${kernel} kernel, core ${hash.slice(0, 8)}`]);
  assert.equal(run.host.status().core, { kernel, hash });
});

host('loses and repeats nothing when the analysis thread is killed three times', async () => {
  const kills = [5, 25, 50];
  const run = started(machine(45), {}, ({ host, outputs }) => {
    // what a killed thread had sent still arrives: the next kill is for the one that took its place
    if (outputs.length >= (kills[0] ?? Number.POSITIVE_INFINITY) && host.analysis.restarts === 3 - kills.length) {
      kills.shift();
      host.analysis.kill();
    }
  });
  await run.host.run();
  assert.is(await run.host.stop(), true);
  assert.is(run.host.analysis.restarts, 3);
  assert.equal(run.outputs, await expected(45));
  assert.is(run.host.counts.samplesLost, 0);
});

host('stores every frame once, in order, when the store thread is killed three times', async () => {
  const dataDir = newFolder('host');
  const kills = [5, 25, 50];
  const run = started(machine(45), { dataDir, commit: { maxAgeMs: 20, maxBytes: 4096 } }, ({ host, outputs }) => {
    // what a killed thread had sent still arrives: the next kill is for the one that took its place
    if (outputs.length >= (kills[0] ?? Number.POSITIVE_INFINITY) && host.store.restarts === 3 - kills.length) {
      kills.shift();
      host.store.kill();
    }
  });
  await run.host.run();
  assert.is(await run.host.stop(), true);
  assert.ok(run.host.store.restarts >= 1, `${run.host.store.restarts} restarts`);
  const { starts, seqs } = framesStored(dataDir);
  assert.equal(
    starts,
    verdicts(run.outputs).map(({ start }) => start),
  );
  assert.equal(
    seqs,
    seqs.map((_, i) => i),
  );
});

host('brings the status page back on its port when the serve thread is killed', async () => {
  const source = new LiveSource(RATE, 1, 1, 60);
  const run = started(source, { serve: { title: 't', subtitle: '', port: 0, heartbeatMs: 50 } });
  const running = run.host.run();
  const address = async (): Promise<string> => {
    for (const end = performance.now() + 20_000; performance.now() < end; ) {
      if (run.url && (await fetch(`${run.url}/healthz`).catch(() => null))?.ok) return run.url;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error('the page did not come up within 20 s');
  };
  const first = await address();
  run.host.page?.thread.kill();
  while (run.host.page?.thread.restarts === 0) await new Promise((resolve) => setTimeout(resolve, 10));
  run.url = null;
  assert.is(await address(), first);
  await run.host.stop();
  await running;
  assert.is(source.overrunSamples, 0);
});

host('loses 0 of the samples of a 26 667 Hz x 3 sensor while every commit takes a second', async () => {
  const source = new LiveSource(26_667, 3, 0.5, 6);
  const options = { learnSamples: null };
  const run = started(source, {
    sources: [{ name: 'm', topicPath: 'a/b/c/d/e/m', source, options }],
    commit: { maxAgeMs: 100, maxBytes: 65_536 },
    injectFsyncDelayMs: 1000,
  });
  await run.host.run();
  assert.is(await run.host.stop(), true);
  const { samplesIn, samplesAnalysed, samplesPending, samplesLost } = run.host.counts;
  assert.is(source.overrunSamples, 0);
  assert.is(samplesIn, 6 * 26_667);
  assert.equal([samplesAnalysed, samplesPending, samplesLost], [6 * 26_667, 0, 0]);
  assert.ok(run.host.storeStatus!.slowestCommitMs >= 1000, 'the delay was not injected');
  assert.ok(run.host.storeStatus!.commits >= 3);
});

host('refuses what cannot be analysed before anything is started', () => {
  const source = new LiveSource(RATE, 1, 1, 1);
  const sources = [{ name: 'm', topicPath: 'a/b/c/d/e/m', source, options: { learnSamples: 10 } }];
  assert.throws(() => started(source, { sources }), /LEARN_SHORT|wanted at least 8/);
});

host.run();
