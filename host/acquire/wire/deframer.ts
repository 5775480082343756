/**
 * A byte stream, cut anywhere, turned into the bodies of whole messages (docs/wire.md): COBS and CRC-32C taken off and
 * checked. What is damaged is counted and skipped up to the next 0x00. What stands before the first 0x00 may be the rest of
 * a message that began before anybody listened: it is used if it is whole, and is no damage if it is not.
 */
import { cobsDecode } from './cobs.ts';
import { crc32c } from './crc32c.ts';

/** Of a message on the line, with its delimiter. */
export const MAX_MESSAGE_BYTES = 1024;
const CRC_BYTES = 4;

/** Messages that were not used, by what was wrong with them. */
export interface Damage {
  long: number;
  cobs: number;
  crc: number;
  /** Whole bytes that are no message of this version: counted by whoever reads them. */
  form: number;
}

export class Deframer {
  readonly damage: Damage = { long: 0, cobs: 0, crc: 0, form: 0 };
  /** Since it was made, delimiters and damage included. */
  bytes = 0;
  readonly #held = new Uint8Array(MAX_MESSAGE_BYTES);
  #length = 0;
  #isSynchronised = false;
  #isTooLong = false;

  /** The line was opened anew: what is held is half a message, and so is what comes first. */
  restart(): void {
    this.#length = 0;
    this.#isSynchronised = false;
    this.#isTooLong = false;
  }

  /** @returns the bodies that `chunk` completes, in order; each is the receiver's own */
  push(chunk: Uint8Array): Uint8Array[] {
    const bodies: Uint8Array[] = [];
    this.bytes += chunk.length;
    for (let from = 0; from < chunk.length; ) {
      const delimiter = chunk.indexOf(0, from);
      const end = delimiter < 0 ? chunk.length : delimiter;
      this.#hold(chunk.subarray(from, end));
      if (delimiter < 0) break;
      const body = this.#message();
      if (body) bodies.push(body);
      from = delimiter + 1;
    }
    return bodies;
  }

  #hold(part: Uint8Array): void {
    // one byte is the delimiter's
    if (this.#length + part.length > MAX_MESSAGE_BYTES - 1) this.#isTooLong = true;
    else {
      this.#held.set(part, this.#length);
      this.#length += part.length;
    }
  }

  #message(): Uint8Array | null {
    const { body, wrong } = this.#isTooLong
      ? { body: null, wrong: 'long' as const }
      : bodyOf(this.#held.subarray(0, this.#length));
    const isFirst = !this.#isSynchronised;
    this.#length = 0;
    this.#isTooLong = false;
    this.#isSynchronised = true;
    if (wrong !== null && !isFirst) this.damage[wrong]++;
    return body;
  }
}

/** An empty message is a delimiter too many, which some senders begin with: neither a body nor damage. */
function bodyOf(stuffed: Uint8Array): { body: Uint8Array | null; wrong: 'cobs' | 'crc' | null } {
  if (stuffed.length === 0) return { body: null, wrong: null };
  const bytes = cobsDecode(stuffed);
  if (bytes === null || bytes.length <= CRC_BYTES) return { body: null, wrong: 'cobs' };
  const body = bytes.subarray(0, bytes.length - CRC_BYTES);
  const crc = new DataView(bytes.buffer, bytes.byteOffset).getUint32(body.length, true);
  return crc === crc32c(body) ? { body, wrong: null } : { body: null, wrong: 'crc' };
}
