/**
 * Exact 95 % intervals of counts, and percentile intervals of anything that can be computed again from a resample.
 * Sources: Clopper and Pearson 1934; Garwood 1936 (Poisson); Efron and Tibshirani 1993, chapter 13 (percentiles).
 */
import type { Random } from '../../../host/acquire/random.ts';
import { betaShare, gammaShare } from './distributions.ts';

export type Interval = readonly [low: number, high: number];

const TAIL = 0.025;
/** Bisections: each halves the bracket, 60 leave 1e-18 of it. */
const STEPS = 60;

/** x at which the increasing `share` reaches `wanted`, within low..high. */
function invert(share: (x: number) => number, wanted: number, low: number, high: number): number {
  for (let i = 0; i < STEPS; i++) {
    const middle = (low + high) / 2;
    if (share(middle) < wanted) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/**
 * Interval of a share of which `hits` of `trials` independent trials are known.
 *
 * @example 0 of 40 -> 0 .. 0.0881; 28 of 33 -> 0.6810 .. 0.9489
 */
export function clopperPearson(hits: number, trials: number): Interval {
  if (trials === 0) return [0, 1];
  const misses = trials - hits;
  const low = hits === 0 ? 0 : invert((p) => betaShare(p, hits, misses + 1), TAIL, 0, 1);
  const high = misses === 0 ? 1 : invert((p) => betaShare(p, hits + 1, misses), 1 - TAIL, 0, 1);
  return [low, high];
}

/**
 * Interval of the mean of a Poisson count: divide by the exposure for a rate.
 *
 * @example 0 -> 0 .. 3.6889; 10 -> 4.7954 .. 18.3904
 */
export function poisson(count: number): Interval {
  const enough = count + 10 * Math.sqrt(count + 1) + 20;
  const low = count === 0 ? 0 : invert((mean) => gammaShare(count, mean), TAIL, 0, enough);
  const high = invert((mean) => gammaShare(count + 1, mean), 1 - TAIL, 0, enough);
  return [low, high];
}

/**
 * Percentile interval of a figure of clustered data: whole clusters are drawn anew, because what is inside one (rows of
 * a recording, recordings of a machine) is not independent.
 *
 * @param figure of the clusters drawn; null when it has no value there
 * @returns null when fewer than five clusters are there (of so few, hardly any resample differs) or the figure has hardly
 *   ever a value
 */
export function bootstrap<Cluster>(
  clusters: readonly Cluster[],
  figure: (drawn: Cluster[]) => number | null,
  random: Random,
  resamples: number,
): Interval | null {
  if (clusters.length < 5 || resamples === 0) return null;
  const values: number[] = [];
  for (let i = 0; i < resamples; i++) {
    const value = figure(drawn(clusters, random));
    if (value !== null) values.push(value);
  }
  if (values.length < resamples / 2) return null;
  values.sort((a, b) => a - b);
  const at = (share: number): number => values[Math.min(values.length - 1, Math.floor(share * values.length))];
  return [at(TAIL), at(1 - TAIL)];
}

/** As many items as there are, each any of them. */
export function drawn<Item>(items: readonly Item[], random: Random): Item[] {
  return items.map(() => items[Math.floor(random.uniform() * items.length)]);
}
