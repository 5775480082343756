/** Physical units as people and files write them, brought to the few that Spindle calculates with. */
import { UNITS, type Unit } from '../types.ts';

/** Lower case, without blanks; only spellings that mean exactly the unit, so that no value is ever rescaled. */
const SPELLINGS: Record<string, Unit> = {
  gs: 'g',
  'm/s²': 'm/s2',
  'm/s^2': 'm/s2',
  'm/s**2': 'm/s2',
  'm/sec2': 'm/s2',
  'm/sec^2': 'm/s2',
  'm·s⁻²': 'm/s2',
  'ms-2': 'm/s2',
  'm*s^-2': 'm/s2',
  v: 'V',
  volt: 'V',
  volts: 'V',
  a: 'A',
  amp: 'A',
  amps: 'A',
  ampere: 'A',
  '°c': 'degC',
  degc: 'degC',
  celsius: 'degC',
  'l/m': 'l/min',
  lpm: 'l/min',
  'mm/sec': 'mm/s',
  '1/min': 'rpm',
  'min-1': 'rpm',
  '-': '1',
};

/** The unit that `text` names, or null: unknown units are never guessed and never rescaled (mV is not V). */
export function unitOf(text: string): Unit | null {
  const plain = text.trim();
  const exact = UNITS.find((unit) => unit === plain);
  if (exact) return exact;
  const folded = plain.toLowerCase().replaceAll(/\s/g, '');
  // 'G' may be gauss or giga; 'M/S2' can only be one thing
  if (folded === 'g') return plain === 'G' ? null : 'g';
  return UNITS.find((unit) => unit.toLowerCase() === folded) ?? SPELLINGS[folded] ?? null;
}
