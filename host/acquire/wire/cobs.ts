/**
 * Consistent overhead byte stuffing (Cheshire and Baker 1999): bytes without a 0x00, one more than they were for each
 * 254 begun. A group that is full and ends the message is followed by no empty group.
 */

const FULL = 0xff;

/**
 * @returns the stuffed bytes, without the delimiter
 * @example [1, 0, 2] -> [2, 1, 2, 2]
 */
export function cobsEncode(bytes: Uint8Array): Uint8Array {
  const out = new Uint8Array(bytes.length + 1 + Math.floor(bytes.length / (FULL - 1)));
  let code = 0;
  let at = 1;
  for (const [index, byte] of bytes.entries()) {
    if (byte !== 0) out[at++] = byte;
    const isFull = at - code === FULL;
    if (byte !== 0 && !isFull) continue;
    out[code] = at - code;
    if (isFull && index === bytes.length - 1) return out.subarray(0, at);
    code = at++;
  }
  out[code] = at - code;
  return out.subarray(0, at);
}

/**
 * @param stuffed without its delimiter
 * @returns null when a code is 0 or reaches over the end
 */
export function cobsDecode(stuffed: Uint8Array): Uint8Array | null {
  const out = new Uint8Array(stuffed.length);
  let length = 0;
  for (let at = 0; at < stuffed.length; ) {
    const code = stuffed[at++];
    const end = at + code - 1;
    if (code === 0 || end > stuffed.length) return null;
    for (; at < end; at++) {
      if (stuffed[at] === 0) return null;
      out[length++] = stuffed[at];
    }
    if (code < FULL && at < stuffed.length) out[length++] = 0;
  }
  return out.subarray(0, length);
}
