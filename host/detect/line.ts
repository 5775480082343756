/**
 * A straight line through few points in time, with intervals that hold although neighbours resemble each other. Outliers
 * are pulled in to 3 robust spreads around a line of medians (Theil's incomplete method); then the noise is taken as AR(1)
 * of unknown correlation (Ornstein-Uhlenbeck for uneven times) and what is known of the line is averaged over that
 * correlation by its marginal likelihood, with the prior 1 / sqrt(1 - rho^2). Deterministic, O(points x correlations).
 * Sources: H. Theil 1950 (median of slopes); P. Diggle, Analysis of Longitudinal Data (REML); D. Wallace 1959 (t by Gauss).
 */

/** Correlations of neighbours at the median distance; denser where the width of the interval changes fast. */
const CORRELATIONS = [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.78, 0.84, 0.89, 0.93, 0.96, 0.98];
const OUTLIER_SPREADS = 3;
/** Of a Gaussian, spread over median absolute deviation. */
const MAD_TO_SPREAD = 1.4826;
/** A correlation with less weight than this beside the likeliest changes no interval that anybody reads. */
const LEAST_WEIGHT = 1e-6;
/** Quantiles are looked for this far from the slope, to this part of its spread. */
const REACH_SPREADS = 16;
const QUANTILE_SPREADS = 1e-9;

/** What is known of the line if the correlation were one of CORRELATIONS. */
interface Conditional {
  weight: number;
  slope: number;
  /** At the last time. */
  level: number;
  slopeVariance: number;
  levelVariance: number;
  covariance: number;
}

export class Line {
  readonly #conditionals: Conditional[];
  readonly #freedom: number;
  /** Of the value per unit of time. */
  readonly slope: number;
  /** Of the line at the last time. */
  readonly level: number;
  /** Standard deviation of `slope`. */
  readonly slopeSpread: number;
  /** First to last time. */
  readonly span: number;
  readonly #intervals = new Map<number, [number, number]>();

  /** @param times ascending, at least 5; `values` of the same length, finite */
  constructor(times: number[], values: number[]) {
    this.span = times[times.length - 1] - times[0];
    this.#freedom = times.length - 2;
    this.#conditionals = conditionals(times, withoutOutliers(times, values));
    const mean = (of: (c: Conditional) => number): number =>
      this.#conditionals.reduce((sum, c) => sum + c.weight * of(c), 0);
    this.slope = mean((c) => c.slope);
    this.level = mean((c) => c.level);
    this.slopeSpread = Math.sqrt(mean((c) => c.slopeVariance + (c.slope - this.slope) ** 2));
  }

  /** The central interval that holds the true slope with this probability. @example 0.9 -> [5 %, 95 %] quantiles */
  slopeInterval(confidence: number): [number, number] {
    let interval = this.#intervals.get(confidence);
    if (!interval) {
      interval = [this.#slopeQuantile((1 - confidence) / 2), this.#slopeQuantile((1 + confidence) / 2)];
      this.#intervals.set(confidence, interval);
    }
    return interval;
  }

  /** By false position, Illinois variant, after a few halvings: the curve is flat at its ends. */
  #slopeQuantile(share: number): number {
    if (this.slopeSpread === 0) return this.slope;
    const off = (slope: number): number => this.#below(slope, slopeOf) - share;
    const reach = REACH_SPREADS * this.slopeSpread;
    let [low, high] = [this.slope - reach, this.slope + reach];
    let [atLow, atHigh] = [-share, 1 - share];
    for (let i = 0; i < 100 && high - low > QUANTILE_SPREADS * this.slopeSpread; i++) {
      const between = (low * atHigh - high * atLow) / (atHigh - atLow);
      const tried = i < 5 ? (low + high) / 2 : between;
      const at = off(tried);
      if (at < 0) {
        low = tried;
        [atLow, atHigh] = [at, i < 5 ? atHigh : atHigh / 2];
      } else {
        high = tried;
        [atHigh, atLow] = [at, i < 5 ? atLow : atLow / 2];
      }
      if (Math.abs(at) < 1e-12) return tried;
    }
    return (low + high) / 2;
  }

  /** Probability that the line is above `value` at `ahead` units of time after the last time. */
  probabilityAbove(value: number, ahead: number): number {
    return (
      1 -
      this.#below(value, (c) => [
        c.level + c.slope * ahead,
        c.levelVariance + 2 * ahead * c.covariance + ahead * ahead * c.slopeVariance,
      ])
    );
  }

  #below(value: number, of: (c: Conditional) => [mean: number, variance: number]): number {
    let probability = 0;
    for (const conditional of this.#conditionals) {
      const [mean, variance] = of(conditional);
      probability += conditional.weight * studentBelow(value - mean, Math.sqrt(variance), this.#freedom);
    }
    return probability;
  }
}

const slopeOf = ({ slope, slopeVariance }: Conditional): [number, number] => [slope, slopeVariance];

function withoutOutliers(times: number[], values: number[]): number[] {
  const half = times.length >> 1;
  const slopes = Array.from({ length: half }, (_, i) => (values[i + half] - values[i]) / (times[i + half] - times[i]));
  const slope = median(slopes);
  const start = median(values.map((value, i) => value - slope * times[i]));
  const residuals = values.map((value, i) => value - start - slope * times[i]);
  const reach = OUTLIER_SPREADS * MAD_TO_SPREAD * median(residuals.map(Math.abs));
  if (reach === 0) return values;
  return residuals.map((residual, i) => start + slope * times[i] + Math.min(reach, Math.max(-reach, residual)));
}

function conditionals(times: number[], values: number[]): Conditional[] {
  const count = times.length;
  const last = times[count - 1];
  const steps = times.slice(1).map((time, i) => time - times[i]);
  const step = median(steps);
  const apart = steps.map((one) => one / step);
  const found = CORRELATIONS.map((rho, i) => {
    // whitened: u - rho^(step) of its predecessor, over the spread that this leaves
    let [ones, cross, squares, onesY, crossY, yy, variances] = [0, 0, 0, 0, 0, 0, 1];
    for (let k = 0; k < count; k++) {
      const kept = k === 0 ? 0 : rho ** apart[k - 1];
      const spread = Math.sqrt(1 - kept * kept);
      const before = k === 0 ? 0 : k - 1;
      const one = (1 - kept) / spread;
      const x = (times[k] - last - kept * (times[before] - last)) / spread;
      const y = (values[k] - kept * values[before]) / spread;
      ones += one * one;
      cross += one * x;
      squares += x * x;
      onesY += one * y;
      crossY += x * y;
      yy += y * y;
      variances *= 1 - kept * kept;
    }
    const determinant = ones * squares - cross * cross;
    const level = (squares * onesY - cross * crossY) / determinant;
    const slope = (ones * crossY - cross * onesY) / determinant;
    // below the rounding of yy nothing is left of the residuals
    const residual = Math.max(yy - level * onesY - slope * crossY, 1e-12 * yy);
    const noise = residual / (count - 2);
    const logWeight =
      residual === 0
        ? 0
        : -0.5 * Math.log(variances) -
          0.5 * Math.log(determinant) -
          0.5 * (count - 2) * Math.log(residual) -
          0.5 * Math.log(1 - rho * rho) +
          Math.log(gridStep(i));
    return {
      weight: logWeight,
      slope,
      level,
      slopeVariance: (noise * ones) / determinant,
      levelVariance: (noise * squares) / determinant,
      covariance: (-noise * cross) / determinant,
    };
  });
  const top = Math.max(...found.map(({ weight }) => weight));
  const likely = found.filter(({ weight }) => weight - top > Math.log(LEAST_WEIGHT));
  const total = likely.reduce((sum, { weight }) => sum + Math.exp(weight - top), 0);
  return likely.map((one) => ({ ...one, weight: Math.exp(one.weight - top) / total }));
}

/** Share of the range of correlations that grid point i stands for. */
function gridStep(i: number): number {
  const at = (k: number): number => CORRELATIONS[Math.min(CORRELATIONS.length - 1, Math.max(0, k))];
  return (at(i + 1) - at(i - 1)) / (i === 0 || i === CORRELATIONS.length - 1 ? 1 : 2);
}

/** Probability that a Student variable of this spread is below `value`; Wallace's transform is good to 1e-3 of z. */
function studentBelow(value: number, spread: number, freedom: number): number {
  if (spread === 0) return value >= 0 ? 1 : 0;
  const t = value / spread;
  const z = ((8 * freedom + 1) / (8 * freedom + 3)) * Math.sqrt(freedom * Math.log1p((t * t) / freedom));
  return gaussBelow(t < 0 ? -z : z);
}

/** Abramowitz and Stegun 26.2.17: error below 1e-7. */
function gaussBelow(z: number): number {
  const k = 1 / (1 + 0.2316419 * Math.abs(z));
  const tail =
    Math.exp((-z * z) / 2) *
    0.3989422804014327 *
    k *
    (0.31938153 + k * (-0.356563782 + k * (1.781477937 + k * (-1.821255978 + k * 1.330274429))));
  return z >= 0 ? 1 - tail : tail;
}

/** Middle value; the mean of the two of an even count. */
export function median(values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort();
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}
