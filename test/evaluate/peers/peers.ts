/** The methods that others use, on the features that the core gives: which columns each sees and how it learns. */
import { BANDS, FEATURE_BAND, FEATURE_KURTOSIS, FEATURE_RMS, FEATURE_VELOCITY } from '../../../core-wasm/memory.ts';
import { mahalanobis, subspaceResidual } from './covariance.ts';
import { kMeans } from './k-means.ts';
import { mixture } from './mixture.ts';
import type { Row, Score } from './scale.ts';

export interface Peer {
  name: string;
  /** Whether the peer looks at a feature of an axis (core-wasm/memory.ts FEATURE_*). It sees every scalar channel. */
  sees: (feature: number) => boolean;
  /** @param rows scaled, healthy */
  learn: (rows: readonly Row[], seed: number) => Score;
}

/** A limit on one quantity, on every axis: the furthest above normal counts. */
const highest = (): Score => (row) => Math.max(...row);
const all = (): boolean => true;
const isBand = (feature: number): boolean => feature >= FEATURE_BAND && feature < FEATURE_BAND + BANDS;

export const PEERS: readonly Peer[] = [
  { name: 'RMS threshold', sees: (feature) => feature === FEATURE_RMS, learn: highest },
  { name: 'velocity RMS threshold', sees: (feature) => feature === FEATURE_VELOCITY, learn: highest },
  { name: 'kurtosis threshold', sees: (feature) => feature === FEATURE_KURTOSIS, learn: highest },
  {
    name: 'k-means on RMS, kurtosis, bands',
    sees: (feature) => feature === FEATURE_RMS || feature === FEATURE_KURTOSIS || isBand(feature),
    learn: kMeans,
  },
  { name: 'k-means, all features', sees: all, learn: kMeans },
  { name: 'Gaussian mixture, diagonal', sees: all, learn: mixture },
  { name: 'Mahalanobis, Ledoit-Wolf', sees: all, learn: mahalanobis },
  { name: 'PCA residual, 95 %', sees: all, learn: subspaceResidual },
];
