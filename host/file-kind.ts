/** What stands at a path that should be a file. A pipe is refused: it cannot be read twice, and waiting for it may not end. */
import { closeSync, constants, fstatSync, openSync, type Stats } from 'node:fs';

/** Flags for opening: a pipe that nobody writes to must not hold us up. Windows has neither. */
export const READ_FLAGS = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/** In words; null for a file. */
export function oddKind(status: Stats): string | null {
  if (status.isFile()) return null;
  if (status.isDirectory()) return 'a directory';
  return status.isFIFO() ? 'a pipe' : 'a device';
}

/**
 * Opens a file for reading.
 *
 * @param refuse makes the error for what is no file (`got a pipe, wanted a file`) or cannot be opened
 * @returns a descriptor of the caller's own
 */
export function openRegular(path: string, refuse: (why: string, cause?: unknown) => Error): number {
  let file: number;
  try {
    file = openSync(path, READ_FLAGS);
  } catch (cause) {
    throw refuse(`cannot be read: ${(cause as Error).message}`, cause);
  }
  const kind = oddKind(fstatSync(file));
  if (kind === null) return file;
  closeSync(file);
  throw refuse(`got ${kind}, wanted a file`);
}
