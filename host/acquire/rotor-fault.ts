/**
 * What a rotor fault adds to the three axes, from the shaft angle and the phase of the supply: the lines by which the trade
 * tells them apart (docs/adr/0010). x and y are radial, z is axial. Forces of the shaft go with speed squared.
 */
import type { RotorFault } from './simulator-settings.ts';

/** Loose parts knock at each turn, harder at every second one: harmonics and half orders, falling slowly. */
const LOOSE_ORDERS = [0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4, 5, 6, 7, 8, 9, 10];

/** Radial line of unit strength: y hears it a quarter turn later. */
function radial(out: Float64Array, strength: number, angle: number): void {
  out[0] += strength * Math.cos(angle);
  out[1] += 0.8 * strength * Math.sin(angle);
}

/**
 * Adds to out[0..2], x, y and z, per g of the fault.
 *
 * @param turns  shaft angle in rad, of two turns
 * @param teeth  of the gear on the shaft
 * @param supply  phase of twice the supply frequency in rad
 */
export function addRotorFault(
  out: Float64Array,
  fault: RotorFault,
  turns: number,
  teeth: number,
  supply: number,
): void {
  switch (fault) {
    case 'unbalance':
      radial(out, 1, turns);
      out[2] += 0.3 * Math.cos(turns);
      break;
    case 'misalignment': // angular: along the shaft, with twice the turn across it
      radial(out, 0.15, turns);
      radial(out, 0.3, 2 * turns);
      out[2] += Math.cos(turns) + 0.5 * Math.cos(2 * turns + 1);
      break;
    case 'bent_shaft': // once a turn in every direction
      radial(out, 0.5, turns);
      out[2] += Math.cos(turns + 1) + 0.1 * Math.cos(2 * turns);
      break;
    case 'looseness':
      for (const order of LOOSE_ORDERS) radial(out, order % 1 === 0 ? 1 : 0.7, order * turns);
      break;
    case 'gear': // a mesh that goes deeper once a turn
      radial(out, Math.cos(turns) + 0.5 * Math.cos(2 * turns), teeth * turns);
      break;
    case 'electrical': // the air gap pulls twice a period, whichever way the rotor stands
      out[0] += Math.cos(supply);
      out[1] += 0.5 * Math.cos(supply);
      break;
  }
}
