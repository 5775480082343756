/** What is written on the line comes back; what is damaged is counted and costs no more than itself. */
import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { cobsDecode, cobsEncode } from '../../../host/acquire/wire/cobs.ts';
import { crc32c } from '../../../host/acquire/wire/crc32c.ts';
import { Deframer, MAX_MESSAGE_BYTES } from '../../../host/acquire/wire/deframer.ts';
import { framed } from '../../../host/acquire/wire/frame.ts';

const framing = suite('acquire.wire.framing');
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const bytes = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'hex'));
const count = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i);

// published examples of the code
const COBS: [number[], number[]][] = [
  [[0], [1, 1]],
  [
    [0, 0],
    [1, 1, 1],
  ],
  [
    [0, 0x11, 0],
    [1, 2, 0x11, 1],
  ],
  [
    [0x11, 0x22, 0, 0x33],
    [3, 0x11, 0x22, 2, 0x33],
  ],
  [
    [0x11, 0, 0, 0],
    [2, 0x11, 1, 1, 1],
  ],
  [count(1, 254), [0xff, ...count(1, 254)]],
  [
    [0, ...count(1, 254)],
    [1, 0xff, ...count(1, 254)],
  ],
  [
    [...count(1, 254), 0xff],
    [0xff, ...count(1, 254), 2, 0xff],
  ],
  [
    [...count(2, 255), 0],
    [0xff, ...count(2, 255), 1, 1],
  ],
  [
    [...count(3, 255), 0, 1],
    [0xfe, ...count(3, 255), 2, 1],
  ],
];

framing('stuffs as published', () => {
  for (const [plain, stuffed] of COBS) {
    assert.is(hex(cobsEncode(Uint8Array.from(plain))), hex(Uint8Array.from(stuffed)));
    assert.is(hex(cobsDecode(Uint8Array.from(stuffed))!), hex(Uint8Array.from(plain)));
  }
  assert.is(hex(cobsDecode(Uint8Array.from([0xff, ...count(1, 254), 1]))!), hex(Uint8Array.from(count(1, 254))));
});

// RFC 3720 B.4 (iSCSI), and the check value of the catalogue
const CRC: [string, number][] = [
  ['00'.repeat(32), 0x8a9136aa],
  ['ff'.repeat(32), 0x62a8ab43],
  [hex(Uint8Array.from(count(0, 31))), 0x46dd794e],
  [Buffer.from('123456789').toString('hex'), 0xe3069283],
];

framing('has the checksum of RFC 3720', () => {
  for (const [text, crc] of CRC) assert.is(crc32c(bytes(text)), crc);
});

const zeroRich = fc.uint8Array({ maxLength: 700 }).chain((plain) =>
  fc.constantFrom(
    plain,
    plain.map((byte) => byte & 1),
    plain.map((byte) => byte | 1),
  ),
);

framing('stuffed bytes hold no zero, are as short as can be, and come back', () =>
  fc.assert(
    fc.property(zeroRich, (plain) => {
      const stuffed = cobsEncode(plain);
      assert.not.ok(stuffed.includes(0));
      assert.ok(stuffed.length <= plain.length + Math.max(1, Math.ceil(plain.length / 254)));
      assert.is(hex(cobsDecode(stuffed)!), hex(plain));
    }),
    { numRuns: 500 },
  ),
);

const body = fc.uint8Array({ minLength: 1, maxLength: 900 });
const cuts = fc.infiniteStream(fc.integer({ min: 1, max: 400 }));

framing('messages come back in order wherever the stream is cut', () =>
  fc.assert(
    fc.property(fc.array(body, { maxLength: 8 }), cuts, (bodies, cut) => {
      const line = Buffer.concat(bodies.map(framed));
      const deframer = new Deframer();
      const got: string[] = [];
      for (let from = 0; from < line.length; ) {
        const to = from + cut.next().value;
        for (const one of deframer.push(line.subarray(from, to))) got.push(hex(one));
        from = to;
      }
      assert.equal(got, bodies.map(hex));
      assert.equal(deframer.damage, { long: 0, cobs: 0, crc: 0, form: 0 });
      assert.is(deframer.bytes, line.length);
    }),
    { numRuns: 100 },
  ),
);

framing('a spoilt byte costs its message and one more at most, and is counted', () =>
  fc.assert(
    fc.property(
      fc.array(body, { minLength: 4, maxLength: 8 }),
      fc.nat(),
      fc.integer({ min: 1, max: 255 }),
      (bodies, at, mask) => {
        const lines = bodies.map(framed);
        const line = Buffer.concat(lines);
        // not in the first: it may be the rest of one that nobody heard begin
        const spoilt = lines[0].length + (at % (line.length - lines[0].length));
        line[spoilt] ^= mask;
        const deframer = new Deframer();
        const got = deframer.push(line);
        const { long, cobs, crc } = deframer.damage;
        assert.ok(got.length >= bodies.length - 2 && got.length < bodies.length);
        assert.ok(long + cobs + crc >= 1 || line[line.length - 1] !== 0);
        const sent = new Set(bodies.map(hex));
        assert.ok(got.every((one) => sent.has(hex(one))));
      },
    ),
    { numRuns: 300 },
  ),
);

framing('the rest of a message before the first delimiter is no damage, a whole one is used', () => {
  const line = framed(Uint8Array.of(1, 2, 3));
  const deframer = new Deframer();
  assert.is(deframer.push(line.subarray(3)).length, 0);
  assert.is(deframer.damage.crc + deframer.damage.cobs, 0);
  assert.is(deframer.push(line.subarray(3)).length, 0);
  assert.is(deframer.damage.crc + deframer.damage.cobs, 1);
  deframer.restart();
  assert.is(deframer.push(line).length, 1);
});

framing('what never ends is dropped without being held, and counted once', () => {
  const deframer = new Deframer();
  deframer.push(Uint8Array.of(0));
  for (let i = 0; i < 1000; i++) assert.is(deframer.push(new Uint8Array(1000).fill(7)).length, 0);
  assert.is(deframer.push(Buffer.concat([Uint8Array.of(0), framed(Uint8Array.of(9))])).length, 1);
  assert.is(deframer.damage.long, 1);
});

framing('the longest message is 1024 bytes with its delimiter, and a longer one is never written', () => {
  const longest = new Uint8Array(1014).fill(1); // 4 bytes of checksum, 5 codes, 1 delimiter
  assert.is(framed(longest).length, MAX_MESSAGE_BYTES);
  assert.is(new Deframer().push(framed(longest)).length, 1);
  assert.throws(() => framed(new Uint8Array(1015).fill(1)), /1025 bytes on the line, wanted at most 1024/);
});

framing('a million random bytes give no message, and the next one is heard', () => {
  const deframer = new Deframer();
  let seed = 1;
  let got = 0;
  for (let i = 0; i < 1000; i++) {
    const chunk = Uint8Array.from({ length: 1000 }, () => {
      seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
      return seed >>> 24;
    });
    got += deframer.push(chunk).length;
  }
  assert.is(got, 0);
  assert.is(deframer.push(Buffer.concat([Uint8Array.of(0), framed(Uint8Array.of(9))])).length, 1);
});

framing.run();
