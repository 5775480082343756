/**
 * The one SQLite file. Frames are rows of bytes that are written once; those that were dropped leave their digests in
 * runs. What a commit writes to the device was measured for keys and page sizes: docs/store.md.
 */
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { DamageError, InputError } from '../errors.ts';
import { migrate, refuseWithoutRoom } from './migrate.ts';

export const STORE_FILE = 'spindle.db';
export const SCHEMA = 2;
const SQLITE_ERROR = 1;
const SQLITE_PERM = 3;
const SQLITE_READONLY = 8;
const SQLITE_IOERR = 10;
const SQLITE_FULL = 13;
const SQLITE_CANTOPEN = 14;
const SQLITE_CORRUPT = 11;
const SQLITE_NOTADB = 26;

/**
 * Of new files, bytes. At 8 points a second a commit writes whole pages, so that small ones spare the device; a frame of
 * 450 bytes would leave half of one of 1024 unused.
 */
const PAGE_BYTES = 2048;
/** Bytes of log after which SQLite folds it back, as its default of 1000 pages of 4096. */
const FOLD_BYTES = 4_096_000;

const TABLES = `
CREATE TABLE meta(key TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE epoch(id INTEGER PRIMARY KEY, epoch BLOB NOT NULL UNIQUE, host_id BLOB NOT NULL, public_key BLOB NOT NULL);
-- id: host/store/frame-id.ts. Search by id alone: epoch_id and seq are for people, and no index has them
CREATE TABLE frame(
  id INTEGER PRIMARY KEY, kind INTEGER NOT NULL, point_id INTEGER, mono_us INTEGER NOT NULL, utc_us INTEGER,
  bytes BLOB NOT NULL, hash BLOB NOT NULL, token INTEGER,
  epoch_id INTEGER AS (id >> 40), seq INTEGER AS (id & 1099511627775));
-- everything but the features, which are nearly all rows: events, gaps, checkpoints are found without reading them
CREATE INDEX frame_rare ON frame(kind) WHERE kind <> 1;
-- a run of frames that left: number of the first, how many, their digests end to end, the chain hash behind the last;
-- folded, when the digests are gone too
CREATE TABLE dropped(id INTEGER PRIMARY KEY, count INTEGER NOT NULL, digests BLOB, hash BLOB NOT NULL);
CREATE TABLE point(id INTEGER PRIMARY KEY, name TEXT NOT NULL, path TEXT NOT NULL UNIQUE);
CREATE TABLE descriptor(epoch_id INTEGER NOT NULL, key TEXT NOT NULL, digest BLOB NOT NULL, seq INTEGER NOT NULL,
  PRIMARY KEY(epoch_id, key)) WITHOUT ROWID;
-- weak: what is before it was answered for by a broker, not by whoever keeps it
CREATE TABLE cursor(uplink TEXT PRIMARY KEY, epoch_id INTEGER NOT NULL, next_seq INTEGER NOT NULL,
  weak INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;
-- what the sender of this run was told is durable, so that a resend after a crash stores nothing twice: the token here
-- or, from from_id on, that of the last frame that has one
CREATE TABLE sender(boot_id BLOB PRIMARY KEY, token INTEGER NOT NULL, from_id INTEGER NOT NULL) WITHOUT ROWID;
`;

/**
 * Opens for writing, creates what is missing and brings an earlier schema to this one. WAL and NORMAL: SQLite keeps file
 * and log in order, and a commit is durable when host/store/wal-sync.ts has returned behind it.
 */
export function openForWriting(dataDir: string): { database: DatabaseSync; migratedFrom: number | null } {
  const path = join(dataDir, STORE_FILE);
  const database = new DatabaseSync(path, { timeout: 5000 });
  try {
    const { n } = database.prepare(`SELECT count(*) n FROM sqlite_master WHERE name = 'meta'`).get() as { n: number };
    if (n > 0) refuseUnopened(database, path);
    // the size of a page is that of a new file only
    database.exec(`PRAGMA page_size = ${PAGE_BYTES}; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL`);
    database.exec('PRAGMA journal_size_limit = 16777216');
    const { page_size } = database.prepare('PRAGMA page_size').get() as { page_size: number };
    database.exec(`PRAGMA wal_autocheckpoint = ${Math.round(FOLD_BYTES / page_size)}`);
    if (n === 0) {
      database.exec(`BEGIN IMMEDIATE; ${TABLES}`);
      database.prepare(`INSERT INTO meta VALUES('schema', ?)`).run(SCHEMA);
      database.exec('COMMIT');
    }
    const found = migrate(database, path);
    checkSchema(database, path);
    return { database, migratedFrom: found === SCHEMA ? null : found };
  } catch (error) {
    database.close();
    throw error;
  }
}

/** What must not be opened, before so much as its journal is another. */
function refuseUnopened(database: DatabaseSync, path: string): void {
  const schema = schemaOf(database, path);
  if (schema > SCHEMA) checkSchema(database, path);
  refuseWithoutRoom(path, schema);
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

/** @throws DamageError STORE_FORM */
export function schemaOf(database: DatabaseSync, path: string): number {
  const row = database.prepare(`SELECT value FROM meta WHERE key = 'schema'`).get() as { value: number } | undefined;
  if (typeof row?.value === 'number' && row.value >= 1) return row.value;
  throw new DamageError('STORE_FORM', `${path}: does not say which schema it has`);
}

/** @throws InputError STORE_SCHEMA for a store of another version: it is left as it is; DamageError STORE_FORM */
export function checkSchema(database: DatabaseSync, path: string): void {
  const schema = schemaOf(database, path);
  if (schema === SCHEMA) return;
  const what =
    schema < SCHEMA
      ? 'start the host there once, which brings it to this schema'
      : 'use the Spindle that wrote it or another data directory';
  throw new InputError(
    'STORE_SCHEMA',
    `${path}: is a store of schema ${schema}, wanted ${SCHEMA}; ${what}; nothing was changed`,
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

/** Whether the disk takes no writes: full, read-only, broken. */
export function isUnwritable(error: unknown): boolean {
  const code = ((error as { errcode?: number } | null)?.errcode ?? 0) % 256;
  return [SQLITE_PERM, SQLITE_READONLY, SQLITE_IOERR, SQLITE_FULL, SQLITE_CANTOPEN].includes(code);
}

/** Whether a failure while reading means that the file is not what Spindle wrote: a table gone, a number out of range. */
export function isBroken(error: unknown): boolean {
  const { errcode, code } = (error ?? {}) as { errcode?: number; code?: string };
  return isCorrupt(error) || (errcode ?? 0) % 256 === SQLITE_ERROR || code === 'ERR_OUT_OF_RANGE';
}
