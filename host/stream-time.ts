/** Where a sample lies in time: by the rate, and by the distance of snapshots where it is known. */
import type { SourceInfo } from './types.ts';

type Timed = Pick<SourceInfo, 'sampleRateHz' | 'snapshot'>;

/**
 * Seconds from the first sample of a stream to sample `index`.
 * @example snapshots of 2560 samples at 25 600 Hz, 10 s apart: sample 5120 is at 20 s
 */
export function secondsAt(info: Timed, index: number): number {
  const { sampleRateHz, snapshot } = info;
  if (!snapshot?.intervalS) return index / sampleRateHz;
  const whole = Math.floor(index / snapshot.samples);
  return whole * snapshot.intervalS + (index - whole * snapshot.samples) / sampleRateHz;
}

/**
 * Seconds from the first sample to the end of the sample before `end`: where a span ends that does not hold `end`.
 * @example snapshots as above: the span that ends at sample 5120 ends at 10.1 s, when its last sample had been taken
 */
export function endSecondsAt(info: Timed, end: number): number {
  return end <= 0 ? 0 : secondsAt(info, end - 1) + 1 / info.sampleRateHz;
}

/** Half of what the lines of a shaft are looked for within. */
const SAME_RATE = 0.01;

/** A rate that is measured anew, as that of a sensor node is, is a little other each time. */
export const isSameRate = (rateHz: number, wantedHz: number): boolean =>
  Math.abs(rateHz - wantedHz) <= SAME_RATE * wantedHz;
