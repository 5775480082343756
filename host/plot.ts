/**
 * A run as one SVG picture: score over time with the alarm threshold, bands of state, marks of diagnosis. Wall-clock
 * time where the recording knows it. No dependency, no script, light background; every text is escaped.
 */
import { diagnosisWords, STATE_WORDS } from './explain.ts';
import { logAxis, tickText, timeAxis } from './plot/axes.ts';
import { type Cell, mainDiagnosis, type PlotSeries } from './plot/series.ts';
import { escaped, n, shortened } from './plot/svg.ts';
import { DIAGNOSES, type Diagnosis, type State } from './types.ts';

export { PlotSeries } from './plot/series.ts';

export interface PlotText {
  title: string;
  /** What was measured: rate, unit, speed. */
  subtitle: string;
}

const WIDTH = 1200;
const HEIGHT = 520;
const LEFT = 76;
const RIGHT = 24;
const TOP = 76;
const SCORE_BOTTOM = 372;
const STATE_ROW = { y: 392, height: 18 };
const DIAGNOSIS_ROW = { y: 418, height: 18 };

/** Colour-blind safe (Okabe and Ito), softened for large areas. */
const STATE_COLOUR: Record<State, string> = {
  off: '#b8bec6',
  learning: '#a9cdea',
  normal: '#8fd0b5',
  transient: '#e6d98a',
  alert: '#f0a04b',
  danger: '#d5493a',
  stale: '#d9dce1',
  unknown: '#eceef1',
};
const DIAGNOSIS_COLOUR: Record<Diagnosis, string> = {
  outer_race: '#0b62a4',
  inner_race: '#8a3d8f',
  ball: '#00806a',
  cage: '#7a6a00',
  unbalance: '#b3532b',
  misalignment: '#5b5bd6',
  bent_shaft: '#9a2c4f',
  looseness: '#4f7d1f',
  gear: '#6b5a4a',
  electrical: '#38707c',
  sensor: '#555b63',
};

/** @returns a whole SVG document */
export function plotSvg(series: PlotSeries, text: PlotText): string {
  const cells = series.cells;
  const startS = cells[0]?.startS ?? 0;
  const endS = Math.max(cells.at(-1)?.endS ?? 1, startS + 1e-6);
  const x = (seconds: number): number => LEFT + ((seconds - startS) / (endS - startS)) * (WIDTH - LEFT - RIGHT);
  const positive = cells.map((cell) => cell.scoreMin).filter((score) => score > 0);
  const score = logAxis(Math.min(1, ...positive), Math.max(1, ...cells.map((cell) => cell.scoreMax)));
  const y = (value: number): number => {
    const decade = Math.min(score.high, Math.max(score.low, value > 0 ? Math.log10(value) : score.low));
    return SCORE_BOTTOM - ((decade - score.low) / (score.high - score.low)) * (SCORE_BOTTOM - TOP);
  };
  const diagnosisCells = cells.filter((cell) => mainDiagnosis(cell) !== null);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" ` +
      `font-family="system-ui, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif" font-size="13" fill="#1f2933">`,
    `<title>${escaped(text.title)}</title>`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#ffffff"/>`,
    `<text x="${LEFT}" y="32" font-size="19" font-weight="600">${escaped(shortened(text.title, 90))}</text>`,
    `<text x="${LEFT}" y="54" fill="#5b6672">${escaped(shortened(text.subtitle, 150))}</text>`,
    ...stateShades(cells, x),
    ...scoreGrid(score.ticks, y),
    ...timeGrid(startS, endS, x),
    ...scoreShape(cells, x, y),
    ...thresholdLine(y),
    ...row(
      STATE_ROW,
      'state',
      runs(cells, (cell) => cell.state),
      x,
      STATE_COLOUR,
      (state) => STATE_WORDS[state],
    ),
    ...row(DIAGNOSIS_ROW, 'cause', runs(diagnosisCells, mainDiagnosis), x, DIAGNOSIS_COLOUR, diagnosisWords),
    ...legend(cells),
    '</svg>',
    '',
  ].join('\n');
}

interface Run<T> {
  startS: number;
  endS: number;
  value: T;
}

/** Neighbouring cells of one value as one stretch. */
function runs<T>(cells: Cell[], pick: (cell: Cell) => T | null): Run<T>[] {
  const found: Run<T>[] = [];
  for (const cell of cells) {
    const value = pick(cell);
    const last = found.at(-1);
    if (value === null) continue;
    const touches = last && cell.startS - last.endS <= (cell.endS - cell.startS) * 0.01 + 1e-9;
    if (last && touches && last.value === value) last.endS = cell.endS;
    else found.push({ startS: cell.startS, endS: cell.endS, value });
  }
  return found;
}

function stateShades(cells: Cell[], x: (s: number) => number): string[] {
  return runs(cells, (cell) => (cell.state === 'normal' ? null : cell.state)).map(
    ({ startS, endS, value }) =>
      `<rect x="${n(x(startS))}" y="${TOP}" width="${n(Math.max(0.5, x(endS) - x(startS)))}" ` +
      `height="${SCORE_BOTTOM - TOP}" fill="${STATE_COLOUR[value]}" opacity="0.16"/>`,
  );
}

function scoreGrid(ticks: number[], y: (value: number) => number): string[] {
  const middle = (TOP + SCORE_BOTTOM) / 2;
  return [
    ...ticks.flatMap((tick) => [
      `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${n(y(tick))}" y2="${n(y(tick))}" stroke="#dfe4ea"/>`,
      `<text x="${LEFT - 8}" y="${n(y(tick) + 4)}" text-anchor="end" fill="#5b6672">${tickText(tick)}</text>`,
    ]),
    `<text transform="translate(22 ${middle}) rotate(-90)" text-anchor="middle">score (alarm = 1, log scale)</text>`,
  ];
}

function timeGrid(startS: number, endS: number, x: (s: number) => number): string[] {
  const axis = timeAxis(startS, endS);
  const bottom = DIAGNOSIS_ROW.y + DIAGNOSIS_ROW.height;
  return [
    ...axis.ticks.flatMap((tick) => [
      `<line x1="${n(x(tick))}" x2="${n(x(tick))}" y1="${TOP}" y2="${bottom}" stroke="#eceff3"/>`,
      `<text x="${n(x(tick))}" y="${bottom + 18}" text-anchor="middle" fill="#5b6672">${tickText(tick * axis.factor)}</text>`,
    ]),
    `<text x="${(LEFT + WIDTH - RIGHT) / 2}" y="${bottom + 38}" text-anchor="middle">time since start (${axis.unit})</text>`,
  ];
}

/** A band from minimum to maximum, so that a short peak is never averaged away, and its upper edge as a line. */
function scoreShape(cells: Cell[], x: (s: number) => number, y: (value: number) => number): string[] {
  const judged = cells.filter((cell) => cell.state !== 'learning'); // there is no score while learning
  if (judged.length === 0) return [];
  const points = (pick: (cell: Cell) => number): string[] =>
    judged.map((cell) => `${n(x((cell.startS + cell.endS) / 2))},${n(y(pick(cell)))}`);
  const upper = points((cell) => cell.scoreMax);
  const lower = points((cell) => cell.scoreMin).reverse();
  return [
    `<polygon points="${[...upper, ...lower].join(' ')}" fill="#1f4e79" opacity="0.25"/>`,
    `<polyline points="${upper.join(' ')}" fill="none" stroke="#1f4e79" stroke-width="1.3" stroke-linejoin="round"/>`,
  ];
}

function thresholdLine(y: (value: number) => number): string[] {
  return [
    `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${n(y(1))}" y2="${n(y(1))}" stroke="#b3261e" stroke-width="1.4" stroke-dasharray="7 5"/>`,
    `<text x="${WIDTH - RIGHT - 6}" y="${n(y(1) - 6)}" text-anchor="end" fill="#b3261e" font-size="12">alarm threshold</text>`,
  ];
}

function row<T extends string>(
  place: { y: number; height: number },
  label: string,
  stretches: Run<T>[],
  x: (s: number) => number,
  colour: Record<T, string>,
  words: (value: T) => string,
): string[] {
  return [
    `<text x="${LEFT - 8}" y="${place.y + 13}" text-anchor="end">${label}</text>`,
    `<rect x="${LEFT}" y="${place.y}" width="${WIDTH - LEFT - RIGHT}" height="${place.height}" fill="#f4f6f8"/>`,
    ...stretches.map(
      ({ startS, endS, value }) =>
        `<rect x="${n(x(startS))}" y="${place.y}" width="${n(Math.max(1, x(endS) - x(startS)))}" height="${place.height}" ` +
        `fill="${colour[value]}"><title>${escaped(words(value))}</title></rect>`,
    ),
  ];
}

function legend(cells: Cell[]): string[] {
  const states = [...new Set(cells.map((cell) => cell.state))];
  const causes = DIAGNOSES.filter((diagnosis) => cells.some((cell) => mainDiagnosis(cell) === diagnosis));
  const entries = [
    ...states.map((state) => ({ colour: STATE_COLOUR[state], words: STATE_WORDS[state].toLowerCase() })),
    ...causes.map((cause) => ({ colour: DIAGNOSIS_COLOUR[cause], words: diagnosisWords(cause) })),
  ];
  let at = LEFT;
  return entries.flatMap(({ colour, words }) => {
    const here = at;
    at += 30 + words.length * 6.9;
    return [
      `<rect x="${n(here)}" y="${HEIGHT - 26}" width="13" height="13" rx="2" fill="${colour}"/>`,
      `<text x="${n(here + 19)}" y="${HEIGHT - 15}" font-size="12">${escaped(words)}</text>`,
    ];
  });
}
