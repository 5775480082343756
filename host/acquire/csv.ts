/**
 * A table of numbers in text as a source: any usual delimiter, decimal point or comma, header or none. What was
 * detected is in `info.notes` before the first sample; what was not a plain row is added there after the last.
 */
import { InputError } from '../errors.ts';
import type { SourceEvent, SourceInfo } from '../types.ts';
import { describeColumns } from './csv-columns.ts';
import { type Delimiter, type Dialect, detectDialect, isBlankOrComment, splitLine } from './csv-dialect.ts';
import { CR, isControl, LF, MAX_LINE_BYTES, RowParser } from './csv-rows.ts';
import { InputFile } from './file.ts';
import { type Given, settle } from './given.ts';
import type { Source } from './source.ts';

const HEAD_BYTES = 256 * 1024;
/** Enough to tell one dialect from another; all lines of the head tell the rate. */
const DIALECT_LINES = 1000;

const DELIMITER_NAMES: Record<Delimiter, string> = {
  ',': 'comma',
  ';': 'semicolon',
  '\t': 'tab',
  '|': 'bar',
  ' ': 'blanks',
  '': 'none, one column',
};

/**
 * @throws InputError `FILE_*` | `CSV_ENCODING` | `CSV_BINARY` | `CSV_LINE` | `CSV_NUMBERS` | `SOURCE_*`; while reading
 *   `CSV_BINARY` | `CSV_LINE`
 */
export async function openCsv(path: string, given: Given = {}): Promise<Source> {
  const file = await InputFile.open(path);
  try {
    const head = await readHead(file);
    const dialect = detectDialect(head.lines.slice(0, DIALECT_LINES)) ?? detectDialect(head.lines);
    if (!dialect)
      throw new InputError(
        'CSV_NUMBERS',
        `${path}: no line of numbers among the first ${head.lines.length}; wanted a table; nothing was read`,
      );
    const rows = head.lines
      .slice(dialect.skippedLines)
      .filter((line) => !isBlankOrComment(line))
      .map((line) => splitLine(line, dialect.delimiter))
      .filter(
        (cells, index) => cells.length === dialect.columnCount || (index === 0 && cells.length > dialect.columnCount),
      );
    const { notes, ...table } = describeColumns(dialect, rows);
    const found = {
      ...table,
      name: file.name,
      shaftRpm: null,
      bearings: {},
      snapshot: null,
      sampleCount: null,
      notes: [sayDialect(dialect), ...notes],
    };
    const { info, picked } = settle(path, found, given);
    return new Csv(info, file, head.start, () => new RowParser(path, dialect, picked, head.newline));
  } catch (error) {
    await file.close();
    throw error;
  }
}

interface Head {
  lines: string[];
  /** First byte after a byte order mark. */
  start: number;
  newline: number;
}

async function readHead(file: InputFile): Promise<Head> {
  let bytes = await file.read(0, HEAD_BYTES);
  if (!bytes.includes(LF) && !bytes.includes(CR)) bytes = await file.read(0, MAX_LINE_BYTES + 1);
  const mark = bytes.toString('hex', 0, 3);
  if (mark.startsWith('fffe') || mark.startsWith('feff'))
    throw new InputError(
      'CSV_ENCODING',
      `${file.path}: is UTF-16 text, wanted UTF-8; save it as UTF-8; nothing was read`,
    );
  const start = mark === 'efbbbf' ? 3 : 0;
  const control = bytes.findIndex(isControl);
  const newline = bytes.includes(LF) || !bytes.includes(CR) ? LF : CR;
  if (control >= 0) {
    let line = 1;
    for (let at = bytes.indexOf(newline); at >= 0 && at < control; at = bytes.indexOf(newline, at + 1)) line++;
    throw new InputError(
      'CSV_BINARY',
      `${file.path}: line ${line} holds the byte ${bytes[control]}, which is no text; wanted a table of numbers; nothing was read`,
    );
  }
  const lines = decodeText(bytes.subarray(start)).split(newline === LF ? /\r?\n/ : /\r/);
  if (lines.length === 1 && bytes.length > MAX_LINE_BYTES)
    throw new InputError('CSV_LINE', `${file.path}: line 1 is longer than ${MAX_LINE_BYTES} bytes; nothing was read`);
  if (bytes.length < file.bytes) lines.pop(); // cut somewhere
  return { lines, start, newline };
}

/** Instruments write degree signs in either encoding; the numbers are the same bytes in both. */
function decodeText(bytes: Buffer): string {
  const text = bytes.toString('utf8');
  return text.includes('\ufffd') ? bytes.toString('latin1') : text;
}

function sayDialect({ delimiter, decimal, names, units, skippedLines, doubt }: Dialect): string {
  const header = names ? (units ? 'header with units' : 'header') : 'no header';
  const lines = skippedLines > 0 ? `, numbers from line ${skippedLines + 1}` : '';
  const sign = decimal === '.' ? 'point' : 'comma';
  return `table: delimiter ${DELIMITER_NAMES[delimiter]}, decimal ${sign}, ${header}${lines}${doubt ? ` (${doubt})` : ''}`;
}

class Csv implements Source {
  readonly info: SourceInfo;
  readonly #file: InputFile;
  readonly #start: number;
  readonly #newParser: () => RowParser;

  constructor(info: SourceInfo, file: InputFile, start: number, newParser: () => RowParser) {
    this.info = info;
    this.#file = file;
    this.#start = start;
    this.#newParser = newParser;
  }

  async *events(signal?: AbortSignal): AsyncGenerator<SourceEvent> {
    const parser = this.#newParser();
    let scans = 0;
    const event = (channels: Float32Array[]): SourceEvent => {
      const firstSample = scans;
      scans += channels[0].length;
      return { kind: 'samples', firstSample, channels };
    };
    try {
      for await (const piece of this.#file.passing(this.#start, this.#file.bytes, signal)) {
        for (const block of parser.push(piece)) {
          yield event(block);
          if (signal?.aborted) return;
        }
      }
    } catch (error) {
      for (const block of parser.flush()) yield event(block); // what stands before the damage counts
      throw error;
    }
    if (signal?.aborted || this.#file.isClosed) return;
    for (const block of parser.end()) yield event(block);
    this.info.notes.push(...closingNotes(parser));
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}

function closingNotes({ counts }: RowParser): string[] {
  const notes: string[] = [];
  const { wrongLines, badCells, extraCells, commentLines } = counts;
  if (badCells > 0) notes.push(`${badCells} cells are no number and became NaN; first in ${counts.firstBadCell}`);
  if (wrongLines > 0)
    notes.push(`${wrongLines} lines have another number of cells and became NaN; first: ${counts.firstWrongLine}`);
  if (extraCells > 0) notes.push(`${extraCells} more cells in the first row than in the others are left out`);
  if (commentLines > 0) notes.push(`${commentLines} comment lines between the numbers are left out`);
  return notes;
}
