/**
 * Bytes of a table, cut anywhere, turned into blocks of scans. A cell that is no number is NaN and counted; a line
 * with another number of cells is a scan of NaN and counted: nothing is dropped and nothing shifts in time.
 */
import { InputError } from '../errors.ts';
import type { Dialect } from './csv-dialect.ts';
import { parseNumber } from './csv-number.ts';
import { BLOCK_SCANS } from './interleaved.ts';

/** A longer line is no table; reading on would only fill the memory. */
export const MAX_LINE_BYTES = 1024 * 1024;

const TAB = 9;
export const LF = 10;
export const CR = 13;
const SPACE = 32;
const QUOTE = 34;
const HASH = 35;
const PERCENT = 37;

/** What was not a plain row of numbers. */
export interface RowCounts {
  rows: number;
  commentLines: number;
  wrongLines: number;
  /** For example `line 17 has 3 cells`. */
  firstWrongLine: string;
  badCells: number;
  /** For example `line 17: 'abc'`. */
  firstBadCell: string;
  /** Cells to the right of the first row, which some instruments write there once. */
  extraCells: number;
}

export class RowParser {
  readonly counts: RowCounts = {
    rows: 0,
    commentLines: 0,
    wrongLines: 0,
    firstWrongLine: '',
    badCells: 0,
    firstBadCell: '',
    extraCells: 0,
  };
  readonly #path: string;
  readonly #dialect: Dialect;
  readonly #delimiter: number;
  readonly #decimal: number;
  /** Channel of each column, -1 for none. */
  readonly #channelOf: Int32Array;
  readonly #channelCount: number;
  readonly #newline: number;
  #carry: Buffer = Buffer.alloc(0);
  #line = 0;
  #emptyCells = 0;
  #block: Float32Array[] = [];
  #filled = 0;
  #full: Float32Array[][] = [];

  /**
   * @param path  of the file, for messages
   * @param picked  columns to read, in the order of the channels
   * @param newline  the byte that ends a line: LF, or CR for files that hold no LF
   */
  constructor(path: string, dialect: Dialect, picked: number[], newline = LF) {
    this.#path = path;
    this.#dialect = dialect;
    this.#delimiter = dialect.delimiter === '' ? -1 : dialect.delimiter.charCodeAt(0);
    this.#decimal = dialect.decimal.charCodeAt(0);
    this.#channelOf = new Int32Array(dialect.columnCount).fill(-1);
    for (const [channel, column] of picked.entries()) this.#channelOf[column] = channel;
    this.#channelCount = picked.length;
    this.#newline = newline;
  }

  /**
   * Takes any number of bytes; yields the blocks that they complete.
   * @throws InputError `CSV_BINARY` | `CSV_LINE`, naming the line
   */
  *push(bytes: Buffer): Generator<Float32Array[]> {
    let from = 0;
    if (this.#carry.length > 0) {
      const end = bytes.indexOf(this.#newline);
      const joined = Buffer.concat([this.#carry, bytes.subarray(0, end < 0 ? bytes.length : end)]);
      this.#carry = joined;
      if (end < 0) return this.#refuseLongLine();
      this.#carry = Buffer.alloc(0);
      this.#takeLine(joined, 0, joined.length);
      from = end + 1;
    }
    for (let end = bytes.indexOf(this.#newline, from); end >= 0; end = bytes.indexOf(this.#newline, from)) {
      this.#takeLine(bytes, from, end);
      from = end + 1;
      if (this.#full.length > 0) yield* this.#full.splice(0);
    }
    this.#carry = Buffer.from(bytes.subarray(from)); // a copy: the bytes belong to the reader of the file
    this.#refuseLongLine();
  }

  /** The end of the file: a last line counts without a line end too. */
  *end(): Generator<Float32Array[]> {
    if (this.#carry.length > 0) this.#takeLine(this.#carry, 0, this.#carry.length);
    this.#carry = Buffer.alloc(0);
    yield* this.flush();
  }

  /** The rows that no block has held yet: also when the line after them turned out to be none. */
  *flush(): Generator<Float32Array[]> {
    yield* this.#full.splice(0);
    if (this.#filled > 0) yield this.#block.map((lane) => lane.slice(0, this.#filled));
    this.#filled = 0;
  }

  #refuseLongLine(): void {
    if (this.#carry.length <= MAX_LINE_BYTES) return;
    const where = `${this.#path}: line ${this.#line + 1}`;
    throw new InputError('CSV_LINE', `${where} is longer than ${MAX_LINE_BYTES} bytes; what was read before stands`);
  }

  #takeLine(bytes: Buffer, from: number, to: number): void {
    this.#line++;
    if (this.#line <= this.#dialect.skippedLines) return;
    if (to > from && bytes[to - 1] === CR) to--;
    let start = from;
    while (start < to && (bytes[start] === SPACE || bytes[start] === TAB)) start++;
    if (start === to) {
      // in a single column an empty line is an empty cell, unless nothing follows it
      if (this.#delimiter === -1) this.#emptyCells++;
    } else if (bytes[start] === HASH || bytes[start] === PERCENT) this.counts.commentLines++;
    else {
      for (; this.#emptyCells > 0; this.#emptyCells--) {
        this.#startRow();
        this.#spoilRow();
        this.counts.badCells++;
        this.counts.firstBadCell ||= `line ${this.#line - this.#emptyCells}: ''`;
        this.#endRow();
      }
      this.#startRow();
      if (this.#delimiter === SPACE) this.#readBlankSeparated(bytes, start, to);
      else this.#readDelimited(bytes, from, to);
      this.#endRow();
    }
  }

  #readDelimited(bytes: Buffer, from: number, to: number): void {
    const delimiter = this.#delimiter;
    const wanted = this.#channelOf.length;
    let column = 0;
    let extra = 0;
    for (let at = from; at <= to; column++) {
      let end = at;
      if (bytes[at] === QUOTE) while (++end < to && bytes[end] !== QUOTE);
      while (end < to && bytes[end] !== delimiter) end++;
      if (column < wanted) this.#readCell(bytes, at, end, column);
      else if (!isBlank(bytes, at, end)) extra = column - wanted + 1;
      at = end + 1;
    }
    this.#checkCount(bytes, from, to, column, extra);
  }

  #readBlankSeparated(bytes: Buffer, from: number, to: number): void {
    let column = 0;
    for (let at = from; at < to; column++) {
      let end = at;
      while (end < to && bytes[end] !== SPACE && bytes[end] !== TAB) end++;
      if (column < this.#channelOf.length) this.#readCell(bytes, at, end, column);
      for (at = end; at < to && (bytes[at] === SPACE || bytes[at] === TAB); ) at++;
    }
    this.#checkCount(bytes, from, to, column, Math.max(0, column - this.#channelOf.length));
  }

  #readCell(bytes: Buffer, from: number, to: number, column: number): void {
    const channel = this.#channelOf[column];
    if (channel < 0) return;
    const value = parseNumber(bytes, from, to, this.#decimal);
    this.#block[channel][this.#filled] = value;
    if (!Number.isNaN(value)) return;
    this.#refuseBinary(bytes, from, to);
    this.counts.badCells++;
    this.counts.firstBadCell ||= `line ${this.#line}: '${bytes.toString('latin1', from, Math.min(to, from + 40)).trim()}'`;
  }

  #checkCount(bytes: Buffer, from: number, to: number, cells: number, extra: number): void {
    if (cells >= this.#channelOf.length && extra === 0) return;
    if (this.counts.rows === 0 && extra > 0) {
      this.counts.extraCells = extra;
      return;
    }
    this.#refuseBinary(bytes, from, to);
    this.counts.wrongLines++;
    this.counts.firstWrongLine ||= `line ${this.#line} has ${cells} cells`;
    this.#spoilRow();
  }

  #refuseBinary(bytes: Buffer, from: number, to: number): void {
    for (let at = from; at < to; at++)
      if (isControl(bytes[at]))
        throw new InputError(
          'CSV_BINARY',
          `${this.#path}: line ${this.#line} holds the byte ${bytes[at]}, which is no text; what was read before stands`,
        );
  }

  #startRow(): void {
    if (this.#filled > 0) return;
    this.#block = Array.from({ length: this.#channelCount }, () => new Float32Array(BLOCK_SCANS));
  }

  #spoilRow(): void {
    for (const lane of this.#block) lane[this.#filled] = Number.NaN;
  }

  #endRow(): void {
    this.counts.rows++;
    if (++this.#filled < BLOCK_SCANS) return;
    this.#filled = 0;
    this.#full.push(this.#block);
  }
}

/** Bytes that no text file holds. */
export function isControl(byte: number): boolean {
  return byte < SPACE && byte !== TAB && byte !== LF && byte !== CR && byte !== 12;
}

function isBlank(bytes: Buffer, from: number, to: number): boolean {
  while (from < to && (bytes[from] === SPACE || bytes[from] === TAB)) from++;
  return from === to;
}
