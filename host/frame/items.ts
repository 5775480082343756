/**
 * Cuts a byte stream into the items of the one file format, holding no more than one item and one chunk. A bare CBOR
 * sequence of frames (a message, a pipe) is the same without label, header and end.
 */
import { DamageError } from '../errors.ts';
import { SIGN1_BYTES, SIGN1_FIRST_BYTE } from './cose.ts';
import { itemEnd } from './profile.ts';

/** RFC 9277: tag 55800 on tag "SPND" on h'424f52'. */
export const FILE_LABEL = Uint8Array.from(Buffer.from('d9d9f8da53504e4443424f52', 'hex'));
export const DIGEST_BYTES = 32;
const DIGEST_HEAD = Uint8Array.of(0x58, DIGEST_BYTES);

export interface Item {
  /** `map` is a header or a frame. */
  type: 'label' | 'map' | 'digest' | 'end';
  /** The item as it stands; for a digest its 32 bytes without their head. Valid until the next item. */
  bytes: Uint8Array;
  /** Of its first byte in the stream. */
  offset: number;
}

function startsWith(bytes: Uint8Array, at: number, wanted: Uint8Array): boolean {
  return Buffer.compare(bytes.subarray(at, at + wanted.length), wanted) === 0;
}

/** @returns the item and where the next one starts; null when more bytes are needed */
function itemAt(bytes: Uint8Array, at: number, offset: number): { item: Item; end: number } | null {
  const fixed = (type: Item['type'], length: number): { item: Item; end: number } | null =>
    at + length > bytes.length
      ? null
      : { item: { type, bytes: bytes.subarray(at, at + length), offset }, end: at + length };
  if (bytes[at] === SIGN1_FIRST_BYTE) return fixed('end', SIGN1_BYTES);
  if (bytes[at] === FILE_LABEL[0]) {
    const label = fixed('label', FILE_LABEL.length);
    if (label && !startsWith(bytes, at, FILE_LABEL))
      throw damage('a tag that is not the label of a Spindle file', offset);
    return label;
  }
  const end = itemEnd(bytes, at);
  if (end === null) return null;
  if (bytes[at] >> 5 === 5) return { item: { type: 'map', bytes: bytes.subarray(at, end), offset }, end };
  if (end - at === DIGEST_HEAD.length + DIGEST_BYTES && startsWith(bytes, at, DIGEST_HEAD))
    return { item: { type: 'digest', bytes: bytes.subarray(at + DIGEST_HEAD.length, end), offset }, end };
  throw damage('neither a frame, a digest nor a signature', offset);
}

/**
 * The items of a stream in order.
 *
 * @throws DamageError FILE_ITEM for what is no item, FILE_TRUNCATED when the stream ends inside one
 */
export async function* readItems(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Item> {
  let rest: Uint8Array = new Uint8Array(0);
  let offset = 0;
  for await (const chunk of chunks) {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let at = 0;
    for (;;) {
      const found = at < bytes.length ? tryItem(bytes, at, offset + at) : null;
      if (!found) break;
      yield found.item;
      at = found.end;
    }
    offset += at;
    rest = Uint8Array.from(bytes.subarray(at));
  }
  if (rest.length > 0)
    throw new DamageError('FILE_TRUNCATED', `byte ${offset}: the file ends after ${rest.length} bytes of an item`);
}

function tryItem(bytes: Uint8Array, at: number, offset: number): { item: Item; end: number } | null {
  try {
    return itemAt(bytes, at, offset);
  } catch (cause) {
    if (!(cause instanceof DamageError) || cause.code !== 'FRAME_CBOR') throw cause;
    throw new DamageError('FILE_ITEM', `byte ${offset}: ${cause.message}`, { cause });
  }
}

function damage(what: string, offset: number): DamageError {
  return new DamageError('FILE_ITEM', `byte ${offset}: ${what}`);
}

/** The item that stands for a frame which is not included. */
export function digestItem(digest: Uint8Array): Uint8Array {
  return Buffer.concat([DIGEST_HEAD, digest]);
}
