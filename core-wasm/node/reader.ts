/**
 * Reads deterministic CBOR, and only what the commands are made of. Every reader answers whether it read what it wanted;
 * after a false nothing more may be read. Never reads outside of what `readFrom` was given.
 */

const UINT: u32 = 0;
const BYTES: u32 = 2;
const TEXT: u32 = 3;
const ARRAY: u32 = 4;
const MAP: u32 = 5;
const TAG: u32 = 6;
const FLOATS: u64 = 85;

let at: usize = 0;
let end: usize = 0;

/** The number, length or count of the last item. */
export let value: u64 = 0;
/** Of the last string: where its bytes stand; `value` is their number. */
export let start: usize = 0;

export function readFrom(from: usize, length: i32): void {
  at = from;
  end = from + <usize>length;
}

export function isAtEnd(): bool {
  return at == end;
}

/** Where the next item begins. */
export function position(): usize {
  return at;
}

export function readUint(): bool {
  return head(UINT);
}

export function readU32(): bool {
  return head(UINT) && value <= 0xffffffff;
}

export function readMap(): bool {
  return head(MAP);
}

export function readArray(): bool {
  return head(ARRAY);
}

export function readBytes(): bool {
  return readString(BYTES);
}

export function readText(): bool {
  return readString(TEXT);
}

/** float32 in a typed array, exactly `count`. */
export function readFloats(count: i32): bool {
  return head(TAG) && value == FLOATS && readBytes() && value == <u64>(count << 2);
}

function readString(major: u32): bool {
  if (!head(major) || value > <u64>(end - at)) return false;
  start = at;
  at += <usize>value;
  return true;
}

/** In its shortest form, as deterministic encoding wants it. */
function head(major: u32): bool {
  if (at >= end) return false;
  const first = <u32>load<u8>(at++);
  if (first >>> 5 != major) return false;
  const low = first & 31;
  if (low < 24) {
    value = low;
    return true;
  }
  if (low > 27) return false;
  const length = <usize>1 << (low - 24);
  if (length > end - at) return false;
  let sum: u64 = 0;
  for (let i: usize = 0; i < length; i++) sum = (sum << 8) | <u64>load<u8>(at + i);
  at += length;
  value = sum;
  if (low == 24) return sum >= 24;
  return sum >>> (<u64>length << 2) != 0;
}
