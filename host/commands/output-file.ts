/** A file that a person asked for and that cannot be written is theirs to mend. */
import { statSync } from 'node:fs';
import { InputError } from '../errors.ts';

export function unwritable(path: string, cause: unknown): InputError {
  return new InputError('OUTPUT_WRITE', `${path}: cannot be written: ${(cause as Error).message}`, { cause });
}

/** Does `work`, whose only own file is `path`. @throws InputError `OUTPUT_WRITE` for what the file system says */
export async function writing<T>(path: string, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const { code, syscall, path: at } = error as NodeJS.ErrnoException;
    // open names the file, write only its number
    if (code !== undefined && ((syscall === 'open' && at === path) || syscall === 'write'))
      throw unwritable(path, error);
    throw error;
  }
}

/**
 * A result must not overwrite what it is made from, whatever the two paths look like.
 * @throws InputError `OUTPUT_INPUT`
 */
export function refuseOverwriting(out: string, inputs: string[]): void {
  const own = identity(out);
  const input = own && inputs.find((path) => identity(path) === own);
  if (input)
    throw new InputError(
      'OUTPUT_INPUT',
      `${out}: got the place of an input (${input}), wanted another; nothing was done`,
    );
}

/** null: no file yet, or a device such as /dev/null, which takes what anybody writes. */
function identity(path: string): string | null {
  try {
    const status = statSync(path, { bigint: true });
    return status.isFile() ? `${status.dev}:${status.ino}` : null;
  } catch {
    return null; // whoever opens it says why it cannot be
  }
}
