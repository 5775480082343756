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

/** @throws InputError STORE_LOCKED, naming the process that writes there */
export function lockDirectory(dataDir: string): Lock {
  const pidPath = join(dataDir, 'spindle.pid');
  const database = new DatabaseSync(join(dataDir, 'spindle.lock'), { timeout: 0 });
  try {
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
  } catch (cause) {
    database.close();
    if (((cause as { errcode?: number }).errcode ?? 0) % 256 !== SQLITE_BUSY) throw cause;
    throw new InputError(
      'STORE_LOCKED',
      `${dataDir}: process ${readPid(pidPath)} writes there, wanted it for myself; stop that one or give another --data; nothing was changed`,
      { cause },
    );
  }
  writeFileSync(pidPath, `${process.pid}\n`);
  return {
    release() {
      rmSync(pidPath, { force: true });
      if (database.isOpen) database.close();
    },
  };
}

function readPid(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim() || 'unknown';
  } catch {
    return 'unknown'; // the other one is between taking the lock and writing its number
  }
}
