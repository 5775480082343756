/**
 * Looks into a store beside its writer: for the serve thread and the command line. Read-only, and every read
 * transaction is one short statement, so that the writer's log can always be folded back.
 */
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { InputError } from '../errors.ts';
import { decodeFrame, type Frame } from '../frame/frame.ts';
import { FRAME_KINDS, type FrameKind } from '../types.ts';
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
  /** Frames, also dropped ones. */
  frames: number;
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
  readonly #path: string;
  /** Newest feature of each point, and how far it was looked for. */
  readonly #latest = new Map<number, { epochId: number; seq: number }>();
  #seen = { epochId: 0, seq: -1 };

  /** @throws InputError STORE_MISSING, STORE_READ, STORE_SCHEMA */
  constructor(dataDir: string) {
    this.#path = join(dataDir, STORE_FILE);
    if (!existsSync(this.#path))
      throw new InputError('STORE_MISSING', `${dataDir}: holds no ${STORE_FILE}, wanted a data directory of Spindle`);
    this.#database = openForReading(this.#path, 1000);
    try {
      checkSchema(this.#database, this.#path);
    } catch (error) {
      this.#database.close();
      throw error;
    }
  }

  epochs(): StoredEpoch[] {
    const rows = this.#database
      .prepare(
        `SELECT id, epoch, host_id, public_key, (SELECT max(seq) FROM frame WHERE epoch_id = epoch.id) last
         FROM epoch ORDER BY id`,
      )
      .all();
    return rows.map((row) => ({
      id: row.id as number,
      epoch: row.epoch as Uint8Array,
      hostId: row.host_id as Uint8Array,
      publicKey: row.public_key as Uint8Array,
      frames: ((row.last as number | null) ?? -1) + 1,
    }));
  }

  points(): StoredPoint[] {
    return this.#database.prepare('SELECT id, name, path FROM point ORDER BY id').all() as unknown as StoredPoint[];
  }

  /** Frames by kind over all epochs. */
  counts(): Record<FrameKind, number> {
    const total = this.epochs().reduce((sum, epoch) => sum + epoch.frames, 0);
    const rows = this.#database.prepare('SELECT kind, count(*) n FROM frame WHERE kind <> 1 GROUP BY kind').all();
    const counts = Object.fromEntries(Object.keys(FRAME_KINDS).map((kind) => [kind, 0])) as Record<FrameKind, number>;
    let rare = 0;
    for (const { kind, n } of rows as { kind: number; n: number }[]) {
      rare += n;
      const name = (Object.keys(FRAME_KINDS) as FrameKind[]).find((candidate) => FRAME_KINDS[candidate] === kind);
      if (name) counts[name] = n;
    }
    counts.feature = total - rare;
    return counts;
  }

  /** Newest first; of any kind but feature. */
  latest(kind: Exclude<FrameKind, 'feature'>, limit: number): Frame[] {
    const rows = this.#database
      .prepare(
        `SELECT bytes FROM frame WHERE kind = ? AND kind <> 1 AND bytes IS NOT NULL
         ORDER BY epoch_id DESC, seq DESC LIMIT ?`,
      )
      .all(FRAME_KINDS[kind], Math.min(limit, ROWS_A_CALL));
    return rows.map((row) => decodeFrame(row.bytes as Uint8Array));
  }

  /** The newest feature frame of each point among the last 5000 frames before the first call and all since. */
  latestFeatures(): Map<number, Frame> {
    this.#follow();
    const find = this.#database.prepare('SELECT bytes FROM frame WHERE epoch_id = ? AND seq = ?');
    const frames = new Map<number, Frame>();
    for (const [pointId, { epochId, seq }] of this.#latest) {
      const row = find.get(epochId, seq);
      if (row?.bytes) frames.set(pointId, decodeFrame(row.bytes as Uint8Array));
    }
    return frames;
  }

  /** Goes through what was added since the last call, in steps of a bounded number of rows. */
  #follow(): void {
    const last = this.#database.prepare(
      'SELECT epoch_id, seq FROM frame WHERE epoch_id = (SELECT max(id) FROM epoch) ORDER BY seq DESC LIMIT 1',
    );
    const end = last.get() as { epoch_id: number; seq: number } | undefined;
    if (!end) return;
    const from = this.#seen.epochId === end.epoch_id ? this.#seen.seq : -1;
    const after = Math.max(from, end.seq - ROWS_A_CALL);
    const rows = this.#database
      .prepare(
        `SELECT point_id, max(seq) seq FROM frame
         WHERE epoch_id = ? AND seq > ? AND seq <= ? AND kind = 1 AND bytes IS NOT NULL GROUP BY point_id`,
      )
      .all(end.epoch_id, after, end.seq);
    for (const row of rows) this.#latest.set(row.point_id as number, { epochId: end.epoch_id, seq: row.seq as number });
    this.#seen = { epochId: end.epoch_id, seq: end.seq };
  }

  /**
   * Frames of a range in order, decoded; dropped ones are left out. It looks at 5000 rows at most: go on at `nextSeq`
   * until it is null.
   */
  frames(range: FrameRange): { frames: Frame[]; nextSeq: number | null } {
    const { epochId, fromSeq, toSeq = Number.MAX_SAFE_INTEGER, kind, pointId, limit = ROWS_A_CALL } = range;
    const rows = this.#database
      .prepare(
        `SELECT seq, kind, point_id, bytes FROM frame
         WHERE epoch_id = ? AND seq BETWEEN ? AND ? ORDER BY seq LIMIT ${ROWS_A_CALL}`,
      )
      .iterate(epochId, fromSeq, toSeq);
    const frames: Frame[] = [];
    let looked = 0;
    let next = fromSeq;
    for (const row of rows) {
      if (frames.length >= limit) return { frames, nextSeq: next };
      looked++;
      next = (row.seq as number) + 1;
      if (kind && row.kind !== FRAME_KINDS[kind]) continue;
      if (pointId !== undefined && row.point_id !== pointId) continue;
      if (row.bytes) frames.push(decodeFrame(row.bytes as Uint8Array));
    }
    return { frames, nextSeq: looked === ROWS_A_CALL ? next : null };
  }

  /** Bytes of the store and its log on the disk. */
  sizeBytes(): number {
    return ['', '-wal'].reduce((sum, suffix) => {
      const path = this.#path + suffix;
      return sum + (existsSync(path) ? statSync(path).size : 0);
    }, 0);
  }

  close(): void {
    if (this.#database.isOpen) this.#database.close();
  }
}
