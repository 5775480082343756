/** How many points a core can carry, from the windows that it was measured to do. */
import { HOT_PATH, type PathSpeed } from './hot-path.ts';

/** Of one point with three axes. */
export interface Load {
  sampleRateHz: number;
  /** Share of a window that the next one shares, 0 up to below 1. The core itself always overlaps by half. */
  overlap: number;
}

export const USUAL_LOAD: Load = { sampleRateHz: HOT_PATH.sampleRateHz, overlap: HOT_PATH.overlap };

/**
 * Points that one core sustains, all of its time spent on them.
 *
 * @example 5000 windows/s, 25.6 kHz, overlap 0.5: a point needs 12.5 windows/s -> 400
 */
export function pointsSustained({ windowsPerS }: Pick<PathSpeed, 'windowsPerS'>, load: Load): number {
  const windowsPerPoint = load.sampleRateHz / (HOT_PATH.windowLength * (1 - load.overlap));
  return Math.floor(windowsPerS / windowsPerPoint);
}
