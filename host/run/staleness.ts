/** How long a point may stay silent before what is known of it is stale. */
import type { PointPlan, SourceInfo } from '../types.ts';

/** Decisions that may be late. */
const DECISIONS = 3;
/** A hiccup of the machine is no silence. */
const LEAST_MS = 10_000;

/**
 * Milliseconds of wall time.
 * @param speedup seconds of the stream in one second
 * @example a snapshot every 10 minutes, in real time -> 30 minutes
 */
export function staleAfterMs(plan: PointPlan, info: SourceInfo, speedup: number): number {
  return Math.max(LEAST_MS, (1000 * DECISIONS * decisionDistanceS(plan, info)) / speedup);
}

/** Ten signs of life of a sensor node, which sends one every 500 ms. */
const LEAST_SILENT_MS = 5_000;

/**
 * How long a source may give nothing before it counts as silent, in milliseconds of wall time.
 * @example a snapshot every 10 minutes, in real time -> 30 minutes
 */
export function silentAfterMs({ sampleRateHz, snapshot }: SourceInfo, speedup: number): number {
  const distanceS = Math.max(1 / sampleRateHz, snapshot?.intervalS ?? 0);
  return Math.max(LEAST_SILENT_MS, (3 * 1000 * distanceS) / speedup);
}

/** The longest time from one decision to the next, in seconds of the stream. */
function decisionDistanceS({ kind, windowLength, windowsPerDecision }: PointPlan, info: SourceInfo): number {
  const { sampleRateHz, snapshot } = info;
  if (kind === 'scalar') return Math.max(1 / sampleRateHz, snapshot?.intervalS ?? 0);
  // windows overlap by half
  if (!snapshot) return (windowsPerDecision * windowLength) / 2 / sampleRateHz;
  return snapshot.intervalS ?? snapshot.samples / sampleRateHz;
}
