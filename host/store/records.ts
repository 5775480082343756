/** Reads the records of an epoch in order: frames, and in their places the digests of those that were dropped. */
import type { DatabaseSync } from 'node:sqlite';
import { DamageError } from '../errors.ts';
import { frameId, SEQS, seqOf } from './frame-id.ts';

export const DIGEST_BYTES = 32;

export interface StoredRecord {
  seq: number;
  /** null where no bytes are, as are the next two. */
  kind: number | null;
  pointId: number | null;
  utcUs: number | null;
  bytes: Uint8Array | null;
  digest: Uint8Array | null;
  /** This record and those behind it, so many in all, of which neither bytes nor digests are left; 0 for one record. */
  folded: number;
  /** Chain hash stored with it; of a run only the last has one. */
  hash: Uint8Array | null;
}

interface FrameRow {
  id: number;
  kind: number;
  point_id: number | null;
  utc_us: number | null;
  bytes: Uint8Array;
  hash: Uint8Array;
}

interface Run {
  id: number;
  count: number;
  digests: Uint8Array | null;
  hash: Uint8Array | null;
}

/**
 * Records `fromSeq` to `toSeq`; one that is missing is left out. Two statements: whoever reads beside a writer opens a
 * transaction around it. A folded run is one record, given where `fromSeq` is its first.
 *
 * @throws DamageError CHAIN_EMPTY for a run that is none
 */
export function* records(
  database: DatabaseSync,
  epochId: number,
  fromSeq: number,
  toSeq: number,
): Generator<StoredRecord> {
  const [first, last] = [frameId(epochId, fromSeq), frameId(epochId, Math.min(toSeq, SEQS - 1))];
  const frames = database
    .prepare('SELECT id, kind, point_id, utc_us, bytes, hash FROM frame WHERE id BETWEEN ? AND ? ORDER BY id')
    .iterate(first, last) as Iterator<unknown> as Iterator<FrameRow>;
  const runs = database
    .prepare(
      `SELECT id, count, digests, hash FROM dropped
       WHERE id BETWEEN ifnull((SELECT max(id) FROM dropped WHERE id <= ?1), ?1) AND ?2 ORDER BY id`,
    )
    .iterate(first, last) as Iterator<unknown> as Iterator<Run>;
  let frame = frames.next();
  let run = runs.next();
  while (!frame.done || !run.done) {
    if (run.done || (!frame.done && frame.value.id < run.value.id)) {
      const { id, kind, point_id: pointId, utc_us: utcUs, bytes, hash } = frame.value;
      yield { seq: seqOf(id), kind, pointId, utcUs, bytes, digest: null, folded: 0, hash };
      frame = frames.next();
    } else {
      for (const record of digestsOf(run.value)) {
        const id = frameId(epochId, record.seq);
        if (run.value.id >= frameId(epochId, 0) && id >= first && id <= last) yield record;
      }
      run = runs.next();
    }
  }
}

function* digestsOf({ id, count, digests, hash }: Run): Generator<StoredRecord> {
  const seq = seqOf(id);
  const none = { kind: null, pointId: null, utcUs: null, bytes: null };
  const bytes = digests instanceof Uint8Array ? digests.length : 0;
  const isWhole = Number.isInteger(count) && count >= 1 && hash instanceof Uint8Array;
  if (!isWhole || !(digests === null || bytes === count * DIGEST_BYTES))
    throw new DamageError(
      'CHAIN_EMPTY',
      `record ${seq}: begins a run of ${count} with ${bytes} bytes of digests, wanted ${DIGEST_BYTES} each`,
    );
  if (!digests) yield { ...none, seq, digest: null, folded: count, hash };
  else
    for (let n = 0; n < count; n++)
      yield {
        ...none,
        seq: seq + n,
        digest: digests.subarray(n * DIGEST_BYTES, (n + 1) * DIGEST_BYTES),
        folded: 0,
        hash: n === count - 1 ? hash : null,
      };
}

/** @returns the last record of an epoch, frame or digest; -1 if it has none */
export function lastSeqOf(database: DatabaseSync, epochId: number): number {
  const [first, last] = [frameId(epochId, 0), frameId(epochId, SEQS - 1)];
  const frame = database.prepare('SELECT max(id) id FROM frame WHERE id BETWEEN ? AND ?').get(first, last);
  const run = database
    .prepare('SELECT id + count - 1 last FROM dropped WHERE id BETWEEN ? AND ? ORDER BY id DESC LIMIT 1')
    .get(first, last);
  return Math.max(frame?.id ? seqOf(frame.id as number) : -1, run ? seqOf(run.last as number) : -1);
}

/** @returns the chain hash behind record `seq`; null if that record is not there or stands inside a run */
export function hashBehind(database: DatabaseSync, epochId: number, seq: number): Uint8Array | null {
  const id = frameId(epochId, seq);
  const frame = database.prepare('SELECT hash FROM frame WHERE id = ?').get(id);
  if (frame) return frame.hash as Uint8Array;
  const run = database
    .prepare('SELECT id + count - 1 last, hash FROM dropped WHERE id <= ? ORDER BY id DESC LIMIT 1')
    .get(id);
  return run?.last === id ? (run.hash as Uint8Array) : null;
}

/** @returns the first record of an epoch behind every folded run: from there on each has its bytes or its digest */
export function unfoldedFrom(database: DatabaseSync, epochId: number): { seq: number; hashBefore: Uint8Array | null } {
  const run = database
    .prepare(
      `SELECT id + count next, hash FROM dropped
       WHERE digests IS NULL AND id BETWEEN ? AND ? ORDER BY id DESC LIMIT 1`,
    )
    .get(frameId(epochId, 0), frameId(epochId, SEQS - 1));
  return run ? { seq: seqOf(run.next as number), hashBefore: run.hash as Uint8Array } : { seq: 0, hashBefore: null };
}
