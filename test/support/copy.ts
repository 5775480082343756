/** A copy of a data directory that nobody has open. */
import { cpSync } from 'node:fs';
import { newFolder } from './folder.ts';

export function copyStore(dataDir: string): string {
  const folder = newFolder('copy');
  cpSync(dataDir, folder, { recursive: true });
  return folder;
}
