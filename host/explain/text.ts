/** An explanation as text for a terminal: plain columns, no colour, one fact a line. */
import { clockText, diagnosisWords, STATE_WORDS } from '../explain.ts';
import type { Contribution, Explanation, Learned, Measure } from './explanation.ts';

const EVIDENCE_WORDS: Record<string, string> = {
  outer_race: 'outer race',
  inner_race: 'inner race',
  ball: 'rolling element',
  cage: 'cage',
  decoy: 'orders of no part',
};

/** Lines, without a newline at the end. */
export function explanationText(explanation: Explanation): string {
  const { record, point, state, sinceS, score, sensorCause, diagnosis, confidence, learned, more } = explanation;
  const since = sinceS === null ? '' : ` since ${clockText(sinceS)}`;
  const lines = [
    explanation.sentence,
    '',
    `record     ${record}`,
    `point      ${point}`,
    `when       ${whenText(explanation)}`,
    `state      ${STATE_WORDS[state]}${since}`,
    `score      ${short(score)}, alarm at ${explanation.threshold}`,
    `diagnosis  ${diagnosisWords(diagnosis)}${diagnosis === null ? '' : `, confidence ${short(confidence)}`}`,
    `sensor     ${sensorCause ?? 'well'}`,
    `learned    ${learned ? learnedText(learned) : 'nothing that this record knows of'}`,
    ...Object.entries(more).map(([name, value]) => `${name.padEnd(10)} ${moreText(value)}`),
    ...evidenceLines(explanation),
    ...valueLines(explanation),
    ...contributionLines(explanation),
  ];
  return lines.join('\n');
}

function whenText({ start, length, startS, endS, endUtc }: Explanation): string {
  const utc = endUtc === null ? '' : `, until ${endUtc}`;
  return `${spanText(startS, endS)}samples ${start} to ${start + length}${utc}`;
}

/** @example 00:02:28 to 00:02:29, */
export function spanText(startS: number | null, endS: number | null): string {
  return startS === null || endS === null ? '' : `${clockText(startS)} to ${clockText(endS)}, `;
}

function learnedText({ source, decisions, by, learnedUtc, forced }: Learned): string {
  const count = decisions === null ? '' : `${decisions} decisions of `;
  const said = by === null ? '' : `, by ${by}`;
  const when = learnedUtc === null ? '' : ` on ${learnedUtc}`;
  return `${count}${source}${said}${when}${forced.length > 0 ? `; ACCEPTED BY FORCE: ${forced[0]}` : ''}`;
}

const moreText = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

function evidenceLines({ evidence }: Explanation): string[] {
  if (!evidence) return ['evidence   the record does not hold it'];
  const parts = Object.entries(evidence).map(
    ([type, nepers]) => `${EVIDENCE_WORDS[type] ?? type} ${nepers.toFixed(2)}`,
  );
  return [`evidence   ${parts.join(', ')} (nepers)`];
}

function valueLines({ values }: Explanation): string[] {
  return values.map(({ axis, rms, peak, crestFactor, kurtosis, velocityRmsMmPerS, envelopeRms }) => {
    const velocity = velocityRmsMmPerS === null ? '' : `, velocity ${short(velocityRmsMmPerS)} mm/s RMS`;
    return (
      `level      ${axis}: RMS ${short(rms)}, peak ${short(peak)}, crest factor ${short(crestFactor)}, ` +
      `kurtosis ${short(kurtosis)}, envelope ${short(envelopeRms)}${velocity}`
    );
  });
}

function contributionLines({ contributions, othersShare }: Explanation): string[] {
  if (contributions.length === 0) return [];
  const rows = contributions.map((part) => [
    nameText(part),
    measureText(part.measured),
    measureText(part.normal),
    short(part.ratio),
    short(part.spreads),
    percent(part.share),
  ]);
  if (othersShare !== null) rows.push(['all others', '', '', '', '', percent(othersShare)]);
  const table = [['what moved', 'measured', 'normal', 'ratio', 'spreads', 'share'], ...rows];
  const widths = table[0].map((_, column) => Math.max(...table.map((row) => row[column].length)));
  return [
    '',
    ...table.map((row) =>
      row
        .map((cell, column) => (column === 0 ? cell.padEnd(widths[column]) : cell.padStart(widths[column])))
        .join('  ')
        .trimEnd(),
    ),
  ];
}

/** @example envelope level (x) */
export function nameText({ feature, axis }: Contribution): string {
  return axis === '' || axis === feature ? feature : `${feature} (${axis})`;
}

export const percent = (share: number | null): string => (share === null ? '-' : `${(100 * share).toFixed(1)} %`);

const measureText = (measure: Measure | null): string =>
  measure === null ? '-' : `${short(measure.value)}${measure.unit ? ` ${measure.unit}` : ''}`;

/** Three digits are what a measurement holds. */
export const short = (value: number): string => String(Number(value.toPrecision(3)));
