/**
 * Copies a store beside the host that writes it: one consistent moment, one file, marked so that whoever opens it as a store
 * begins a new epoch. Two stores that went on in one epoch would give one identity to two frames.
 */
import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { DamageError, InputError } from '../errors.ts';
import { readHolds } from './holds.ts';
import { checkSchema, isCorrupt, openForReading, STORE_FILE } from './schema.ts';

/** Key of `meta` in a copy; its value says when it was made. */
export const RESTORED = 'restored';
/** Key of `meta` in a copy: what was on hold. */
export const HELD = 'holds';

/**
 * @param out replaced whole when it is complete
 * @returns bytes of the copy
 * @throws InputError STORE_MISSING, STORE_READ, STORE_SCHEMA, BACKUP_WRITE, HOLD_FILE; DamageError STORE_CORRUPT
 */
export function backUp(dataDir: string, out: string, now: Date): { bytes: number } {
  const path = join(dataDir, STORE_FILE);
  if (!existsSync(path))
    throw new InputError('STORE_MISSING', `${dataDir}: holds no ${STORE_FILE}, wanted a data directory of Spindle`);
  const part = `${out}.part`;
  const holds = readHolds(dataDir);
  const source = openForReading(path, 5000);
  try {
    checkSchema(source, path);
    rmSync(part, { force: true });
    source.prepare('VACUUM INTO ?').run(part);
    mark(part, now, JSON.stringify(holds));
    sync(part);
    renameSync(part, out);
    sync(dirname(out));
    return { bytes: statSync(out).size };
  } catch (cause) {
    rmSync(part, { force: true });
    if (cause instanceof InputError || cause instanceof DamageError) throw cause;
    if (isCorrupt(cause))
      throw new DamageError(
        'STORE_CORRUPT',
        `${path}: is no sound store (SQLite: ${(cause as Error).message}); ${out} was not written; run verify`,
        { cause },
      );
    throw new InputError('BACKUP_WRITE', `${out}: cannot be written (${(cause as Error).message}); nothing was kept`, {
      cause,
    });
  } finally {
    source.close();
  }
}

function mark(path: string, now: Date, holds: string): void {
  const copy = new DatabaseSync(path);
  try {
    const insert = copy.prepare('INSERT OR REPLACE INTO meta VALUES(?, ?)');
    insert.run(RESTORED, now.toISOString());
    insert.run(HELD, holds);
  } finally {
    copy.close();
  }
}

function sync(path: string): void {
  const file = openSync(path, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
