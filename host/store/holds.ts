/**
 * Legal hold: spans that nothing leaves. One small file in the data directory, replaced whole, so that a person can put a
 * hold on beside a running host and it counts from the next step of dropping on.
 */
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { InputError } from '../errors.ts';

export const HOLDS_FILE = 'spindle.holds.json';

export interface Hold {
  name: string;
  /** Path or name of a point; null: all of them, and what belongs to none. */
  point: string | null;
  /** UTC microseconds, both included; null: without end. A frame without UTC is in every span. */
  fromUtcUs: number | null;
  toUtcUs: number | null;
  by: string;
  reason: string;
  /** When it was put on, UTC microseconds. */
  sinceUtcUs: number;
  /** Who took it off again, when and why; absent while it holds. */
  released?: { by: string; reason: string; utcUs: number };
}

/** @throws InputError HOLD_FILE for a file that is none: whoever drops must then keep everything */
export function readHolds(dataDir: string): Hold[] {
  const path = join(dataDir, HOLDS_FILE);
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw refused(path, (cause as Error).message, cause);
  }
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    throw refused(path, (cause as Error).message, cause);
  }
  if (!Array.isArray(parsed)) throw refused(path, `got ${typeof parsed}, wanted a list of holds`);
  const odd = parsed.find((one) => !isHold(one));
  if (odd !== undefined) throw refused(path, `got ${JSON.stringify(odd).slice(0, 80)}, wanted a hold`);
  return parsed as Hold[];
}

function isHold(value: unknown): value is Hold {
  if (typeof value !== 'object' || value === null) return false;
  const { name, point, fromUtcUs, toUtcUs, by, reason, sinceUtcUs } = value as Record<string, unknown>;
  const isTime = (time: unknown): boolean => time === null || (typeof time === 'number' && Number.isFinite(time));
  const texts = [name, by, reason].every((text) => typeof text === 'string');
  return texts && (point === null || typeof point === 'string') && [fromUtcUs, toUtcUs, sinceUtcUs].every(isTime);
}

function refused(path: string, why: string, cause?: unknown): InputError {
  return new InputError('HOLD_FILE', `${path}: ${why}; until it is mended nothing leaves the store`, { cause });
}

/** Durable when it returns. */
export function writeHolds(dataDir: string, holds: Hold[]): void {
  const path = join(dataDir, HOLDS_FILE);
  const file = openSync(`${path}.new`, 'w', 0o600);
  try {
    writeSync(file, `${JSON.stringify(holds, null, 2)}\n`);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(`${path}.new`, path);
  const folder = openSync(dataDir, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

/** The holds of a directory, read again when their file is another. */
export class Holds {
  readonly #dataDir: string;
  #stamp = '';
  #holds: Hold[] = [];
  /** Counts changes of the file. */
  changes = 0;

  constructor(dataDir: string) {
    this.#dataDir = dataDir;
  }

  /** @throws InputError HOLD_FILE */
  read(): Hold[] {
    const file = statSync(join(this.#dataDir, HOLDS_FILE), { throwIfNoEntry: false, bigint: true });
    const stamp = file ? `${file.ino} ${file.mtimeNs} ${file.size}` : '';
    if (stamp !== this.#stamp) {
      this.#holds = readHolds(this.#dataDir);
      this.#stamp = stamp;
      this.changes++;
    }
    return this.#holds;
  }
}

/** Whether nothing of this point and time may leave. `points`: name and path by number. */
export function isHeld(
  holds: Hold[],
  { pointId, utcUs }: { pointId: number | null; utcUs: number | null },
  points: Map<number, { name: string; path: string }>,
): boolean {
  return holds.some((hold) => {
    if (hold.released) return false;
    const { fromUtcUs, toUtcUs } = hold;
    if (utcUs !== null && fromUtcUs !== null && utcUs < fromUtcUs) return false;
    if (utcUs !== null && toUtcUs !== null && utcUs > toUtcUs) return false;
    if (hold.point === null || pointId === null) return true;
    const point = points.get(pointId);
    return !point || point.name === hold.point || point.path === hold.point;
  });
}
