/** Every sample that a node took is received or reported lost, whatever happens on the way. */
import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Losses, SampleAccount } from '../../../host/acquire/serial/account.ts';
import { EventQueue } from '../../../host/acquire/serial/event-queue.ts';
import { NodeStream } from '../../../host/acquire/serial/node-stream.ts';
import { Deframer } from '../../../host/acquire/wire/deframer.ts';
import { type Block, type Hello, readMessage } from '../../../host/acquire/wire/message.ts';
import type { SourceEvent } from '../../../host/types.ts';
import { countOf, StandIn, type StandInSettings } from './stand-in.ts';

const account = suite('acquire.serial.account');

type Fault =
  | { kind: 'none' }
  /** The processor of the node does something else: its FIFO runs over. */
  | { kind: 'stall'; ms: number }
  /** The far side takes nothing: ring and transmitter fill up. */
  | { kind: 'block'; ms: number }
  | { kind: 'flip'; at: number; bit: number }
  | { kind: 'cut'; ms: number }
  | { kind: 'garbage'; bytes: Uint8Array };

const kind = <K extends Fault['kind']>(name: K): fc.Arbitrary<K> => fc.constant(name);
const NODE_FAULTS: fc.Arbitrary<Fault> = fc.oneof(
  fc.record({ kind: kind('none') }),
  fc.record({ kind: kind('stall'), ms: fc.integer({ min: 1, max: 60 }) }),
  fc.record({ kind: kind('block'), ms: fc.integer({ min: 1, max: 900 }) }),
);
const LINE_FAULTS: fc.Arbitrary<Fault> = fc.oneof(
  fc.record({ kind: kind('flip'), at: fc.nat(), bit: fc.integer({ min: 0, max: 7 }) }),
  fc.record({ kind: kind('cut'), ms: fc.integer({ min: 1, max: 700 }) }),
  fc.record({ kind: kind('garbage'), bytes: fc.uint8Array({ maxLength: 2000 }) }),
);

interface Told {
  overrun: number;
  wire: number;
  source: number;
}

class Ear {
  readonly deframer = new Deframer();
  readonly events: SourceEvent[] = [];
  stream: NodeStream | null = null;
  queue = new EventQueue(3200, 3, 1e6);

  hear(bytes: Uint8Array, ms: number): void {
    for (const body of this.deframer.push(bytes)) {
      const message = readMessage(body);
      if (message === null) continue;
      if (message.type === 'hello') this.stream ??= this.#streamOf(message);
      this.stream?.take(message, ms);
    }
  }

  #streamOf(hello: Hello): NodeStream {
    return new NodeStream(hello, {
      samples: (lanes) => this.queue.samples(lanes),
      gap: (cause, lost) => this.queue.gap(cause, lost),
    });
  }

  async drain(): Promise<SourceEvent[]> {
    this.queue.flush();
    const stop = new AbortController();
    for (let end = 0; end < this.queue.end; ) {
      const event = (await this.queue.next(stop.signal))!;
      this.events.push(event);
      end = event.firstSample + (event.kind === 'gap' ? event.lostSamples : event.channels[0].length);
    }
    return this.events;
  }
}

const settings = fc.record({
  blockScans: fc.integer({ min: 16, max: 140 }),
  ringScans: fc.integer({ min: 150, max: 600 }),
  queueBytes: fc.integer({ min: 1100, max: 9000 }),
});

function suffer(node: StandIn, ear: Ear, faults: Fault[]): void {
  const run = (ms: number, spoil: (bytes: Uint8Array) => Uint8Array = (bytes) => bytes): void => {
    for (let passed = 0; passed < ms; passed++) ear.hear(spoil(node.advance(1)), node.nowMs);
  };
  for (const one of faults) {
    if (one.kind === 'stall') node.stalledUntilMs = node.nowMs + one.ms;
    if (one.kind === 'block') {
      node.isBlocked = true;
      run(one.ms);
      node.isBlocked = false;
    }
    if (one.kind === 'cut') run(one.ms, () => new Uint8Array(0));
    if (one.kind === 'garbage') ear.hear(one.bytes, node.nowMs);
    let isFlipped = one.kind !== 'flip';
    run(80, (bytes) => {
      if (isFlipped || bytes.length === 0 || one.kind !== 'flip') return bytes;
      isFlipped = true;
      const spoilt = Uint8Array.from(bytes);
      spoilt[one.at % bytes.length] ^= 1 << one.bit;
      return spoilt;
    });
  }
  run(3000); // until what waited has been sent
  node.stop();
  run(1000);
}

/** What came is where it was taken, and what is missing is told as often as it is counted. */
async function accounted(
  faults: Fault[],
  given: Partial<StandInSettings>,
): Promise<{ lost: Losses; told: Told; node: StandIn; before: Told }> {
  const node = new StandIn(given);
  const ear = new Ear();
  while (!ear.stream?.account.received) ear.hear(node.advance(1), node.nowMs);
  const base = ear.stream.account.expected! - ear.stream.account.received;
  const before = { overrun: node.ringLost + node.sendLost, wire: 0, source: 0 };
  suffer(node, ear, faults);
  const { account, wrong } = ear.stream;
  const { lost, received, repeated, expected } = account;
  assert.is(wrong + repeated, 0);
  assert.is(expected, node.taken);
  assert.is(node.taken, base + received + lost.node + lost.sensor + lost.wire);
  assert.is(lost.away, 0);
  const told = { overrun: 0, wire: 0, source: 0 };
  let next = 0;
  for (const event of await ear.drain()) {
    if (event.kind === 'gap') {
      next += event.lostSamples;
      told[event.cause as keyof Told] += event.lostSamples;
    }
    if (event.kind !== 'samples') continue;
    assert.is(event.firstSample, next);
    for (const value of event.channels[0]) assert.is(value * 256, countOf(base + next++));
  }
  assert.is(base + next, expected);
  assert.is(told.overrun + told.wire, lost.node + lost.sensor + lost.wire);
  return { lost, told, node, before };
}

const several = (faults: fc.Arbitrary<Fault>): fc.Arbitrary<Fault[]> =>
  fc.array(faults, { minLength: 1, maxLength: 8 });

account('of all that was taken, received + reported lost, whatever happens to node and line', () =>
  fc.assert(
    fc.asyncProperty(several(fc.oneof(NODE_FAULTS, LINE_FAULTS)), settings, async (faults, given) => {
      const { lost, node, before } = await accounted(faults, given);
      assert.is(lost.node, node.ringLost + node.sendLost - before.overrun);
    }),
    { numRuns: 40 },
  ),
);

account('what the node and its sensor lose is told as that, to the scan', () =>
  fc.assert(
    fc.asyncProperty(several(NODE_FAULTS), settings, async (faults, given) => {
      const { lost, told, node, before } = await accounted(faults, given);
      assert.is(lost.node, node.ringLost + node.sendLost - before.overrun);
      assert.is(lost.sensor, node.fifoLost);
      assert.equal(told, { overrun: lost.node + lost.sensor, wire: 0, source: 0 });
    }),
    { numRuns: 40 },
  ),
);

account('what the line loses is told as that', () =>
  fc.assert(
    fc.asyncProperty(several(LINE_FAULTS), settings, async (faults, given) => {
      const { lost, told } = await accounted(faults, given);
      assert.equal([lost.node, lost.sensor], [0, 0]);
      assert.equal(told, { overrun: 0, wire: lost.wire, source: 0 });
    }),
    { numRuns: 40 },
  ),
);

account('a block that comes twice or late is counted and used once', () => {
  const own = new SampleAccount();
  const block = (n: number): Block => ({
    ...{ type: 'block', sequence: n, firstSample: 16 * n, scans: 16, samples: new Uint8Array(96) },
    ...{ fifoOverruns: 0, ringDropped: 0, sendDropped: 0 },
  });
  const answers = [5, 6, 6, 5, 7, 9, 8].map((n) => own.block(block(n)));
  // the hole where 8 should have been was told as soon as 9 was there
  assert.equal(answers, [[], [], null, null, [], [{ cause: 'wire', lostSamples: 16 }], null]);
  assert.equal([own.received, own.repeated, own.expected], [4 * 16, 3, 16 * 10]);
  assert.equal(own.lost, { node: 0, sensor: 0, wire: 16, away: 0 });
});

account.run();
