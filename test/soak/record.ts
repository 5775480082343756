/** What the last long runs have found: test/soak/last.json, from which docs/reliability.md is counted. */
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';

const FILE = new URL('./last.json', import.meta.url);

export interface SoakRecord {
  /** Day on which it was run. */
  date: string;
  cpu: string;
  seed: number;
  figures: Record<string, number>;
}

export function lastRecords(): Record<string, SoakRecord> {
  return JSON.parse(readFileSync(FILE, 'utf8')) as Record<string, SoakRecord>;
}

/** In the place of what that run has found before. */
export function record(name: string, seed: number, figures: Record<string, number>): void {
  const all = lastRecords();
  all[name] = {
    date: new Date().toISOString().slice(0, 10),
    cpu: `${cpus().length} x ${cpus()[0]?.model.trim() ?? 'unknown'}`,
    seed,
    figures,
  };
  writeFileSync(FILE, `${JSON.stringify(all, null, 2)}\n`);
}
