/** How long to wait before the next try: exponential with full jitter, so that a fleet does not come back at once. */
export interface Backoff {
  /** Milliseconds until the next try; longer each time until `reset`. */
  next(): number;
  reset(): void;
}

/** @param random 0..1; the clock and the dice are the caller's */
export function backoff(random: () => number, firstMs = 200, longestMs = 30_000): Backoff {
  let tries = 0;
  return {
    next() {
      const ceiling = Math.min(longestMs, firstMs * 2 ** tries);
      tries = Math.min(tries + 1, 30);
      // never nothing: a far side that refuses at once would be asked in a tight loop
      return firstMs / 4 + random() * (ceiling - firstMs / 4);
    },
    reset() {
      tries = 0;
    },
  };
}
