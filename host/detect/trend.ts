/**
 * Where a number is heading: a line through the longest stretch of its history that no shorter one contradicts, and when
 * that line reaches a limit. A statement about the past, drawn on: it knows of no law by which a fault grows.
 */
import type { Trend, Verdict } from '../types.ts';
import { type Cells, History, type HistorySnapshot } from './history.ts';
import { Line } from './line.ts';

/** Of the interval of the slope, and of the time to a limit. */
const CONFIDENCE = 0.9;
/** Stretches whose intervals of this confidence are apart are not one line: wide, so that chance seldom parts them. */
const AGREEMENT = 0.99;
/** With fewer the correlation of neighbours cannot be told from a slope: intervals of 20 cells hold the truth too rarely. */
const LEAST_CELLS = 30;
/**
 * A bend that the stretch is too short to show has a standard error of sqrt(15) / span times that of the slope. One
 * stretch further on it outweighs a slope of fewer standard errors than this; n stretches on, one of n times as many.
 */
const SPREADS_PER_SPAN = Math.sqrt(15);
const BISECTIONS = 40;
const HOUR_S = 3600;

/** Trend of one number of one point. */
export class TrendWatch {
  readonly #history = new History();
  /** Of each level: null until it has cells enough, undefined until it is asked for. */
  #lines: (Line | null | undefined)[] = [];

  /** @returns whether a minute became whole, so that `trend` may say something new */
  push(timeS: number, value: number): boolean {
    const changed = this.#history.push(timeS, value);
    for (let level = 0; level < changed; level++) this.#lines[level] = undefined;
    return changed > 0;
  }

  /** @param limits ascending; the first above the line is the one that is headed for */
  trend(limits: readonly number[]): Trend | null {
    const lines = this.#history.levels.map((_, level) => this.#lineOf(level));
    const line = longestAgreeing(lines.filter((one) => one !== null));
    if (!line) return null;
    const [low, high] = line.slopeInterval(CONFIDENCE);
    const limit = limits.find((one) => one > line.level) ?? null;
    return {
      slopePerDay: line.slope * 24,
      low: low * 24,
      high: high * 24,
      windowHours: line.span,
      level: line.level,
      limit,
      hoursToLimit: low > 0 && limit !== null ? hoursTo(limit, line) : null,
    };
  }

  #lineOf(level: number): Line | null {
    this.#lines[level] ??= this.#fitted(level);
    return this.#lines[level];
  }

  /** Sparse numbers fill the cells of several levels alike; one line for them is enough. */
  #fitted(level: number): Line | null {
    const cells = this.#history.levels[level];
    const above = this.#history.levels[level + 1];
    if (cells.values.length < LEAST_CELLS || (above && isAlike(cells, above))) return null;
    return new Line(
      cells.timesS.map((timeS) => timeS / HOUR_S),
      cells.values,
    );
  }

  snapshot(): HistorySnapshot {
    return this.#history.snapshot();
  }

  restore(snapshot: HistorySnapshot): void {
    this.#history.restore(snapshot);
    this.#lines = [];
  }
}

/** From the shortest stretch on, as long as the next longer one does not contradict any before it. */
function longestAgreeing(lines: Line[]): Line | null {
  let chosen: Line | null = null;
  let [lowest, highest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const line of lines) {
    const [low, high] = lines.length === 1 ? [0, 0] : line.slopeInterval(AGREEMENT);
    if (chosen !== null && (low > lowest || high < highest)) break;
    chosen = line;
    lowest = Math.min(lowest, high);
    highest = Math.max(highest, low);
  }
  return chosen;
}

function isAlike(cells: Cells, above: Cells): boolean {
  const span = ({ timesS }: Cells): number => timesS[timesS.length - 1] - timesS[0];
  return above.timesS.length >= cells.timesS.length - 1 && span(above) < 1.5 * span(cells);
}

/** Null where the line reaches the limit further ahead than its history reaches back, counted as SPREADS_PER_SPAN says. */
function hoursTo(limit: number, line: Line): Trend['hoursToLimit'] {
  const horizon = (line.slope / line.slopeSpread / SPREADS_PER_SPAN) * line.span;
  const best = (limit - line.level) / line.slope;
  if (!(best <= horizon)) return null;
  return { best, earliest: whenAbove(limit, line, (1 - CONFIDENCE) / 2, best), latest: latestOf(limit, line, horizon) };
}

function latestOf(limit: number, line: Line, horizon: number): number | null {
  const share = (1 + CONFIDENCE) / 2;
  return line.probabilityAbove(limit, horizon) < share ? null : whenAbove(limit, line, share, horizon);
}

/** Hours until the line is above the limit with this probability; `until`: when it certainly is. */
function whenAbove(limit: number, line: Line, share: number, until: number): number {
  let [early, late] = [0, until];
  if (line.probabilityAbove(limit, 0) >= share) return 0;
  for (let i = 0; i < BISECTIONS; i++) {
    const middle = (early + late) / 2;
    if (line.probabilityAbove(limit, middle) >= share) late = middle;
    else early = middle;
  }
  return late;
}

/** Whether the interval of the slope leaves out zero; without that there is no trend to speak of. */
export function isTrend({ low, high }: Trend): boolean {
  return low > 0 || high < 0;
}

/** How the score is said, and how the velocity. */
export type TrendOf = 'score' | 'velocity';

/**
 * A trend in words; the interval is in parentheses.
 * @example score: rising 12 % of the alarm limit a day (8..17 %), reaches it in 3 to 9 days
 * @example velocity: rising 0.3 mm/s a day (0.2..0.4 mm/s), reaches 4.5 mm/s in 3 to 9 days
 */
export function trendText(trend: Trend, of: TrendOf): string {
  const { slopePerDay, low, high, windowHours, limit } = trend;
  if (!isTrend(trend)) return `no trend over the last ${durationText(windowHours)}`;
  // a slope that passes the limit within a day reads better by the hour
  const isFast = Math.abs(slopePerDay) >= (of === 'score' ? 1 : (limit ?? Number.POSITIVE_INFINITY));
  const scale = (of === 'score' ? 100 : 1) / (isFast ? 24 : 1);
  const amount = (slope: number): string => digits(Math.abs(slope) * scale);
  const [from, to] = slopePerDay > 0 ? [low, high] : [high, low];
  const unit = of === 'score' ? '%' : 'mm/s';
  const whole = of === 'score' ? '% of the alarm limit' : unit;
  const way = slopePerDay > 0 ? 'rising' : 'falling';
  const speed = `${way} ${amount(slopePerDay)} ${whole} ${isFast ? 'an hour' : 'a day'} (${amount(from)}..${amount(to)} ${unit})`;
  return `${speed}${arrivalText(trend, of === 'score' ? 'it' : `${limit} mm/s`)}`;
}

/** Both trends of a verdict for a page or a summary; null while there is too little history. */
export function trendLine({ trend, velocityTrend }: Pick<Verdict, 'trend' | 'velocityTrend'>): string | null {
  const parts = trend ? [`score: ${trendText(trend, 'score')}`] : [];
  if (velocityTrend) parts.push(`velocity: ${trendText(velocityTrend, 'velocity')}`);
  return parts.length === 0 ? null : parts.join('; ');
}

function arrivalText({ slopePerDay, limit, hoursToLimit }: Trend, what: string): string {
  if (slopePerDay <= 0 || limit === null) return '';
  if (!hoursToLimit) return `, too far from ${what} to say when it gets there`;
  const { earliest, latest } = hoursToLimit;
  if (latest === null) return `, reaches ${what} in ${durationText(earliest)} at the earliest`;
  const [early, late] = [durationText(earliest), durationText(latest)];
  const [count, unit] = early.split(' ');
  if (early === late) return `, reaches ${what} in about ${late}`;
  return `, reaches ${what} in ${late.endsWith(unit) ? count : early} to ${late}`;
}

/** @example 0.4 -> 24 minutes; 16.2 -> 16 hours; 75 -> 3.1 days */
function durationText(hours: number): string {
  if (hours < 1.5) return `${Math.max(1, Math.round(hours * 60))} minutes`;
  return hours < 72 ? `${digits(hours)} hours` : `${digits(hours / 24)} days`;
}

/** @example 12.3 -> 12; 0.123 -> 0.12; 3.1 -> 3.1 */
function digits(value: number): string {
  return value >= 100 ? String(Math.round(value)) : String(Number(value.toPrecision(2)));
}
