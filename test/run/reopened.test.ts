/** A source without an end: what it fails of never ends it, what it has not given is counted, and it is asked in time. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Source } from '../../host/acquire/source.ts';
import { Reopened, type ReopenLimits } from '../../host/run/reopened.ts';
import type { SourceEvent, SourceInfo } from '../../host/types.ts';
import { pause } from '../../host/wait.ts';

const RATE = 1000;
const INFO: SourceInfo = {
  name: 'sensor',
  channels: [{ name: 'x', unit: 'g' }],
  sampleRateHz: RATE,
  shaftRpm: null,
  bearings: {},
  snapshot: null,
  sampleCount: null,
  startUtcUs: null,
  notes: [],
};

type Ending = 'throw' | 'end' | 'hang';

/** Gives `blocks` of 10 scans and ends as it is told to. */
function sensor(blocks: number, ending: Ending, changes: Partial<SourceInfo> = {}): Source & { closed: number } {
  return {
    info: { ...INFO, ...changes },
    isLive: true,
    closed: 0,
    async *events(): AsyncGenerator<SourceEvent> {
      for (let at = 0; at < blocks; at++)
        yield { kind: 'samples', firstSample: at * 10, channels: [new Float32Array(10)] };
      if (ending === 'throw') throw new Error('the bus is gone');
      if (ending === 'hang') await new Promise(() => {});
    },
    async close() {
      this.closed++;
    },
  };
}

interface Read {
  source: Reopened;
  events: SourceEvent[];
  lost: string[];
  back: number[];
}

const QUICK: Partial<ReopenLimits> = { firstPauseMs: 1, longestPauseMs: 2, retryMs: 3, silentMs: 60, openMs: 50 };

/** Reads until `enough`, or for 10 s. */
async function read(
  first: Source,
  reopen: (read: Read) => Promise<Source>,
  enough: (read: Read) => boolean,
  limits: Partial<ReopenLimits> = {},
): Promise<Read> {
  const all: Read = { source: null as never, events: [], lost: [], back: [] };
  all.source = new Reopened(first, {
    name: 'm',
    reopen: () => reopen(all),
    onLost: (error, isGivenUp) => all.lost.push(`${error.code}${isGivenUp ? ' given up' : ''}: ${error.message}`),
    onBack: (lostSamples) => all.back.push(lostSamples),
    limits: { ...QUICK, ...limits },
  });
  const over = AbortSignal.timeout(10_000);
  const enoughYet = new AbortController();
  const signal = AbortSignal.any([over, enoughYet.signal]);
  const watch = setInterval(() => enough(all) && enoughYet.abort(), 1);
  for await (const event of all.source.events(signal)) {
    all.events.push(event);
    if (enough(all)) enoughYet.abort();
  }
  clearInterval(watch);
  assert.is(over.aborted, false, 'it did not come so far within 10 s');
  return all;
}

/** Scans given and lost, which must follow each other without a hole. */
function balance(events: SourceEvent[]): { given: number; lost: number; gaps: number } {
  let [next, given, lost, gaps] = [0, 0, 0, 0];
  for (const event of events) {
    if (event.kind !== 'samples' && event.kind !== 'gap') continue;
    assert.is(event.firstSample, next);
    const count = event.kind === 'gap' ? event.lostSamples : event.channels[0].length;
    next += count;
    if (event.kind === 'samples') given += count;
    else {
      assert.is(event.cause, 'source');
      lost += count;
      gaps++;
    }
  }
  return { given, lost, gaps };
}

const reopened = suite('run.Reopened');

for (const [ending, said] of [
  ['throw', 'SOURCE_DEFECT: the bus is gone'],
  ['end', 'SOURCE_ENDED: it ended by itself'],
  ['hang', 'SOURCE_SILENT: it gave nothing for 0.06 s'],
] as const)
  reopened(`${ending}: told once, closed, opened again, and every scan of the time between is in one gap`, async () => {
    const first = sensor(3, ending);
    const startMs = performance.now();
    const got = await read(
      first,
      async () => {
        await pause(20);
        return sensor(5, 'hang');
      },
      ({ events, back }) => back.length === 1 && events.length === 3 + 1 + 5,
      ending === 'hang' ? {} : { silentMs: 60_000 },
    );
    const tookMs = performance.now() - startMs;
    assert.equal(got.lost, [said]);
    assert.is(first.closed, 1);
    const { given, lost, gaps } = balance(got.events);
    assert.equal([given, gaps, got.back], [80, 1, [lost]]);
    assert.ok(lost >= 20 && lost <= tookMs * (RATE / 1000) + 1, `${lost} scans in ${tookMs} ms`);
    assert.equal([got.source.restarts, got.source.lastError], [1, null]);
  });

reopened('one that cannot be opened is tried until it can, and the last reason is known meanwhile', async () => {
  let tries = 0;
  const reasons = new Set<string>();
  const got = await read(
    sensor(1, 'end'),
    async ({ source }) => {
      tries++;
      if (tries > 1) reasons.add(source.lastError?.message ?? 'none');
      if (tries < 20) throw new Error('no such device');
      return sensor(1, 'hang');
    },
    ({ back }) => back.length === 1,
    { silentMs: 60_000 },
  );
  assert.is(tries, 20);
  assert.equal([...reasons], ['Error: no such device']);
  assert.equal(got.lost.length, 1);
  assert.is(balance(got.events).gaps, 1);
});
reopened('an open that never answers is left behind and what it gives later is closed', async () => {
  const late = Promise.withResolvers<Source & { closed: number }>();
  const orphan = sensor(1, 'hang');
  let tries = 0;
  await read(
    sensor(1, 'end'),
    () => (++tries === 1 ? late.promise : Promise.resolve(sensor(1, 'hang'))),
    ({ back }) => back.length === 1,
    { silentMs: 60_000 },
  );
  assert.is(tries, 2);
  late.resolve(orphan);
  await pause(1);
  assert.is(orphan.closed, 1);
});

reopened('another sensor in its place is refused with both, closed, and not read', async () => {
  const other = sensor(9, 'hang', { sampleRateHz: 2 * RATE });
  let tries = 0;
  let reason = '';
  const got = await read(
    sensor(1, 'end'),
    async ({ source }) => {
      if (++tries === 1) return other;
      reason = source.lastError!.message;
      return sensor(1, 'hang');
    },
    ({ back }) => back.length === 1,
    { silentMs: 60_000 },
  );
  assert.match(reason, /^got x in g at 2000 Hz, wanted x in g at 1000 Hz as before; it is not read$/);
  assert.is(other.closed, 1);
  assert.is(balance(got.events).given, 20);
});

reopened(
  'one that is lost over and over is named once, tried slowly, and its return told when it is well',
  async () => {
    let opened = 0;
    const got = await read(
      sensor(1, 'throw'),
      async () => (++opened < 12 ? sensor(1, 'throw') : sensor(1e9, 'hang')),
      ({ back, source }) => back.length > 0 && source.restarts === 12 && !source.isGivenUp,
      { budget: 4, windowMs: 200, silentMs: 60_000 },
    );
    const given = got.lost.filter((text) => text.startsWith('SOURCE_DEFECT given up'));
    assert.is(given.length, 1, got.lost.join());
    assert.is(got.lost.at(-1), given[0]);
    assert.is(balance(got.events).gaps, 12);
    assert.is(
      got.back.reduce((sum, lost) => sum + lost, 0),
      balance(got.events).lost,
    );
  },
);

reopened('one whose rate was measured anew and is a little other goes on', async () => {
  const got = await read(
    sensor(1, 'end'),
    async () => sensor(1, 'hang', { sampleRateHz: RATE * 1.0004 }),
    ({ back }) => back.length === 1,
    { silentMs: 60_000 },
  );
  assert.is(balance(got.events).given, 20);
});

reopened('one that waits for its device by itself is let wait', async () => {
  const patient = Object.assign(sensor(1, 'hang'), { isPatient: true });
  let endMs = Number.POSITIVE_INFINITY;
  const got = await read(patient, assert.unreachable as never, ({ events }) => {
    if (events.length > 0) endMs = Math.min(endMs, performance.now() + 300);
    return performance.now() > endMs;
  });
  assert.equal([got.lost, got.source.restarts], [[], 0]);
});

reopened('ends at once when it is told to while it is away, with what is missing until then', async () => {
  const got = await read(
    sensor(1, 'end'),
    () => new Promise(() => {}),
    ({ lost }) => lost.length === 1,
    { openMs: 60_000, silentMs: 60_000 },
  );
  assert.equal([balance(got.events).gaps, got.back], [1, []]);
});

reopened.run();
