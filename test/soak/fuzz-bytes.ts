/** Bytes that are nearly good: cheap, by a seed, so that a decoder meets tens of thousands of them in a second. */
import type { Random } from '../../host/acquire/random.ts';

/** Bytes at which sizes, types and counts turn over, in CBOR and elsewhere. */
const EDGES = [
  0x00, 0x17, 0x18, 0x1b, 0x1f, 0x3b, 0x5f, 0x7f, 0x80, 0x9f, 0xbb, 0xbf, 0xd2, 0xd9, 0xf6, 0xf7, 0xfb, 0xff,
];
const LONGEST_SLICE = 64;

export const below = (random: Random, limit: number): number => Math.floor(random.uniform() * limit);
export const oneOf = <T>(random: Random, from: readonly T[]): T => from[below(random, from.length)];

type Change = (bytes: Buffer, random: Random, other: Uint8Array) => Uint8Array;

const CHANGES: Change[] = [
  (bytes, random) => {
    bytes[below(random, bytes.length)] ^= 1 << below(random, 8);
    return bytes;
  },
  (bytes, random) => {
    bytes[below(random, bytes.length)] = oneOf(random, EDGES);
    return bytes;
  },
  (bytes, random) => {
    const at = below(random, bytes.length);
    for (let end = Math.min(bytes.length, at + 8), i = at; i < end; i++) bytes[i] = random.next() & 0xff;
    return bytes;
  },
  (bytes, random) => bytes.subarray(0, below(random, bytes.length + 1)),
  (bytes, random) => {
    const [at, length] = [below(random, bytes.length), 1 + below(random, LONGEST_SLICE)];
    return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)]);
  },
  (bytes, random) => {
    const [at, length] = [below(random, bytes.length), 1 + below(random, LONGEST_SLICE)];
    return Buffer.concat([bytes.subarray(0, at + length), bytes.subarray(at)]);
  },
  (bytes, random, other) => {
    const [at, from] = [below(random, bytes.length), below(random, other.length)];
    const slice = other.subarray(from, from + 1 + below(random, LONGEST_SLICE));
    return Buffer.concat([bytes.subarray(0, at), slice, bytes.subarray(at)]);
  },
];

/** A good one with one to four places changed; one in 64 is nothing but noise. */
export function nearlyGood(goods: readonly Uint8Array[], random: Random): Uint8Array {
  if (below(random, 64) === 0) return Uint8Array.from({ length: below(random, 200) }, () => random.next() & 0xff);
  let bytes: Uint8Array = Buffer.from(oneOf(random, goods));
  for (let changes = 1 + below(random, 4); changes > 0 && bytes.length > 0; changes--)
    bytes = oneOf(random, CHANGES)(bytes as Buffer, random, oneOf(random, goods));
  return bytes;
}
