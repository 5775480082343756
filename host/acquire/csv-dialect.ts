/**
 * Which kind of "CSV" a text is: delimiter, decimal sign, where the numbers begin. Every candidate is tried on the
 * head of the file and the one under which most of it is numbers in equally many columns wins.
 */
import { numberOf } from './csv-number.ts';
import { isTimeText } from './csv-time.ts';

/** `' '` stands for any run of blanks and tabs; `''` for a single column. */
export type Delimiter = ',' | ';' | '\t' | '|' | ' ' | '';

export interface Dialect {
  delimiter: Delimiter;
  decimal: '.' | ',';
  columnCount: number;
  /** Lines before the first line of numbers. */
  skippedLines: number;
  /** Column names, or null: no header. */
  names: string[] | null;
  /** A line of units under the names. */
  units: string[] | null;
  /** A person would want to know: this might be read otherwise. */
  doubt: string | null;
}

/** In order of preference where two explain the text equally well. */
const CANDIDATES: [Delimiter, '.' | ','][] = [
  ['\t', '.'],
  [';', '.'],
  [',', '.'],
  ['|', '.'],
  [' ', '.'],
  ['', '.'],
  ['\t', ','],
  [';', ','],
  ['|', ','],
  [' ', ','],
  ['', ','],
];
const MISSING = /^(|nan|n\/?a|null|none|-|[+-]?inf(inity)?|#.*)$/i;
/** Written by an instrument for "no value": never the name of a column. */
const NO_VALUE = /^(nan|n\/a|null)$/i;
const TIME_UNITS = /^(s|sec|seconds?|ms|us|µs|ns)$/i;

export function isBlankOrComment(line: string): boolean {
  return /^\s*([#%].*)?$/.test(line);
}

/** The cells of a line, without quotes and surrounding blanks. */
export function splitLine(line: string, delimiter: Delimiter): string[] {
  if (delimiter === '') return [unquoted(line)];
  if (delimiter === ' ')
    return line
      .trim()
      .split(/[ \t]+/)
      .map(unquoted);
  if (!line.includes('"')) return line.split(delimiter).map((cell) => cell.trim());
  const cells: string[] = [];
  let from = 0;
  let isQuoted = false;
  for (let at = 0; at <= line.length; at++) {
    if (line[at] === '"') isQuoted = !isQuoted;
    else if (at === line.length || (line[at] === delimiter && !isQuoted)) {
      cells.push(unquoted(line.slice(from, at)));
      from = at + 1;
    }
  }
  return cells;
}

function unquoted(cell: string): string {
  const plain = cell.trim();
  return plain.length > 1 && plain.startsWith('"') && plain.endsWith('"') ? plain.slice(1, -1).trim() : plain;
}

interface Attempt {
  dialect: Dialect;
  score: number;
}

/**
 * @param lines  the first lines of the file, the last one whole
 * @returns null when no candidate finds a line of numbers
 */
export function detectDialect(lines: string[]): Dialect | null {
  const attempts = CANDIDATES.flatMap(([delimiter, decimal]) => tryDialect(lines, delimiter, decimal) ?? []);
  if (attempts.length === 0) return null;
  const best = attempts.reduce((best, attempt) => (attempt.score > best.score ? attempt : best));
  const two = attempts.find(({ dialect }) => dialect.delimiter === ',' && dialect.columnCount === 2);
  const one = attempts.find(({ dialect }) => dialect.delimiter === '' && dialect.decimal === ',');
  return two && one && (best === two || best === one) ? commaMeaning(lines, two, one) : best.dialect;
}

function tryDialect(lines: string[], delimiter: Delimiter, decimal: '.' | ','): Attempt | null {
  const byte = decimal.charCodeAt(0);
  const counts = new Map<number, number>();
  const rows = lines.map((line) => {
    if (isBlankOrComment(line)) return null;
    const cells = splitLine(line, delimiter);
    const numbers = cells.filter((cell) => !Number.isNaN(numberOf(cell, byte))).length;
    const fitting = cells.filter((cell) => MISSING.test(cell) || isTimeText(cell)).length;
    const share = (numbers + fitting) / cells.length;
    const isData = numbers > 0 && share >= 0.5;
    if (isData) counts.set(cells.length, (counts.get(cells.length) ?? 0) + share);
    return { cells, isData };
  });
  let columnCount = 0;
  let score = 0;
  for (const [count, sum] of counts) if (sum > score) [columnCount, score] = [count, sum];
  // a single column has no delimiter, and a delimiter that never occurs explains nothing
  if (columnCount === 0 || (columnCount === 1) !== (delimiter === '')) return null;
  // the first row may carry something extra to its right
  let first = rows.findIndex((row) => row?.isData && row.cells.length >= columnCount);
  // a sensor that was not ready yet: rows without one number, but rows all the same
  while (first > 0 && isWithoutValue(rows[first - 1]?.cells, columnCount)) first--;
  const before = rows.slice(0, first).filter((row) => row !== null && row.cells.length === columnCount);
  const last = before.at(-1)?.cells ?? null;
  const isUnitLine = last?.every((cell) => /^[[(].*[\])]$|^$/.test(cell) || TIME_UNITS.test(cell)) ?? false;
  const units = isUnitLine && before.length > 1 ? last!.map((cell) => cell.replace(/^[[(](.*)[\])]$/, '$1')) : null;
  const names = units ? before.at(-2)!.cells : last;
  return { dialect: { delimiter, decimal, columnCount, skippedLines: first, names, units, doubt: null }, score };
}

function isWithoutValue(cells: string[] | undefined, columnCount: number): boolean {
  if (cells?.length !== columnCount) return false;
  return cells.some((cell) => NO_VALUE.test(cell)) && cells.every((cell) => MISSING.test(cell) || isTimeText(cell));
}

/** Whole numbers with a comma between them may be two columns, or one with decimal commas: 0,05. */
function commaMeaning(lines: string[], two: Attempt, one: Attempt): Dialect {
  if (two.dialect.names) return two.dialect;
  const header = one.dialect.names?.[0];
  if (header !== undefined && !header.includes(',')) return one.dialect;
  const rows = lines.slice(one.dialect.skippedLines).filter((line) => !isBlankOrComment(line));
  if (!rows.every((row) => /^\s*[+-]?\d+(,\d+)?(e[+-]?\d+)?\s*$/i.test(row))) return two.dialect;
  if (rows.some((row) => /,0\d|-0,/.test(row))) return { ...one.dialect, names: null };
  if (two.score < rows.length / 2) return { ...one.dialect, names: null, doubt: 'two columns would be possible' };
  return { ...two.dialect, doubt: 'one column with decimal commas would look the same' };
}
