/** CRC-32C (Castagnoli; RFC 3720 B.4), byte by byte. */
import { CRC_TABLE } from './map';

const POLYNOMIAL: u32 = 0x82f63b78;

export function crcBegin(): void {
  for (let i: u32 = 0; i < 256; i++) {
    let remainder = i;
    for (let bit = 0; bit < 8; bit++) remainder = (remainder >>> 1) ^ (remainder & 1 ? POLYNOMIAL : 0);
    store<u32>(CRC_TABLE + (<usize>i << 2), remainder);
  }
}

export function crc32c(at: usize, length: i32): u32 {
  let crc: u32 = 0xffffffff;
  for (const end = at + <usize>length; at < end; at++)
    crc = (crc >>> 8) ^ load<u32>(CRC_TABLE + (<usize>((crc ^ load<u8>(at)) & 0xff) << 2));
  return ~crc;
}
