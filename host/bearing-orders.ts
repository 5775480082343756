/**
 * Fault orders of rolling bearings from their geometry. Orders are multiples of shaft speed; a fixed outer ring and a
 * turning inner ring are assumed.
 */
import { InputError } from './errors.ts';
import type { FaultOrder } from './types.ts';

export interface BearingGeometry {
  rollerCount: number;
  rollerDiameterMm: number;
  pitchDiameterMm: number;
  contactAngleDeg: number;
}

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
    Number.isFinite(pitchDiameterMm) &&
    contactAngleDeg >= 0 &&
    contactAngleDeg < 90;
  const described =
    `bearing geometry: got ${rollerCount} rollers of ${rollerDiameterMm} mm on a pitch circle of ${pitchDiameterMm} mm at ` +
    `${contactAngleDeg} degrees, wanted`;
  if (!isPossible)
    throw new InputError(
      'BEARING_GEOMETRY',
      `${described} >= 3 rollers, 0 < roller < pitch diameter and an angle of 0..90 degrees`,
    );
  // neighbours touch when the chord between their centres is one diameter
  const most = Math.floor(Math.PI / Math.asin(rollerDiameterMm / pitchDiameterMm) + 1e-9);
  if (rollerCount > most)
    throw new InputError('BEARING_GEOMETRY', `${described} at most ${most} rollers: more have no room on that circle`);
  const ratio = (rollerDiameterMm / pitchDiameterMm) * Math.cos((contactAngleDeg * Math.PI) / 180);
  const ftf = (1 - ratio) / 2;
  const bpfo = rollerCount * ftf;
  const bsf = (pitchDiameterMm / (2 * rollerDiameterMm)) * (1 - ratio * ratio);
  return { bpfo, bpfi: rollerCount - bpfo, bsf, ftf };
}
