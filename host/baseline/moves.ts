/** How a series of numbers moved: at once or bit by bit. Robust figures only: one knock against the housing is no change. */

export interface Move {
  kind: 'trend' | 'jump';
  /** First value after the jump. */
  at: number;
  before: number;
  after: number;
  /** The series without it. */
  rest: number[];
}

/** @example [3, 1, 2] -> 2; [1, 2] -> 1.5 */
export function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Spread about the median as the core takes it: the larger of 1.4826 MAD and 0.7 standard deviations. */
export function spreadOf(values: number[]): number {
  const middle = median(values);
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const power = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return Math.max(1.4826 * median(values.map((value) => Math.abs(value - middle))), 0.7 * Math.sqrt(power));
}

/** Of each value with the one before it, about zero. */
export function correlation(values: number[]): number {
  let product = 0;
  let power = 1e-30;
  for (let i = 0; i < values.length; i++) {
    power += values[i] ** 2;
    if (i > 0) product += values[i] * values[i - 1];
  }
  return product / power;
}

/** The step or the line, whichever leaves less of the series over (sum of magnitudes). */
export function best(series: number[]): Move {
  const step = bestStep(series);
  const third = Math.max(1, Math.floor(series.length / 3));
  const [first, last] = [median(series.slice(0, third)), median(series.slice(-third))];
  // through the middles of the outer thirds
  const slope = (last - first) / (series.length - third);
  const line = (i: number): number => first + slope * (i - (third - 1) / 2);
  const rest = series.map((value, i) => value - line(i));
  if (magnitude(step.rest) < magnitude(rest)) return step;
  return { kind: 'trend', at: 0, before: line(0), after: line(series.length - 1), rest };
}

/** Looked for at 64 places, then at each one around the best of them. */
function bestStep(series: number[]): Move {
  const last = series.length - 2;
  const stride = Math.max(1, Math.floor(series.length / 64));
  const coarse = bestOf(series, 2, last, stride);
  return stride === 1 ? coarse : bestOf(series, Math.max(2, coarse.at - stride), Math.min(last, coarse.at + stride), 1);
}

function bestOf(series: number[], from: number, to: number, stride: number): Move {
  let found: Move = { kind: 'jump', at: 0, before: series[0], after: series[0], rest: series };
  let left = Number.POSITIVE_INFINITY;
  for (let at = from; at <= to; at += stride) {
    const [before, after] = [median(series.slice(0, at)), median(series.slice(at))];
    const rest = series.map((value, i) => value - (i < at ? before : after));
    const least = magnitude(rest);
    if (least >= left) continue;
    left = least;
    found = { kind: 'jump', at, before, after, rest };
  }
  return found;
}

const magnitude = (values: number[]): number => values.reduce((sum, value) => sum + Math.abs(value), 0);
