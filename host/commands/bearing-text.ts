/** Bearings as tables for people and as JSON. */
import type { LibraryBearing } from '../bearing-library.ts';
import { type BearingGeometry, faultOrderOf } from '../bearing-orders.ts';
import type { FaultOrder } from '../types.ts';

const LINES: { name: string; what: string; order: (order: FaultOrder) => number }[] = [
  { name: 'BPFO', what: 'defect of the outer race', order: ({ bpfo }) => bpfo },
  { name: 'BPFI', what: 'defect of the inner race', order: ({ bpfi }) => bpfi },
  { name: '2x BSF', what: 'defect of a ball or roller', order: ({ bsf }) => 2 * bsf },
  { name: 'BSF', what: 'spin of a ball or roller', order: ({ bsf }) => bsf },
  { name: 'FTF', what: 'cage', order: ({ ftf }) => ftf },
];
const LEVELS = { 1: 'one source', 2: 'two independent sources' };

/** One line a bearing: geometry and orders, or lines in Hz at a speed. */
export function bearingTableText(bearings: LibraryBearing[], rpm: number | null): string {
  const unit = rpm === null ? '' : ' Hz';
  const head = ['bearing', 'short', 'level', 'rollers', 'ball mm', 'pitch mm', 'angle'];
  const rows = bearings.map(({ name, alias, designation, level, geometry, faultOrder }) => [
    name,
    alias !== null && alias !== designation ? alias : '',
    String(level),
    ...geometryCells(geometry),
    ...orderCells(faultOrder, rpm),
  ]);
  const table = aligned([[...head, ...['BPFO', 'BPFI', 'BSF', 'FTF'].map((line) => line + unit)], ...rows], 2);
  const at = rpm === null ? 'Orders of shaft speed' : `Hz at ${rpm} r/min`;
  return (
    `${table}\n${bearings.length} of hardware/bearings.json. ${at}; a ball defect shows at 2x BSF. Level 2: two ` +
    'independent sources agree, 1: one source.\n'
  );
}

function geometryCells(geometry: BearingGeometry | null): string[] {
  if (!geometry) return ['', '', '', ''];
  const { rollerCount, rollerDiameterMm, pitchDiameterMm, contactAngleDeg } = geometry;
  return [rollerCount, rollerDiameterMm, pitchDiameterMm, contactAngleDeg].map(String);
}

function orderCells({ bpfo, bpfi, bsf, ftf }: FaultOrder, rpm: number | null): string[] {
  return [bpfo, bpfi, bsf, ftf].map((order) => (rpm === null ? order.toFixed(4) : hz(order, rpm).toFixed(2)));
}

/** Everything that is known of one bearing. */
export function bearingCardText(bearing: LibraryBearing, rpm: number | null): string {
  const { name, alias, designation, alsoCalled, geometry, boreMm, outsideMm, level, source, note, pitchDoubt } =
    bearing;
  const called = [...(alias !== null && alias !== designation ? [alias] : []), ...alsoCalled];
  const size = boreMm === null || outsideMm === null ? '' : `, ${boreMm} x ${outsideMm} mm`;
  const facts = [
    `${name}${called.length > 0 ? ` (also ${called.join(', ')})` : ''}`,
    `  ${geometry ? geometryText(geometry) : 'geometry not known, orders as published'}${size}`,
    `  level ${level}, ${LEVELS[level]}: ${source}`,
    ...(note === null ? [] : [`  note: ${note}`]),
    ...(pitchDoubt === null ? [] : [`  doubt: ${pitchDoubt}`]),
  ];
  if (bearing.published && geometry) facts.push(`  ${publishedText(bearing.published, bearing.faultOrder)}`);
  return `${facts.join('\n')}\n\n${linesText(bearing.faultOrder, rpm)}`;
}

/** Of a geometry that somebody gave. */
export function calculatedText(geometry: BearingGeometry, rpm: number | null): string {
  return `${geometryText(geometry)}\n\n${linesText(faultOrderOf(geometry), rpm)}`;
}

export function bearingJson(bearing: LibraryBearing, rpm: number | null): object {
  return { ...bearing, ...speedJson(bearing.faultOrder, rpm) };
}

export function calculatedJson(geometry: BearingGeometry, rpm: number | null): object {
  const faultOrder = faultOrderOf(geometry);
  return { geometry, faultOrder, ...speedJson(faultOrder, rpm) };
}

function speedJson({ bpfo, bpfi, bsf, ftf }: FaultOrder, rpm: number | null): object {
  if (rpm === null) return {};
  return { rpm, hz: { bpfo: hz(bpfo, rpm), bpfi: hz(bpfi, rpm), bsf: hz(bsf, rpm), ftf: hz(ftf, rpm) } };
}

function geometryText({ rollerCount, rollerDiameterMm, pitchDiameterMm, contactAngleDeg }: BearingGeometry): string {
  return `${rollerCount} rollers of ${rollerDiameterMm} mm on a pitch circle of ${pitchDiameterMm} mm, ${contactAngleDeg} degrees`;
}

function publishedText(published: FaultOrder, computed: FaultOrder): string {
  const { bpfo, bpfi, bsf, ftf } = published;
  const parts = (['bpfo', 'bpfi', 'bsf', 'ftf'] as const).map((line) => Math.abs(computed[line] / published[line] - 1));
  const percent = (100 * Math.max(...parts)).toFixed(2);
  return `published orders: ${bpfo} / ${bpfi} / ${bsf} / ${ftf}; those below differ by at most ${percent} %`;
}

function linesText(faultOrder: FaultOrder, rpm: number | null): string {
  const head = rpm === null ? ['line', 'order', ''] : ['line', 'order', 'Hz', 'CPM', ''];
  const rows = LINES.map(({ name, what, order: of }) => {
    const order = of(faultOrder);
    const speeds = rpm === null ? [] : [hz(order, rpm).toFixed(2), (order * rpm).toFixed(1)];
    return [name, order.toFixed(4), ...speeds, what];
  });
  const last = head.length - 1;
  return `${aligned([head, ...rows], 1, last)}${rpm === null ? '' : `at ${rpm} r/min; `}real lines lie 1 to 2 % off, with slip and load\n`;
}

const hz = (order: number, rpm: number): number => (order * rpm) / 60;

/**
 * Columns wide enough for their longest cell, texts to the left, numbers to the right.
 * @param texts how many columns from the left are texts; column `textAt` is one as well
 */
function aligned(rows: string[][], texts: number, textAt = -1): string {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  const lines = rows.map((row) =>
    row
      .map((cell, column) =>
        column < texts || column === textAt ? cell.padEnd(widths[column]) : cell.padStart(widths[column]),
      )
      .join('  ')
      .trimEnd(),
  );
  return `${lines.join('\n')}\n`;
}
