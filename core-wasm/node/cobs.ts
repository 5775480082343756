/** Consistent overhead byte stuffing (Cheshire and Baker 1999): no 0x00 in a message but the one that ends it. */

/** Largest code: 254 bytes follow and no zero behind them. */
const FULL: u32 = 255;

/** Writes the code of `length` bytes and the delimiter to `to`; how many bytes that are. */
export function cobsEncode(from: usize, length: i32, to: usize): i32 {
  let code = to;
  let out = to + 1;
  let run: u32 = 1;
  const end = from + <usize>length;
  for (; from < end; from++) {
    const byte = load<u8>(from);
    if (byte != 0) {
      store<u8>(out++, byte);
      if (++run != FULL || from + 1 == end) continue;
    }
    store<u8>(code, run);
    code = out++;
    run = 1;
  }
  store<u8>(code, run);
  store<u8>(out++, 0);
  return <i32>(out - to);
}

/** Decodes `length` bytes without delimiter in place; how many are left, -1 for a code that leads out of them. */
export function cobsDecode(at: usize, length: i32): i32 {
  let from = at;
  let to = at;
  const end = at + <usize>length;
  while (from < end) {
    const code = <u32>load<u8>(from++);
    if (code == 0 || from + code - 1 > end) return -1;
    for (let left = code - 1; left > 0; left--) store<u8>(to++, load<u8>(from++));
    if (code != FULL && from < end) store<u8>(to++, 0);
  }
  return <i32>(to - at);
}
