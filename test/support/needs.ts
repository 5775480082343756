/** Tests that need what may not be there, a program of the system or the recorded traces: absent, they are skipped aloud, and fail when CI is true. */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Test } from 'uvu';

/** Path of the first of `names` that stands on PATH; null when none does. */
export function programOnPath(...names: string[]): string | null {
  for (const name of names)
    for (const folder of (process.env.PATH ?? '').split(delimiter)) {
      try {
        accessSync(join(folder, name), constants.X_OK);
        return join(folder, name);
      } catch {
        // not here
      }
    }
  return null;
}

/** Registers a test of `tests`; `missing` says what it needs and is not there, null when all is. */
export function needs(tests: Test, missing: string | null, claim: string, test: () => Promise<void> | void): void {
  if (missing === null) {
    tests(claim, test);
  } else if (process.env.CI === 'true') {
    tests(claim, () => {
      throw new Error(`no ${missing}, which CI=true demands`);
    });
  } else {
    console.error(`SKIPPED: ${claim}: no ${missing}`);
    tests.skip(claim, test);
  }
}
