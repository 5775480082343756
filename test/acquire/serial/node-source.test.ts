/** A node at the end of a real port: found, read, pulled out and plugged in again, without a sample that is not accounted for. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type NodeSource, type NodeSourceSettings, openNode } from '../../../host/acquire/serial/node-source.ts';
import { Whereabouts } from '../../../host/acquire/serial/whereabouts.ts';
import type { SourceEvent } from '../../../host/types.ts';
import { needs } from '../../support/needs.ts';
import { missingForPty } from '../../support/pty.ts';
import { LiveStandIn } from './live-stand-in.ts';
import { countOf, type StandInSettings } from './stand-in.ts';

const nodes = suite('acquire.serial.node-source');

interface Bench {
  cable: LiveStandIn['cable'];
  far: LiveStandIn;
  open(more?: Partial<NodeSourceSettings>): Promise<NodeSource>;
}

async function withNode(settings: Partial<StandInSettings>, run: (bench: Bench) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'spindle-node-'));
  const far = await LiveStandIn.in(folder, settings);
  const { cable } = far;
  const opened: NodeSource[] = [];
  const open = async (more: Partial<NodeSourceSettings> = {}): Promise<NodeSource> => {
    const source = await openNode({ node: cable.path, whereabouts: new Whereabouts(), listenMs: 1200, ...more });
    opened.push(source);
    return source;
  };
  try {
    await cable.plug();
    await run({ cable, far, open });
  } finally {
    for (const source of opened) await source.close();
    await far.end();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Reads on until `isEnough`, at most 20 s. */
async function read(source: NodeSource, into: SourceEvent[], isEnough: () => boolean): Promise<void> {
  const limit = AbortSignal.timeout(20_000);
  for await (const event of source.events(limit)) {
    into.push(event);
    if (isEnough()) return;
  }
  throw new Error(`not within 20 s: ${JSON.stringify(source.status)}`);
}

/** Every sample is where its count says, behind gaps too. @returns scans, gaps included */
function checked(events: SourceEvent[]): number {
  let next = 0;
  let first: number | null = null;
  for (const event of events) {
    if (event.kind !== 'samples' && event.kind !== 'gap') continue;
    assert.is(event.firstSample, next);
    if (event.kind === 'samples') {
      first ??= event.channels[0][0] * 256;
      for (const value of event.channels[0]) assert.is(value * 256, countOf(first + next++));
    } else next += event.lostSamples;
  }
  return next;
}

const scansOf = (events: SourceEvent[]): number =>
  events.reduce((sum, event) => sum + (event.kind === 'samples' ? event.channels[0].length : 0), 0);

const check = (claim: string, test: () => Promise<void>): void => needs(nodes, missingForPty(), claim, test);

check('is read from the first scan that was heard, with the rate that it truly has', () =>
  withNode({ rateHz: 3200 * 1.03 }, async ({ open }) => {
    const source = await open();
    const { info } = source;
    assert.equal(
      info.channels.map(({ name, unit, fullScale }) => [name, unit, fullScale]),
      [
        ['x', 'g', 16],
        ['y', 'g', 16],
        ['z', 'g', 16],
      ],
    );
    assert.is(info.sampleRateHz, 3296);
    assert.match(info.notes[0], /samples at 3296\.0 Hz, 3\.00 % off the nominal 3200 Hz/);
    const events: SourceEvent[] = [];
    await read(source, events, () => scansOf(events) > 6000);
    assert.is(checked(events), scansOf(events));
  }),
);

check('a cable that is pulled and plugged in is one gap, exact by the count of the node', () =>
  withNode({}, async ({ cable, far, open }) => {
    const source = await open({ starts: false });
    const events: SourceEvent[] = [];
    for (let pull = 1; pull <= 2; pull++) {
      const before = scansOf(events) + 2000;
      await read(source, events, () => scansOf(events) >= before);
      await cable.pull();
      await new Promise((resolve) => setTimeout(resolve, 300));
      await cable.plug();
      await read(source, events, () => source.status!.lineLosses >= pull && events.at(-1)?.kind === 'samples');
    }
    far.node.stop();
    const base = (events[0] as Extract<SourceEvent, { kind: 'samples' }>).channels[0][0] * 256;
    await read(source, events, () => base + source.status!.received + source.status!.lost.wire === far.node.taken);
    const { lost, received, restarts } = source.status!;
    assert.is(restarts, 0);
    assert.is(lost.wire, checked(events) - scansOf(events));
    assert.is(lost.away + lost.node + lost.sensor, 0);
    assert.is(received, scansOf(events));
    assert.ok(lost.wire > 0);
  }),
);

check('a node that starts anew is a gap by the clock, and counts from there', () =>
  withNode({}, async ({ cable, far, open }) => {
    const source = await open();
    const events: SourceEvent[] = [];
    await read(source, events, () => scansOf(events) >= 1000);
    await cable.pull();
    await new Promise((resolve) => setTimeout(resolve, 400));
    far.node.boot();
    await cable.plug();
    await read(source, events, () => events.some(({ kind }) => kind === 'gap') && events.at(-1)?.kind === 'samples');
    const { lost, restarts } = source.status!;
    assert.is(restarts, 1);
    const gaps = events.filter((event) => event.kind === 'gap');
    assert.equal(new Set(gaps.map(({ cause }) => cause)), new Set(['source']));
    assert.is(
      lost.away,
      gaps.reduce((sum, gap) => sum + gap.lostSamples, 0),
    );
    // it was away for 400 ms at least, at 3200 Hz
    assert.ok(lost.away > 0.9 * 0.4 * 3200, `${lost.away} scans`);
  }),
);

check('a host that does not read keeps what it can, and what it cannot is a gap', () =>
  withNode({}, async ({ far, open }) => {
    const source = await open({ keptS: 0.5 });
    await new Promise((resolve) => setTimeout(resolve, 1500));
    const events: SourceEvent[] = [];
    await read(source, events, () => events.some(({ kind }) => kind === 'gap') && events.at(-1)?.kind === 'samples');
    checked(events);
    assert.ok(source.status!.lost.unread > 0);
    assert.is(far.node.ringLost + far.node.sendLost, 0);
  }),
);

check('a node that comes back with another range is not taken for the one that is read, and that is told', () =>
  withNode({}, async ({ cable, far, open }) => {
    const source = await open();
    await cable.pull();
    far.node.settings.rangeMilliG = 8000;
    far.node.boot();
    await cable.plug();
    const isTold = (): boolean => source.info.notes.length > 0;
    for (let waited = 0; !isTold() && waited < 400; waited++) await new Promise((resolve) => setTimeout(resolve, 25));
    assert.match(
      source.info.notes[0],
      /got board .* 8 g, 3200 Hz.*, wanted board .* 16 g, 3200 Hz.*; it is not listened to/,
    );
    const { received } = source.status!;
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.is(source.status!.received, received);
  }),
);

check('a node that was stopped is started', () =>
  withNode({}, async ({ far, open }) => {
    far.node.stop();
    const source = await open();
    assert.ok(source.info.sampleRateHz > 0);
    assert.ok(far.heard.some(({ name }) => name === 'start'));
  }),
);

check('a command is answered, and one that is not answered says so in time', () =>
  withNode({}, async ({ far, open }) => {
    const { link } = await open();
    far.answers.stop = [1, 'got stop, wanted nothing'];
    const answer = await link.command('stop');
    assert.equal([answer.status, answer.text], [1, 'got stop, wanted nothing']);
    far.answers['self-test'] = null;
    const failure = await link.command('self-test', new Map(), false, 300).catch((error) => error);
    assert.is(failure.code, 'NODE_SILENT');
    assert.match(failure.message, /got no answer to self-test within 0\.3 s/);
  }),
);

check('ends soon after an abort, and gives back what it opened', async () => {
  await withNode({}, async ({ open }) => {
    const handles = (): number => readdirSync('/proc/self/fd').length;
    await (await open()).close(); // what is opened once for the process is none of the source's
    const before = handles();
    const source = await open();
    const abort = new AbortController();
    let after = 0;
    for await (const _ of source.events(abort.signal)) {
      if (abort.signal.aborted) after++;
      abort.abort();
    }
    assert.ok(after <= 1);
    await source.close();
    await source.close();
    // the port's handles are closed by other threads, a little after
    for (let waited = 0; handles() > before && waited < 250; waited++)
      await new Promise((done) => setTimeout(done, 20));
    assert.ok(handles() <= before, `${handles()} handles, ${before} before`);
  });
});

check('a node that is plugged in later is waited for', () =>
  withNode({}, async ({ cable, open }) => {
    await cable.pull();
    const opening = open();
    await new Promise((resolve) => setTimeout(resolve, 500));
    await cable.plug();
    assert.is((await opening).info.sampleRateHz, 3200);
  }),
);

check('several nodes are read at once, each with its own samples', () =>
  withNode({ rateHz: 3200 }, (one) =>
    withNode({ rateHz: 4000, nominalHz: 4000, axes: 1 }, async (other) => {
      const sources = await Promise.all([one.open(), other.open()]);
      assert.equal(
        sources.map(({ info }) => [info.sampleRateHz, info.channels.length]),
        [
          [3200, 3],
          [4000, 1],
        ],
      );
      await Promise.all(
        sources.map(async (source) => {
          const events: SourceEvent[] = [];
          await read(source, events, () => scansOf(events) > 5000);
          assert.is(checked(events), scansOf(events));
        }),
      );
    }),
  ),
);

nodes('a port that is not there is named, within the time that it is waited for', async () => {
  const settings = { node: '/nowhere/ttyACM9', whereabouts: new Whereabouts(), findMs: 200 };
  const error = await openNode(settings).catch((failure) => failure);
  assert.is(error.code, 'NODE_ABSENT');
  assert.match(error.message, /^\/nowhere\/ttyACM9: no node was found within 0\.2 s/);
});

nodes.run();
