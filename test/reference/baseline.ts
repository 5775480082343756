/**
 * What a healthy stretch teaches and how a later row is judged by it, in float64: robust centre and spread a feature, how
 * long deviations last, scores of rows that the judge has not seen, and the limits that follow from them.
 */

export const median = (values: ArrayLike<number>): number => {
  const sorted = Float64Array.from(values).sort();
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
};

const mean = (values: ArrayLike<number>): number => Array.from(values).reduce((a, b) => a + b, 0) / values.length;

const standardDeviation = (values: ArrayLike<number>): number => {
  const average = mean(values);
  return Math.sqrt(mean(Float64Array.from(values, (value) => (value - average) ** 2)));
};

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
  /** Variance of a settled moving average of an AR(1) of that correlation over that of independent values. */
  inertia: number;
}

export const EWMA_SHARE = 0.3;
export const Z_LIMIT = 30;

/** @param rows healthy values of one feature in time order @param floor spread below which a change has no meaning */
export function learn(rows: ArrayLike<number>, floor: number): FeatureBaseline {
  const n = rows.length;
  const centre = median(rows);
  const spread = Math.max(Math.max(robustSpread(rows), 0.7 * standardDeviation(rows)) * (1 + 4 / n), floor);
  const z = Float64Array.from(rows, (value) => (value - centre) / spread);
  let [cross, square] = [0, 0];
  for (let i = 0; i < n; i++) {
    square += z[i] ** 2;
    if (i > 0) cross += z[i] * z[i - 1];
  }
  const lag1 = Math.max(0, Math.min(0.95, cross / (square + 1e-9)));
  const kept = lag1 * (1 - EWMA_SHARE);
  return { median: centre, spread, lag1, inertia: (1 + kept) / (1 - kept) };
}

/** Judges rows in time order; `deviation` holds those of the last row in spreads, the explanation of its score. */
export class Judge {
  readonly deviation: Float64Array;
  private readonly baseline: FeatureBaseline[];
  private readonly average: Float64Array;
  private weight = 0;

  constructor(baseline: FeatureBaseline[]) {
    this.baseline = baseline;
    this.average = new Float64Array(baseline.length);
    this.deviation = new Float64Array(baseline.length);
  }

  /** Root mean square and largest deviation over the features, in spreads. */
  /** @param oneWay only what is above normal may stand alone */
  score(row: ArrayLike<number>, oneWay = false): { together: number; alone: number } {
    this.weight += EWMA_SHARE * (1 - this.weight);
    // of the average divided by its weight, over the variance of one value
    const begun = ((EWMA_SHARE / (2 - EWMA_SHARE)) * (1 - (1 - this.weight) ** 2)) / this.weight ** 2;
    let sum = 0;
    this.baseline.forEach((feature, i) => {
      const z = Math.max(-Z_LIMIT, Math.min(Z_LIMIT, (row[i] - feature.median) / feature.spread));
      this.average[i] += EWMA_SHARE * (z - this.average[i]);
      this.deviation[i] = this.average[i] / this.weight / Math.sqrt(Math.min(1, begun * feature.inertia));
      sum += this.deviation[i] ** 2;
    });
    return {
      together: Math.sqrt(sum / this.baseline.length),
      alone: Math.max(0, ...(oneWay ? this.deviation : this.deviation.map(Math.abs))),
    };
  }
}

type Floor = (feature: number, middle: number) => number;

const learnAll = (rows: number[][], floor: Floor): FeatureBaseline[] =>
  rows[0].map((_, i) => {
    const column = rows.map((row) => row[i]);
    return learn(column, floor(i, median(column)));
  });

/** Every row scored by a judge that learned from the other two thirds. */
function crossScores(rows: number[][], floor: Floor, oneWay: boolean): { together: number; alone: number }[] {
  return [0, 1, 2].flatMap((fold) => {
    const [from, to] = [Math.floor((rows.length * fold) / 3), Math.floor((rows.length * (fold + 1)) / 3)];
    const judge = new Judge(
      learnAll(
        rows.filter((_, i) => i < from || i >= to),
        floor,
      ),
    );
    return rows.slice(from, to).map((row) => judge.score(row, oneWay));
  });
}

/** `factor` spreads above the median, the spread pooled with what is expected of it, worth 20 rows. */
function limitOf(scores: number[], factor: number, expectedSpread: number): number {
  const n = scores.length;
  const seen = Math.max(robustSpread(scores), 0.5 * standardDeviation(scores));
  const pooled = Math.sqrt((n * seen ** 2 + 20 * expectedSpread ** 2) / (n + 20));
  const middle = median(scores);
  return middle + factor * Math.max(pooled, 0.1 * Math.max(middle, 1));
}

/** Limits that no vibration point of so many features goes below; readings have none. */
const leastOf = (features: number) => ({ together: 1 + 9 / Math.sqrt(features), alone: 7 });

/** Baseline and limits from healthy rows; those of a start are left out, at most a quarter. */
export function fit(healthy: number[][], floor: Floor, thresholdSpreads: number, isVibration = false) {
  let rows = healthy;
  const least = isVibration ? leastOf(rows[0].length) : { together: 0, alone: 0 };
  let scores = crossScores(rows, floor, isVibration);
  const late = scores.slice(Math.floor(rows.length / 3)).map(({ together }) => together);
  const usual = limitOf(late, thresholdSpreads, 0.15);
  let lead = 0;
  while (lead < Math.floor(rows.length / 4) && scores[lead].together > usual) lead++;
  if (lead > 0 && rows.length - lead >= 8) {
    rows = rows.slice(lead);
    scores = crossScores(rows, floor, isVibration);
  }
  const n = rows.length;
  const limit = (of: 'together' | 'alone', factor: number, expectedSpread: number): number =>
    limitOf(
      scores.map((score) => score[of]),
      factor,
      expectedSpread,
    );
  const baseline = learnAll(rows, floor);
  return {
    baseline,
    judge: new Judge(baseline),
    left: lead,
    threshold: Math.max(least.together, limit('together', thresholdSpreads * (1 + 4 / n), 0.15)),
    single: Math.max(least.alone, limit('alone', 0.8 * thresholdSpreads * (1 + 24 / n), 0.5)),
  };
}
