/** What a node makes of chunks: blocks that decode to the samples they were, and a count that knows what is missing. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { sensorFacts } from '../../firmware/node/facts.ts';
import { FAULTY, OPERATION, Twin, UART } from './twin.ts';
import { cobs, command, crc32c, decoded, encoded, framed, TYPE, uncobs, type WireMap } from './wire.ts';

const ANCHOR = 1;
const OVERRAN = 2;
const FUZZ_BYTES = 1_000_000;

/** Reads a block's samples by the letter of docs/wire.md, bit by bit. */
function samplesOf(block: WireMap, isPacked: boolean): number[] {
  const bytes = block.get(6) as Uint8Array;
  const count = 3 * (block.get(5) as number);
  if (!isPacked) {
    assert.is(bytes.length, 2 * count);
    return Array.from({ length: count }, (_, i) => ((bytes[2 * i] | (bytes[2 * i + 1] << 8)) << 16) >> 16);
  }
  assert.is(bytes.length, Math.ceil(2.5 * count));
  const bit = (i: number): number => (bytes[i >> 3] >> (7 - (i & 7))) & 1;
  if (count % 2 === 1) assert.is(bytes[bytes.length - 1] & 15, 0);
  return Array.from({ length: count }, (_, i) => {
    let value = -bit(20 * i);
    for (let j = 1; j < 20; j++) value = 2 * value + bit(20 * i + j);
    return value;
  });
}

const scansOf = (samples: number[], isPacked: boolean): Uint8Array =>
  Uint8Array.from(
    samples.flatMap((value) =>
      isPacked ? [(value >> 12) & 0xff, (value >> 4) & 0xff, (value << 4) & 0xf0] : [value & 0xff, (value >> 8) & 0xff],
    ),
  );

const stream = suite('node.stream');

for (const sensor of ['adxl345', 'adxl355'] as const)
  stream(`blocks of a ${sensor} hold any samples in any chunks, in order, each once`, () => {
    const isPacked = sensor === 'adxl355';
    const sample = isPacked ? fc.integer({ min: -524_288, max: 524_287 }) : fc.integer({ min: -32_768, max: 32_767 });
    const chunk = fc
      .integer({ min: 1, max: 32 })
      .chain((scans) => fc.array(sample, { minLength: 3 * scans, maxLength: 3 * scans }));
    fc.assert(
      fc.property(fc.array(chunk, { minLength: 3, maxLength: 40 }), (chunks) => {
        const twin = new Twin(sensor);
        const discarded = 3 * sensorFacts(sensor).discardScans.value;
        twin.take();
        for (const samples of chunks) twin.chunk(scansOf(samples, isPacked), samples.length / 3);
        const { messages } = twin.ask('stop');
        const blocks = messages.filter((message) => message.get(1) === TYPE.block);
        assert.equal(
          blocks.flatMap((block) => samplesOf(block, isPacked)),
          chunks.flat().slice(discarded),
        );
        let count = 0;
        for (const [i, block] of blocks.entries()) {
          assert.equal([block.get(3), block.get(4)], [i, count]);
          count += block.get(5) as number;
        }
        assert.is(messages.at(-1)?.get(4), count);
      }),
      { numRuns: 60 },
    );
  });

stream('the sum of what came and what is said to be lost is what was taken, whatever was dropped where', () => {
  const step = fc.record({
    scans: fc.integer({ min: 1, max: 32 }),
    ring: fc.oneof(
      { arbitrary: fc.constant(0), weight: 4 },
      { arbitrary: fc.integer({ min: 1, max: 500 }), weight: 1 },
    ),
    hasRoom: fc.oneof({ arbitrary: fc.constant(true), weight: 3 }, { arbitrary: fc.constant(false), weight: 1 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const twin = new Twin();
      const discarded = sensorFacts('adxl345').discardScans.value;
      twin.chunk(new Uint8Array(6 * discarded), discarded);
      twin.take();
      let taken = 0;
      for (const { scans, ring, hasRoom } of steps) {
        twin.hasRoom = (isBlock) => hasRoom || !isBlock;
        twin.dropped += ring;
        taken += ring + scans;
        twin.chunk(new Uint8Array(6 * scans), scans);
      }
      twin.hasRoom = () => true;
      const messages = [...twin.take(), ...twin.ask('stop').messages];
      const blocks = messages.filter((message) => message.get(1) === TYPE.block);
      const last = messages.at(-1) as WireMap;
      const received = blocks.reduce((sum, block) => sum + (block.get(5) as number), 0);
      assert.is(last.get(4), taken);
      assert.is(received + (last.get(6) as number) + (last.get(7) as number), taken);
      assert.is(last.get(6), twin.dropped);
      const jumps = blocks.reduce((sum, block, i) => {
        const before = i === 0 ? 0 : Number(blocks[i - 1].get(4)) + (blocks[i - 1].get(5) as number);
        return sum + Number(block.get(4)) - before;
      }, 0);
      const behind = blocks.length === 0 ? 0 : Number(blocks.at(-1)?.get(4)) + (blocks.at(-1)?.get(5) as number);
      assert.is(received + jumps + (taken - behind), taken);
      assert.is(last.get(17), blocks.length + blocksDropped(blocks, last));
    }),
    { numRuns: 100 },
  );
});

/** Numbers that no block came with. */
function blocksDropped(blocks: WireMap[], last: WireMap): number {
  let [next, dropped] = [0, 0];
  for (const block of blocks) {
    dropped += (block.get(3) as number) - next;
    next = (block.get(3) as number) + 1;
  }
  return dropped + (last.get(17) as number) - next;
}

// an edge that is seen 12 us late, of scans 260 us apart, moves the count by half a scan when the loss is 11 times as long
// as what the rate was measured over: docs/wire.md
stream(
  'an overrun of up to ten times what was sampled before it is counted to the scan, at any rate that the part really has',
  () => {
    const settings = fc.record({
      rateHz: fc.double({ min: 3200 * 0.81, max: 3200 * 1.19, noNaN: true }),
      before: fc.integer({ min: 40, max: 300 }),
      lost: fc.integer({ min: 1, max: 3200 * 5 }),
      lateUs: fc.array(fc.integer({ min: 0, max: 12 }), { minLength: 400, maxLength: 400 }),
    });
    fc.assert(
      fc.property(settings, ({ rateHz, before, lost, lateUs }) => {
        const twin = new Twin();
        const at = (scan: number, late: number): bigint => BigInt(Math.round((scan * 1e6) / rateHz) + late);
        let scan = 0;
        for (let i = 0; i < before; i++) {
          scan += 16;
          twin.us = at(scan, lateUs[i]);
          twin.chunk(new Uint8Array(6 * 16), 16, ANCHOR);
        }
        scan += Math.min(lost, 10 * 16 * (before - 1)) + 16;
        twin.us = at(scan, lateUs[399]);
        twin.chunk(new Uint8Array(6 * 16), 16, ANCHOR | OVERRAN);
        const { messages } = twin.ask('stop');
        const discarded = sensorFacts('adxl345').discardScans.value;
        assert.is(messages.at(-1)?.get(4), scan - discarded);
        assert.is(messages.at(-1)?.get(5), 1);
      }),
      { numRuns: 100 },
    );
  },
);

stream('the measured rate is that of the part, to 10 ppm after 10 s', () => {
  fc.assert(
    fc.property(fc.double({ min: 3200 * 0.81, max: 3200 * 1.19, noNaN: true }), (rateHz) => {
      const twin = new Twin();
      for (let scan = 16; scan < 10 * rateHz; scan += 16) {
        twin.us = BigInt(Math.round((scan * 1e6) / rateHz));
        twin.chunk(new Uint8Array(6 * 16), 16, ANCHOR);
      }
      twin.take();
      twin.wait(1);
      twin.us += 500_000n;
      twin.chunk(new Uint8Array(6), 1);
      twin.poll();
      const heartbeat = twin.take().findLast((message) => message.has(16)) as WireMap;
      assert.ok(Math.abs((heartbeat.get(16) as number) / 1000 / rateHz - 1) < 1e-5);
    }),
    { numRuns: 20 },
  );
});

stream('the part that passes its own test is told so, with what was measured and what was allowed', () => {
  for (const [step, wanted] of [
    [500, 0],
    [5, 1],
  ] as const) {
    const twin = new Twin();
    let isForced = false;
    twin.answer = (operation, argument) => {
      if (operation === OPERATION.selfTest) isForced = argument === 2;
      return 0;
    };
    twin.take();
    twin.receive(UART, Uint8Array.from([0, ...command(1, 'self-test')]));
    for (let i = 0; i < 400; i++) {
      twin.us += 1000n;
      const force = isForced ? step : 0;
      const scan = scansOf([force, -force, 256 + force], false);
      twin.chunk(Uint8Array.from([...scan, ...scan, ...scan]), 3);
      twin.poll();
    }
    const answer = twin.take().find((message) => message.get(1) === TYPE.answer) as WireMap;
    assert.is(answer.get(4), wanted, answer.get(5) as string);
    const milliG = Math.round(step * 3.90625);
    assert.is(
      answer.get(5),
      `gravity 1000 mg (700 to 1300), x ${milliG} mg (345 to 3734), y -${milliG} mg (-3734 to -345), z ${milliG} mg (430 to 5025)`,
    );
  }
});

stream('a self-test says which register is not what it should be, and goes on sampling', () => {
  const twin = new Twin();
  let isTested = false;
  twin.answer = (operation) => {
    if (operation === OPERATION.selfTest && !isTested) {
      isTested = true;
      return FAULTY | (0x31 << 16) | (0x0b << 8) | 0x8b;
    }
    return 0;
  };
  const { answer, messages } = twin.ask('self-test');
  assert.equal([answer.get(4), answer.get(5)], [1, 'adxl345: register 0x31: got 0x0B, wanted 0x8B']);
  assert.is(messages.at(-1)?.get(1), TYPE.hello);
});

stream('a message on the line is the map, its CRC-32C and COBS, for any bytes', () => {
  assert.is(crc32c(new TextEncoder().encode('123456789')), 0xe3069283, 'RFC 3720 B.4 and others');
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 1000 }), (bytes) => {
      assert.equal(uncobs(cobs(bytes)), bytes);
      assert.ok(!cobs(bytes).includes(0));
    }),
  );
});

/** xorshift32 (Marsaglia 2003): the same garbage each time. */
function garbage(length: number): Uint8Array {
  let state = 0x9e3779b9;
  return Uint8Array.from({ length }, () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 24;
  });
}

stream(`${FUZZ_BYTES} bytes of garbage are counted and change nothing`, () => {
  const twin = new Twin();
  twin.take();
  const before = twin.operations.length;
  twin.receive(UART, garbage(FUZZ_BYTES));
  assert.equal(
    [twin.operations.length - before, twin.sent.length, twin.restarts.length, twin.flash.length],
    [0, 0, 0, 0],
  );
  twin.receive(UART, Uint8Array.of(0));
  const { messages } = twin.ask('stop');
  const damaged = messages.at(-1)?.get(11) as number;
  assert.ok(damaged > FUZZ_BYTES / 300 && damaged < FUZZ_BYTES / 200, `${damaged}`); // a zero in 256 bytes
});

stream('whatever is framed well and is no command is damage, and never a trap', () => {
  const twin = new Twin();
  const map = fc.dictionary(fc.integer({ min: 0, max: 9 }).map(String), fc.anything({ maxDepth: 1 }));
  const odd = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc
      .tuple(fc.constantFrom(0xa5, 0xa7), fc.uint8Array({ maxLength: 60 }))
      .map(([head, rest]) => Uint8Array.from([head, 1, 16, 2, 1, 3, ...rest])),
    map.map(() =>
      encoded(
        new Map([
          [1, 16],
          [2, 1],
          [3, 7],
        ]),
      ),
    ),
  );
  twin.receive(UART, Uint8Array.of(0));
  fc.assert(
    fc.property(odd, (bytes) => {
      twin.sent = [];
      twin.receive(UART, framed(bytes));
      for (const { bytes: sent } of twin.sent) decoded(uncobs(sent.subarray(0, -1)).slice(0, -4));
    }),
    { numRuns: 2000 },
  );
  assert.is(twin.ask('identify').answer.get(4), 0);
});

stream('a message that is longer than 1024 bytes is dropped, and the next one heard', () => {
  const twin = new Twin();
  twin.receive(UART, Uint8Array.from([0, ...new Uint8Array(5000).fill(1), 0]));
  const { messages } = twin.ask('stop');
  assert.is(messages.at(-1)?.get(11), 1);
});

stream.run();
