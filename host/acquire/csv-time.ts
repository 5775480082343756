/**
 * Clocks in tables: dates and times as text, and the sample rate that a column of times amounts to.
 */

const DATE = String.raw`(?:(?<year>\d{4})[-/.](?<month>\d{1,2})[-/.](?<day>\d{1,2})|(?<day2>\d{1,2})[./](?<month2>\d{1,2})[./](?<year2>\d{4}))`;
const CLOCK = String.raw`(?<hour>\d{1,2}):(?<minute>\d{2})(?::(?<second>\d{2}(?:[.,]\d+)?))?`;
const ZONE = String.raw`(?<zone>Z|[+-]\d{2}:?\d{2})?`;
const TIME = new RegExp(`^(?:${DATE}(?:[T ]+${CLOCK}\\s*${ZONE})?|${CLOCK.replaceAll('?<', '?<t')})$`);

export function isTimeText(text: string): boolean {
  return TIME.test(text);
}

export interface TimeText {
  /** Since 1970, or since midnight when the text has no date. */
  seconds: number;
  /** The text has a zone, so that `seconds` is UTC. */
  isUtc: boolean;
}

/** Text as a point in time, or null. */
export function parseTime(text: string): TimeText | null {
  const groups = TIME.exec(text)?.groups;
  if (!groups) return null;
  const number = (text: string | undefined): number => Number((text ?? '0').replace(',', '.'));
  const hour = number(groups.hour ?? groups.thour);
  const minute = number(groups.minute ?? groups.tminute);
  const ofDay = hour * 3600 + minute * 60 + number(groups.second ?? groups.tsecond);
  const year = groups.year ?? groups.year2;
  if (year === undefined) return { seconds: ofDay, isUtc: false };
  const month = number(groups.month ?? groups.month2) - 1;
  const days = Date.UTC(number(year), month, number(groups.day ?? groups.day2)) / 1000;
  const zone = groups.zone;
  let shift = 0;
  if (zone && zone !== 'Z') {
    const [hours, minutes] = [Number(zone.slice(1, 3)), Number(zone.slice(-2))];
    shift = (zone.startsWith('-') ? -1 : 1) * (hours * 3600 + minutes * 60);
  }
  return { seconds: days + ofDay - shift, isUtc: zone !== undefined };
}

/** What a stretch of times says. `rateHz` is null when the steps are not of one length. */
export interface Clocking {
  rateHz: number | null;
  steps: number;
  /** Steps that differ from the usual one by more than half: missing or repeated rows. */
  irregularSteps: number;
}

/**
 * The sample rate of evenly spaced times, which may be rounded. The mean step gives it; of all rates that the
 * rounding allows, the one with the fewest digits is taken (25 600, not 25 600.4).
 */
export function clockingOf(seconds: number[]): Clocking {
  const all = seconds.slice(1).map((time, index) => time - seconds[index]);
  const median = [...all].sort((a, b) => a - b)[Math.floor(all.length / 2)] ?? 0;
  const regular = all.filter((step) => Math.abs(step - median) <= median / 2);
  const clocking = { steps: all.length, irregularSteps: all.length - regular.length };
  // a tenth of the rows missing is a recording with holes; more is no clock
  if (!(median > 0) || regular.length < 0.9 * all.length) return { ...clocking, rateHz: null };
  const mean = regular.reduce((sum, step) => sum + step, 0) / regular.length;
  const spread = regular.reduce((most, step) => Math.max(most, Math.abs(step - mean)), 0);
  const doubt = spread / mean / regular.length + 1e-9;
  return { ...clocking, rateHz: roundest((1 - doubt) / mean, (1 + doubt) / mean) };
}

function roundest(from: number, to: number): number {
  const middle = (from + to) / 2;
  for (let digits = 1; digits <= 15; digits++) {
    const rounded = Number(middle.toPrecision(digits));
    if (rounded >= from && rounded <= to) return rounded;
  }
  return middle;
}
