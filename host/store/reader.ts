/**
 * Looks into a store beside its writer. Read-only, and every read
 * transaction is one short statement, so that the writer's log can always be folded back.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { InputError } from '../errors.ts';
import { chainStart } from '../frame/chain.ts';
import { decodeFrame, type Frame } from '../frame/frame.ts';
import { FRAME_KINDS, type FrameKind } from '../types.ts';
import { frameId, SEQS, seqOf } from './frame-id.ts';
import { lastSeqOf, unfoldedFrom } from './records.ts';
import type { EpochRow } from './recover.ts';
import { checkSchema, openForReading, STORE_FILE } from './schema.ts';

/** Rows that one call looks at, however few it returns: a bound on the time of its transaction. */
const ROWS_A_CALL = 5000;

export interface StoredPoint {
  id: number;
  name: string;
  path: string;
}

export interface StoredEpoch {
  id: number;
  epoch: Uint8Array;
  hostId: Uint8Array;
  publicKey: Uint8Array;
  /** Frames, also dropped ones: the seq of the next. */
  frames: number;
  /** From it on every record has its bytes or its digest; 0 unless old runs were folded. And the chain hash before it. */
  firstSeq: number;
  hashBefore: Uint8Array;
}

export interface FrameRange {
  epochId: number;
  fromSeq: number;
  /** Included. */
  toSeq?: number;
  kind?: FrameKind;
  pointId?: number;
  limit?: number;
}

export class StoreReader {
  readonly #database: DatabaseSync;

  /** @throws InputError STORE_MISSING, STORE_READ, STORE_SCHEMA */
  constructor(dataDir: string) {
    const path = join(dataDir, STORE_FILE);
    if (!existsSync(path))
      throw new InputError('STORE_MISSING', `${dataDir}: holds no ${STORE_FILE}, wanted a data directory of Spindle`);
    this.#database = openForReading(path, 1000);
    try {
      checkSchema(this.#database, path);
    } catch (error) {
      this.#database.close();
      throw error;
    }
  }

  epochs(): StoredEpoch[] {
    const rows = this.#database.prepare('SELECT * FROM epoch ORDER BY id').all() as unknown as EpochRow[];
    return rows.map((row) => {
      const { seq, hashBefore } = unfoldedFrom(this.#database, row.id);
      return {
        id: row.id,
        epoch: row.epoch,
        hostId: row.host_id,
        publicKey: row.public_key,
        frames: lastSeqOf(this.#database, row.id) + 1,
        firstSeq: seq,
        hashBefore: hashBefore ?? chainStart(row.host_id, row.epoch),
      };
    });
  }

  points(): StoredPoint[] {
    return this.#database.prepare('SELECT id, name, path FROM point ORDER BY id').all() as unknown as StoredPoint[];
  }

  /**
   * Frames of a range in order, decoded; dropped ones are left out. It looks at 5000 rows at most: go on at `nextSeq`
   * until it is null.
   */
  frames(range: FrameRange): { frames: Frame[]; nextSeq: number | null } {
    const { epochId, fromSeq, toSeq = SEQS - 1, kind, pointId, limit = ROWS_A_CALL } = range;
    const rows = this.#database
      .prepare(`SELECT id, kind, point_id, bytes FROM frame WHERE id BETWEEN ? AND ? ORDER BY id LIMIT ${ROWS_A_CALL}`)
      .iterate(frameId(epochId, fromSeq), frameId(epochId, Math.min(toSeq, SEQS - 1)));
    const frames: Frame[] = [];
    let looked = 0;
    let next = fromSeq;
    for (const row of rows) {
      if (frames.length >= limit) return { frames, nextSeq: next };
      looked++;
      next = seqOf(row.id as number) + 1;
      if (kind && row.kind !== FRAME_KINDS[kind]) continue;
      if (pointId !== undefined && row.point_id !== pointId) continue;
      frames.push(decodeFrame(row.bytes as Uint8Array));
    }
    return { frames, nextSeq: looked === ROWS_A_CALL ? next : null };
  }

  /** Events, newest first, of one point or of all. */
  events(range: { epochId: number; pointId?: number; beforeSeq?: number; limit: number }): Frame[] {
    const { epochId, pointId = null, beforeSeq = SEQS - 1, limit } = range;
    const rows = this.#database
      .prepare(
        // the condition on 1 is that of the index
        `SELECT bytes FROM frame WHERE kind <> 1 AND kind = 3 AND id >= ? AND id < ?
         AND (? IS NULL OR point_id = ?) ORDER BY id DESC LIMIT ?`,
      )
      .all(frameId(epochId, 0), frameId(epochId, Math.min(beforeSeq, SEQS - 1)), pointId, pointId, limit);
    return rows.map((row) => decodeFrame(row.bytes as Uint8Array));
  }

  close(): void {
    if (this.#database.isOpen) this.#database.close();
  }
}
