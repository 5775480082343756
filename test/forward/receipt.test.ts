/** Receipts and questions: what is written is read, what was changed is refused, and strangers' tools agree. */
import { Algorithms, Sign1 } from '@auth0/cose';
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { newCollectorKey } from '../../host/collect/key.ts';
import { DamageError } from '../../host/errors.ts';
import {
  decodeQuery,
  encodeQuery,
  encodeReceipt,
  MAX_RANGES,
  MAX_RECEIPT_BYTES,
  type Receipt,
  ReceiptKey,
  type SeqRange,
} from '../../host/forward/receipt.ts';
import { openSign1, publicKeyFromRaw, sign1Around } from '../../host/frame/cose.ts';
import { fuzzReceipts } from '../soak/receipts.ts';
import { bytesOf } from '../support/frames.ts';

const receipts = suite('forward.receipt');
const key = newCollectorKey();
const receiptKey = new ReceiptKey(key.publicKey);
const SEED = Number(process.env.SPINDLE_SEED ?? Math.floor(Math.random() * 2 ** 31));

const ranges = (nextSeq: number): fc.Arbitrary<SeqRange[]> =>
  fc.array(fc.tuple(fc.nat(1000), fc.nat(1000)), { maxLength: 20 }).map((steps) => {
    let at = nextSeq;
    return steps.map(([gap, length]): SeqRange => {
      const first = at + 1 + gap;
      at = first + length + 1;
      return [first, first + length];
    });
  });
const anyReceipt: fc.Arbitrary<Receipt> = fc.maxSafeNat().chain((seed) => {
  const nextSeq = seed % 2 ** 40;
  return fc.record({
    ...{ hostId: bytesOf(8), epoch: bytesOf(8), nextSeq: fc.constant(nextSeq), ranges: ranges(nextSeq) },
    ...{ keyId: fc.constant(key.keyId), utcUs: fc.maxSafeNat(), nonce: fc.option(bytesOf(8)), more: fc.boolean() },
  });
});
const plain: Receipt = {
  ...{ hostId: new Uint8Array(8).fill(1), epoch: new Uint8Array(8).fill(2), nextSeq: 5, ranges: [[7, 9]] },
  ...{ keyId: key.keyId, utcUs: 1_760_000_000_000_000, nonce: null, more: false },
};

function refusal(work: () => unknown): DamageError {
  try {
    work();
  } catch (error) {
    assert.instance(error, DamageError);
    return error as DamageError;
  }
  return assert.unreachable('accepted') as never;
}

receipts('what a collector writes a host reads (property)', () => {
  fc.assert(
    fc.property(anyReceipt, (receipt) => {
      assert.equal(receiptKey.read(encodeReceipt(receipt, key.privateKey)), { ...receipt });
    }),
  );
  fc.assert(
    fc.property(
      fc.record({ hostId: bytesOf(8), epoch: bytesOf(8), nonce: bytesOf(8), fromSeq: fc.maxSafeNat() }),
      (query) => assert.equal(decodeQuery(encodeQuery(query)), { ...query }),
    ),
  );
});

receipts('any byte changed and any length cut is refused', () => {
  const message = encodeReceipt(plain, key.privateKey);
  for (let at = 0; at < message.length; at++) {
    const other = Uint8Array.from(message);
    other[at] ^= 1;
    refusal(() => receiptKey.read(other));
    refusal(() => receiptKey.read(message.subarray(0, at)));
  }
});

receipts('of another collector, or signed by another key in its name, is refused by what it is', () => {
  const other = newCollectorKey();
  const foreign = encodeReceipt({ ...plain, keyId: other.keyId }, other.privateKey);
  assert.is(refusal(() => receiptKey.read(foreign)).code, 'RECEIPT_KEY');
  const forged = encodeReceipt(plain, other.privateKey);
  assert.is(refusal(() => receiptKey.read(forged)).code, 'RECEIPT_SIGNATURE');
});

for (const [what, wrong] of [
  ['a range that touches what is contiguous', [[5, 6]]],
  ['a range before what is contiguous', [[1, 2]]],
  [
    'ranges out of order',
    [
      [20, 21],
      [10, 11],
    ],
  ],
  [
    'ranges that touch',
    [
      [7, 8],
      [9, 10],
    ],
  ],
  ['a range that ends before it begins', [[9, 8]]],
  ['more ranges than there may be', Array.from({ length: MAX_RANGES + 1 }, (_, i) => [10 + 2 * i, 10 + 2 * i])],
] as [string, SeqRange[]][])
  receipts(`with ${what} is refused although it is signed`, () => {
    const message = encodeReceipt({ ...plain, ranges: wrong }, key.privateKey);
    assert.is(refusal(() => receiptKey.read(message)).code, 'RECEIPT_FORM');
  });

receipts('with as much as it may hold stays within its size', () => {
  const most = Array.from({ length: MAX_RANGES }, (_, i): SeqRange => [2 ** 50 + 4 * i, 2 ** 50 + 4 * i + 1]);
  const message = encodeReceipt({ ...plain, ranges: most }, key.privateKey);
  assert.ok(message.length <= MAX_RECEIPT_BYTES);
  assert.is(receiptKey.read(message).ranges.length, MAX_RANGES);
});

receipts('is a COSE_Sign1 that an independent library verifies', async () => {
  const message = encodeReceipt(plain, key.privateKey);
  const theirs = Sign1.decode(message);
  assert.is(theirs.alg as number, -19);
  assert.equal(Uint8Array.from(theirs.payload), Uint8Array.from(openSign1(message).payload));
  // that library does not know the name of RFC 9864 yet; what is signed are the protected bytes as they are
  Object.defineProperty(theirs, 'alg', { value: Algorithms.EdDSA });
  await theirs.verify(publicKeyFromRaw(key.publicKey));
  let refused = false;
  await theirs.verify(publicKeyFromRaw(newCollectorKey().publicKey)).catch(() => (refused = true));
  assert.ok(refused);
});

receipts('of every payload length goes round (the head of a byte string changes at 24, 256 and 65 536)', () => {
  for (const length of [1, 22, 23, 24, 25, 255, 256, 257, 65_535, 65_536, 65_537]) {
    const payload = new Uint8Array(length).fill(7);
    assert.equal(Uint8Array.from(openSign1(sign1Around(payload, key.privateKey)).payload), payload);
  }
});

receipts(`decoders meet 60 000 damaged inputs with named errors and accept no forged receipt (seed ${SEED})`, () => {
  const result = fuzzReceipts(60_000, SEED);
  assert.is(result.forged, 0);
  assert.ok(result.refused > 40_000 && Object.keys(result.codes).length >= 4, JSON.stringify(result));
});

receipts.run();
