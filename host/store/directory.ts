/** The folder of a store: made if absent, refused if it can be none. */
import { accessSync, constants, mkdirSync } from 'node:fs';
import { InputError } from '../errors.ts';

/** @throws InputError STORE_DIRECTORY: a file in the way, no right to write */
export function makeDataDirectory(path: string): void {
  try {
    mkdirSync(path, { recursive: true });
    accessSync(path, constants.W_OK);
  } catch (cause) {
    const why = (cause as Error).message;
    throw new InputError(
      'STORE_DIRECTORY',
      `${path}: cannot be a data directory (${why}); wanted a folder that may be written, or a place for one; nothing was recorded`,
      { cause },
    );
  }
}
