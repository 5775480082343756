/** Where each uplink goes on, in memory; written down now and then, since losing one only sends some frames again. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';

/** `isWeak`: what is before was answered for by a broker, not by whoever keeps the frames. */
export interface Cursor {
  epochId: number;
  nextSeq: number;
  isWeak: boolean;
}

/** A cursor that is lost with a crash sends that much again; one in every commit would cost a tenth of all writes. */
const REST_US = 10_000_000;

export class Cursors {
  readonly #database: DatabaseSync;
  readonly #insert: StatementSync;
  readonly #cursors = new Map<string, Cursor>();
  #writtenUs = Number.NEGATIVE_INFINITY;
  /** Some stand elsewhere than what is written down. */
  areDirty = false;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#insert = database.prepare('INSERT OR REPLACE INTO cursor VALUES(?, ?, ?, ?)');
    for (const row of database.prepare('SELECT * FROM cursor').all())
      this.#cursors.set(row.uplink as string, {
        epochId: row.epoch_id as number,
        nextSeq: row.next_seq as number,
        isWeak: row.weak === 1,
      });
  }

  /** At the first frame of the oldest epoch if the uplink never ran. */
  of(uplink: string): Cursor {
    const known = this.#cursors.get(uplink);
    if (known) return known;
    const first = this.#database.prepare('SELECT min(id) id FROM epoch').get() as { id: number };
    return { epochId: first.id, nextSeq: 0, isWeak: false };
  }

  set(uplink: string, cursor: Cursor): void {
    this.#cursors.set(uplink, cursor);
    this.areDirty = true;
  }

  /** @returns milliseconds until they should be written, 0 now, null when there is nothing to write */
  dueMs(nowUs: number): number | null {
    return this.areDirty ? Math.max(0, this.#writtenUs + REST_US - nowUs) / 1000 : null;
  }

  /** The next commit takes them along. */
  hurry(): void {
    this.#writtenUs = Number.NEGATIVE_INFINITY;
  }

  /** In the transaction that is open. */
  write(nowUs: number): void {
    if (!this.areDirty) return;
    for (const [uplink, { epochId, nextSeq, isWeak }] of this.#cursors)
      this.#insert.run(uplink, epochId, nextSeq, isWeak ? 1 : 0);
    this.#writtenUs = nowUs;
    this.areDirty = false;
  }
}
