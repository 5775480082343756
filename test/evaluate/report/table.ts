/** Figures as cells of a Markdown table. */
import type { Measured } from '../library/scored.ts';
import { clopperPearson, type Interval } from '../statistics/intervals.ts';

export type Cell = string | number;

export const NONE = '-';

/** @example 0.85427 -> 0.854; 12.3 -> 12.3; 3.6889e-3 -> 0.00369 */
export function figureText(value: number): string {
  if (value === 0) return '0';
  return Math.abs(value) < 0.1 || Math.abs(value) >= 1
    ? String(Number(value.toPrecision(3)))
    : String(Number(value.toFixed(3)));
}

export const intervalText = ([low, high]: Interval): string => `[${figureText(low)}, ${figureText(high)}]`;
export const measuredText = (measured: Measured | null): string =>
  measured === null
    ? NONE
    : `${figureText(measured.value)}${measured.interval ? ` ${intervalText(measured.interval)}` : ''}`;
export const countText = (hits: number, of: number): string =>
  of === 0 ? NONE : `${hits} of ${of} ${intervalText(clopperPearson(hits, of))}`;
export const orNone = (value: number | null | undefined): string =>
  value === null || value === undefined ? NONE : figureText(value);

export function table(head: readonly Cell[], rows: readonly (readonly Cell[])[]): string {
  const line = (cells: readonly Cell[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, i) => (i === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n');
}
