/** The wire as a test reads and writes it: COBS, CRC-32C and CBOR by other code than the node's and the host's. */
import { decode, encode } from 'cbor2';

export type WireMap = Map<number, unknown>;

const POLYNOMIAL = 0x82f63b78;
const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
  return crc;
});

export function crc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = TABLE[(crc ^ byte) & 0xff] ^ (crc >>> 8);
  return ~crc >>> 0;
}

export function cobs(bytes: Uint8Array): Uint8Array {
  const groups: number[] = [];
  let group: number[] = [];
  for (const [i, byte] of bytes.entries()) {
    if (byte !== 0) group.push(byte);
    if (byte === 0 || (group.length === 254 && i + 1 < bytes.length)) {
      groups.push(group.length + 1, ...group);
      group = [];
    }
  }
  return Uint8Array.from([...groups, group.length + 1, ...group]);
}

/** @throws RangeError for a code that leads out of the bytes */
export function uncobs(bytes: Uint8Array): Uint8Array {
  const out: number[] = [];
  for (let at = 0; at < bytes.length; ) {
    const code = bytes[at];
    if (code === 0 || at + code > bytes.length) throw new RangeError(`COBS code ${code} at ${at} of ${bytes.length}`);
    for (const byte of bytes.subarray(at + 1, at + code)) out.push(byte);
    at += code;
    if (code !== 255 && at < bytes.length) out.push(0);
  }
  return Uint8Array.from(out);
}

/** A message as it goes on the line, its delimiter included. */
export function framed(map: Uint8Array): Uint8Array {
  const body = new Uint8Array(map.length + 4);
  body.set(map);
  new DataView(body.buffer).setUint32(map.length, crc32c(map), true);
  return Uint8Array.from([...cobs(body), 0]);
}

/** The map of a message without its delimiter. @throws when it is none */
export function unframed(bytes: Uint8Array): Uint8Array {
  const body = uncobs(bytes);
  const map = body.subarray(0, body.length - 4);
  const crc = new DataView(body.buffer, body.byteOffset + body.length - 4).getUint32(0, true);
  if (crc !== crc32c(map)) throw new RangeError(`CRC: got ${crc}, wanted ${crc32c(map)}`);
  return map;
}

/** Deterministic CBOR. */
export const encoded = (map: WireMap | unknown): Uint8Array => encode(map, { cde: true });

export function decoded(map: Uint8Array): WireMap {
  return decode(map, { cde: true, rejectDuplicateKeys: true, preferMap: true } as object) as WireMap;
}

/** Cuts a stream of bytes into messages. */
export class Line {
  #open: number[] = [];
  readonly messages: Uint8Array[] = [];
  bytes = 0;

  push(byte: number): void {
    this.bytes++;
    if (byte !== 0) this.#open.push(byte);
    else if (this.#open.length > 0) {
      this.messages.push(Uint8Array.from(this.#open));
      this.#open = [];
    }
  }

  /** What was no message. */
  damaged = 0;

  /** Takes all messages so far, as maps. */
  take(): WireMap[] {
    return this.messages.splice(0).flatMap((message) => {
      try {
        return [decoded(unframed(message))];
      } catch {
        this.damaged++;
        return [];
      }
    });
  }
}

export const TYPE = { hello: 1, block: 2, heartbeat: 3, answer: 4, command: 16 } as const;

export interface Authentic {
  counter: bigint | number;
  mac(bytes: Uint8Array): Uint8Array;
}

/** A command on the line. */
export function command(sequence: number, name: string, argument?: WireMap | Uint8Array, by?: Authentic): Uint8Array {
  const bytes =
    argument === undefined ? new Uint8Array() : argument instanceof Uint8Array ? argument : encoded(argument);
  const map = new Map<number, unknown>([
    [1, TYPE.command],
    [2, 1],
    [3, sequence],
    [4, name],
    [5, bytes],
  ]);
  if (by) {
    map.set(6, by.counter);
    map.set(7, Uint8Array.from(by.mac(encoded(map)))); // cbor2 takes a Buffer for something else
  }
  return framed(encoded(map));
}
