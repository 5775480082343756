/** What a node obeys: commands, their answers, and who may give them. */
import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { FAULTY, OPERATION, Twin, UART, USB } from './twin.ts';
import { type Authentic, command, encoded, framed, TYPE, type WireMap } from './wire.ts';

const DONE = 0;
const REFUSED = 1;
const UNKNOWN = 2;
const NOT_AUTHENTIC = 3;
const REPLAYED = 4;

const KEY = Uint8Array.from({ length: 32 }, (_, i) => i * 5 + 1);

const signed = (key: Uint8Array, counter: number | bigint): Authentic => ({
  counter,
  mac: (bytes) => createHmac('sha256', key).update(bytes).digest().subarray(0, 16),
});

const status = (twin: Twin, ...asked: Parameters<Twin['ask']>): unknown => twin.ask(...asked).answer.get(4);

function keyed(): Twin {
  const twin = new Twin();
  assert.is(status(twin, 'key', new Map([[1, KEY]])), DONE);
  return twin;
}

const obeys = suite('node.command');

obeys('says hello on start and when asked, where it was asked', () => {
  const twin = new Twin();
  const [hello] = twin.take();
  assert.equal(
    [1, 2, 3, 4, 7, 8, 9, 10, 14, 19].map((key) => hello.get(key)),
    [1, 1, 'pico', 'adxl345', 16_000, 3_200_000, 3, 0, 0, 0],
  );
  twin.open(USB);
  assert.is(twin.sent.at(-1)?.link, USB);
  twin.sent = [];
  const { messages } = twin.ask('identify');
  assert.equal(
    messages.map((message) => message.get(1)),
    [TYPE.answer, TYPE.hello],
  );
});

obeys('answers on the link that asked, and moves the stream to a UART that commands', () => {
  const twin = new Twin();
  twin.open(USB);
  twin.sent = [];
  twin.receive(USB, Uint8Array.from([0, ...command(1, 'identify')]));
  assert.equal(
    twin.sent.map(({ link }) => link),
    [USB, USB],
  );
  twin.sent = [];
  twin.receive(UART, Uint8Array.from([0, ...command(2, 'identify')]));
  assert.equal(
    twin.sent.map(({ link }) => link),
    [UART, UART],
  );
  twin.open(USB);
  twin.close(USB);
  twin.sent = [];
  twin.wait(500);
  assert.equal([...new Set(twin.sent.map(({ link }) => link))], [UART]);
});

obeys('knows its commands, and says so of others', () => {
  const twin = new Twin();
  const { answer } = twin.ask('launch');
  assert.equal([answer.get(4), answer.get(5)], [UNKNOWN, 'no such command']);
});

obeys('configures what the sensor has, keeps it, and says what it would have taken otherwise', () => {
  const twin = new Twin();
  const { answer, messages } = twin.ask(
    'configure',
    new Map([
      [1, 800_000],
      [2, 4000],
    ]),
  );
  assert.is(answer.get(4), DONE);
  const hello = messages.at(-1) as WireMap;
  assert.equal([hello.get(1), hello.get(7), hello.get(8)], [TYPE.hello, 4000, 800_000]);
  assert.equal(
    twin.operations.findLast(([operation]) => operation === OPERATION.configure),
    [1, (13 << 8) | 1],
  );
  twin.boot();
  const [again] = twin.take();
  assert.equal([again.get(7), again.get(8)], [4000, 800_000]);
  const wrong = twin.ask('configure', new Map([[1, 1_000_000]])).answer;
  assert.equal(
    [wrong.get(4), wrong.get(5)],
    [REFUSED, 'rate: got 1000000 mHz, wanted 3200000 1600000 800000 400000 200000 100000'],
  );
  for (const argument of [new Uint8Array(), encoded(new Map([[3, 1]])), Uint8Array.of(0xa1, 0x01), Uint8Array.of(0x01)])
    assert.is(status(twin, 'configure', argument), REFUSED);
});

obeys('is as before when its flash keeps nothing', () => {
  const twin = new Twin();
  twin.keeps = false;
  const { answer, messages } = twin.ask('configure', new Map([[2, 2000]]));
  assert.is(answer.get(4), REFUSED);
  assert.is(messages.at(-1)?.get(7), 16_000);
  assert.is(status(twin, 'key', new Map([[1, KEY]])), REFUSED);
  assert.is(status(twin, 'stop'), DONE, 'and nobody needs the key that was not kept');
});

obeys('stops, sends what is left, and starts again', () => {
  const twin = new Twin();
  twin.chunk(new Uint8Array(6 * 20), 20);
  twin.take();
  const { answer, messages } = twin.ask('stop');
  assert.is(answer.get(4), DONE);
  assert.equal(
    messages.map((message) => message.get(1)),
    [TYPE.block, TYPE.answer, TYPE.heartbeat],
  );
  assert.equal([messages[0].get(5), messages[2].get(4), messages[2].get(13)], [16, 16, 0]);
  twin.chunk(new Uint8Array(6 * 20), 20);
  assert.is(twin.sent.length, 0, 'a stopped node has no samples');
  const started = twin.ask('start');
  assert.is(started.answer.get(4), DONE);
  assert.is(started.messages.at(-1)?.get(1), TYPE.hello);
  assert.is(started.messages.at(-1)?.get(19), 16);
});

obeys('refuses a second task while the first waits for the sensor', () => {
  const twin = new Twin();
  twin.receive(UART, Uint8Array.from([0, ...command(90, 'stop')]));
  twin.poll(1);
  twin.receive(UART, Uint8Array.from([0, ...command(91, 'configure', new Map([[2, 2000]]))]));
  const first = twin.take().find((message) => message.get(3) === 91);
  assert.equal([first?.get(4), first?.get(5)], [REFUSED, 'busy with a command before this one']);
  assert.is(status(twin, 'identify'), DONE);
});

obeys('restarts and goes to the bootloader after it has answered', () => {
  for (const kind of [0, 1]) {
    const twin = new Twin();
    assert.is(status(twin, 'reboot', new Map([[1, kind]])), DONE);
    assert.equal(twin.restarts, [kind]);
  }
  const twin = new Twin();
  assert.is(status(twin, 'reboot', new Map([[1, 2]])), REFUSED);
  assert.is(status(twin, 'reboot'), REFUSED);
  assert.equal(twin.restarts, []);
});

const rotations: number[][] = [
  [0, 1, 2],
  [1, 2, 0],
  [2, 0, 1],
  [0, 2, 1],
  [1, 0, 2],
  [2, 1, 0],
];

obeys('tells any calibration back as it was given, through a restart, and drops it when asked', () => {
  const offset = fc.array(fc.float({ min: -1000, max: 1000, noNaN: true }), { minLength: 3, maxLength: 3 });
  const gain = fc.array(fc.float({ min: Math.fround(0.11), max: 10, noNaN: true }), { minLength: 3, maxLength: 3 });
  const turn = fc.tuple(fc.constantFrom(...rotations), fc.array(fc.constantFrom(0, 2), { minLength: 3, maxLength: 3 }));
  fc.assert(
    fc.property(offset, gain, turn, (offsets, gains, [columns, signs]) => {
      const twin = new Twin();
      const orientation = Array<number>(9).fill(1);
      for (const [row, column] of columns.entries()) orientation[3 * row + column] = signs[row];
      const argument = new Map<number, unknown>([
        [1, Float32Array.from(offsets)],
        [2, Float32Array.from(gains)],
        [3, orientation],
      ]);
      assert.is(status(twin, 'calibrate', argument), DONE);
      twin.boot();
      const hello = twin.take()[0];
      assert.equal([...(hello.get(16) as Float32Array)], [...Float32Array.from(offsets)]);
      assert.equal([...(hello.get(17) as Float32Array)], [...Float32Array.from(gains)]);
      assert.equal(hello.get(18), orientation);
      assert.is(status(twin, 'calibrate', new Map()), DONE);
      twin.boot();
      assert.is(twin.take()[0].has(16), false);
    }),
    { numRuns: 50 },
  );
});

obeys('refuses a calibration that cannot be one', () => {
  const twin = new Twin();
  const right = (): Map<number, unknown> =>
    new Map<number, unknown>([
      [1, Float32Array.of(0, 0, 0)],
      [2, Float32Array.of(1, 1, 1)],
      [3, [2, 1, 1, 1, 2, 1, 1, 1, 2]],
    ]);
  for (const [key, value, text] of [
    [1, Float32Array.of(0, Number.NaN, 0), /^offset/],
    [1, Float32Array.of(0, 2000, 0), /^offset/],
    [1, Float32Array.of(0, 0), /argument/],
    [2, Float32Array.of(1, 0, 1), /^gain/],
    [2, Float32Array.of(1, Number.POSITIVE_INFINITY, 1), /^gain/],
    [3, [2, 1, 1, 2, 1, 1, 1, 1, 2], /^orientation/],
    [3, [1, 1, 1, 1, 1, 1, 1, 1, 1], /^orientation/],
    [3, [3, 1, 1, 1, 2, 1, 1, 1, 2], /argument/],
  ] as const) {
    const { answer } = twin.ask('calibrate', right().set(key, value));
    assert.is(answer.get(4), REFUSED);
    assert.match(answer.get(5) as string, text);
  }
  assert.is(twin.flash.length, 0);
});

obeys('takes a key once, and says that it has one', () => {
  const twin = keyed();
  assert.is(status(twin, 'key', new Map([[1, KEY]])), NOT_AUTHENTIC);
  assert.is(status(twin, 'key', new Map([[1, KEY]]), signed(KEY, 1)), REFUSED);
  const hello = twin.ask('identify').messages.at(-1) as WireMap;
  assert.equal([hello.get(14), hello.get(15)], [1, 1]);
  assert.is(status(new Twin(), 'key', new Map([[1, KEY.subarray(1)]])), REFUSED);
});

obeys('does nothing for who has not the key', () => {
  const twin = keyed();
  for (const name of ['stop', 'start', 'reboot', 'self-test', 'configure', 'calibrate', 'key', 'launch']) {
    assert.is(status(twin, name), NOT_AUTHENTIC);
    assert.is(
      status(
        twin,
        name,
        undefined,
        signed(
          Uint8Array.from(KEY, (byte) => byte ^ 1),
          5,
        ),
      ),
      NOT_AUTHENTIC,
    );
  }
  assert.equal(twin.restarts, []);
  assert.is(status(twin, 'stop', undefined, signed(KEY, 1)), DONE);
});

obeys('agrees with HMAC-SHA-256 of node:crypto on any key, counter, name and argument', () => {
  const bytes = fc.uint8Array({ minLength: 32, maxLength: 32 });
  const names = fc.string({ maxLength: 40 });
  const counters = fc.oneof(fc.integer({ min: 1, max: 70_000 }), fc.bigInt({ min: 1n, max: 2n ** 64n - 1n }));
  fc.assert(
    fc.property(bytes, names, fc.uint8Array({ maxLength: 300 }), counters, (key, name, argument, counter) => {
      fc.pre(!['identify', 'stop', 'self-test', 'configure', 'start', 'reboot', 'calibrate', 'key'].includes(name));
      const twin = new Twin();
      assert.is(status(twin, 'key', new Map([[1, key]])), DONE);
      assert.is(status(twin, name, argument, signed(key, counter)), UNKNOWN);
      assert.is(status(twin, name, argument, signed(key, counter)), REPLAYED);
    }),
    { numRuns: 100 },
  );
});

obeys('notices any bit of an authentic command that was changed and framed again', () => {
  fc.assert(
    fc.property(fc.nat({ max: 10_000 }), fc.integer({ min: 0, max: 7 }), (at, bit) => {
      const twin = keyed();
      const authentic = encodedCommand(signed(KEY, 7));
      const changed = Uint8Array.from(authentic);
      changed[at % changed.length] ^= 1 << bit;
      twin.take();
      twin.receive(UART, Uint8Array.from([0, ...framed(changed)]));
      twin.poll();
      for (const message of twin.take())
        if (message.get(1) === TYPE.answer && message.get(4) === DONE) throw new Error('it was done');
      assert.equal(twin.restarts, []);
    }),
    { numRuns: 200 },
  );
});

obeys('never accepts a counter twice, nor one below, over any number of restarts', () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ counter: fc.integer({ min: 1, max: 3000 }), reboots: fc.boolean() }), { maxLength: 40 }),
      (steps) => {
        const twin = keyed();
        let accepted = 0;
        let floor = 0;
        for (const { counter, reboots } of steps) {
          if (reboots) {
            twin.boot();
            const told = Number(twin.take()[0].get(15));
            assert.ok(told >= accepted && told <= accepted + 256, `told ${told} after ${accepted}`);
            floor = told;
          }
          const got = status(twin, 'launch', undefined, signed(KEY, counter));
          const wanted = counter > Math.max(accepted, floor) ? UNKNOWN : REPLAYED;
          assert.is(got, wanted);
          if (got === UNKNOWN) accepted = counter;
        }
      },
    ),
    { numRuns: 100 },
  );
});

obeys('does not do what its flash cannot remember the counter of', () => {
  const twin = keyed();
  twin.keeps = false;
  const { answer } = twin.ask('reboot', new Map([[1, 0]]), signed(KEY, 1));
  assert.is(answer.get(4), REFUSED);
  assert.equal(twin.restarts, []);
});

obeys('says what is wrong with its sensor, and tries again until it answers', () => {
  const twin = new Twin();
  twin.answer = (operation) => (operation === OPERATION.probe ? FAULTY | (0x00 << 16) | (0x12 << 8) | 0xe5 : 0);
  twin.boot(4, 'out of bounds');
  twin.wait(600);
  const heartbeat = twin.take().at(-1) as WireMap;
  assert.is(heartbeat.get(13), 3);
  assert.is(heartbeat.get(15), 'adxl345: register 0x00: got 0x12, wanted 0xE5; tried again every second');
  assert.equal([heartbeat.get(10), heartbeat.get(14)], [4, 'out of bounds']);
  twin.answer = () => 0;
  twin.wait(410);
  const messages = twin.take();
  assert.ok(messages.some((message) => message.get(1) === TYPE.hello));
  assert.is(messages.at(-1)?.get(13), 1);
  assert.ok(twin.operations.some(([operation]) => operation === OPERATION.start));
});

obeys('notices a sensor that has fallen silent', () => {
  const twin = new Twin();
  twin.chunk(new Uint8Array(6 * 16), 16);
  twin.wait(60);
  const [, , heartbeat] = twin.take();
  assert.match(heartbeat.get(15) as string, /^adxl345: no samples for \d+ ms/);
});

function encodedCommand(by: Authentic): Uint8Array {
  const map = new Map<number, unknown>([
    [1, 16],
    [2, 1],
    [3, 5],
    [4, 'reboot'],
    [5, encoded(new Map([[1, 0]]))],
    [6, by.counter],
  ]);
  return encoded(map.set(7, Uint8Array.from(by.mac(encoded(map)))));
}

obeys.run();
