/** The files that a test makes; they are gone when the test process ends. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const folder = mkdtempSync(join(tmpdir(), 'spindle-acquire-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
let count = 0;

/** @returns a path that no file has yet, ending in `name` */
export function freshPath(name: string): string {
  return join(folder, `${++count}-${name}`);
}

/** @returns the path of a new file with this content */
export function fileOf(name: string, content: string | Uint8Array): string {
  const path = freshPath(name);
  writeFileSync(path, content);
  return path;
}
