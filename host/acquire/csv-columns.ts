/**
 * What each column of a table is: a channel, a clock, a label, or nothing to analyse. Everything that is decided here
 * becomes a note, so that a person can see what was assumed.
 */
import type { Dialect } from './csv-dialect.ts';
import { numberOf } from './csv-number.ts';
import { type Clocking, clockingOf, parseTime } from './csv-time.ts';
import type { FoundChannel } from './given.ts';

const LABELS = /^(anomaly|changepoint|label)$/i;
const COUNTERS = /^(#|index|idx|sample|samples|n|nr|no|row)$/i;
const TIMES = /^(t|time|zeit|times|timestamp|datetime|date|elapsed|seconds?)([ _-].*)?$/i;
const UNIT_IN_NAME = /^(.*?)\s*[[(]\s*([^\])]+?)\s*[\])]$/;
const UNIT_SUFFIX = /_(s|ms|us|ns)$/i;
const SECONDS: Record<string, number> = {
  s: 1,
  sec: 1,
  second: 1,
  seconds: 1,
  ms: 1e-3,
  us: 1e-6,
  µs: 1e-6,
  μs: 1e-6,
  ns: 1e-9,
  min: 60,
  h: 3600,
};
/** Fewer rows cannot tell a clock from a signal that happens to rise. */
const MIN_CLOCK_ROWS = 16;

export interface Table {
  /** One a column of the file, in order. */
  channels: FoundChannel[];
  sampleRateHz: number | null;
  startUtcUs: number | null;
  /** What kept the time column from giving a rate. */
  rateDoubt: string | null;
  notes: string[];
}

interface Column {
  name: string;
  unit: string | null;
  cells: string[];
  /** NaN where the cell is no number. */
  numbers: number[];
}

/** Times of the sampled rows in seconds; null when their unit is not known. */
interface Clock {
  columns: number[];
  seconds: number[] | null;
  isUtc: boolean;
  said: string;
}

/** @param rows  cells of the first rows, each with as many cells as there are columns */
export function describeColumns(dialect: Dialect, rows: string[][]): Table {
  const columns = columnsOf(dialect, rows);
  const notes: string[] = [];
  const clock = femtoClock(dialect, columns) ?? textClock(columns) ?? numericClock(dialect, columns);
  const aside = new Set<number>(clock?.columns);
  const leaveOut = (index: number, why: string): void => {
    aside.add(index);
    notes.push(`column '${columns[index].name}' is left out: ${why}; ask for it with --channels`);
  };
  for (const [index, { name, unit, cells, numbers }] of columns.entries()) {
    if (aside.has(index)) continue;
    if (cells.every((cell) => cell === '')) leaveOut(index, 'it is empty');
    else if (numbers.every(Number.isNaN) && !cells.some(isNanText)) leaveOut(index, 'it is text');
    else if (LABELS.test(name)) leaveOut(index, 'it is a label');
    else if (COUNTERS.test(name) && unit === null && isCounter(numbers)) leaveOut(index, 'it counts the rows');
  }
  // a table of labels alone is a table of channels
  if (aside.size === columns.length)
    for (const index of columns.keys()) if (!clock?.columns.includes(index)) aside.delete(index);
  nameUnnamed(dialect, columns, aside);
  const clocking = clock?.seconds ? clockingOf(clock.seconds) : null;
  const saidClock = clock ? sayClock(clock, clocking, columns) : null;
  if (saidClock) notes.unshift(saidClock);
  return {
    channels: columns.map(({ name, unit }, index) =>
      aside.has(index) ? { name, unit: unit ?? '1', isAside: true } : { name, unit },
    ),
    sampleRateHz: clocking?.rateHz ?? null,
    rateDoubt: clocking?.rateHz ? null : saidClock,
    startUtcUs: clock?.isUtc && clock.seconds ? Math.round(clock.seconds[0] * 1e6) : null,
    notes,
  };
}

function isNanText(cell: string): boolean {
  return /^(nan|n\/?a|null|none)$/i.test(cell);
}

function columnsOf(dialect: Dialect, rows: string[][]): Column[] {
  const decimal = dialect.decimal.charCodeAt(0);
  const taken = new Set<string>();
  return Array.from({ length: dialect.columnCount }, (_, index) => {
    const header = dialect.names?.[index] ?? '';
    const split = UNIT_IN_NAME.exec(header);
    let name = split?.[1] || header;
    for (let copy = 2; name !== '' && taken.has(name); copy++) name = `${split?.[1] || header} ${copy}`;
    taken.add(name);
    const cells = rows.map((row) => row[index]);
    const unit = dialect.units?.[index] || split?.[2] || null;
    return { name, unit, cells, numbers: cells.map((cell) => numberOf(cell, decimal)) };
  });
}

/** Channels without a name are numbered among themselves, as --channels does; the others by their place. */
function nameUnnamed(dialect: Dialect, columns: Column[], aside: Set<number>): void {
  let channel = 0;
  for (const [index, column] of columns.entries()) {
    if (!aside.has(index)) channel++;
    if (column.name === '') column.name = aside.has(index) || dialect.names ? `column${index + 1}` : `ch${channel}`;
  }
}

/** PRONOSTIA: hour, minute, second, microsecond, horizontal and vertical acceleration, without a header. */
function femtoClock(dialect: Dialect, columns: Column[]): Clock | null {
  if (dialect.names || columns.length !== 6) return null;
  const limits = [23, 59, 59, 1e6];
  const [hours, minutes, seconds, micros] = columns.slice(0, 4).map((column) => column.numbers);
  const isClock = limits.every((limit, index) =>
    columns[index].numbers.every((value) => value >= 0 && value <= limit && (index === 3 || Number.isInteger(value))),
  );
  if (!isClock) return null;
  const times = hours.map((hour, row) => hour * 3600 + minutes[row] * 60 + seconds[row] + micros[row] / 1e6);
  if (!isRising(times)) return null;
  for (const [index, name] of ['hour', 'minute', 'second', 'microsecond', 'horizontal', 'vertical'].entries())
    columns[index].name = name;
  return { columns: [0, 1, 2, 3], seconds: times, isUtc: false, said: 'hour, minute, second, microsecond' };
}

function textClock(columns: Column[]): Clock | null {
  const found = columns.flatMap((column, index) => {
    const times = column.cells.map(parseTime);
    return times.length > 0 && times.every((time) => time !== null) ? [{ index, times }] : [];
  });
  if (found.length === 0) return null;
  const [first, second] = found;
  const isDateOnly = first.times.every((time) => time.seconds % 86_400 === 0);
  const parts = isDateOnly && second ? [first, second] : [first];
  return {
    columns: found.map(({ index }) => index),
    seconds: first.times.map((_, row) => parts.reduce((sum, part) => sum + part.times[row].seconds, 0)),
    isUtc: first.times[0].isUtc,
    said: parts.map(({ index }) => columns[index].name || `column ${index + 1}`).join(' and '),
  };
}

function numericClock(dialect: Dialect, columns: Column[]): Clock | null {
  const named = columns.findIndex(({ name, numbers }) => TIMES.test(name) && isRising(numbers));
  const index =
    named >= 0 ? named : columns[0].name === '' && columns.length > 1 && isEven(columns[0].numbers) ? 0 : -1;
  if (index < 0) return null;
  const { name, unit, numbers } = columns[index];
  const isNamed = dialect.names !== null && name !== '';
  const clock = { columns: [index], isUtc: false, said: isNamed ? name : `column ${index + 1}` };
  const unitText = unit ?? UNIT_SUFFIX.exec(name)?.[1] ?? null;
  const scale = unitText === null ? null : (SECONDS[unitText.toLowerCase()] ?? null);
  if (scale !== null) return { ...clock, seconds: numbers.map((value) => value * scale) };
  // seconds or milliseconds since 1970, between 2001 and 2100
  if (unitText === null && numbers[0] > 1e9 && numbers[0] < 4.1e9) return { ...clock, seconds: numbers, isUtc: true };
  if (unitText === null && numbers[0] > 1e12 && numbers[0] < 4.1e12)
    return { ...clock, seconds: numbers.map((value) => value / 1e3), isUtc: true };
  const step = (numbers.at(-1)! - numbers[0]) / (numbers.length - 1);
  if (unitText === null && step < 1) return { ...clock, seconds: numbers, said: `${clock.said}, taken as seconds` };
  return { ...clock, seconds: null };
}

function isRising(numbers: number[]): boolean {
  return (
    numbers.length > 1 &&
    numbers.every((value, row) => row === 0 || value >= numbers[row - 1]) &&
    numbers.at(-1)! > numbers[0]
  );
}

/** A first column without a name is a clock or counter if it rises by nearly the same on every row. */
function isEven(numbers: number[]): boolean {
  if (numbers.length < MIN_CLOCK_ROWS || !numbers.every(Number.isFinite)) return false;
  const { rateHz, irregularSteps } = clockingOf(numbers);
  return rateHz !== null && irregularSteps === 0;
}

function isCounter(numbers: number[]): boolean {
  return numbers.every((value, row) => row === 0 || value === numbers[row - 1] + 1);
}

function sayClock(clock: Clock, clocking: Clocking | null, columns: Column[]): string {
  const names = clock.columns.map((index) => columns[index].name).join(', ');
  if (!clocking) return `time column (${names}): its unit is not known, so no sample rate is taken from it`;
  const { rateHz, steps, irregularSteps } = clocking;
  if (rateHz === null) return `time column (${clock.said}): not evenly spaced, so no sample rate is taken from it`;
  const holes = irregularSteps ? `; ${irregularSteps} of them differ by more than half and are not made gaps` : '';
  return `sample rate ${rateHz} Hz from the time column (${clock.said}), first ${steps} steps${holes}`;
}
