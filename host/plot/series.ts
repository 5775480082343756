/**
 * What a plot keeps of a run: at most MAX_CELLS cells of time, whatever the number of decisions. When they are full,
 * neighbours are merged two by two, so minimum, maximum and the worst state survive.
 */
import { DIAGNOSES, type Diagnosis, type State, type Verdict } from '../types.ts';

export const MAX_CELLS = 2048;

/** From best to worst: the order in which a cell's state is chosen. */
const SEVERITY: State[] = ['unknown', 'off', 'stale', 'learning', 'normal', 'transient', 'alert', 'danger'];

export interface Cell {
  startS: number;
  endS: number;
  scoreMin: number;
  scoreMax: number;
  /** The worst one in the cell. */
  state: State;
  /** Decisions by diagnosis, in the order of DIAGNOSES. */
  diagnoses: Uint32Array;
}

export class PlotSeries {
  readonly cells: Cell[] = [];
  /** Decisions in one cell; doubles whenever the cells are full. */
  #perCell = 1;
  #inLast = 0;

  /** Decisions come in time order; `startS` and `endS` are seconds on the axis of the plot. */
  add(startS: number, endS: number, verdict: Pick<Verdict, 'score' | 'state' | 'diagnosis'>): void {
    const diagnoses = new Uint32Array(DIAGNOSES.length);
    if (verdict.diagnosis) diagnoses[DIAGNOSES.indexOf(verdict.diagnosis)] = 1;
    const { score, state } = verdict;
    const cell: Cell = { startS, endS, scoreMin: score, scoreMax: score, state, diagnoses };
    const last = this.cells.at(-1);
    if (last && this.#inLast < this.#perCell) {
      this.cells[this.cells.length - 1] = merged(last, cell);
      this.#inLast++;
      return;
    }
    if (this.cells.length === MAX_CELLS) this.#halve();
    this.cells.push(cell);
    this.#inLast = 1;
  }

  #halve(): void {
    for (let pair = 0; pair < MAX_CELLS / 2; pair++)
      this.cells[pair] = merged(this.cells[2 * pair], this.cells[2 * pair + 1]);
    this.cells.length = MAX_CELLS / 2;
    this.#perCell *= 2;
  }
}

/** The diagnosis that most decisions of a cell gave; null if none gave one. */
export function mainDiagnosis(cell: Cell): Diagnosis | null {
  let best = 0;
  for (let index = 1; index < DIAGNOSES.length; index++) if (cell.diagnoses[index] > cell.diagnoses[best]) best = index;
  return cell.diagnoses[best] > 0 ? DIAGNOSES[best] : null;
}

function merged(a: Cell, b: Cell): Cell {
  return {
    startS: a.startS,
    endS: b.endS,
    scoreMin: Math.min(a.scoreMin, b.scoreMin),
    scoreMax: Math.max(a.scoreMax, b.scoreMax),
    state: SEVERITY.indexOf(b.state) > SEVERITY.indexOf(a.state) ? b.state : a.state,
    diagnoses: a.diagnoses.map((count, index) => count + b.diagnoses[index]),
  };
}
