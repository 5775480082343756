/** A bearing as people write it in a configuration or on the command line. */
import { findBearing } from './bearing-library.ts';
import { InputError } from './errors.ts';
import type { FaultOrder } from './types.ts';

export { type BearingGeometry, faultOrderOf } from './bearing-orders.ts';

export interface Bearing {
  /** Null when only the orders are known. */
  name: string | null;
  faultOrder: FaultOrder;
  /** What a person should know who gave a number without a maker. */
  note?: string;
}

/**
 * A known name (`6205`, `Timken 6204`), or four orders (`3.58,5.42,2.36,0.398`) in the order BPFO, BPFI, BSF, FTF.
 *
 * @throws InputError `BEARING_UNKNOWN` | `BEARING_AMBIGUOUS` | `BEARING_ORDERS`
 */
export function parseBearing(text: string): Bearing {
  const wanted = text.trim();
  if (wanted.includes(',')) return { name: null, faultOrder: parseOrders(wanted) };
  const { bearing, note } = findBearing(wanted);
  const isAlias = bearing.alias?.toLowerCase() === wanted.toLowerCase();
  const name = isAlias && bearing.alias ? bearing.alias : bearing.name;
  return { name, faultOrder: bearing.faultOrder, ...(note === null ? {} : { note }) };
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
