/**
 * Bytes that a stranger may publish: whole random, and whole good ones with a few bytes changed, cut, doubled. A decoder
 * may refuse by name or accept; whatever else it throws, and whatever it accepts without a signature, is a finding.
 */
import { Random } from '../../host/acquire/random.ts';
import { takePayload } from '../../host/collect/frames.ts';
import { newCollectorKey } from '../../host/collect/key.ts';
import { DamageError } from '../../host/errors.ts';
import { decodeQuery, encodeQuery, encodeReceipt, ReceiptKey, type SeqRange } from '../../host/forward/receipt.ts';
import { sameBytes } from '../../host/frame/chain.ts';
import { encodeFrame, frameMap } from '../../host/frame/frame.ts';
import { featureDraft } from '../support/frames.ts';

export interface FuzzResult {
  inputs: number;
  /** Accepted although something was changed: of receipts there must be none. */
  forged: number;
  accepted: number;
  refused: number;
  /** Refusals by code. */
  codes: Record<string, number>;
}

const TOPIC = 'spindle/v1/e/s/a/l/m/p/feature';

/** @throws what a decoder throws that is no DamageError, with the input in hex */
export function fuzzReceipts(inputs: number, seed: number, told?: (inputs: number) => void): FuzzResult {
  const dice = Random.stream(seed, 'receipts');
  const whole = (below: number): number => Math.floor(dice.uniform() * below);
  const bytes = (length: number): Uint8Array => Uint8Array.from({ length }, () => whole(256));
  const key = newCollectorKey();
  const receiptKey = new ReceiptKey(key.publicKey);
  const result: FuzzResult = { inputs: 0, forged: 0, accepted: 0, refused: 0, codes: {} };

  const receipt = (): Uint8Array => {
    const ranges: SeqRange[] = [];
    for (let at = 10, n = whole(4); n > 0; n--, at += 20) ranges.push([at + whole(5), at + 5 + whole(5)]);
    const fields = {
      hostId: bytes(8),
      epoch: bytes(8),
      nextSeq: whole(9),
      ranges,
      keyId: key.keyId,
      utcUs: whole(1e9),
    };
    return encodeReceipt({ ...fields, nonce: whole(2) ? bytes(8) : null, more: whole(8) === 0 }, key.privateKey);
  };
  const query = (): Uint8Array =>
    encodeQuery({ hostId: bytes(8), epoch: bytes(8), nonce: bytes(8), fromSeq: whole(1e6) });
  const frames = (): Uint8Array =>
    Buffer.concat(
      Array.from({ length: 1 + whole(3) }, (_, seq) => {
        const identity = { hostId: bytes(8), epoch: bytes(8), seq, bootId: bytes(8), descriptorSeq: 0 };
        return encodeFrame(frameMap(featureDraft(seq), identity), 'feature');
      }),
    );
  const decoders: [make: () => Uint8Array, read: (input: Uint8Array) => unknown, isSigned: boolean][] = [
    [receipt, (input) => receiptKey.read(input), true],
    [query, decodeQuery, false],
    [
      frames,
      (input) => {
        const { damage } = takePayload(TOPIC, input);
        if (damage !== null) throw new DamageError('PAYLOAD', damage);
      },
      false,
    ],
  ];
  // making a good one costs a signature: each serves many times
  const good = decoders.map(([make]) => Array.from({ length: 50 }, make));

  const changed = (from: Uint8Array): Uint8Array => {
    const input = Uint8Array.from(from);
    switch (whole(5)) {
      case 0:
        return input.subarray(0, whole(input.length));
      case 1:
        return Buffer.concat([input, bytes(1 + whole(20))]);
      case 2: {
        const at = whole(input.length);
        return Buffer.concat([input.subarray(0, at), bytes(1 + whole(8)), input.subarray(at + whole(8))]);
      }
      default:
        for (let n = 1 + whole(3); n > 0; n--) input[whole(input.length)] = whole(256);
        return input;
    }
  };

  for (; result.inputs < inputs; result.inputs++) {
    const which = whole(decoders.length);
    const [, read, isSigned] = decoders[which];
    const from = good[which][whole(50)];
    const input = whole(4) === 0 ? bytes(whole(200)) : changed(from);
    try {
      read(input);
      result.accepted++;
      if (isSigned && !sameBytes(input, from)) result.forged++;
    } catch (error) {
      if (!(error instanceof DamageError))
        throw new Error(`seed ${seed}, input ${result.inputs}: ${Buffer.from(input).toString('hex')}`, {
          cause: error,
        });
      result.refused++;
      result.codes[error.code] = (result.codes[error.code] ?? 0) + 1;
    }
    if (result.inputs % 100_000 === 99_999) told?.(result.inputs + 1);
  }
  return result;
}
