/** The recorded traces beside the repository. Absent: tests that need them are skipped aloud, and fail when CI is true. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Test } from 'uvu';

/** Folder of `manifest.json`. */
export const TRACES = fileURLToPath(new URL('../../../shared/traces', import.meta.url));

/** Registers a test of `tests` that reads the recorded traces. */
export function needsTraces(tests: Test, claim: string, test: () => Promise<void> | void): void {
  const isThere = existsSync(join(TRACES, 'manifest.json'));
  if (isThere) {
    tests(claim, test);
  } else if (process.env.CI === 'true') {
    tests(claim, () => {
      throw new Error(`no recorded traces at ${TRACES}, which CI=true demands`);
    });
  } else {
    console.error(`SKIPPED: ${claim}: no recorded traces at ${TRACES}`);
    tests.skip(claim, test);
  }
}
