/** The peers against peers/golden.json, which peers/golden.py computes in numpy; and the place that they are put in. */
import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { covarianceOf, ledoitWolf, mahalanobis, subspaceResidual } from './peers/covariance.ts';
import { eigen } from './peers/eigen.ts';
import { median, Persistence } from './peers/judge.ts';
import { kMeans, lloyd, outsideNearest } from './peers/k-means.ts';
import { chosenSpreads, GRID } from './peers/leave-one-rig-out.ts';
import { mixture, mixtureFrom } from './peers/mixture.ts';
import { scaleOf } from './peers/scale.ts';

interface Golden {
  rows: number[][];
  probes: number[][];
  scaled: number[][];
  kMeans: { start: number[]; owners: number[]; centres: number[][]; scores: number[] };
  mixture: number[];
  shrinkage: number;
  mahalanobis: number[];
  eigenvalues: number[];
  residual: number[];
}
const golden: Golden = JSON.parse(readFileSync(new URL('peers/golden.json', import.meta.url), 'utf8'));
const scale = scaleOf(golden.rows);
const rows = golden.rows.map(scale);
const probes = golden.probes.map(scale);

/** Sums of 30 f64 of size about 1, conditioned to about 1e2: 1e-12 with room. */
const TOLERANCE = 1e-10;
const equal = (got: readonly number[], wanted: readonly number[]): void => {
  assert.is(got.length, wanted.length);
  for (const [i, value] of got.entries())
    assert.ok(Math.abs(value - wanted[i]) <= TOLERANCE * (1 + Math.abs(wanted[i])), `${i}: ${value}, not ${wanted[i]}`);
};

const peers = suite('evaluate.peers');

peers('scale columns to healthy deviations as numpy does', () => equal(probes.flat(), golden.scaled.flat()));

peers('k-means ends where Lloyd in numpy ends, and scores beyond the radius of the nearest cluster', () => {
  const { start, centres, scores } = golden.kMeans;
  const moved = lloyd(
    rows,
    start.map((row) => rows[row]),
  );
  equal(moved.centres.flat(), centres.flat());
  equal(probes.map(outsideNearest(rows, moved.centres)), scores);
});

peers('the mixture gives the densities that numpy gives from the same start', () => {
  const shares = golden.kMeans.owners.map((owner) => [0, 1, 2].map((k) => (k === owner ? 1 : 0)));
  equal(probes.map(mixtureFrom(rows, shares)), golden.mixture);
});

peers('Mahalanobis distance uses the covariance that Ledoit and Wolf shrink', () => {
  equal([ledoitWolf(rows).shrinkage], [golden.shrinkage]);
  equal(probes.map(mahalanobis(rows)), golden.mahalanobis);
});

peers('the residual is what the components of 95 % of the variance leave', () =>
  equal(probes.map(subspaceResidual(rows)), golden.residual),
);

peers('eigenvectors give the matrix back', () => {
  const mean = rows[0].map((_, i) => rows.reduce((sum, row) => sum + row[i], 0) / rows.length);
  const matrix = covarianceOf(rows, mean);
  const { values, vectors } = eigen(matrix);
  equal(values, golden.eigenvalues);
  const back = matrix.map((row, i) =>
    row.map((_, j) => values.reduce((sum, value, k) => sum + value * vectors[k][i] * vectors[k][j], 0)),
  );
  equal(back.flat(), matrix.flat());
});

peers('seeded ones answer the same for the same seed, and higher far away', () => {
  for (const learn of [kMeans, mixture]) {
    const score = learn(rows, 5);
    assert.equal(probes.map(score), probes.map(learn(rows, 5)));
    assert.ok(score(rows[0].map((value) => value + 50)) > Math.max(...rows.map(score)));
  }
});

peers('alarm after so many in a row above 1 and rest after as many below 0.8', () => {
  const persistence = new Persistence(3);
  const scores = [2, 2, 0.9, 2, 2, 2, 0.9, 0.9, 0.9, 0.9, 0.7, 0.7, 0.9, 0.7, 0.7, 0.7, 2];
  assert.equal(scores.map((score) => (persistence.push(score) ? 'x' : '.')).join(''), '.....xxxxxxxxxx..');
});

peers('the threshold is the smallest at and above which the other rigs stay quiet, times 1.25', () => {
  const counts = GRID.map(
    (_, i) =>
      new Map([
        ['a', i < 10 || i === 20 ? 1 : 0],
        ['b', i < 30 ? 2 : 0],
        ['c', 0],
      ]),
  );
  assert.is(chosenSpreads(counts, null), 1.25 * GRID[30]);
  assert.is(chosenSpreads(counts, 'b'), 1.25 * GRID[21]);
  assert.is(chosenSpreads([new Map([['a', 0]])], null), 1.25 * GRID[0]);
  assert.is(median([3, 1, 2, 10]), 2.5);
});
peers.run();
