/**
 * When the sensor took which scan, by the node's crystal. An anchor is a moment at which the number of scans taken was
 * known: the edge of the watermark. Two of them give the true rate, and the rate gives the number of scans at a later
 * moment, however many of them were never seen.
 */

/** How far apart the two anchors of the rate are, once it runs: 30 to 60 s. An edge is known to a few µs: below 1 ppm. */
const HALF_BASE_US: u64 = 30_000_000;
/** Below this the nominal rate is nearer than the measured one could be. */
const SHORTEST_BASE_US: u64 = 100_000;
/** The rate that is told: known to 10 ppm. */
const TOLD_BASE_US: u64 = 1_000_000;

let baseUs: u64 = 0;
let baseCount: u64 = 0;
let middleUs: u64 = 0;
let middleCount: u64 = 0;
let lastUs: u64 = 0;
let lastCount: u64 = 0;
export let hasAnchor: bool = false;

export function clockBegin(): void {
  hasAnchor = false;
}

export function anchor(us: u64, count: u64): void {
  if (!hasAnchor) {
    baseUs = middleUs = us;
    baseCount = middleCount = count;
    hasAnchor = true;
  } else if (us - middleUs >= HALF_BASE_US) {
    baseUs = middleUs;
    baseCount = middleCount;
    middleUs = us;
    middleCount = count;
  }
  lastUs = us;
  lastCount = count;
}

/** How many scans were taken up to `us`, which is not before the last anchor. */
export function countAt(us: u64, nominalMilliHz: u32): u64 {
  const span = lastUs - baseUs;
  const since = us - lastUs;
  if (span < SHORTEST_BASE_US) return lastCount + (since * nominalMilliHz + 500_000_000) / 1_000_000_000;
  return lastCount + (since * (lastCount - baseCount) + (span >>> 1)) / span;
}

/** In mHz; 0 while it is not known. */
export function measuredMilliHz(): u32 {
  const span = lastUs - baseUs;
  if (!hasAnchor || span < TOLD_BASE_US) return 0;
  return <u32>(((lastCount - baseCount) * 1_000_000_000 + (span >>> 1)) / span);
}
