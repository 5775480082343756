/** Frames that leave with the next commit, in runs, and runs whose digests do. */
import type { DatabaseSync } from 'node:sqlite';

/** A frame that leaves. */
export interface Leaving {
  id: number;
  digest: Uint8Array;
  /** Chain hash behind it. */
  hash: Uint8Array;
}

/** Frames that follow one another. */
export interface Run {
  id: number;
  count: number;
  digests: Uint8Array;
  hash: Uint8Array;
}

export class Drops {
  readonly #database: DatabaseSync;
  #runs: Run[] = [];
  #folds: number[] = [];

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  get isEmpty(): boolean {
    return this.#runs.length === 0 && this.#folds.length === 0;
  }

  /** @param leaving ascending */
  take(leaving: Leaving[]): Run[] {
    const runs = runsOf(leaving);
    this.#runs.push(...runs);
    return runs;
  }

  /** Of a run that has left its digests go too; the chain goes on from the hash behind it. */
  fold(id: number): void {
    this.#folds.push(id);
  }

  /** In the transaction that is open. */
  write(): void {
    const insert = this.#database.prepare('INSERT INTO dropped VALUES(?, ?, ?, ?)');
    const remove = this.#database.prepare('DELETE FROM frame WHERE id BETWEEN ? AND ?');
    for (const { id, count, digests, hash } of this.#runs) {
      insert.run(id, count, digests, hash);
      remove.run(id, id + count - 1);
    }
    const fold = this.#database.prepare('UPDATE dropped SET digests = NULL WHERE id = ?');
    for (const id of this.#folds) fold.run(id);
  }

  /** That commit has been made. */
  clear(): void {
    this.#runs = [];
    this.#folds = [];
  }
}

function runsOf(leaving: Leaving[]): Run[] {
  const runs: Leaving[][] = [];
  for (const frame of leaving) {
    const run = runs.at(-1);
    if (run && run.at(-1)!.id === frame.id - 1) run.push(frame);
    else runs.push([frame]);
  }
  return runs.map((run) => ({
    id: run[0].id,
    count: run.length,
    digests: Buffer.concat(run.map(({ digest }) => digest)),
    hash: run.at(-1)!.hash,
  }));
}
