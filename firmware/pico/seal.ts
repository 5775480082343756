/** What the linker cannot know of an image: the CRC that the ROM checks, and the length and hash that the image tells. */
import { createHash } from 'node:crypto';
import { AotError } from '../aot/aot-error.ts';

export const FLASH_ADDRESS = 0x10000000;
export const BOOT2_BYTES = 252;
/** Of the image header (docs/wire.md). */
export const HEADER_AT = 0x1c0;
const LENGTH_AT = HEADER_AT + 8;
export const HASH_AT = HEADER_AT + 12;
const HASH_BYTES = 32;
const MAGIC = 'SPINDLE1';
const CRC_POLYNOMIAL = 0x04c11db7;

/** CRC-32, most significant bit first, no final inversion: the RP2040 ROM's check of the second stage. */
export function boot2Crc(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte << 24;
    for (let bit = 0; bit < 8; bit++) crc = (crc << 1) ^ (crc < 0 ? CRC_POLYNOMIAL : 0);
  }
  return crc >>> 0;
}

/** Of an image with its length in place: SHA-256 with the hash's own bytes zero. */
export function firmwareHash(image: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(image); // a copy: slice() of a Buffer is none
  bytes.fill(0, HASH_AT, HASH_AT + HASH_BYTES);
  return createHash('sha256').update(bytes).digest();
}

/** @throws AotError `AOT_TEXT` if the image has no header where it should be */
export function sealed(image: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(image); // a copy: slice() of a Buffer is none
  const view = new DataView(bytes.buffer);
  const magic = new TextDecoder().decode(bytes.subarray(HEADER_AT, HEADER_AT + MAGIC.length));
  if (magic !== MAGIC)
    throw new AotError('AOT_TEXT', `image header at 0x${HEADER_AT.toString(16)}: got ${magic}, wanted ${MAGIC}`);
  view.setUint32(BOOT2_BYTES, boot2Crc(bytes.subarray(0, BOOT2_BYTES)), true);
  view.setUint32(LENGTH_AT, bytes.length, true);
  bytes.set(firmwareHash(bytes), HASH_AT);
  return bytes;
}
