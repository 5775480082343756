/** What a store takes of its disk. */
import { statfsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { STORE_FILE } from './schema.ts';

/** @returns bytes of pages in use and of the log: free pages inside the file are taken again before it grows */
export function usedBytes(database: DatabaseSync, dataDir: string): number {
  const number = (pragma: string): number => Object.values(database.prepare(`PRAGMA ${pragma}`).get()!)[0] as number;
  const pages = number('page_count') - number('freelist_count');
  const log = statSync(join(dataDir, `${STORE_FILE}-wal`), { throwIfNoEntry: false })?.size ?? 0;
  return pages * number('page_size') + log;
}

/** @returns bytes of the file and its log together with what their disk has free */
export function roomBytes(dataDir: string): number {
  const { bavail, bsize } = statfsSync(dataDir);
  const size = (name: string): number => statSync(join(dataDir, name), { throwIfNoEntry: false })?.size ?? 0;
  return bavail * bsize + size(STORE_FILE) + size(`${STORE_FILE}-wal`);
}
