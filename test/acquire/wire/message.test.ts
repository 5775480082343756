/** What a node says is read as docs/wire.md has it, and nothing else is taken for it. */
import { createHmac } from 'node:crypto';
import { cdeDecodeOptions, cdeEncodeOptions, decode as otherDecode, encode as otherEncode, Tag } from 'cbor2';
import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type CommandName, encodeCommand } from '../../../host/acquire/wire/command.ts';
import { Deframer } from '../../../host/acquire/wire/deframer.ts';
import { readMessage } from '../../../host/acquire/wire/message.ts';
import { countsOf, samplesOf } from '../../../host/acquire/wire/samples.ts';

const message = suite('acquire.wire.message');

type Entries = [number, unknown][];
/** By an encoder of other authors. */
const encoded = (entries: Entries): Uint8Array => otherEncode(new Map(entries), cdeEncodeOptions);
const f32 = (...values: number[]): Tag => new Tag(85, new Uint8Array(Float32Array.from(values).buffer));

const HELLO: Entries = [
  [1, 1],
  [2, 1],
  [3, 'pico'],
  [4, 'adxl345'],
  [5, new Uint8Array(32).fill(5)],
  [6, new Uint8Array(32).fill(6)],
  [7, 16_000],
  [8, 3_200_000],
  [9, 3],
  [10, 0],
  [11, Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8)],
  [12, Uint8Array.of(8, 7, 6, 5, 4, 3, 2, 1)],
  [13, f32(0.00390625, 0.00390625, 0.00390625)],
  [14, 1],
  [15, 77],
  [16, f32(0.5, 0, -0.25)],
  [17, f32(1, 1, 2)],
  [18, [1, 1, 2, 0, 1, 1, 1, 2, 1]],
  [19, 2 ** 40],
];
const BLOCK: Entries = [
  [1, 2],
  [2, 1],
  [3, 0xffffffff],
  [4, 2 ** 40],
  [5, 2],
  [6, Uint8Array.of(1, 0, 0xff, 0xff, 0, 0x80, 0, 1, 2, 0, 3, 0)],
  [7, 1],
  [8, 2],
  [9, 3],
];
const HEARTBEAT: Entries = [
  [1, 3],
  [2, 1],
  [3, 1500],
  [4, 4800],
  [5, 1],
  [6, 2],
  [7, 3],
  [8, 29_815],
  [10, 2],
  [11, 4],
  [12, 9],
  [13, 3],
  [14, 'watchdog in step 3'],
  [15, 'wrong identity'],
  [16, 3_187_500],
  [17, 42],
];
const OPTIONAL = new Map([
  [HELLO, [15, 16]],
  [BLOCK, []],
  [HEARTBEAT, [8, 14, 15, 16]],
]);

message('reads a hello with its calibration', () => {
  const read = readMessage(encoded(HELLO));
  if (read?.type !== 'hello') return assert.unreachable(`read as ${read?.type}`);
  assert.is(read.sensor, 'adxl345');
  assert.is(read.counter, 77);
  assert.is(read.nextSample, 2 ** 40);
  assert.equal(read.calibration?.orientation, [0, 0, 1, -1, 0, 0, 0, 1, 0]);
  assert.equal([...read.calibration!.offset], [0.5, 0, -0.25]);
});

message('reads a block and its samples, calibrated as the hello says', () => {
  const hello = readMessage(encoded(HELLO));
  const block = readMessage(encoded(BLOCK));
  if (hello?.type !== 'hello' || block?.type !== 'block') return assert.unreachable('read as something else');
  assert.is(block.sequence, 0xffffffff);
  assert.is(block.firstSample, 2 ** 40);
  assert.equal([...countsOf(block, hello)], [1, -1, -32_768, 256, 2, 3]);
  const lanesOf = (lanes: Float32Array[] | null): number[][] => lanes!.map((lane) => [...lane]);
  assert.equal(lanesOf(samplesOf(block, { ...hello, calibration: null })), [
    [1 / 256, 1],
    [-1 / 256, 2 / 256],
    [-128, 3 / 256],
  ]);
  // offset before gain; then x is what the part calls z, y its -x, z its y
  assert.equal(lanesOf(samplesOf(block, hello)), [
    [(-128 + 0.25) * 2, (3 / 256 + 0.25) * 2],
    [-(1 / 256 - 0.5), -(1 - 0.5)],
    [-1 / 256, 2 / 256],
  ]);
});

message('reads a heartbeat with and without what may be absent', () => {
  const whole = readMessage(encoded(HEARTBEAT));
  if (whole?.type !== 'heartbeat') return assert.unreachable('read as something else');
  assert.is(whole.temperatureCentiK, 29_815);
  assert.is(whole.supplyMilliV, null);
  assert.is(whole.restart, 'watchdog in step 3');
  assert.is(whole.measuredRateMilliHz, 3_187_500);
  const bare = readMessage(encoded(HEARTBEAT.filter(([key]) => key < 14 || key === 17)));
  assert.is(bare?.type === 'heartbeat' ? bare.fault : null, '');
});

message('takes keys that it does not know, and nothing that lacks one, has another type or another version', () => {
  for (const [body, optional] of OPTIONAL) {
    const altered = (at: number, to: unknown): Uint8Array => encoded(body.map(([k, v]) => [k, k === at ? to : v]));
    assert.ok(readMessage(encoded([...body, [99, 'new']])));
    assert.is(readMessage(altered(2, 2)), null);
    for (const [key, value] of body) {
      const without = readMessage(encoded(body.filter(([other]) => other !== key)));
      if (!optional.includes(key)) assert.is(without, null, `without key ${key}`);
      assert.is(readMessage(altered(key, typeof value === 'string' ? 7 : 'text')), null, `another type in key ${key}`);
    }
  }
  assert.is(
    readMessage(
      encoded([
        [1, 77],
        [2, 1],
      ]),
    ),
    null,
  );
});

message('packed samples of 20 bits come back, an odd last one too', () =>
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -524_288, max: 524_287 }), { minLength: 1, maxLength: 40 }), (values) => {
      // written as one long number, which is what "one behind the other" says
      const digits = values.map((value) => (value & 0xfffff).toString(2).padStart(20, '0')).join('');
      const padded = digits.padEnd(Math.ceil(digits.length / 8) * 8, '0');
      const samples = Uint8Array.from(padded.match(/.{8}/g)!, (byte) => Number.parseInt(byte, 2));
      const block = { scans: values.length, samples };
      assert.equal([...countsOf(block, { axes: 1, encoding: 1 })], values);
      const packing = { axes: 1, encoding: 1 as const, scale: Float32Array.of(2 ** -18), calibration: null };
      const lane = samplesOf(block, packing)![0];
      assert.equal([...lane], [...Float32Array.from(values, (value) => value * 2 ** -18)]);
      assert.is(samplesOf({ scans: values.length + 2, samples }, packing), null);
    }),
  ),
);

const asked = fc.constantFrom<[CommandName, Map<number, number>]>(
  ['identify', new Map()],
  [
    'configure',
    new Map([
      [1, 3_200_000],
      [2, 16_000],
    ]),
  ],
  ['reboot', new Map([[1, 1]])],
);
const key = fc.uint8Array({ minLength: 32, maxLength: 32 });

message('a command is what an independent encoder writes, and so is what its MAC is made of', () =>
  fc.assert(
    fc.property(asked, fc.nat(0xffffffff), fc.nat(2 ** 48), key, ([name, argument], sequence, counter, secret) => {
      for (const authority of [null, { key: secret, counter }]) {
        const [body] = new Deframer().push(encodeCommand({ sequence, name, argument }, authority));
        const entries: Entries = [
          [1, 16],
          [2, 1],
          [3, sequence],
          [4, name],
          [5, otherEncode(argument, cdeEncodeOptions)],
        ];
        if (authority !== null) {
          entries.push([6, counter]);
          const mac = createHmac('sha256', secret).update(encoded(entries)).digest().subarray(0, 16);
          entries.push([7, Uint8Array.from(mac)]);
        }
        assert.is(Buffer.from(body).toString('hex'), Buffer.from(encoded(entries)).toString('hex'));
        assert.is((otherDecode(body, cdeDecodeOptions) as Map<number, unknown>).size, entries.length);
      }
    }),
    { numRuns: 50 },
  ),
);

const spots = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 6 });

message('whatever stands in a body, it is a message or nothing', () =>
  fc.assert(
    fc.property(fc.constantFrom(HELLO, BLOCK, HEARTBEAT), spots, (body, changes) => {
      const bytes = Uint8Array.from(encoded(body));
      for (const [at, to] of changes) bytes[at % bytes.length] = to;
      const read = readMessage(bytes);
      assert.ok(read === null || ['hello', 'block', 'heartbeat', 'answer'].includes(read.type));
    }),
    { numRuns: 2000 },
  ),
);

message.run();
