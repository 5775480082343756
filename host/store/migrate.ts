/** Brings a store of an earlier schema to this one: every step in one transaction, so that a kill leaves the old one. */
import { statfsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { InputError } from '../errors.ts';
import { FROM_1 } from './migrations/from-1.ts';
import { SCHEMA, STORE_FILE, schemaOf } from './schema.ts';

/** Statements that lead from a schema to the next, by the schema that they begin with. */
const STEPS: Record<number, string[]> = { 1: FROM_1 };

/**
 * @param beforeStatement runs before each statement, numbered from 0: where a test pulls the plug
 * @returns the schema that the store had
 */
export function migrate(
  database: DatabaseSync,
  path: string,
  beforeStatement: (number: number) => void = () => {},
): number {
  const found = schemaOf(database, path);
  if (found >= SCHEMA) return found;
  let number = 0;
  const run = (sql: string): void => {
    beforeStatement(number++);
    database.exec(sql);
  };
  try {
    run('BEGIN IMMEDIATE');
    for (let schema = found; schema < SCHEMA; schema++) for (const sql of STEPS[schema]) run(sql);
    run('COMMIT');
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
  return found;
}

/** Of a worn card. */
const SLOW_BYTES_PER_S = 2 * 2 ** 20;

/** @returns milliseconds that opening a store may take, in which its thread says nothing: a migration writes it three times */
export function openingMs(dataDir: string): number {
  try {
    return Math.ceil((3000 * statSync(join(dataDir, STORE_FILE)).size) / SLOW_BYTES_PER_S);
  } catch {
    return 0; // there is none, or whoever opens it tells why not
  }
}

/**
 * The rows are copied, first into the log and from there into the file.
 *
 * @throws InputError STORE_ROOM when the disk has no room for that
 */
export function refuseWithoutRoom(path: string, found: number): void {
  if (found >= SCHEMA) return;
  const { bavail, bsize } = statfsSync(path);
  const wanted = 3 * statSync(path).size;
  if (bavail * bsize >= wanted) return;
  throw new InputError(
    'STORE_ROOM',
    `${path}: is a store of schema ${found} and is brought to ${SCHEMA} by a copy: got ${mebibytes(bavail * bsize)} MiB free on its disk, wanted ${mebibytes(wanted)}; make room or use another data directory; nothing was changed`,
  );
}

const mebibytes = (bytes: number): number => Math.ceil(bytes / 2 ** 20);
