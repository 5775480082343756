/**
 * The part of CBOR that frames use, checked on the bytes before anything is built from them: RFC 8949 4.2.1, unsigned
 * integers, byte and text strings, booleans, arrays, maps with ascending unsigned keys, tags 85 (float32 LE) and 77
 * (int16 LE). Size and depth are capped here, so a decoder behind it can neither recurse nor allocate without end.
 */
import { isUtf8 } from 'node:buffer';
import { DamageError } from '../errors.ts';

export const MAX_FRAME_BYTES = 1 << 20;
export const MAX_DEPTH = 8;
/** A float32 array and an int16 array: RFC 8746. */
export const TAG_F32 = 85;
export const TAG_I16 = 77;

/** The item goes on behind the end of the bytes: damage in a frame, a wish for more in a stream. */
class Incomplete extends Error {}
const INCOMPLETE = new Incomplete('incomplete');

function damage(what: string, offset: number): DamageError {
  return new DamageError('FRAME_CBOR', `frame: byte ${offset}: ${what}; the frame is not used`);
}

/** Where an item starts and how its head reads. One is reused throughout: `walk` is synchronous. */
const head = { major: 0, value: 0, next: 0 };

function readHead(bytes: Uint8Array, offset: number, end: number): void {
  if (offset >= end) throw INCOMPLETE;
  const first = bytes[offset];
  const info = first & 31;
  head.major = first >> 5;
  if (info < 24) {
    head.value = info;
    head.next = offset + 1;
    return;
  }
  if (info > 27) throw damage(`0x${first.toString(16)} is an indefinite length or reserved`, offset);
  const size = 1 << (info - 24);
  if (offset + 1 + size > end) throw INCOMPLETE;
  let value = 0;
  for (let i = 1; i <= size; i++) value = value * 256 + bytes[offset + i];
  const least = size === 1 ? 24 : 2 ** (4 * size);
  if (value < least) throw damage('an integer or length is not in its shortest form', offset);
  head.value = value;
  head.next = offset + 1 + size;
}

function walk(bytes: Uint8Array, offset: number, end: number, depth: number): number {
  if (depth > MAX_DEPTH) throw damage(`nested deeper than ${MAX_DEPTH}`, offset);
  readHead(bytes, offset, end);
  const { major, value } = head;
  let at = head.next;
  switch (major) {
    case 0:
      return at;
    case 2:
    case 3:
      if (value > MAX_FRAME_BYTES)
        throw damage(`a string of ${value} bytes, wanted at most ${MAX_FRAME_BYTES}`, offset);
      if (at + value > end) throw INCOMPLETE;
      if (major === 3 && !isUtf8(bytes.subarray(at, at + value))) throw damage('text is not UTF-8', offset);
      return at + value;
    case 4:
      if (value > MAX_FRAME_BYTES) throw damage(`an array of ${value} items`, offset);
      for (let i = 0; i < value; i++) at = walk(bytes, at, end, depth + 1);
      return at;
    case 5: {
      if (value > MAX_FRAME_BYTES) throw damage(`a map of ${value} entries`, offset);
      let last = -1;
      for (let i = 0; i < value; i++) {
        readHead(bytes, at, end);
        if (head.major !== 0 || head.value > 0xffffffff)
          throw damage('a map key is not an unsigned 32-bit integer', at);
        if (head.value <= last) throw damage(`map key ${head.value} stands after ${last}`, at);
        last = head.value;
        at = walk(bytes, head.next, end, depth + 1);
      }
      return at;
    }
    case 6: {
      if (value !== TAG_F32 && value !== TAG_I16) throw damage(`tag ${value}, wanted ${TAG_F32} or ${TAG_I16}`, offset);
      readHead(bytes, at, end);
      if (head.major !== 2) throw damage(`tag ${value} without a byte string`, at);
      if (head.value % (value === TAG_F32 ? 4 : 2) !== 0) throw damage(`tag ${value} on ${head.value} bytes`, at);
      return walk(bytes, at, end, depth);
    }
    case 7:
      if (bytes[offset] === 0xf4 || bytes[offset] === 0xf5) return at;
      throw damage(
        `0x${bytes[offset].toString(16)}, wanted true or false: no floats, null or other simple values`,
        offset,
      );
    default:
      throw damage('a negative integer', offset);
  }
}

/**
 * The end of the item that starts at `offset`, or null when it goes on behind `bytes`.
 *
 * @throws DamageError FRAME_CBOR when what is there cannot become an item of the profile, however it goes on
 */
export function itemEnd(bytes: Uint8Array, offset: number): number | null {
  const end = Math.min(bytes.length, offset + MAX_FRAME_BYTES);
  try {
    return walk(bytes, offset, end, 0);
  } catch (error) {
    if (error !== INCOMPLETE) throw error;
    if (end - offset >= MAX_FRAME_BYTES) throw damage(`longer than ${MAX_FRAME_BYTES} bytes`, offset);
    return null;
  }
}
