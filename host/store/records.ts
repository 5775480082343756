/** Reads the records of an epoch in order: frames, and in their places the digests of those that were dropped. */
import type { DatabaseSync } from 'node:sqlite';
import { DamageError } from '../errors.ts';
import { frameId, SEQS, seqOf } from './frame-id.ts';

export const DIGEST_BYTES = 32;

export interface StoredRecord {
  seq: number;
  /** null with a digest, as are all others but `digest`. */
  kind: number | null;
  pointId: number | null;
  utcUs: number | null;
  bytes: Uint8Array | null;
  digest: Uint8Array | null;
  /** Chain hash stored with it; of a run of digests only the last has one. */
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
  digests: Uint8Array | null;
  hash: Uint8Array | null;
}

/**
 * Records `fromSeq` to `toSeq`; one that is missing is left out. Two statements: whoever reads beside a writer opens a
 * transaction around it.
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
      `SELECT id, digests, hash FROM dropped
       WHERE id BETWEEN ifnull((SELECT max(id) FROM dropped WHERE id <= ?1), ?1) AND ?2 ORDER BY id`,
    )
    .iterate(first, last) as Iterator<unknown> as Iterator<Run>;
  let frame = frames.next();
  let run = runs.next();
  while (!frame.done || !run.done) {
    if (run.done || (!frame.done && frame.value.id < run.value.id)) {
      const { id, kind, point_id: pointId, utc_us: utcUs, bytes, hash } = frame.value;
      yield { seq: seqOf(id), kind, pointId, utcUs, bytes, digest: null, hash };
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

function* digestsOf({ id, digests, hash }: Run): Generator<StoredRecord> {
  const seq = seqOf(id);
  const bytes = digests instanceof Uint8Array ? digests.length : 0;
  const count = bytes / DIGEST_BYTES;
  if (!(count >= 1 && Number.isInteger(count) && hash instanceof Uint8Array))
    throw new DamageError(
      'CHAIN_EMPTY',
      `record ${seq}: begins a run of ${bytes} bytes of digests, wanted ${DIGEST_BYTES} each`,
    );
  for (let n = 0; n < count; n++)
    yield {
      seq: seq + n,
      kind: null,
      pointId: null,
      utcUs: null,
      bytes: null,
      digest: digests!.subarray(n * DIGEST_BYTES, (n + 1) * DIGEST_BYTES),
      hash: n === count - 1 ? hash : null,
    };
}

/** @returns the last record of an epoch, frame or digest; -1 if it has none */
export function lastSeqOf(database: DatabaseSync, epochId: number): number {
  const [first, last] = [frameId(epochId, 0), frameId(epochId, SEQS - 1)];
  const frame = database.prepare('SELECT max(id) id FROM frame WHERE id BETWEEN ? AND ?').get(first, last);
  const run = database
    .prepare('SELECT id, length(digests) bytes FROM dropped WHERE id BETWEEN ? AND ? ORDER BY id DESC LIMIT 1')
    .get(first, last);
  return Math.max(
    frame?.id ? seqOf(frame.id as number) : -1,
    run ? seqOf(run.id as number) + Math.ceil((run.bytes as number) / DIGEST_BYTES) - 1 : -1,
  );
}

/** @returns the chain hash behind record `seq`; null if that record is not there or stands inside a run */
export function hashBehind(database: DatabaseSync, epochId: number, seq: number): Uint8Array | null {
  const id = frameId(epochId, seq);
  const frame = database.prepare('SELECT hash FROM frame WHERE id = ?').get(id);
  if (frame) return frame.hash as Uint8Array;
  const run = database
    .prepare('SELECT id, length(digests) bytes, hash FROM dropped WHERE id <= ? ORDER BY id DESC LIMIT 1')
    .get(id);
  if (!run || (run.id as number) + (run.bytes as number) / DIGEST_BYTES - 1 !== id) return null;
  return run.hash as Uint8Array;
}
