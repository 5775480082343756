/** The recorded traces beside the repository. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Test } from 'uvu';
import { needs } from './needs.ts';

/** Folder of `manifest.json`. */
export const TRACES = fileURLToPath(new URL('../../../shared/traces', import.meta.url));

/** What `needs` is told: null when the traces are there. */
export function missingTraces(): string | null {
  return existsSync(join(TRACES, 'manifest.json')) ? null : `recorded traces at ${TRACES}`;
}

/** Registers a test of `tests` that reads the recorded traces. */
export function needsTraces(tests: Test, claim: string, test: () => Promise<void> | void): void {
  needs(tests, missingTraces(), claim, test);
}
