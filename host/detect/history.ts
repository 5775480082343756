/**
 * What a number was, in bounded memory: medians of minutes for the last hour, of 4 minutes for the last 4 hours, and so on
 * to 17 hours for the last 43 days. A median that is built of one value is that value, so sparse numbers are kept as they
 * are. Times ascend; a time that does not starts the history anew.
 */
import { median } from './line.ts';

export interface Cells {
  /** Seconds; mean of what the cell holds. */
  timesS: number[];
  values: number[];
}

export const CELLS = 60;
export const LEVELS = 6;
const CELL_S = 60;
/** A cell is a multiple of the one before it. */
const RATIO = 4;
/** Values of an open minute; with more, every second one is left out. */
const OPEN_VALUES = 128;

interface Open {
  index: number;
  cells: Cells;
}

export interface HistorySnapshot {
  levels: Cells[];
  open: Open[];
  stride: number;
  skipped: number;
}

export class History {
  #levels: Cells[] = Array.from({ length: LEVELS }, empty);
  /** Of each level, what its next cell is made of: raw values, or cells of the level below. */
  #open: Open[] = Array.from({ length: LEVELS }, () => ({ index: -1, cells: empty() }));
  #stride = 1;
  #skipped = 0;

  /** Cells of level 0 are of one minute. */
  get levels(): readonly Cells[] {
    return this.#levels;
  }

  /** @returns how many levels have a new cell: level 0 to that many less one */
  push(timeS: number, value: number): number {
    const newest = this.#open[0].cells.timesS.at(-1) ?? this.#levels[0].timesS.at(-1) ?? Number.NEGATIVE_INFINITY;
    if (timeS < newest) this.#restart();
    const changed = this.#enter(0, timeS, value);
    const { cells } = this.#open[0];
    if (cells.values.length >= OPEN_VALUES) {
      this.#stride *= 2;
      this.#open[0].cells = {
        timesS: cells.timesS.filter((_, i) => i % 2 === 0),
        values: cells.values.filter((_, i) => i % 2 === 0),
      };
    }
    return changed;
  }

  #enter(level: number, timeS: number, value: number): number {
    const open = this.#open[level];
    const index = Math.floor(timeS / (CELL_S * RATIO ** level));
    let changed = 0;
    if (index !== open.index && open.cells.values.length > 0) {
      changed = 1 + this.#close(level, open.cells);
      open.cells = empty();
      if (level === 0) this.#stride = 1;
    }
    open.index = index;
    if (level === 0 && open.cells.values.length > 0 && ++this.#skipped < this.#stride) return changed;
    if (level === 0) this.#skipped = 0;
    open.cells.timesS.push(timeS);
    open.cells.values.push(value);
    return changed;
  }

  #close(level: number, made: Cells): number {
    const timeS = made.timesS.reduce((sum, time) => sum + time, 0) / made.timesS.length;
    const value = median(made.values);
    const { timesS, values } = this.#levels[level];
    timesS.push(timeS);
    values.push(value);
    if (timesS.length > CELLS) {
      timesS.shift();
      values.shift();
    }
    return level + 1 < LEVELS ? this.#enter(level + 1, timeS, value) : 0;
  }

  #restart(): void {
    this.restore(new History().snapshot());
  }

  snapshot(): HistorySnapshot {
    return structuredClone({
      levels: this.#levels,
      open: this.#open,
      stride: this.#stride,
      skipped: this.#skipped,
    });
  }

  restore(snapshot: HistorySnapshot): void {
    const { levels, open, stride, skipped } = structuredClone(snapshot);
    this.#levels = levels;
    this.#open = open;
    this.#stride = stride;
    this.#skipped = skipped;
  }
}

function empty(): Cells {
  return { timesS: [], values: [] };
}
