/** Every sample that a node took is received or reported lost, whatever happens on the way. */
import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { EventQueue } from '../../../host/acquire/serial/event-queue.ts';
import { NodeStream } from '../../../host/acquire/serial/node-stream.ts';
import { Deframer } from '../../../host/acquire/wire/deframer.ts';
import { type Hello, readMessage } from '../../../host/acquire/wire/message.ts';
import type { SourceEvent } from '../../../host/types.ts';
import { countOf, StandIn } from './stand-in.ts';

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

const fault: fc.Arbitrary<Fault> = fc.oneof(
  { weight: 4, arbitrary: fc.constant({ kind: 'none' as const }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('stall' as const), ms: fc.integer({ min: 1, max: 60 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('block' as const), ms: fc.integer({ min: 1, max: 900 }) }) },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('flip' as const), at: fc.nat(), bit: fc.integer({ min: 0, max: 7 }) }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('cut' as const), ms: fc.integer({ min: 1, max: 700 }) }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('garbage' as const), bytes: fc.uint8Array({ maxLength: 2000 }) }),
  },
);

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

const seeds = fc.record({
  faults: fc.array(fault, { minLength: 1, maxLength: 12 }),
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

account('of all that was taken, received + reported lost, by the counters of the node and by place', () =>
  fc.assert(
    fc.asyncProperty(seeds, async ({ faults, ...settings }) => {
      const node = new StandIn(settings);
      const ear = new Ear();
      while (!ear.stream?.account.received) ear.hear(node.advance(1), node.nowMs);
      const base = ear.stream.account.expected! - ear.stream.account.received;
      const before = { node: node.ringLost + node.sendLost, fifo: node.fifoLost };
      suffer(node, ear, faults);
      const { account, wrong } = ear.stream;
      const { lost, received, repeated, expected } = account;
      assert.is(wrong + repeated, 0);
      assert.is(expected, node.taken);
      assert.is(node.taken, base + received + lost.node + lost.sensor + lost.wire);
      assert.is(lost.node, node.ringLost + node.sendLost - before.node);
      assert.is(lost.away, 0);
      const isOnly = (...kinds: Fault['kind'][]): boolean =>
        faults.every(({ kind }) => ['none', ...kinds].includes(kind));
      if (isOnly('stall', 'block')) assert.is(lost.sensor, node.fifoLost - before.fifo);
      if (isOnly('flip', 'cut', 'garbage')) assert.is(lost.sensor, 0);
      let next = 0;
      for (const event of await ear.drain()) {
        if (event.kind === 'gap') next += event.lostSamples;
        if (event.kind !== 'samples') continue;
        assert.is(event.firstSample, next);
        for (const value of event.channels[0]) assert.is(value * 256, countOf(base + next++));
      }
      assert.is(base + next, expected);
    }),
    { numRuns: 60 },
  ),
);

account.run();
