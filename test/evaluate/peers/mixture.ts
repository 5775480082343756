/**
 * A mixture of Gaussians with diagonal covariances, fitted by expectation and maximisation (Dempster, Laird and Rubin
 * 1977) from k-means clusters. Score: the negative logarithm of the density.
 */
import { Random } from '../../../host/acquire/random.ts';
import { lloyd, spreadCentres } from './k-means.ts';
import type { Row, Score } from './scale.ts';

const MOST_COMPONENTS = 4;
const ROWS_PER_COMPONENT = 20;
/** Added to every variance, in healthy variances: with few rows a component must not shrink to a point. */
const VARIANCE_FLOOR = 0.05;
const MAX_ROUNDS = 100;
/** Rounds end when the mean logarithm of the density gains less. */
const ENOUGH = 1e-3;

interface Component {
  weight: number;
  mean: number[];
  variance: number[];
}

function logDensity(row: Row, { weight, mean, variance }: Component): number {
  let sum = Math.log(weight);
  for (let i = 0; i < row.length; i++)
    sum -= 0.5 * (Math.log(2 * Math.PI * variance[i]) + (row[i] - mean[i]) ** 2 / variance[i]);
  return sum;
}

/** ln of a sum of exponentials. */
function logSum(values: readonly number[]): number {
  const highest = Math.max(...values);
  return highest + Math.log(values.reduce((sum, value) => sum + Math.exp(value - highest), 0));
}

/** @param shares of each component in each row */
function maximised(rows: readonly Row[], shares: readonly number[][]): Component[] {
  return shares[0].map((_, k) => {
    const total = shares.reduce((sum, share) => sum + share[k], 0) + 1e-12;
    const weighted = (of: (row: Row) => number): number =>
      rows.reduce((sum, row, i) => sum + shares[i][k] * of(row), 0) / total;
    const mean = rows[0].map((_, i) => weighted((row) => row[i]));
    const variance = mean.map((centre, i) => weighted((row) => (row[i] - centre) ** 2) + VARIANCE_FLOOR);
    return { weight: total / rows.length, mean, variance };
  });
}

/**
 * @param rows    scaled
 * @param shares  to start with: of each component in each row, adding up to 1
 */
export function mixtureFrom(rows: readonly Row[], shares: readonly number[][]): Score {
  let components = maximised(rows, shares);
  let before = Number.NEGATIVE_INFINITY;
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const logs = rows.map((row) => components.map((component) => logDensity(row, component)));
    const sums = logs.map(logSum);
    const level = sums.reduce((a, b) => a + b, 0) / rows.length;
    components = maximised(
      rows,
      logs.map((log, i) => log.map((value) => Math.exp(value - sums[i]))),
    );
    if (Math.abs(level - before) < ENOUGH) break;
    before = level;
  }
  return (row) => -logSum(components.map((component) => logDensity(row, component)));
}

/** @param rows scaled */
export function mixture(rows: readonly Row[], seed: number): Score {
  const count = Math.min(MOST_COMPONENTS, Math.max(1, Math.floor(rows.length / ROWS_PER_COMPONENT)));
  const { centres } = lloyd(rows, spreadCentres(rows, count, Random.stream(seed, 'mixture')));
  const distance = (row: Row, centre: Row): number => row.reduce((sum, value, i) => sum + (value - centre[i]) ** 2, 0);
  const shares = rows.map((row) => {
    const distances = centres.map((centre) => distance(row, centre));
    const own = distances.indexOf(Math.min(...distances));
    return centres.map((_, k) => (k === own ? 1 : 0));
  });
  return mixtureFrom(rows, shares);
}
