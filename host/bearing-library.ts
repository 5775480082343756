/**
 * The bearings of hardware/bearings.json and how people name them. What is inside a bearing differs between makers at one
 * number, so a number alone is only taken where the library says whose it is, and that is said.
 */
import { readFileSync } from 'node:fs';
import { type BearingGeometry, faultOrderOf } from './bearing-orders.ts';
import { InputError } from './errors.ts';
import type { FaultOrder } from './types.ts';

export interface LibraryBearing {
  /** Maker and designation; with the number where the designation does not show it: `Timken 6204 (204K)`. */
  name: string;
  maker: string;
  designation: string;
  /** What bearings of the same boundary dimensions are called, whoever makes them. */
  number: string;
  /** The short name that means this row although others have the number. */
  alias: string | null;
  alsoCalled: string[];
  /** Null where only orders are published. */
  geometry: BearingGeometry | null;
  boreMm: number | null;
  outsideMm: number | null;
  published: FaultOrder | null;
  /** From the geometry if there is one. */
  faultOrder: FaultOrder;
  /** 2: two independent sources agree; 1: one source. */
  level: 1 | 2;
  source: string;
  note: string | null;
  /** Why the pitch is not to be trusted to 2 %. */
  pitchDoubt: string | null;
}

interface BearingRow extends Partial<BearingGeometry> {
  maker: string;
  designation: string;
  number?: string;
  alias?: string;
  alsoCalled?: string[];
  boreMm?: number;
  outsideMm?: number;
  published?: FaultOrder;
  level: 1 | 2;
  source: string;
  note?: string;
  pitchDoubt?: string;
}

interface BearingFile {
  publishedTolerancePercent: number;
  pitchTolerancePercent: number;
  /** Why a number must not be taken without its maker. */
  makersDiffer: Record<string, string>;
  bearings: BearingRow[];
}

let file: BearingFile | null = null;
let library: LibraryBearing[] | null = null;

export function bearingFile(): BearingFile {
  file ??= JSON.parse(readFileSync(new URL('../hardware/bearings.json', import.meta.url), 'utf8')) as BearingFile;
  return file;
}

/** Every bearing of hardware/bearings.json, in its order. */
export function bearingLibrary(): LibraryBearing[] {
  library ??= bearingFile().bearings.map(bearingOf);
  return library;
}

function bearingOf(row: BearingRow): LibraryBearing {
  const { maker, designation, rollerCount, rollerDiameterMm, pitchDiameterMm, contactAngleDeg = 0 } = row;
  const number = row.number ?? designation;
  const geometry =
    rollerCount !== undefined && rollerDiameterMm !== undefined && pitchDiameterMm !== undefined
      ? { rollerCount, rollerDiameterMm, pitchDiameterMm, contactAngleDeg }
      : null;
  const faultOrder = geometry ? faultOrderOf(geometry) : row.published;
  if (!faultOrder) throw new TypeError(`hardware/bearings.json: ${maker} ${designation} has no geometry and no orders`);
  return {
    name: plain(designation).includes(plain(number))
      ? `${maker} ${designation}`
      : `${maker} ${number} (${designation})`,
    maker,
    designation,
    number,
    alias: row.alias ?? null,
    alsoCalled: row.alsoCalled ?? [],
    geometry,
    boreMm: row.boreMm ?? null,
    outsideMm: row.outsideMm ?? null,
    published: row.published ?? null,
    faultOrder,
    level: row.level,
    source: row.source,
    note: row.note ?? null,
    pitchDoubt: row.pitchDoubt ?? null,
  };
}

export interface FoundBearing {
  bearing: LibraryBearing;
  /** What a person should know who gave a number without a maker; null where the name says it all. */
  note: string | null;
}

/**
 * The bearing that a name means, whatever its case, blanks and signs; the maker may stand before or after.
 *
 * @throws InputError `BEARING_UNKNOWN`, or `BEARING_AMBIGUOUS` with the choices
 * @example `6205` is SKF 6205-2RS JEM, with a note; `timken 6204` is Timken 6204 (204K); `6204` is refused
 */
export function findBearing(text: string): FoundBearing {
  const wanted = plain(text);
  const matches = bearingLibrary().filter((bearing) => namesOf(bearing).includes(wanted));
  const byAlias = matches.find(({ alias }) => alias !== null && plain(alias) === wanted);
  const bearing = byAlias ?? matches[0];
  if (!bearing || wanted === '') throw unknown(text);
  const sameNumber = bearingLibrary().filter((other) => other.number === bearing.number);
  const isBare = wanted === plain(bearing.number) && isShared(bearing);
  const differ = isBare && !byAlias ? bearingFile().makersDiffer[bearing.number] : undefined;
  if ((matches.length > 1 && !byAlias) || differ !== undefined)
    throw new InputError(
      'BEARING_AMBIGUOUS',
      `bearing: got "${text}", wanted one of ${matches.map(withOrder).join(', ')}: ` +
        `makers differ inside${differ === undefined ? '' : `, here ${differ}`}; give the maker too, or the four orders`,
    );
  return { bearing, note: isBare ? bareNote(text, bearing, sameNumber) : null };
}

/** Bearings that have every word of `text` in their names, numbers or source. */
export function searchBearings(text: string): LibraryBearing[] {
  const words = text.split(/\s+/).map(plain).filter(Boolean);
  return bearingLibrary().filter((bearing) => {
    const { name, maker, designation, number, alsoCalled, source } = bearing;
    const all = [name, maker + number, maker + designation, ...alsoCalled, source].map(plain).join(' ');
    return words.every((word) => all.includes(word));
  });
}

function namesOf({ name, maker, designation, number, alsoCalled }: LibraryBearing): string[] {
  const own = [designation, number, ...alsoCalled];
  return [name, ...own, ...own.flatMap((one) => [maker + one, one + maker])].map(plain);
}

/** A number that other makers use as well, not the name of one product. */
function isShared({ number, designation }: LibraryBearing): boolean {
  return number !== designation || /^\d+$/.test(number);
}

function bareNote(text: string, bearing: LibraryBearing, sameNumber: LibraryBearing[]): string {
  const others = sameNumber.filter((other) => other !== bearing);
  const head = `bearing ${text.trim()} is taken as ${withOrder(bearing)}`;
  if (others.length === 0) return `${head}, the only ${bearing.number} known here; those of other makers may differ`;
  return `${head}; others of that number: ${others.map(withOrder).join(', ')}`;
}

function unknown(text: string): InputError {
  const near = searchBearings(text).slice(0, 6);
  const choice =
    near.length > 0
      ? `a name such as ${near.map(({ name }) => name).join(', ')}`
      : `one of the ${bearingLibrary().length} that spindle bearing lists`;
  return new InputError(
    'BEARING_UNKNOWN',
    `bearing: got "${text}", wanted ${choice}, or four orders of shaft speed BPFO,BPFI,BSF,FTF such as ` +
      '3.585,5.415,2.357,0.398; spindle bearing computes them from the geometry',
  );
}

const withOrder = ({ name, faultOrder }: LibraryBearing): string => `${name} (BPFO ${faultOrder.bpfo.toFixed(3)})`;

const plain = (text: string): string => text.toLowerCase().replace(/[^a-z0-9]/g, '');
