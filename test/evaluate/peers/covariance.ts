/** Covariances of few rows, and the two peers that rest on them: Mahalanobis distance and distance from a subspace. */
import { eigen } from './eigen.ts';
import type { Row, Score } from './scale.ts';

type Matrix = number[][];

/** Share of the healthy variance that the subspace keeps. */
const KEPT_VARIANCE = 0.95;

function meanOf(rows: readonly Row[]): number[] {
  return rows[0].map((_, i) => rows.reduce((sum, row) => sum + row[i], 0) / rows.length);
}

/** Biased: divided by the number of rows. */
export function covarianceOf(rows: readonly Row[], mean: Row): Matrix {
  return mean.map((a, i) =>
    mean.map((b, j) => rows.reduce((sum, row) => sum + (row[i] - a) * (row[j] - b), 0) / rows.length),
  );
}

/**
 * Shrinks the covariance towards a multiple of the identity by the share that Ledoit and Wolf 2004 derive: well
 * conditioned for any number of rows.
 */
export function ledoitWolf(rows: readonly Row[]): { mean: number[]; covariance: Matrix; shrinkage: number } {
  const mean = meanOf(rows);
  const covariance = covarianceOf(rows, mean);
  const [n, p] = [rows.length, mean.length];
  const level = covariance.reduce((sum, row, i) => sum + row[i], 0) / p;
  const norm = covariance.flat().reduce((sum, value) => sum + value * value, 0);
  // distance of the covariance from its target, and how uncertain its entries are
  const distance = norm - p * level * level;
  let uncertainty = 0;
  for (const row of rows) {
    const size = row.reduce((sum, value, i) => sum + (value - mean[i]) ** 2, 0);
    uncertainty += size * size;
  }
  uncertainty = Math.min((uncertainty / n - norm) / n, distance);
  const shrinkage = distance > 0 ? Math.max(0, uncertainty) / distance : 0;
  const shrunk = covariance.map((row, i) =>
    row.map((value, j) => (1 - shrinkage) * value + (i === j ? shrinkage * level : 0)),
  );
  return { mean, covariance: shrunk, shrinkage };
}

/** Mahalanobis distance from the healthy mean. @param rows scaled */
export function mahalanobis(rows: readonly Row[]): Score {
  const { mean, covariance } = ledoitWolf(rows);
  const { values, vectors } = eigen(covariance);
  const smallest = 1e-12 * Math.max(...values);
  return (row) => {
    let sum = 0;
    for (const [k, vector] of vectors.entries()) {
      const along = vector.reduce((total, share, i) => total + share * (row[i] - mean[i]), 0);
      sum += along ** 2 / Math.max(values[k], smallest);
    }
    return Math.sqrt(sum);
  };
}

/** Distance from the smallest subspace that holds 95 % of the healthy variance: a linear autoencoder. @param rows scaled */
export function subspaceResidual(rows: readonly Row[]): Score {
  const mean = meanOf(rows);
  const { values, vectors } = eigen(covarianceOf(rows, mean));
  const total = values.reduce((a, b) => a + b, 0);
  const kept: number[][] = [];
  for (let held = 0; kept.length < values.length && held <= KEPT_VARIANCE * total; ) {
    held += values[kept.length];
    kept.push(vectors[kept.length]);
  }
  return (row) => {
    const rest = row.map((value, i) => value - mean[i]);
    for (const vector of kept) {
      const along = vector.reduce((sum, share, i) => sum + share * rest[i], 0);
      for (let i = 0; i < rest.length; i++) rest[i] -= along * vector[i];
    }
    return Math.sqrt(rest.reduce((sum, value) => sum + value * value, 0));
  };
}
