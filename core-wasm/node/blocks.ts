/** Scans on their way into blocks: counted, packed, and accounted for where they are lost. */
import { BLOCK, BLOCK_BYTES, SCANS, axes, encoding } from './map';
import { sendBlock } from './message';

/** Most scans of a block: two watermarks of the fastest part. */
const LARGEST_BLOCK_SCANS: i32 = 128;
/** Fewest that a block waits for: the header of a block is as long as 8 scans. */
const SMALLEST_BLOCK_SCANS: i32 = 8;
/** A block is sent this often where that makes neither more nor fewer scans than it may have. */
const BLOCKS_PER_SECOND: u32 = 50;

/** Scans taken since boot: the number of the next one. */
export let count: u64 = 0;
export let blockSeq: u32 = 0;
export let overruns: u32 = 0;
export let ringDropped: u32 = 0;
export let transmitDropped: u32 = 0;

let capacity: i32 = 0;
let filled: i32 = 0;
let first: u64 = 0;

/** A new stretch at this rate. */
export function blocksBegin(milliHz: u32): void {
  const wanted = <i32>(milliHz / (1000 * BLOCKS_PER_SECOND));
  capacity = min(LARGEST_BLOCK_SCANS, max(SMALLEST_BLOCK_SCANS, wanted));
  filled = 0;
}

/** Sends what was begun: behind it something is missing, or nothing follows. */
export function flushBlock(): void {
  if (filled == 0) return;
  if (!sendBlock(first, filled, packedBytes(filled))) transmitDropped += filled;
  blockSeq++;
  filled = 0;
}

/** What the ring dropped since boot, ahead of what comes next. */
export function ringDroppedTo(total: u32): void {
  if (total == ringDropped) return;
  flushBlock();
  count += <u64>(total - ringDropped);
  ringDropped = total;
}

/** The sensor overran its FIFO, and the next scan is number `next`. */
export function overranTo(next: u64): void {
  flushBlock();
  overruns++;
  if (next > count) count = next;
}

/** `scans` of them at SCANS, from the scan `from` on. */
export function append(from: i32, scans: i32): void {
  while (from < scans) {
    if (filled == 0) first = count;
    const taken = min(scans - from, capacity - filled);
    if (encoding() == 0) {
      const bytes = axes() << 1;
      memory.copy(BLOCK + <usize>(filled * bytes), SCANS + <usize>(from * bytes), taken * bytes);
    } else {
      pack(SCANS + <usize>(from * axes() * 3), taken * axes(), filled * axes());
    }
    from += taken;
    filled += taken;
    count += <u64>taken;
    if (filled == capacity) flushBlock();
  }
}

function packedBytes(scans: i32): i32 {
  const samples = scans * axes();
  return encoding() == 0 ? samples << 1 : (samples * 5 + 1) >> 1;
}

/** 20 bits each: `before` samples stand already. An odd last one leaves the low half of its third byte 0. */
function pack(from: usize, samples: i32, before: i32): void {
  let to = BLOCK + <usize>((before * 5) >> 1);
  for (let i = before, end = before + samples; i < end; i++, from += 3) {
    const high = <u32>load<u8>(from);
    const middle = <u32>load<u8>(from, 1);
    const low = <u32>load<u8>(from, 2);
    if ((i & 1) == 0) {
      store<u8>(to, high);
      store<u8>(to, middle, 1);
      store<u8>(to, low & 0xf0, 2);
      to += 2;
    } else {
      store<u8>(to, <u32>load<u8>(to) | (high >>> 4));
      store<u8>(to, (high << 4) | (middle >>> 4), 1);
      store<u8>(to, (middle << 4) | (low >>> 4), 2);
      to += 3;
    }
  }
}

