/** What a person says of a recording on the command line, for every command that reads one. */
import type { Given } from '../acquire/given.ts';

export interface GivenOptions {
  rate?: number;
  unit?: string;
  channels?: string[];
  rpm?: number;
  bearing?: string;
}

/** @returns also the name of the bearing as the person called it. @throws InputError BEARING_UNKNOWN, BEARING_ORDERS */
export async function givenBy(options: GivenOptions): Promise<{ given: Given; bearingName: string | null }> {
  const { rate, unit, channels, rpm, bearing } = options;
  const given: Given = {};
  if (rate !== undefined) given.sampleRateHz = rate;
  if (unit !== undefined) given.unit = unit;
  if (channels !== undefined) given.channels = channels;
  if (rpm !== undefined) given.shaftRpm = rpm;
  if (bearing === undefined) return { given, bearingName: null };
  const { name, faultOrder, note } = (await import('../bearing.ts')).parseBearing(bearing);
  if (note !== undefined) console.error(note);
  return { given: { ...given, faultOrder }, bearingName: name };
}
