/**
 * What a file says and what the person says, settled into one SourceInfo. The rule for every format: a rate or unit
 * that the file does not hold must be given; what is given overrides what the file says, and a note names both.
 */
import { InputError } from '../errors.ts';
import { type Channel, type FaultOrder, type SourceInfo, UNITS } from '../types.ts';
import { unitOf } from './unit.ts';

/** Options of a person. */
export interface Given {
  /** --rate */
  sampleRateHz?: number;
  /** --unit: one for all channels, or one a chosen channel, comma separated. */
  unit?: string;
  /** --channels: names, or numbers counted from 1. */
  channels?: string[];
  /** --rpm */
  shaftRpm?: number;
  /** --bearing */
  faultOrder?: FaultOrder;
}

/** A channel as the file shows it. */
export interface FoundChannel {
  name: string;
  /** As written in the file; null when it says nothing. */
  unit: string | null;
  fullScale?: number;
  /** Read only when asked for by name: a label or time column. */
  isAside?: boolean;
}

/** A SourceInfo whose rate and units may still be missing. */
export interface Found extends Omit<SourceInfo, 'channels' | 'sampleRateHz'> {
  channels: FoundChannel[];
  sampleRateHz: number | null;
  /** Why there is no rate although the file seems to have one. */
  rateDoubt?: string | null;
}

/** `picked[c]` is the place of channel `c` of `info` in `Found.channels`. */
export interface Settled {
  info: SourceInfo;
  picked: number[];
}

/**
 * @param path  of the file, for messages
 * @throws InputError `SOURCE_RATE` | `SOURCE_UNIT` | `SOURCE_CHANNEL` | `SOURCE_RPM` | `SOURCE_BEARING`
 */
export function settle(path: string, found: Found, given: Given): Settled {
  const { rateDoubt, ...known } = found;
  const notes = [...found.notes];
  const picked = pickChannels(path, found.channels, given.channels);
  const hasUnits = given.unit !== undefined || picked.every((index) => found.channels[index].unit !== null);
  const sampleRateHz = settleRate(
    rateDoubt ? `${path}: ${rateDoubt}` : path,
    found.sampleRateHz,
    given.sampleRateHz,
    hasUnits,
    notes,
  );
  const channels = settleUnits(path, picked, found.channels, given.unit, notes);
  const shaftRpm = settleRpm(path, found.shaftRpm, given.shaftRpm, notes);
  const bearings = settleBearings(path, found.bearings, given.faultOrder, notes);
  return { info: { ...known, channels, sampleRateHz, shaftRpm, bearings, notes }, picked };
}

function pickChannels(path: string, found: FoundChannel[], wanted: string[] | undefined): number[] {
  const shown = found.flatMap((channel, index) => (channel.isAside ? [] : [index]));
  if (!wanted) return shown;
  const list = shown.map((index, place) => `${place + 1} ${found[index].name}`).join(', ');
  const aside = found.filter((channel) => channel.isAside).map((channel) => channel.name);
  const present = aside.length ? `${list}; by name also ${aside.join(', ')}` : list;
  if (wanted.length === 0)
    throw new InputError('SOURCE_CHANNEL', `${path}: --channels names no channel; present are ${present}`);
  const picked = wanted.map((text) => {
    const byName = found.findIndex((channel) => channel.name === text);
    const index = byName >= 0 ? byName : /^[0-9]+$/.test(text) ? shown[Number(text) - 1] : undefined;
    if (index === undefined)
      throw new InputError(
        'SOURCE_CHANNEL',
        `${path}: --channels got '${text}', present are ${present}; nothing was read`,
      );
    return index;
  });
  if (new Set(picked).size !== picked.length)
    throw new InputError('SOURCE_CHANNEL', `${path}: --channels ${wanted.join(',')} names a channel twice`);
  return picked;
}

function settleUnits(
  path: string,
  picked: number[],
  found: FoundChannel[],
  given: string | undefined,
  notes: string[],
): Channel[] {
  const parts = given === undefined ? null : given.split(',').map((part) => part.trim());
  if (parts && parts.length !== 1 && parts.length !== picked.length)
    throw new InputError(
      'SOURCE_UNIT',
      `${path}: --unit ${given} holds ${parts.length} units for ${picked.length} channels; wanted one, or one a channel`,
    );
  return picked.map((index, place) => {
    const { name, unit: said, fullScale } = found[index];
    const asked = parts ? parts[parts.length === 1 ? 0 : place] : null;
    const text = asked ?? said;
    const unit = text === null ? null : unitOf(text);
    if (unit === null) {
      const got =
        asked !== null
          ? `--unit got '${asked}'`
          : said === null
            ? `holds no unit for channel '${name}': give --unit`
            : `channel '${name}' is in '${said}': give --unit to say what the numbers are`;
      throw new InputError('SOURCE_UNIT', `${path}: ${got}; wanted one of ${UNITS.join(', ')}; nothing was read`);
    }
    if (asked !== null && said !== null && unitOf(said) !== unit)
      notes.push(`channel '${name}' is read in ${unit} as given with --unit; the file says ${said}`);
    return fullScale === undefined ? { name, unit } : { name, unit, fullScale };
  });
}

function settleRate(
  path: string,
  found: number | null,
  given: number | undefined,
  hasUnits: boolean,
  notes: string[],
): number {
  if (given !== undefined) {
    if (!(Number.isFinite(given) && given > 0))
      throw new InputError('SOURCE_RATE', `${path}: --rate got ${given}; wanted samples a second above 0`);
    if (found !== null && found !== given)
      notes.push(`the sample rate is ${given} Hz as given with --rate; the file says ${found} Hz`);
    return given;
  }
  if (found === null)
    throw new InputError(
      'SOURCE_RATE',
      `${path}: holds no sample rate${hasUnits ? ', which has no default' : ' and no unit, which have no default'}: ` +
        `give --rate HZ${hasUnits ? '' : ` and --unit, one of ${UNITS.join(', ')}`}; nothing was read`,
    );
  if (!(Number.isFinite(found) && found > 0))
    throw new InputError(
      'SOURCE_RATE',
      `${path}: says its sample rate is ${found} Hz; wanted above 0; give --rate HZ to override it; nothing was read`,
    );
  return found;
}

function settleRpm(path: string, found: number | null, given: number | undefined, notes: string[]): number | null {
  if (given === undefined) return found;
  if (!(Number.isFinite(given) && given > 0))
    throw new InputError('SOURCE_RPM', `${path}: --rpm got ${given}; wanted revolutions a minute above 0`);
  if (found !== null && found !== given)
    notes.push(`the shaft speed is ${given} rpm as given with --rpm; the file says ${found} rpm`);
  return given;
}

function settleBearings(
  path: string,
  found: Record<string, FaultOrder>,
  given: FaultOrder | undefined,
  notes: string[],
): Record<string, FaultOrder> {
  if (given === undefined) return found;
  const { bpfo, bpfi, bsf, ftf } = given;
  if (![bpfo, bpfi, bsf, ftf].every((order) => Number.isFinite(order) && order > 0))
    throw new InputError(
      'SOURCE_BEARING',
      `${path}: --bearing got bpfo ${bpfo}, bpfi ${bpfi}, bsf ${bsf}, ftf ${ftf}; wanted orders of shaft speed above 0`,
    );
  const names = Object.keys(found).map((name) => name || 'its bearing');
  if (names.length > 0)
    notes.push(
      `the bearing orders ${bpfo},${bpfi},${bsf},${ftf} are as given; the file has others for ${names.join(', ')}`,
    );
  return { '': { bpfo, bpfi, bsf, ftf } };
}
