/** The codec against an independent deterministic encoder, and against bytes that nobody meant to be a frame. */
import { cdeDecodeOptions, cdeEncodeOptions, decode as otherDecode, encode as otherEncode } from 'cbor2';
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { DamageError } from '../../host/errors.ts';
import { decodeMap, encodeMap, FrameValueError, uint } from '../../host/frame/codec.ts';
import { decodeFrame, encodeFrame, frameMap } from '../../host/frame/frame.ts';
import { itemEnd, MAX_DEPTH } from '../../host/frame/profile.ts';
import type { FrameValue } from '../../host/types.ts';
import { anyDraft, bytesOf, DRAFT_KINDS } from '../support/frames.ts';

const codec = suite('frame.codec');
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const unhex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));

/** Any value of the profile, deeper than any frame. */
const { value: anyValue } = fc.letrec<{ value: FrameValue; map: Map<number, FrameValue> }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', maxDepth: MAX_DEPTH - 2, withCrossShrink: true },
    fc.bigInt(0n, 0xffffffffffffffffn),
    fc.maxSafeNat(),
    fc.nat(70000),
    fc.string({ unit: 'binary', maxLength: 300 }),
    fc.string({ unit: 'grapheme', minLength: 15, maxLength: 70 }),
    fc.boolean(),
    fc.uint8Array({ maxLength: 300 }),
    fc.float32Array({ maxLength: 70 }),
    fc.int16Array({ maxLength: 70 }),
    fc.array(tie('value'), { maxLength: 30 }),
    tie('map'),
  ),
  map: fc
    .uniqueArray(fc.tuple(fc.nat(0xffffffff), tie('value')), { selector: ([key]) => key, maxLength: 30 })
    .map((entries) => new Map(entries)),
}));

codec('writes any value of the profile as cbor2 does under its CDE options, and reads it back', () => {
  fc.assert(
    fc.property(anyValue, (value) => {
      const bytes = encodeMap(new Map([[20, value]]));
      assert.is(hex(bytes), hex(otherEncode(new Map([[20, value]]), cdeEncodeOptions)));
      assert.is(hex(encodeMap(decodeMap(bytes))), hex(bytes));
      assert.is(itemEnd(bytes, 0), bytes.length);
    }),
    { numRuns: 500 },
  );
});

for (const kind of DRAFT_KINDS) {
  codec(`writes a ${kind} frame as cbor2 does, and cbor2 and we read the same from it`, () => {
    fc.assert(
      fc.property(anyDraft(kind), bytesOf(8), fc.maxSafeNat(), (draft, id, seq) => {
        const descriptorSeq = ['feature', 'waveform'].includes(kind) ? 3 : null;
        const map = frameMap(draft, { hostId: id, epoch: id, bootId: id, seq, descriptorSeq });
        const bytes = encodeFrame(map, kind);
        assert.is(hex(bytes), hex(otherEncode(map, cdeEncodeOptions)));
        const frame = decodeFrame(bytes);
        assert.is(frame.kind, kind);
        assert.is(frame.seq, seq);
        assert.is(frame.monoUs, draft.monoUs);
        const other = otherDecode(bytes, { ...cdeDecodeOptions, preferMap: true }) as Map<number, FrameValue>;
        assert.equal([...frame.map.keys()], [...other.keys()]);
        for (const [key, value] of draft.body)
          assert.is(hex(encodeMap(new Map([[key, value]]))), hex(encodeMap(new Map([[key, frame.map.get(key)!]]))));
      }),
    );
  });
}

codec('writes integers in their shortest form on both sides of each border', () => {
  const written = (value: number | bigint): string => hex(encodeMap(new Map([[1, value]]))).slice(4);
  assert.is(written(23), '17');
  assert.is(written(24), '1818');
  assert.is(written(65536), '1a00010000');
  assert.is(written(4294967295), '1affffffff');
  assert.is(written(4294967296), '1b0000000100000000');
  assert.is(written(7n), '07');
  assert.is(written(2n ** 64n - 1n), '1bffffffffffffffff');
});

codec('turns integers up to 2^53 into Numbers and keeps larger ones exact', () => {
  const back = (value: bigint): FrameValue => decodeMap(encodeMap(new Map([[1, value]]))).get(1)!;
  assert.is(back(2n ** 53n - 1n), 2 ** 53 - 1);
  assert.is(back(2n ** 53n + 1n), 2n ** 53n + 1n);
});

codec('keeps NaN, infinities, -0 and subnormals of float32 arrays bit for bit', () => {
  const bits = Uint32Array.of(0x7fc00001, 0x7f800000, 0xff800000, 0x80000000, 1);
  const back = decodeMap(encodeMap(new Map([[20, new Float32Array(bits.buffer)]]))).get(20) as Float32Array;
  assert.equal(new Uint32Array(back.buffer, back.byteOffset, back.length), bits);
});

codec('hands out bytes that no later decode or caller overwrites', () => {
  const bytes = encodeMap(
    new Map<number, FrameValue>([
      [1, unhex('010203')],
      [2, Float32Array.of(1)],
    ]),
  );
  const input = Uint8Array.from(bytes);
  const map = decodeMap(input);
  input.fill(0xff);
  assert.equal(map.get(1), unhex('010203'));
  assert.equal(map.get(2), Float32Array.of(1));
});

codec('refuses what no frame may hold, naming where it stands', () => {
  const refused: [unknown, RegExp][] = [
    [1.5, /1\.5 is no unsigned integer/],
    [-1, /negative/],
    [2n ** 64n, /64 bits/],
    [Number.NaN, /no unsigned/],
    [null, /null is no frame value/],
    [undefined, /no frame value/],
    [new Float64Array(1), /no frame value/],
    [{}, /no frame value/],
    ['\ud800', /surrogate/],
    [new Map([[-1, 1]]), /map key -1/],
    [new Map([[0.5, 1]]), /map key 0\.5/],
  ];
  for (const [value, text] of refused) {
    assert.throws(
      () => encodeMap(new Map([[20, value as FrameValue]])),
      (error: unknown) => error instanceof FrameValueError && error.code === 'FRAME_VALUE' && text.test(error.message),
      String(value),
    );
  }
  let deep: FrameValue = 1;
  for (let i = 0; i < 20; i++) deep = [deep];
  assert.throws(() => encodeMap(new Map([[20, deep]])), /nested deeper/);
  assert.throws(() => encodeMap(new Map([[20, new Uint8Array(1 << 20)]])), /wanted at most/);
  assert.throws(() => uint(-1), /negative/);
});

const damaged = (bytes: Uint8Array): boolean => {
  try {
    decodeFrame(bytes);
    return false;
  } catch (error) {
    if (error instanceof DamageError) return true;
    throw error;
  }
};

codec('calls every form outside the profile damage, never a crash', () => {
  const forms = {
    'nothing at all': '',
    'not a map': '01',
    'null inside': 'a1 01 f6',
    'a scalar float': 'a1 01 fa3fc00000',
    'a half float': 'a1 01 f93e00',
    'a negative integer': 'a1 01 20',
    'undefined inside': 'a1 01 f7',
    'keys out of order': 'a2 02 01 01 01',
    'a key twice': 'a2 01 01 01 02',
    'a text key': 'a1 6161 01',
    'an indefinite map': 'bf 01 02 ff',
    'an indefinite string': 'a1 01 5f 4101 ff',
    'an integer longer than needed': 'a1 01 1817',
    'a length longer than needed': 'a1 01 5803 010203',
    'a key longer than needed': 'a1 1801 01',
    'another tag': 'a1 01 c11a00000000',
    'a bignum': 'a1 01 c24101',
    'tag 85 on 3 bytes': 'a1 01 d855 43 000000',
    'tag 77 on text': 'a1 01 d84d 626161',
    'tag 85 on nothing': 'a1 01 d855',
    'text that is not UTF-8': 'a1 01 61 ff',
    'overlong UTF-8': 'a1 01 62 c080',
    'a string that claims 4 GB': 'a1 01 5affffffff',
    'an array that claims 2^63 items': 'a1 01 9b7fffffffffffffff',
    'a map that claims 4 G entries': 'baffffffff',
    'bytes behind it': 'a1 01 01 00',
    'the middle of an item': 'a2 01 01 02',
    'nesting without end': `a1 01 ${'81'.repeat(500_000)}`,
    'a reserved head': 'a1 01 1c',
  };
  for (const [name, bytes] of Object.entries(forms)) assert.ok(damaged(unhex(bytes)), name);
});

codec('of random bytes gives a value or a DamageError (2000 runs)', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      damaged(bytes);
      damaged(Uint8Array.from([0xa5, ...bytes]));
    }),
    { numRuns: 2000 },
  );
});

codec('of a mutated frame gives a DamageError or a frame with exactly these bytes (2000 runs)', () => {
  const frame = fc.oneof(...DRAFT_KINDS.map((kind) => anyDraft(kind).map((draft) => ({ kind, draft }))));
  const id = new Uint8Array(8).fill(5);
  const change = fc.array(fc.tuple(fc.nat(), fc.nat(255), fc.constantFrom('set', 'cut', 'insert')), {
    minLength: 1,
    maxLength: 3,
  });
  fc.assert(
    fc.property(frame, change, ({ kind, draft }, changes) => {
      const map = frameMap(draft, { hostId: id, epoch: id, bootId: id, seq: 4, descriptorSeq: 0 });
      let bytes = [...encodeFrame(map, kind)];
      for (const [place, byte, how] of changes) {
        const at = place % bytes.length;
        if (how === 'set') bytes[at] = byte;
        else if (how === 'cut') bytes = bytes.slice(0, Math.max(1, at));
        else bytes.splice(at, 0, byte);
      }
      const mutated = Uint8Array.from(bytes);
      if (!damaged(mutated)) assert.is(hex(encodeMap(decodeFrame(mutated).map)), hex(mutated));
    }),
    { numRuns: 2000 },
  );
});

codec.run();
