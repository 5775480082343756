/**
 * Rolling bearings: fault orders from geometry, and the list in hardware/bearings.json.
 * Orders are multiples of shaft speed; a fixed outer ring and a turning inner ring are assumed.
 */
import { readFileSync } from 'node:fs';
import { InputError } from './errors.ts';
import type { FaultOrder } from './types.ts';

export interface BearingGeometry {
  rollerCount: number;
  rollerDiameterMm: number;
  pitchDiameterMm: number;
  contactAngleDeg: number;
}

export interface Bearing {
  /** Null when only the orders are known. */
  name: string | null;
  faultOrder: FaultOrder;
}

interface BearingFile {
  bearings: (BearingGeometry & { name: string; source: string })[];
}

let known: Map<string, FaultOrder> | null = null;

/**
 * Fault orders of a bearing whose outer ring stands still.
 *
 * @throws InputError `BEARING_GEOMETRY` for a geometry that no bearing has
 * @example 6205 (9 balls, 7.94 mm on 39.04 mm, 0 degrees): bpfo 3.585, bpfi 5.415, bsf 2.357, ftf 0.3983
 * Source: R. B. Randall, Vibration-based Condition Monitoring, the kinematic formulas without slip.
 */
export function faultOrderOf(geometry: BearingGeometry): FaultOrder {
  const { rollerCount, rollerDiameterMm, pitchDiameterMm, contactAngleDeg } = geometry;
  const isPossible =
    Number.isInteger(rollerCount) &&
    rollerCount >= 3 &&
    rollerDiameterMm > 0 &&
    pitchDiameterMm > rollerDiameterMm &&
    contactAngleDeg >= 0 &&
    contactAngleDeg < 90;
  if (!isPossible)
    throw new InputError(
      'BEARING_GEOMETRY',
      `bearing geometry: got ${rollerCount} rollers of ${rollerDiameterMm} mm on a pitch circle of ${pitchDiameterMm} mm at ` +
        `${contactAngleDeg} degrees, wanted >= 3 rollers, 0 < roller < pitch diameter and an angle of 0..90 degrees`,
    );
  const ratio = (rollerDiameterMm / pitchDiameterMm) * Math.cos((contactAngleDeg * Math.PI) / 180);
  const ftf = (1 - ratio) / 2;
  const bpfo = rollerCount * ftf;
  const bsf = (pitchDiameterMm / (2 * rollerDiameterMm)) * (1 - ratio * ratio);
  return { bpfo, bpfi: rollerCount - bpfo, bsf, ftf };
}

/** Every bearing of hardware/bearings.json by name. */
export function knownBearings(): Map<string, FaultOrder> {
  if (known) return known;
  const file = JSON.parse(readFileSync(new URL('../hardware/bearings.json', import.meta.url), 'utf8')) as BearingFile;
  known = new Map(file.bearings.map((bearing) => [bearing.name, faultOrderOf(bearing)]));
  return known;
}

/**
 * A bearing as people write it: a known name (`6205`), or its four orders (`3.58,5.42,2.36,0.398`) in the order
 * BPFO, BPFI, BSF, FTF.
 *
 * @throws InputError `BEARING_UNKNOWN` | `BEARING_ORDERS`
 */
export function parseBearing(text: string): Bearing {
  const wanted = text.trim();
  if (wanted.includes(',')) return { name: null, faultOrder: parseOrders(wanted) };
  for (const [name, faultOrder] of knownBearings())
    if (name.toLowerCase() === wanted.toLowerCase()) return { name, faultOrder };
  throw new InputError(
    'BEARING_UNKNOWN',
    `bearing: got "${text}", wanted one of ${[...knownBearings().keys()].join(', ')}, ` +
      'or four orders of shaft speed BPFO,BPFI,BSF,FTF such as 3.585,5.415,2.357,0.398',
  );
}

function parseOrders(text: string): FaultOrder {
  const orders = text.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
  const [bpfo, bpfi, bsf, ftf] = orders;
  if (orders.length !== 4 || !orders.every((order) => Number.isFinite(order) && order > 0))
    throw new InputError(
      'BEARING_ORDERS',
      `bearing: got "${text}", wanted four numbers above 0: BPFO,BPFI,BSF,FTF in orders of shaft speed`,
    );
  // Roller count = BPFO + BPFI and BPFO < BPFI hold for every bearing: a swapped pair is the usual slip.
  if (bpfo >= bpfi || ftf >= 0.5)
    throw new InputError(
      'BEARING_ORDERS',
      `bearing: got "${text}", wanted BPFO < BPFI and FTF < 0.5: the order is BPFO,BPFI,BSF,FTF (BSF is the ball spin, ` +
        'half of the line that a ball defect shows)',
    );
  return { bpfo, bpfi, bsf, ftf };
}
