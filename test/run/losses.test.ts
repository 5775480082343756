/** What a running host may lose on its way: a source, its disk, its page. The rest goes on, and the loss is counted. */
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Simulator } from '../../host/acquire/simulator.ts';
import type { Source } from '../../host/acquire/source.ts';
import { DamageError, InputError } from '../../host/errors.ts';
import type { Frame } from '../../host/frame/frame.ts';
import type { SourceEvent } from '../../host/types.ts';
import { newFolder } from '../support/folder.ts';
import { LiveSource } from './live-source.ts';
import { allFrames, framesStored, type Run, start, verdicts } from './started-host.ts';

const RATE = 3200;
const LEARN = 15 * RATE;
const machine = (durationS: number, seed = 1): Simulator =>
  new Simulator({
    sampleRateHz: RATE,
    durationS,
    seed,
    blockScans: 320,
    fault: 'unbalance',
    faultStartS: 30,
    faultG: 0.5,
  });
const learning = (source: Source) => ({ source, learnSamples: LEARN });

/** The first `scans` of a source, then its damage. */
function broken(source: Source, scans: number): Source {
  return {
    info: source.info,
    async *events(signal?: AbortSignal): AsyncGenerator<SourceEvent> {
      for await (const event of source.events(signal)) {
        if (event.kind === 'samples' && event.firstSample >= scans)
          throw new DamageError('FILE_BAD', `m: scan ${scans} is damaged; what came before stands`);
        yield event;
      }
    },
    close: () => source.close(),
  };
}

/** A recorded source that is told to be one that waits for nobody. */
function live(source: Source): Source {
  return { info: source.info, isLive: true, events: (signal) => source.events(signal), close: () => source.close() };
}

/** Makes every commit fail, as a full disk does, until it is called again. */
function fillDisk(dataDir: string): () => void {
  const database = new DatabaseSync(join(dataDir, 'spindle.db'), { timeout: 10_000 });
  database.exec(`CREATE TRIGGER full BEFORE INSERT ON frame BEGIN SELECT RAISE(ABORT, 'no space left'); END`);
  return () => {
    database.exec('DROP TRIGGER full');
    database.close();
  };
}

const told = ({ messages }: Run, what: RegExp): string[] => messages.filter((text) => what.test(text));
/** Without what a busy machine makes of any run. */
const troubles = ({ messages }: Run): string[] =>
  messages.filter((text) => !text.startsWith('info: ') && !/the thread that samples was away/.test(text));
const uint = (frame: Frame, key: number): number => frame.map.get(key) as number;
const gaps = (frames: Frame[], cause: string): Frame[] =>
  frames.filter(({ kind, map }) => kind === 'gap' && map.get(40) === cause);

const losses = suite('run.Host, losses');

losses(
  'a source that fails ends alone, its rest is a gap, its failure an event, and its error comes last',
  async () => {
    const scans = 10 * RATE;
    const run = start([learning(broken(machine(45), scans)), learning(machine(45, 2))]);
    const error = await run.host.run().then(
      () => null,
      (cause: unknown) => cause,
    );
    assert.ok(error instanceof DamageError && error.code === 'FILE_BAD', String(error));
    assert.is(await run.host.stop(), true);
    assert.equal(told(run, /failed/), [
      `error: m: the source failed: m: scan ${scans} is damaged; what came before stands; the other sources go on`,
    ]);
    const { samplesIn, samplesAnalysed, samplesLost } = run.host.counts;
    assert.equal([samplesIn, samplesAnalysed, samplesLost], [90 * RATE, 55 * RATE, 35 * RATE]);
    const frames = allFrames(run.dataDir);
    const [gap, ...more] = gaps(frames, 'source');
    assert.equal([uint(gap, 41), uint(gap, 42), uint(gap, 43), more.length], [scans, 45 * RATE, 35 * RATE, 0]);
    const stages = frames.filter(({ kind, map }) => kind === 'event' && map.get(30) === 'stage');
    assert.equal(
      stages.map(({ map }) => [map.get(6), map.get(31), map.get(32), map.get(33), map.has(34)]),
      [[uint(gap, 6), 'source running', 'source failed: FILE_BAD', 0, false]],
    );
  },
);

losses('the last source that fails is told by the error alone', async () => {
  const run = start([learning(broken(machine(20), RATE))]);
  await run.host.run().then(
    () => assert.unreachable(),
    (error) => assert.is(error.code, 'FILE_BAD'),
  );
  assert.is(await run.host.stop(), true);
  assert.equal(troubles(run), []);
});

losses('a full disk stops no live source: features become one counted gap a point, events are kept', async () => {
  let free: (() => void) | null = null;
  const run = start([learning(live(machine(45)))], { ledgerLimits: { sent: 4096, hold: 4096, drop: 8192 } }, () => {
    free ??= fillDisk(run.dataDir);
  });
  await run.host.run();
  while (run.host.counts.samplesIn < 45 * RATE) await new Promise((resolve) => setTimeout(resolve, 10));
  assert.is(told(run, /the disk does not follow, \d+ KiB wait.* detection and alarms go on/).length, 1);
  free!();
  assert.is(await run.host.stop(), true);
  assert.is(run.host.counts.samplesLost, 0);
  const frames = allFrames(run.dataDir);
  const stored = new Set(framesStored(run.dataDir).starts);
  const missing = verdicts(run.outputs).filter(({ start }) => !stored.has(start));
  const [gap, ...more] = gaps(frames, 'budget');
  assert.ok(missing.length > 10, `${missing.length} missing`);
  assert.is(more.length, 0);
  const last = missing.at(-1)!;
  assert.equal([uint(gap, 41), uint(gap, 42)], [missing[0].start, last.start + last.length]);
  const covered = new Set(missing.flatMap(({ start, length }) => Array.from({ length }, (_, i) => start + i)));
  assert.is(uint(gap, 43), covered.size);
  assert.is(told(run, new RegExp(`^info: store: ${missing.length} features were not kept`)).length, 1);
  const events = run.outputs.filter(({ kind }) => kind === 'alarm');
  assert.ok(events.length > 1);
  assert.is(frames.filter(({ kind }) => kind === 'event').length, events.length);
});

losses('a full disk holds a recorded source back, and nothing of it is dropped', async () => {
  let free: (() => void) | null = null;
  const limits = { sent: 2048, hold: 4096, drop: 8192 };
  const run: Run = start(
    [learning(machine(45))],
    { ledgerLimits: limits, commit: { maxAgeMs: 20, maxBytes: 1 } },
    () => {
      free ??= fillDisk(run.dataDir);
    },
  );
  const running = run.host.run();
  while (told(run, /cannot be committed \(no space left\)/).length === 0)
    await new Promise((resolve) => setTimeout(resolve, 10));
  free!();
  await running;
  assert.is(await run.host.stop(), true);
  assert.is(told(run, /^info: store: commits work again/).length, 1);
  assert.equal(gaps(allFrames(run.dataDir), 'budget'), []);
  assert.equal(
    framesStored(run.dataDir).starts,
    verdicts(run.outputs).map(({ start }) => start),
  );
});

losses('a page that cannot be served is told once, tried again, and measuring goes on', async () => {
  const source = new LiveSource(RATE, 1, 10, 600);
  const run = start([{ source, learnSamples: null }], {
    serve: { title: 't', subtitle: '', host: '203.0.113.7', port: 0 },
    threadLimits: { budget: 2, firstPauseMs: 1, longestPauseMs: 1, retryMs: 1 },
  });
  let isOver = false;
  const running = run.host.run().finally(() => {
    isOver = true;
  });
  const isFar = (): boolean => run.host.page!.thread.restarts >= 6 && run.outputs.length >= 2;
  while (!isFar() && !isOver) await new Promise((resolve) => setTimeout(resolve, 10));
  assert.is(isOver, false);
  assert.is(await run.host.stop(), true);
  await running;
  assert.is(told(run, /status page cannot be served: .*EADDRNOTAVAIL/).length, 1, run.messages.join('\n'));
  assert.is(told(run, /tried again from time to time/).length, 1);
  assert.is(troubles(run).length, 2);
});

losses('episodes have numbers of their own over all sources and all runs of a data directory', async () => {
  const dataDir = newFolder('host');
  const numbers = async (): Promise<number[]> => {
    const run = start([learning(machine(45)), learning(machine(45, 2))], { dataDir });
    await run.host.run();
    await run.host.stop();
    const ids = new Map<string, Set<number>>();
    for (const output of run.outputs) {
      if (output.kind !== 'alarm' || output.event.alarmId === 0) continue;
      const { point, alarmId } = output.event;
      ids.set(point, (ids.get(point) ?? new Set()).add(alarmId));
    }
    assert.equal([...ids.keys()].sort(), ['m', 'm2']);
    return [...ids.values()].flatMap((own) => [...own]);
  };
  const first = await numbers();
  const all = [...first, ...(await numbers())].sort((a, b) => a - b);
  assert.equal(
    all,
    all.map((_, i) => i + 1),
  );
  const stored = allFrames(dataDir).flatMap(({ kind, map }) => (kind === 'event' ? [map.get(33) as number] : []));
  assert.is(Math.max(...stored), all.length);
});

/** Stage events of a host or a point: from, to. */
const stages = (run: Run): [number | undefined, string, string][] =>
  allFrames(run.dataDir)
    .filter(({ kind, map }) => kind === 'event' && map.get(30) === 'stage')
    .map(({ map }) => [map.get(6) as number | undefined, map.get(31) as string, map.get(32) as string]);

losses('every thread that is lost is an event of the host itself, beside the points', async () => {
  const left = ['analysis', 'store', 'serve'];
  const run = start(
    [learning(live(machine(45)))],
    { serve: { title: 't', subtitle: '', port: 0, heartbeatMs: 50 }, commit: { maxAgeMs: 20, maxBytes: 4096 } },
    ({ host, outputs }) => {
      const next = left[0];
      if (next === undefined || outputs.length < 10 * (4 - left.length)) return;
      left.shift();
      if (next === 'analysis') host.analysis.kill();
      else if (next === 'store') host.store.kill();
      else host.page!.thread.kill();
    },
  );
  await run.host.run();
  while (run.host.page!.thread.restarts === 0) await new Promise((resolve) => setTimeout(resolve, 10));
  assert.is(await run.host.stop(), true);
  assert.equal(
    stages(run).sort(),
    ['analysis', 'serve', 'store'].map((name) => [undefined, `${name} running`, `${name} lost: was killed`]),
  );
});

losses('a sensor that is unplugged and plugged in again goes on alone, and its absence is one gap', async () => {
  const sensor = new LiveSource(RATE, 1, 10, 2); // two seconds, then nobody there
  let tries = 0;
  const run = start([], {
    sources: [
      {
        name: 'm',
        topicPath: 'a/b/c/d/e/m',
        source: sensor,
        options: { learnSamples: null },
        reopen: async () => {
          if (++tries < 4) throw new InputError('NO_DEVICE', 'nothing is plugged in');
          return new LiveSource(RATE, 1, 10, 600);
        },
      },
      {
        name: 'other',
        topicPath: 'a/b/c/d/e/other',
        source: new LiveSource(RATE, 1, 10, 600),
        options: { learnSamples: null },
      },
    ],
  });
  const running = run.host.run();
  while (told(run, /reads again/).length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
  await new Promise((resolve) => setTimeout(resolve, 1500));
  const [mine, others] = run.host.status().sources;
  assert.equal([mine.state, mine.restarts, mine.error], ['reading', 1, null]);
  assert.equal([others.state, others.restarts], ['reading', 0]);
  assert.is(await run.host.stop(), true);
  await running;
  const { samplesIn, samplesAnalysed, samplesLost } = run.host.counts;
  const [gap, ...more] = gaps(allFrames(run.dataDir), 'source');
  assert.is(more.length, 0);
  assert.is(uint(gap, 41), 2 * RATE);
  assert.is(samplesIn, samplesAnalysed + samplesLost);
  assert.ok(samplesLost >= uint(gap, 43));
  assert.equal(told(run, /m: the source was lost/), [
    'warn: m: the source was lost (it ended by itself); it is opened again, all else goes on',
  ]);
  assert.equal(told(run, /reads again/), [`info: m: the source reads again; ${uint(gap, 43)} samples were lost`]);
  assert.equal(stages(run), [
    [uint(gap, 6), 'source running', 'source lost: SOURCE_ENDED'],
    [uint(gap, 6), 'source lost: SOURCE_ENDED', 'source running'],
  ]);
});

losses('two points that would be one in the store are refused with both names', () => {
  const source = machine(20);
  const one = (name: string) => ({ name, topicPath: 'a/b/c/d/e/m', source, options: { learnSamples: LEARN } });
  assert.throws(
    () => start([], { sources: [one('x'), one('y')] }),
    (error: unknown) =>
      error instanceof InputError &&
      error.code === 'POINT_TWIN' &&
      /points "x" and "y": both are "a\/b\/c\/d\/e\/m" in the store/.test(error.message),
  );
});

losses.run();
