/** Writes a deterministic CBOR map (RFC 8949 4.2.1) into BODY. Byte stores only: nothing here is aligned. */
import { BODY } from './map';

const UINT: u32 = 0;
const BYTES: u32 = 2;
const TEXT: u32 = 3;
const ARRAY: u32 = 4;
const MAP: u32 = 5;
const TAG: u32 = 6;

/** RFC 8746: typed array of float32, little-endian. */
const FLOATS: u32 = 85;

let at: usize = 0;

export function beginMap(entries: u32): void {
  at = BODY;
  head(MAP, entries);
}

/** Bytes written since beginMap. */
export function written(): i32 {
  return <i32>(at - BODY);
}

export function key(number: u32): void {
  head(UINT, number);
}

export function uint(value: u32): void {
  head(UINT, value);
}

export function uint64(value: u64): void {
  if (value <= 0xffffffff) {
    head(UINT, <u32>value);
    return;
  }
  store<u8>(at++, 0x1b);
  bigEndian(<u32>(value >>> 32));
  bigEndian(<u32>value);
}

export function bytes(from: usize, length: i32): void {
  head(BYTES, length);
  memory.copy(at, from, length);
  at += length;
}

export function text(from: usize, length: i32): void {
  head(TEXT, length);
  memory.copy(at, from, length);
  at += length;
}

export function array(length: u32): void {
  head(ARRAY, length);
}

/** `count` float32 that stand little-endian at `from`. */
export function floats(from: usize, count: i32): void {
  head(TAG, FLOATS);
  bytes(from, count << 2);
}

export function sameFloats(value: f32, count: i32): void {
  head(TAG, FLOATS);
  head(BYTES, count << 2);
  const bits = reinterpret<u32>(value);
  for (let i = 0; i < count; i++) {
    littleEndian(bits);
  }
}

/** Not CBOR: behind the map. */
export function littleEndian(value: u32): void {
  store<u8>(at, value);
  store<u8>(at, value >>> 8, 1);
  store<u8>(at, value >>> 16, 2);
  store<u8>(at, value >>> 24, 3);
  at += 4;
}

function bigEndian(value: u32): void {
  store<u8>(at, value >>> 24);
  store<u8>(at, value >>> 16, 1);
  store<u8>(at, value >>> 8, 2);
  store<u8>(at, value, 3);
  at += 4;
}

function head(major: u32, value: u32): void {
  const type = major << 5;
  if (value < 24) {
    store<u8>(at++, type | value);
  } else if (value < 0x100) {
    store<u8>(at, type | 24);
    store<u8>(at, value, 1);
    at += 2;
  } else if (value < 0x10000) {
    store<u8>(at, type | 25);
    store<u8>(at, value >>> 8, 1);
    store<u8>(at, value, 2);
    at += 3;
  } else {
    store<u8>(at++, type | 26);
    bigEndian(value);
  }
}
