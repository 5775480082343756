/** Round numbers for axes: time in the unit that fits, and powers of ten. */

export interface TimeAxis {
  /** Multiply seconds by this. */
  factor: number;
  unit: 's' | 'min' | 'h' | 'd';
  /** In seconds. */
  ticks: number[];
}

const UNITS = [
  { unit: 'd', seconds: 86_400, from: 3 * 86_400 },
  { unit: 'h', seconds: 3600, from: 2 * 3600 },
  { unit: 'min', seconds: 60, from: 180 },
  { unit: 's', seconds: 1, from: 0 },
] as const;

/** Round steps of 1, 2 or 5 times a power of ten in the unit of the axis, about `count` of them. */
export function timeAxis(startS: number, endS: number, count = 8): TimeAxis {
  const span = Math.max(endS - startS, 1e-6);
  const { unit, seconds } = UNITS.find(({ from }) => span >= from) ?? UNITS[3];
  const raw = span / seconds / count;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = ([1, 2, 5, 10].find((multiple) => multiple * power >= raw) ?? 10) * power * seconds;
  const ticks: number[] = [];
  for (let index = Math.ceil(startS / step - 1e-9); index * step <= endS + step * 1e-9; index++)
    ticks.push(index * step);
  return { factor: 1 / seconds, unit, ticks };
}

export interface LogAxis {
  /** Powers of ten: the axis goes from 10^low to 10^high. */
  low: number;
  high: number;
  ticks: number[];
}

/** Whole decades around the values, at least from 0.1 to 10: the threshold 1 is always inside. */
export function logAxis(min: number, max: number): LogAxis {
  const decade = (value: number): number => (value > 0 ? Math.log10(value) : 0);
  const low = Math.max(-4, Math.min(-1, Math.floor(decade(min) + 1e-9)));
  const high = Math.max(1, Math.ceil(decade(max) - 1e-9));
  const ticks = Array.from({ length: high - low + 1 }, (_, index) => 10 ** (low + index));
  return { low, high, ticks };
}

/** As short as exact. @example 0.30000000000000004 -> 0.3 */
export const tickText = (value: number): string => String(Number(value.toPrecision(6)));
