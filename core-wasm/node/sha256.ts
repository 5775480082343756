/** SHA-256 (FIPS 180-4) and HMAC (RFC 2104) over one piece of memory. */
import { DIGEST, SHA_BLOCK, SHA_STATE, SHA_WORDS } from './map';

const CONSTANTS: usize = memory.data<u32>([
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01,
  0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc,
  0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147,
  0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
  0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08,
  0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208,
  0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
]);
const INITIAL: usize = memory.data<u32>([
  0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
]);

const BLOCK_BYTES: usize = 64;
const INNER: u32 = 0x36;
const OUTER: u32 = 0x5c;

/** In SHA_BLOCK, and of all blocks. */
let filled: usize = 0;
let length: u32 = 0;

/** HMAC-SHA-256 of the byte `first` and `rest` bytes at `at`, into DIGEST. The first byte stands apart: a MAC leaves out a key of its map. */
export function hmac(key: usize, keyBytes: i32, first: u32, at: usize, rest: i32): void {
  pad(key, keyBytes, INNER);
  byte(first);
  for (let i = 0; i < rest; i++) byte(load<u8>(at + <usize>i));
  finish();
  pad(key, keyBytes, OUTER);
  for (let i: usize = 0; i < 32; i++) byte(load<u8>(DIGEST + i));
  finish();
}

/** Begins with a block of the key and `value`. At most 64 bytes of key. */
function pad(key: usize, keyBytes: i32, value: u32): void {
  memory.copy(SHA_STATE, INITIAL, 32);
  filled = 0;
  length = 0;
  for (let i = 0; i < <i32>BLOCK_BYTES; i++) byte((i < keyBytes ? <u32>load<u8>(key + <usize>i) : 0) ^ value);
}

function byte(value: u32): void {
  store<u8>(SHA_BLOCK + filled, value);
  length++;
  if (++filled == BLOCK_BYTES) {
    compress();
    filled = 0;
  }
}

function finish(): void {
  const bits = length << 3;
  byte(0x80);
  while (filled != 56) byte(0);
  for (let i = 0; i < 4; i++) byte(0);
  for (let shift: u32 = 32; shift > 0; ) byte(bits >>> (shift -= 8));
  for (let i: usize = 0; i < 8; i++) {
    const word = load<u32>(SHA_STATE + (i << 2));
    store<u32>(DIGEST + (i << 2), bswap<u32>(word));
  }
}

function compress(): void {
  for (let i: usize = 0; i < 16; i++)
    store<u32>(SHA_WORDS + (i << 2), bswap<u32>(load<u32>(SHA_BLOCK + (i << 2))));
  for (let i: usize = 16; i < 64; i++) {
    const w = SHA_WORDS + (i << 2);
    const w15 = load<u32>(w - 60);
    const w2 = load<u32>(w - 8);
    const s0 = rotr(w15, 7) ^ rotr(w15, 18) ^ (w15 >>> 3);
    const s1 = rotr(w2, 17) ^ rotr(w2, 19) ^ (w2 >>> 10);
    store<u32>(w, load<u32>(w - 64) + s0 + load<u32>(w - 28) + s1);
  }
  let a = load<u32>(SHA_STATE);
  let b = load<u32>(SHA_STATE, 4);
  let c = load<u32>(SHA_STATE, 8);
  let d = load<u32>(SHA_STATE, 12);
  let e = load<u32>(SHA_STATE, 16);
  let f = load<u32>(SHA_STATE, 20);
  let g = load<u32>(SHA_STATE, 24);
  let h = load<u32>(SHA_STATE, 28);
  for (let i: usize = 0; i < 64; i++) {
    const s1 = rotr(e, 6) ^ rotr(e, 11) ^ rotr(e, 25);
    const choice = (e & f) ^ (~e & g);
    const t1 = h + s1 + choice + load<u32>(CONSTANTS + (i << 2)) + load<u32>(SHA_WORDS + (i << 2));
    const s0 = rotr(a, 2) ^ rotr(a, 13) ^ rotr(a, 22);
    const majority = (a & b) ^ (a & c) ^ (b & c);
    h = g;
    g = f;
    f = e;
    e = d + t1;
    d = c;
    c = b;
    b = a;
    a = t1 + s0 + majority;
  }
  add(0, a);
  add(4, b);
  add(8, c);
  add(12, d);
  add(16, e);
  add(20, f);
  add(24, g);
  add(28, h);
}

function add(offset: usize, value: u32): void {
  store<u32>(SHA_STATE + offset, load<u32>(SHA_STATE + offset) + value);
}
