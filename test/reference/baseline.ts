/**
 * What a healthy stretch teaches and how a later row is judged by it, in float64: robust centre and spread a feature,
 * the lag-1 correlation that says how far a moving average still moves in health, and the score.
 */

export const median = (values: ArrayLike<number>): number => {
  const sorted = Float64Array.from(values).sort();
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
};

const mean = (values: ArrayLike<number>): number => Array.from(values).reduce((a, b) => a + b, 0) / values.length;

/** 1.4826 MAD: the standard deviation of Gaussian data, whatever a few outliers do. */
export const robustSpread = (values: ArrayLike<number>): number => {
  const centre = median(values);
  return 1.4826 * median(Float64Array.from(values, (value) => Math.abs(value - centre)));
};

export interface FeatureBaseline {
  median: number;
  spread: number;
  /** Of the normalised rows, within 0..0.95. */
  lag1: number;
  /** Standard deviation of the moving average of an AR(1) of that correlation and variance 1. */
  averageSd: number;
}

export const EWMA_SHARE = 0.4;
export const Z_LIMIT = 30;

/** @param rows healthy values of one feature in time order @param floor spread below which a change has no meaning */
export function learn(rows: ArrayLike<number>, floor: number): FeatureBaseline {
  const n = rows.length;
  const centre = median(rows);
  const average = mean(rows);
  const sd = Math.sqrt(mean(Float64Array.from(rows, (value) => (value - average) ** 2)));
  const spread = Math.max(Math.max(robustSpread(rows), 0.7 * sd) * (1 + 4 / n), floor);
  const z = Float64Array.from(rows, (value) => (value - centre) / spread);
  let [cross, square] = [0, 0];
  for (let i = 0; i < n; i++) {
    square += z[i] ** 2;
    if (i > 0) cross += z[i] * z[i - 1];
  }
  const lag1 = Math.max(0, Math.min(0.95, cross / (square + 1e-9)));
  const keep = 1 - EWMA_SHARE;
  const variance = ((EWMA_SHARE / (2 - EWMA_SHARE)) * (1 + lag1 * keep)) / (1 - lag1 * keep);
  return { median: centre, spread, lag1, averageSd: Math.sqrt(variance) };
}

/** Judges rows in time order; `deviation` holds e / v of the last row, the explanation of its score. */
export class Judge {
  readonly deviation: Float64Array;
  private readonly baseline: FeatureBaseline[];
  private readonly average: Float64Array;

  constructor(baseline: FeatureBaseline[]) {
    this.baseline = baseline;
    this.average = new Float64Array(baseline.length);
    this.deviation = new Float64Array(baseline.length);
  }

  /** Root mean square deviation over the features, in spreads. */
  score(row: ArrayLike<number>): number {
    let sum = 0;
    this.baseline.forEach((feature, i) => {
      const z = Math.max(-Z_LIMIT, Math.min(Z_LIMIT, (row[i] - feature.median) / feature.spread));
      this.average[i] += EWMA_SHARE * (z - this.average[i]);
      this.deviation[i] = this.average[i] / feature.averageSd;
      sum += this.deviation[i] ** 2;
    });
    return Math.sqrt(sum / this.baseline.length);
  }
}
