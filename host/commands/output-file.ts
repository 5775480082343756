/** A file that a person asked for and that cannot be written is theirs to mend. */
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
