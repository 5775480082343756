/**
 * One writer a data directory. The lock is SQLite's own file lock on a small file beside the store, so the kernel
 * frees it whatever ends the process; the pid in a second file is only there to be named.
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { InputError } from '../errors.ts';

const SQLITE_BUSY = 5;

export interface Lock {
  release(): void;
}

/** @throws InputError STORE_LOCKED, naming the process that writes there; STORE_LOCK when nobody could lock it */
export function lockDirectory(dataDir: string): Lock {
  const pidPath = join(dataDir, 'spindle.pid');
  const lockPath = join(dataDir, 'spindle.lock');
  let database: DatabaseSync | null = null;
  try {
    database = new DatabaseSync(lockPath, { timeout: 0 });
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
  } catch (cause) {
    database?.close();
    if (((cause as { errcode?: number }).errcode ?? 0) % 256 !== SQLITE_BUSY)
      throw new InputError(
        'STORE_LOCK',
        `${lockPath}: cannot be locked (${(cause as Error).message}); wanted a small file of Spindle; nothing was changed`,
        { cause },
      );
    throw new InputError(
      'STORE_LOCKED',
      `${dataDir}: process ${readPid(pidPath)} writes there, wanted it for myself; stop that one or use another data directory; nothing was changed`,
      { cause },
    );
  }
  const held = database;
  writePid(pidPath);
  return {
    release() {
      try {
        rmSync(pidPath, { force: true });
      } catch {
        // on a disk that went read-only it stays; whoever takes the lock next writes his own
      }
      if (held.isOpen) held.close();
    },
  };
}

/** Without it, on a full disk, the lock holds all the same. */
function writePid(path: string): void {
  try {
    writeFileSync(path, `${process.pid}\n`);
  } catch {
    // the number of another, if one stands there, is only said to people
  }
}

function readPid(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim() || 'unknown';
  } catch {
    return 'unknown'; // the other one is between taking the lock and writing its number
  }
}
