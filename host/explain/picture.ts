/**
 * An explanation as one SVG picture, 900 wide: the sentence, what the score is made of, the spectrum of the axis that
 * moved most and its envelope spectrum with the orders of the bearing. Light background, fonts of the system.
 */
import { BANDS, FEATURE_BAND } from '../../core-wasm/memory.ts';
import { bandEdgeHz } from '../detect/features.ts';
import { diagnosisWords, STATE_WORDS } from '../explain.ts';
import { tickText } from '../plot/axes.ts';
import { escaped, line, n, rect, shortened, text, wrapped } from '../plot/svg.ts';
import type { FaultOrder } from '../types.ts';
import type { Explanation, Machine, Pictured } from './explanation.ts';
import { nameText, percent, short, spanText } from './text.ts';

const WIDTH = 900;
const LEFT = 62;
const RIGHT = 24;
const GREY = '#5b6672';
const BAR = { height: 18, step: 25, labels: 300, room: 130 };
const PANEL = 190;
/** Of shaft turns shown in an envelope spectrum: three lines of the inner race of most bearings. */
const ORDERS_SHOWN = 20;
/** Decades shown at most. */
const MOST_DECADES = 4;

/** @returns a whole SVG document */
export function explanationSvg(pictured: Pictured): string {
  const { explanation } = pictured;
  const parts: string[] = [];
  let y = head(parts, explanation);
  y = bars(parts, explanation, y);
  y = spectrum(parts, pictured, y);
  y = envelope(parts, pictured, y);
  const height = Math.ceil(y + 10);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" ` +
      `font-family="system-ui, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif">`,
    `<title>${escaped(explanation.sentence)}</title>`,
    rect(0, 0, WIDTH, height, '#ffffff'),
    ...parts,
    '</svg>',
    '',
  ].join('\n');
}

function head(parts: string[], explanation: Explanation): number {
  const { point, record, state, score, diagnosis, startS, endS } = explanation;
  parts.push(
    text(24, 34, shortened(`${point}: ${STATE_WORDS[state]}, ${diagnosisWords(diagnosis)}`, 78), {
      size: 19,
      weight: 600,
    }),
    text(24, 56, shortened(`${record}, ${spanText(startS, endS)}score ${short(score)}, alarm at 1`, 125), {
      fill: GREY,
    }),
  );
  const said = wrapped(explanation.sentence, 118, 4);
  said.forEach((words, i) => {
    parts.push(text(24, 82 + 19 * i, words, { size: 14 }));
  });
  return 82 + 19 * said.length;
}

function bars(parts: string[], { contributions, othersShare }: Explanation, top: number): number {
  const y = top + 22;
  if (contributions.length === 0) {
    parts.push(text(24, y, 'Nothing stands out: there is no part of the score to show.', { fill: GREY }));
    return y + 12;
  }
  const isShared = othersShare !== null;
  parts.push(
    text(24, y, isShared ? 'Share of the squared score' : 'Distance from normal, in spreads of healthy data', {
      weight: 600,
    }),
  );
  const rows = [
    ...contributions.map((part) => ({
      label: nameText(part),
      size: isShared ? (part.share ?? 0) : Math.abs(part.spreads),
      words: `${isShared ? `${percent(part.share)}, ` : ''}${short(part.ratio)} x normal, ${short(part.spreads)} spreads`,
      fill: '#1f4e79',
    })),
    ...(isShared ? [{ label: 'all others', size: othersShare, words: percent(othersShare), fill: '#9aa6b2' }] : []),
  ];
  const most = Math.max(...rows.map(({ size }) => size), 1e-9);
  const room = WIDTH - RIGHT - BAR.labels - BAR.room - 130;
  rows.forEach(({ label, size, words, fill }, i) => {
    const at = y + 12 + i * BAR.step;
    const width = (size / most) * room;
    parts.push(
      text(BAR.labels - 8, at + 14, shortened(label, 40), { anchor: 'end' }),
      rect(BAR.labels, at, Math.max(1, width), BAR.height, fill),
      text(BAR.labels + width + 8, at + 14, words, { fill: GREY, size: 12 }),
    );
  });
  return y + 12 + rows.length * BAR.step;
}

interface Curve {
  title: string;
  unit: string;
  /** Of the horizontal axis, ascending. */
  x: number[];
  y: number[];
  xLabel: string;
  marks: { at: number; label: string; colour: string; isFaint?: boolean }[];
  shade: { from: number; to: number } | null;
}

function spectrum(parts: string[], { explanation, machine, spectra }: Pictured, top: number): number {
  if (!spectra) return none(parts, top, 'This record holds no samples, so there are no spectra.');
  const axis = leadingAxis(explanation);
  // peak amplitude of a line: its power is half of its square
  const amplitude = Array.from(spectra.power[axis] ?? [], (power) => Math.sqrt(2 * power));
  const shaftHz = machine.shaftRpm === null ? null : machine.shaftRpm / 60;
  return panel(parts, top, {
    title: `Spectrum of ${axisLabel(explanation, axis)}, last window`,
    unit: machine.units[axis] ?? '',
    x: amplitude.map((_, bin) => bin * spectra.binHz).slice(1),
    y: amplitude.slice(1),
    xLabel: 'frequency (Hz)',
    marks: shaftHz === null ? [] : [1, 2, 3].map((k) => ({ at: k * shaftHz, label: `${k}x`, colour: '#00806a' })),
    shade: movedBand(explanation, machine),
  });
}

function envelope(parts: string[], { explanation, machine, spectra }: Pictured, top: number): number {
  if (!spectra) return top;
  if (!spectra.envelope) return none(parts, top, 'No envelope spectrum yet: it takes 73 turns of a known shaft speed.');
  const axis = leadingAxis(explanation);
  const { binHz, power } = spectra.envelope;
  const bands = power[axis] ?? [];
  const mean = Array.from(
    bands[0] ?? [],
    (_, bin) => bands.reduce((sum, band) => sum + Math.sqrt(band[bin]), 0) / bands.length,
  );
  const shaftHz = machine.shaftRpm === null ? null : machine.shaftRpm / 60;
  const scale = shaftHz === null ? 1 : 1 / shaftHz;
  const last = shaftHz === null ? mean.length : Math.min(mean.length, Math.floor((ORDERS_SHOWN * shaftHz) / binHz));
  const isKnown = shaftHz !== null && machine.faultOrder !== null;
  return panel(parts, top, {
    title: `Envelope spectrum of ${axisLabel(explanation, axis)}, mean of three bands`,
    unit: '',
    // the first bins hold what is left of the mean
    x: mean.slice(3, last).map((_, bin) => (bin + 3) * binHz * scale),
    y: mean.slice(3, last),
    xLabel: shaftHz === null ? 'frequency (Hz)' : `order of shaft speed (1 = ${short(shaftHz)} Hz)`,
    marks: isKnown ? faultMarks(machine.faultOrder!, explanation.diagnosis) : [],
    shade: null,
  });
}

const FAULTS = [
  { diagnosis: 'outer_race', name: 'BPFO', colour: '#0b62a4', order: (o: FaultOrder) => o.bpfo },
  { diagnosis: 'inner_race', name: 'BPFI', colour: '#8a3d8f', order: (o: FaultOrder) => o.bpfi },
  { diagnosis: 'ball', name: '2xBSF', colour: '#b3532b', order: (o: FaultOrder) => 2 * o.bsf },
  { diagnosis: 'cage', name: 'FTF', colour: '#7a6a00', order: (o: FaultOrder) => o.ftf },
];

/** Three lines of the part that is named, the first line of the others. */
function faultMarks(orders: FaultOrder, diagnosis: string | null): Curve['marks'] {
  return FAULTS.flatMap(({ diagnosis: own, name, colour, order }) => {
    const isNamed = own === diagnosis;
    const count = isNamed ? 3 : 1;
    return Array.from({ length: count }, (_, i) => ({
      at: (i + 1) * order(orders),
      label: i === 0 ? name : `${i + 1}`,
      colour,
      isFaint: !isNamed,
    }));
  });
}

function panel(parts: string[], top: number, curve: Curve): number {
  const [y0, y1] = [top + 44, top + 44 + PANEL];
  const [from, to] = [curve.x[0] ?? 0, curve.x.at(-1) ?? 1];
  const x = (value: number): number => LEFT + ((value - from) / Math.max(1e-12, to - from)) * (WIDTH - LEFT - RIGHT);
  const { low, high } = decades(curve.y);
  const y = (value: number): number => {
    const decade = value > 0 ? Math.max(low, Math.log10(value)) : low;
    return y1 - ((decade - low) / (high - low)) * (y1 - y0);
  };
  parts.push(text(24, top + 30, `${curve.title}${curve.unit ? ` (${curve.unit}, peak)` : ''}`, { weight: 600 }));
  if (curve.shade) {
    const [left, right] = [Math.max(from, curve.shade.from), Math.min(to, curve.shade.to)];
    if (right > left) parts.push(rect(x(left), y0, x(right) - x(left), y1 - y0, '#f0a04b', 'opacity="0.25"'));
  }
  for (let decade = low; decade <= high; decade++) {
    const value = 10 ** decade;
    parts.push(
      line(LEFT, y(value), WIDTH - RIGHT, y(value), '#e3e8ee'),
      text(LEFT - 6, y(value) + 4, value.toExponential(0).replace('e+', 'e'), { anchor: 'end', fill: GREY, size: 11 }),
    );
  }
  for (const tick of ticks(from, to)) {
    parts.push(
      line(x(tick), y1, x(tick), y1 + 4, GREY),
      text(x(tick), y1 + 17, tickText(tick), { anchor: 'middle', fill: GREY, size: 11 }),
    );
  }
  const ends = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const { at, label, colour, isFaint } of [...curve.marks].sort((a, b) => a.at - b.at)) {
    if (at < from || at > to) continue;
    const dash = isFaint ? 'stroke-dasharray="2 4" opacity="0.7"' : 'stroke-dasharray="6 3"';
    parts.push(line(x(at), y0, x(at), y1, colour, dash));
    // the first of three lines of text that is free here
    const row = ends.findIndex((end) => end < x(at));
    if (row < 0) continue;
    ends[row] = x(at) + 6 + 6.5 * label.length;
    parts.push(text(x(at) + 3, y0 + 11 + 12 * row, label, { fill: colour, size: 11 }));
  }
  parts.push(
    `<polyline points="${polyline(curve, x, y)}" fill="none" stroke="#1f2933" stroke-width="1.1" stroke-linejoin="round"/>`,
    text((LEFT + WIDTH - RIGHT) / 2, y1 + 33, curve.xLabel, { anchor: 'middle', fill: GREY, size: 12 }),
  );
  return y1 + 38;
}

/** The highest value of each column of half a pixel: no line is lost. */
function polyline(curve: Curve, x: (value: number) => number, y: (value: number) => number): string {
  const points: string[] = [];
  let column = Number.NaN;
  let most = 0;
  const put = (): void => {
    if (!Number.isNaN(column)) points.push(`${n(column / 2)},${n(y(most))}`);
  };
  for (let i = 0; i < curve.x.length; i++) {
    const here = Math.round(2 * x(curve.x[i]));
    if (here !== column) {
      put();
      column = here;
      most = curve.y[i];
    } else most = Math.max(most, curve.y[i]);
  }
  put();
  return points.join(' ');
}

/** Whole decades: up to the highest line, down to one of twenty values at the least. */
function decades(values: number[]): { low: number; high: number } {
  const sorted = values.filter((value) => value > 0).sort((a, b) => a - b);
  if (sorted.length === 0) return { low: -1, high: 0 };
  const high = Math.ceil(Math.log10(sorted.at(-1)!));
  const low = Math.floor(Math.log10(sorted[Math.floor(sorted.length / 20)]));
  return { low: Math.min(high - 1, Math.max(low, high - MOST_DECADES)), high };
}

function ticks(from: number, to: number): number[] {
  const raw = (to - from) / 8;
  const power = 10 ** Math.floor(Math.log10(Math.max(1e-12, raw)));
  const step = ([1, 2, 5, 10].find((multiple) => multiple * power >= raw) ?? 10) * power;
  const made: number[] = [];
  for (let at = Math.ceil(from / step) * step; at <= to && made.length < 20; at += step) made.push(at);
  return made;
}

function none(parts: string[], top: number, words: string): number {
  parts.push(text(24, top + 30, words, { fill: GREY }));
  return top + 40;
}

/** The axis that has most of the score. */
function leadingAxis({ contributions }: Explanation): number {
  const sums = new Map<number, number>();
  for (const { axisIndex, share, spreads } of contributions)
    sums.set(axisIndex, (sums.get(axisIndex) ?? 0) + (share ?? spreads ** 2));
  return [...sums].sort((a, b) => b[1] - a[1])[0]?.[0] ?? 0;
}

function axisLabel({ contributions, values }: Explanation, axis: number): string {
  return contributions.find(({ axisIndex }) => axisIndex === axis)?.axis ?? values[axis]?.axis ?? `axis ${axis + 1}`;
}

/** Where the level band that moved most lies; null when none is among the reasons. */
function movedBand({ contributions }: Explanation, { sampleRateHz, windowLength }: Machine): Curve['shade'] {
  const moved = contributions.find(({ featureIndex: i }) => i >= FEATURE_BAND && i < FEATURE_BAND + BANDS);
  if (!moved) return null;
  const band = moved.featureIndex - FEATURE_BAND;
  return { from: bandEdgeHz(band, sampleRateHz, windowLength), to: bandEdgeHz(band + 1, sampleRateHz, windowLength) };
}
