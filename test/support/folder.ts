/** Folders of a test's own under the system's temporary folder; removed when the process ends. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const made: string[] = [];
process.on('exit', () => {
  for (const folder of made) rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 }); // a killed browser still writes
});

export function newFolder(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), `spindle-${name}-`));
  made.push(folder);
  return folder;
}
