/**
 * What encoding, chain, signatures and the sync behind each commit cost: frames a second of the store over rows a second of
 * a bare SQLite loop that inserts the same bytes in the same groups, in turns, on the same disk.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Store } from '../../host/store/store.ts';
import { featureDraft } from '../support/frames.ts';
import { open } from '../support/store.ts';

/** A plain table of a number and bytes, as anybody would write it: WAL, FULL. */
class Bare {
  readonly #database: DatabaseSync;
  #n = 0;
  constructor(folder: string) {
    mkdirSync(folder, { recursive: true });
    this.#database = new DatabaseSync(join(folder, 'bare.db'));
    this.#database.exec(
      'PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE frame(seq INTEGER PRIMARY KEY, bytes BLOB)',
    );
  }
  group(count: number, bytes: Uint8Array): void {
    const insert = this.#database.prepare('INSERT INTO frame VALUES(?, ?)');
    this.#database.exec('BEGIN');
    for (let i = 0; i < count; i++) insert.run(this.#n++, bytes);
    this.#database.exec('COMMIT');
  }
  close(): void {
    this.#database.close();
  }
}

export interface AppendRatio {
  group: number;
  storePerS: number;
  barePerS: number;
  /** Median over the rounds of store over bare. */
  ratio: number;
}

/** @param group frames of a commit */
export function appendRatio(folder: string, group: number, rounds: number, frames: number): AppendRatio {
  const store = open(join(folder, `store-${group}`));
  const bare = new Bare(join(folder, `bare-${group}`));
  let n = 0;
  const drafts = Array.from({ length: group }, () => featureDraft(++n));
  appendGroup(store, drafts);
  const bytes = (store.database.prepare('SELECT bytes FROM frame WHERE kind = 1').get()!.bytes as Uint8Array).slice();
  const groups = Math.max(1, Math.round(frames / group));
  const perS = (work: () => void): number => {
    const start = performance.now();
    for (let i = 0; i < groups; i++) work();
    return (groups * group * 1000) / (performance.now() - start);
  };
  const results: { store: number; bare: number }[] = [];
  for (let round = -1; round < rounds; round++) {
    const own = perS(() => appendGroup(store, drafts));
    const other = perS(() => bare.group(group, bytes));
    if (round >= 0) results.push({ store: own, bare: other });
  }
  store.close();
  bare.close();
  const median = (values: number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1];
  return {
    group,
    storePerS: median(results.map((one) => one.store)),
    barePerS: median(results.map((one) => one.bare)),
    ratio: median(results.map((one) => one.store / one.bare)),
  };
}

function appendGroup(store: Store, drafts: ReturnType<typeof featureDraft>[]): void {
  for (const draft of drafts) store.append(draft);
  if (store.checkpointDueMs() === 0) store.checkpoint();
  else store.commit();
}

if (import.meta.main) {
  const { newFolder } = await import('../support/folder.ts');
  const folder = newFolder('append');
  for (const group of [1, 8, 100, 250]) {
    const { storePerS, barePerS, ratio } = appendRatio(folder, group, 5, Math.min(8000, 400 * group));
    console.log(
      `${group} frames a commit: store ${Math.round(storePerS)}/s, bare SQLite loop ${Math.round(barePerS)}/s, ratio ${ratio.toFixed(2)}`,
    );
  }
}
