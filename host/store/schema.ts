/**
 * The one SQLite file. Frames are rows of bytes that are written once; a row without bytes is a frame that was dropped
 * and left its digest. Rowid tables: measured 7.7 WAL bytes a payload byte at ten frames a commit, WITHOUT ROWID 10.0.
 */
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { DamageError, InputError } from '../errors.ts';

export const STORE_FILE = 'spindle.db';
export const STORE_SCHEMA = 1;
const SQLITE_ERROR = 1;
const SQLITE_PERM = 3;
const SQLITE_READONLY = 8;
const SQLITE_CANTOPEN = 14;
const SQLITE_CORRUPT = 11;
const SQLITE_NOTADB = 26;

const TABLES = `
CREATE TABLE meta(key TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE epoch(id INTEGER PRIMARY KEY, epoch BLOB NOT NULL UNIQUE, host_id BLOB NOT NULL, public_key BLOB NOT NULL);
CREATE TABLE frame(
  epoch_id INTEGER NOT NULL, seq INTEGER NOT NULL, kind INTEGER NOT NULL, point_id INTEGER,
  mono_us INTEGER NOT NULL, utc_us INTEGER, bytes BLOB, digest BLOB, hash BLOB NOT NULL,
  PRIMARY KEY(epoch_id, seq), CHECK((bytes IS NULL) <> (digest IS NULL)));
-- everything but the features, which are nearly all rows: events, gaps, checkpoints are found without reading them
CREATE INDEX frame_rare ON frame(kind, epoch_id, seq) WHERE kind <> 1;
CREATE TABLE point(id INTEGER PRIMARY KEY, name TEXT NOT NULL, path TEXT NOT NULL UNIQUE);
CREATE TABLE descriptor(epoch_id INTEGER NOT NULL, key TEXT NOT NULL, digest BLOB NOT NULL, seq INTEGER NOT NULL,
  PRIMARY KEY(epoch_id, key)) WITHOUT ROWID;
CREATE TABLE cursor(uplink TEXT PRIMARY KEY, epoch_id INTEGER NOT NULL, next_seq INTEGER NOT NULL) WITHOUT ROWID;
-- what the sender of this run was told is durable, so that a resend after a crash stores nothing twice
CREATE TABLE sender(boot_id BLOB PRIMARY KEY, token INTEGER NOT NULL) WITHOUT ROWID;
`;

/** Opens for writing and creates what is missing. WAL and FULL: a commit that returned survives a power cut. */
export function openForWriting(dataDir: string): DatabaseSync {
  const path = join(dataDir, STORE_FILE);
  const database = new DatabaseSync(path, { timeout: 5000 });
  try {
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 16777216');
    const { n } = database.prepare(`SELECT count(*) n FROM sqlite_master WHERE name = 'meta'`).get() as { n: number };
    if (n === 0) {
      database.exec(`BEGIN IMMEDIATE; ${TABLES}`);
      database.prepare(`INSERT INTO meta VALUES('schema', ?)`).run(STORE_SCHEMA);
      database.exec('COMMIT');
    }
    checkSchema(database, path);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Opens for looking only. @throws InputError STORE_READ where the system forbids it */
export function openForReading(path: string, timeoutMs: number): DatabaseSync {
  let database: DatabaseSync | null = null;
  try {
    database = new DatabaseSync(path, { readOnly: true, timeout: timeoutMs });
    database.prepare('SELECT count(*) FROM sqlite_master').get(); // opening alone touches nothing yet
    return database;
  } catch (cause) {
    if (!isForbidden(cause)) {
      if (database) return database; // damage shows itself to whoever reads on
      throw cause;
    }
    database?.close();
    throw new InputError(
      'STORE_READ',
      `${path}: cannot be opened (${(cause as Error).message}); wanted the right to read it and, for its log, to write in its folder: copy the folder, or use an export; nothing was read`,
      { cause },
    );
  }
}

/** @throws InputError STORE_SCHEMA for a store of another version: it is left as it is; DamageError STORE_FORM */
export function checkSchema(database: DatabaseSync, path: string): void {
  const row = database.prepare(`SELECT value FROM meta WHERE key = 'schema'`).get() as { value: number } | undefined;
  if (row?.value === STORE_SCHEMA) return;
  if (typeof row?.value !== 'number') throw new DamageError('STORE_FORM', `${path}: does not say which schema it has`);
  throw new InputError(
    'STORE_SCHEMA',
    `${path}: is a store of schema ${row.value}, wanted ${STORE_SCHEMA}; use the Spindle that wrote it or another data directory; nothing was changed`,
  );
}

/** Whether SQLite says that the file itself is broken, as against full, busy or unreadable. */
export function isCorrupt(error: unknown): boolean {
  const code = ((error as { errcode?: number } | null)?.errcode ?? 0) % 256;
  return code === SQLITE_CORRUPT || code === SQLITE_NOTADB;
}

function isForbidden(error: unknown): boolean {
  const code = ((error as { errcode?: number } | null)?.errcode ?? 0) % 256;
  return [SQLITE_PERM, SQLITE_READONLY, SQLITE_CANTOPEN].includes(code);
}

/** Whether a failure while reading means that the file is not what Spindle wrote: a table gone, a number out of range. */
export function isBroken(error: unknown): boolean {
  const { errcode, code } = (error ?? {}) as { errcode?: number; code?: string };
  return isCorrupt(error) || (errcode ?? 0) % 256 === SQLITE_ERROR || code === 'ERR_OUT_OF_RANGE';
}
