/** The folder of a store: made if absent, refused if it can be none. */
import { accessSync, constants, existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { InputError } from '../errors.ts';

/** @throws InputError STORE_DIRECTORY: a file in the way, no right to write */
export function makeDataDirectory(path: string): void {
  try {
    makeFolders(path);
    accessSync(path, constants.W_OK);
  } catch (cause) {
    throw unwritableDirectory(path, cause);
  }
}

export function unwritableDirectory(path: string, cause: unknown): InputError {
  const why = (cause as Error).message;
  return new InputError(
    'STORE_DIRECTORY',
    `${path}: cannot be a data directory (${why}); wanted a folder that may be written, or a place for one; nothing was recorded`,
    { cause },
  );
}

/** One level at a time: Node's own `recursive` never returns where the parent exists and yet takes no folder (/proc). */
function makeFolders(path: string): void {
  if (isFolder(path)) return;
  const parent = dirname(path);
  if (parent !== path && !existsSync(parent)) makeFolders(parent);
  try {
    mkdirSync(path);
  } catch (error) {
    if (!isFolder(path)) throw error; // or another process made it meanwhile
  }
}

const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
