/** What a running host bears, at full rate or not: each fault is named, counted, and disturbs nothing else. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Feed } from '../../host/run/feed.ts';
import { LiveSource } from '../run/live-source.ts';
import { allFrames, type Run, start } from '../run/started-host.ts';
import { newFolder } from '../support/folder.ts';

const RATE = 26_667;
const bare = (source: LiveSource) => ({ source, learnSamples: null });

async function until(holds: () => boolean, what: string): Promise<void> {
  for (const end = performance.now() + 60_000; !holds(); ) {
    if (performance.now() > end) throw new Error(`waited 60 s for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

function stall(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

/** Every scan is in a decision or in a gap, and none twice. */
function balance({ host }: Run): number[] {
  const { samplesIn, samplesAnalysed, samplesPending, samplesLost } = host.counts;
  assert.is(samplesIn, samplesAnalysed + samplesPending + samplesLost);
  return [samplesIn, samplesLost];
}

const fault = suite('fault.host');

fault('analysis and page killed in mid-stream cost a 26 667 Hz x 3 sensor no sample', async () => {
  const source = new LiveSource(RATE, 3, 0.5, 6);
  const kills = [1, 3];
  const run = start([bare(source)], { serve: { title: 't', subtitle: '', port: 0 } }, ({ host, outputs }) => {
    if (outputs.length < (kills[0] ?? Number.POSITIVE_INFINITY)) return;
    kills.shift();
    host.analysis.kill();
    host.page!.thread.kill();
  });
  await run.host.run();
  assert.is(await run.host.stop(), true);
  assert.equal([run.host.analysis.restarts, kills.length], [2, 0]);
  assert.equal([source.overrunSamples, ...balance(run)], [0, 6 * RATE, 0]);
});

fault(
  'a thread that samples and stands still for 3 s loses what the ring of the sensor cannot hold, no more',
  async () => {
    const deep = new LiveSource(3200, 1, 4, 600);
    const shallow = new LiveSource(3200, 1, 1, 600);
    const run = start([bare(deep), bare(shallow)]);
    const running = run.host.run();
    await until(() => run.outputs.length >= 2, 'verdicts');
    stall(3000);
    await until(() => run.host.counts.samplesLost > 0, 'the gap');
    await until(() => run.messages.some((text) => /was away for/.test(text)), 'the notice');
    const before = run.outputs.length;
    await until(() => run.outputs.length >= before + 2, 'verdicts after it');
    assert.is(await run.host.stop(), true);
    await running;
    assert.is(deep.overrunSamples, 0);
    // the sensor was read at most 40 ms before, and its ring holds one second
    assert.ok(
      shallow.overrunSamples >= 1.9 * 3200 && shallow.overrunSamples <= 2.2 * 3200 + 3200 * 0.5,
      `${shallow.overrunSamples}`,
    );
    assert.is(balance(run)[1], shallow.overrunSamples);
    const gaps = allFrames(run.dataDir).filter(({ kind }) => kind === 'gap');
    assert.equal(
      gaps.map(({ map }) => [map.get(40), map.get(43)]),
      [['overrun', shallow.overrunSamples]],
    );
    assert.is(
      run.host.status().threads.reduce((sum, { restarts }) => sum + restarts, 0),
      0,
      'nobody else is blamed',
    );
    assert.match(
      run.messages.find((text) => /was away/.test(text))!,
      /^warn: the thread that samples was away for [23]\.\d s, wanted 0\.4 s at most$/,
    );
  },
);

fault('an analysis that never answers costs 4 MiB and one block, whatever the sensor gives', async () => {
  const blockBytes = 3 * 4 * 4096;
  let yielded = 0;
  const feed = new Feed(
    0,
    {
      info: new LiveSource(RATE, 3, 1, 1).info,
      isLive: true,
      async *events() {
        for (; yielded < 100_000; yielded++) {
          const channels = [0, 1, 2].map(() => new Float32Array(4096));
          yield { kind: 'samples', firstSample: yielded * 4096, channels };
        }
      },
      async close() {},
    },
    { pointName: 'm', learnSamples: null },
    () => {},
    { opened: () => {}, outputs: () => {} },
  );
  const stop = new AbortController();
  const running = feed.run(stop.signal, () => Promise.resolve());
  await new Promise((resolve) => setTimeout(resolve, 500));
  assert.ok(feed.kept * blockBytes <= 4 * 1024 * 1024 + blockBytes, `${feed.kept} blocks are kept`);
  assert.ok(yielded <= feed.kept + 1);
  stop.abort();
  await running;
});

interface Said {
  nowMs: number;
  ready?: boolean;
  problems?: string[];
  verdicts: number;
  frames: number;
}

class ClockHost {
  readonly child: ChildProcess;
  readonly said: Said[] = [];
  last: { isWhole: boolean; restarts: number; lost: number; messages: string[] } | null = null;
  readonly #folder = newFolder('clock');
  errors = '';

  constructor(dataDir: string, offsetMs: number) {
    this.step(offsetMs);
    const program = fileURLToPath(new URL('clock-host.ts', import.meta.url));
    const clock = new URL('stepped-clock.mjs', import.meta.url).href;
    this.child = spawn(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', '--import', clock, program, dataDir, join(this.#folder, 'end')],
      { env: { ...process.env, STEPPED_CLOCK: join(this.#folder, 'offset') } },
    );
    this.child.stderr!.on('data', (chunk) => {
      this.errors += chunk;
    });
    createInterface({ input: this.child.stdout! }).on('line', (line) => {
      const said = JSON.parse(line);
      if ('isWhole' in said) this.last = said;
      else this.said.push(said);
    });
  }

  step(offsetMs: number): void {
    writeFileSync(join(this.#folder, 'offset'), String(offsetMs));
  }

  /** Until it has judged and stored more, and been asked `times` how it is since. */
  async more(times: number): Promise<Said[]> {
    const from = this.said.length + 1; // the one on its way may be of before
    const { verdicts, frames } = this.said.at(-1) ?? { verdicts: 0, frames: 0 };
    const isMore = ({ said }: ClockHost): boolean =>
      said.length >= from + times && said.at(-1)!.verdicts > verdicts && said.at(-1)!.frames > frames;
    await until(() => isMore(this) || this.child.exitCode !== null, `more of the host: ${this.errors}`);
    return this.said.slice(from);
  }

  async end(): Promise<NonNullable<ClockHost['last']>> {
    writeFileSync(join(this.#folder, 'end'), '');
    if (this.child.exitCode === null) await once(this.child, 'close');
    assert.is(this.child.exitCode, 0, this.errors);
    return this.last!;
  }
}

const DAY_MS = 86_400_000;

fault('a clock that steps a day forward and back changes no sample, no frame, no age and no readiness', async () => {
  const dataDir = newFolder('clock-data');
  const host = new ClockHost(dataDir, 0);
  await host.more(5);
  for (const offsetMs of [DAY_MS, -DAY_MS, 0]) {
    const before = host.said.at(-1)!.nowMs;
    host.step(offsetMs);
    const said = await host.more(5);
    assert.ok(Math.abs(said.at(-1)!.nowMs - before) > DAY_MS / 2, 'the clock was stepped');
    assert.equal(
      [...new Set(said.map(({ ready }) => ready))],
      [true],
      JSON.stringify(said.map(({ problems }) => problems)),
    );
  }
  const { isWhole, restarts, lost, messages } = await host.end();
  assert.equal([isWhole, restarts, lost], [true, 0, 0]);
  assert.equal(
    messages.filter((text) => !text.startsWith('info: ') && !/the thread that samples was away/.test(text)),
    [
      'warn: the clock of this machine was set on by 24.0 hours; for a day nothing leaves the store by its age; recording goes on, new frames carry that time',
    ],
  );
  const frames = allFrames(dataDir);
  assert.equal(
    frames.map(({ seq }) => seq),
    frames.map((_, i) => i),
  );
  // the last one ends where the sensor was stopped
  const features = frames
    .filter(({ kind }) => kind === 'feature')
    .map(({ monoUs }) => monoUs!)
    .slice(0, -1);
  assert.ok(features.length > 3);
  const steps = features.slice(1).map((at, i) => at - features[i]);
  // whole microseconds
  assert.ok(
    Math.max(...steps) - Math.min(...steps) <= 1,
    `readings stand at distances of ${steps} on the sensor's clock`,
  );
});

fault('a host without a clock starts, measures and stores; what it does not know it does not write', async () => {
  const dataDir = newFolder('clock-data');
  const since1970 = -Date.now() + 5_000;
  const host = new ClockHost(dataDir, since1970);
  await host.more(5);
  assert.ok(host.said.at(-1)!.nowMs < 600_000);
  assert.is(host.said.at(-1)!.ready, true, JSON.stringify(host.said.at(-1)));
  const { isWhole, restarts, lost, messages } = await host.end();
  assert.equal([isWhole, restarts, lost], [true, 0, 0], messages.join('\n'));
  const frames = allFrames(dataDir);
  assert.ok(frames.some(({ kind }) => kind === 'feature'));
  assert.equal(frames.filter(({ kind, utcUs }) => kind === 'event' && utcUs !== null).length, 0);
});

fault.run();
