/**
 * The anomaly score of Edge Impulse: distance to the nearest cluster centre less that cluster's radius, the distance of
 * its furthest healthy row. Clusters by Lloyd 1982, started as k-means++ (Arthur and Vassilvitskii 2007).
 */
import { Random } from '../../../host/acquire/random.ts';
import type { Row, Score } from './scale.ts';

/** Edge Impulse starts with 32; a quarter of the rows where there are fewer. */
const MOST_CLUSTERS = 32;
const RESTARTS = 3;
const MAX_ROUNDS = 100;

const squared = (a: Row, b: Row): number => a.reduce((sum, value, i) => sum + (value - b[i]) ** 2, 0);

function nearest(row: Row, centres: readonly Row[]): { index: number; squared: number } {
  let best = { index: 0, squared: Number.POSITIVE_INFINITY };
  for (const [index, centre] of centres.entries()) {
    const distance = squared(row, centre);
    if (distance < best.squared) best = { index, squared: distance };
  }
  return best;
}

/** Moves `centres` until no row changes its cluster. */
export function lloyd(rows: readonly Row[], centres: readonly Row[]): { centres: Row[]; inertia: number } {
  let now = [...centres];
  let before = '';
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const owners = rows.map((row) => nearest(row, now).index);
    const key = owners.join();
    if (key === before) break;
    before = key;
    now = now.map((centre, index) => {
      const own = rows.filter((_, row) => owners[row] === index);
      return own.length === 0 ? centre : centre.map((_, i) => own.reduce((sum, row) => sum + row[i], 0) / own.length);
    });
  }
  return { centres: now, inertia: rows.reduce((sum, row) => sum + nearest(row, now).squared, 0) };
}

/** Rows far from the centres so far are likely to be the next one. */
export function spreadCentres(rows: readonly Row[], count: number, random: Random): Row[] {
  const centres = [rows[Math.floor(random.uniform() * rows.length)]];
  while (centres.length < count) {
    const distances = rows.map((row) => nearest(row, centres).squared);
    let left = random.uniform() * distances.reduce((a, b) => a + b, 0);
    const at = distances.findIndex((distance) => (left -= distance) < 0);
    centres.push(rows[at < 0 ? rows.length - 1 : at]);
  }
  return centres;
}

/** @param rows scaled */
export function kMeans(rows: readonly Row[], seed: number): Score {
  const count = Math.min(MOST_CLUSTERS, Math.max(2, Math.floor(rows.length / 4)));
  const random = Random.stream(seed, 'k-means');
  const runs = Array.from({ length: RESTARTS }, () => lloyd(rows, spreadCentres(rows, count, random)));
  const { centres } = runs.reduce((best, run) => (run.inertia < best.inertia ? run : best));
  return outsideNearest(rows, centres);
}

/** Distance beyond the radius of the nearest cluster, negative inside it. */
export function outsideNearest(rows: readonly Row[], centres: readonly Row[]): Score {
  const radius = centres.map(() => 0);
  for (const row of rows) {
    const { index, squared } = nearest(row, centres);
    radius[index] = Math.max(radius[index], Math.sqrt(squared));
  }
  return (row) => {
    const { index, squared } = nearest(row, centres);
    return Math.sqrt(squared) - radius[index];
  };
}
