/**
 * Writes an epoch of a store as one file that anybody can check. What a filter leaves out stands there as its digest;
 * checkpoints and descriptors are always in. Reads beside a running host and signs with the directory's key.
 */
import { join } from 'node:path';
import { DamageError, InputError } from '../errors.ts';
import { sameBytes, sha256 } from '../frame/chain.ts';
import { FrameFileWriter } from '../frame/file.ts';
import { KEY_FILE, readHostKey } from '../frame/key.ts';
import { FRAME_KINDS } from '../types.ts';
import { type StoredEpoch, StoreReader } from './reader.ts';
import { records, type StoredRecord } from './records.ts';
import { isBroken, openForReading, STORE_FILE } from './schema.ts';

const ROWS_A_STEP = 2000;

export interface ExportOptions {
  dataDir: string;
  /** Overwritten. */
  out: string;
  /** UTC microseconds, both included; frames without UTC are outside any limit. */
  fromUtcUs?: number;
  toUtcUs?: number;
  /** Name or path of a point. */
  point?: string;
  /** Number of the epoch in the store; the newest if absent. */
  epochId?: number;
  /** Called now and then with the records written and their number in all. */
  onProgress?: (done: number, total: number) => void;
}

export interface ExportResult {
  frames: number;
  /** Frames left out or dropped earlier. */
  digests: number;
  bytes: number;
  /** Other epochs of the store, each a file of its own. */
  otherEpochs: number[];
}

/** @throws InputError STORE_MISSING, STORE_READ, EXPORT_EMPTY, EXPORT_POINT, EXPORT_KEY; DamageError CHAIN_HASH, STORE_CORRUPT */
export function exportFrames(options: ExportOptions): ExportResult {
  try {
    return exportEpoch(options);
  } catch (cause) {
    if (cause instanceof DamageError && cause.code === 'CHAIN_EMPTY')
      throw new DamageError(
        cause.code,
        `${options.dataDir}: ${cause.message}; ${options.out} is not signed; run verify`,
        {
          cause,
        },
      );
    if (!isBroken(cause)) throw cause;
    throw new DamageError(
      'STORE_CORRUPT',
      `${options.dataDir}: is no sound store (SQLite: ${(cause as Error).message}); ${options.out} is not signed; run verify`,
      { cause },
    );
  }
}

function exportEpoch(options: ExportOptions): ExportResult {
  const { dataDir, out } = options;
  const reader = new StoreReader(dataDir);
  let epochs: StoredEpoch[];
  let pointId: number | null;
  try {
    epochs = reader.epochs();
    pointId = options.point === undefined ? null : pointNumber(reader, options.point, dataDir);
  } finally {
    reader.close();
  }
  const epoch = options.epochId === undefined ? epochs.at(-1) : epochs.find(({ id }) => id === options.epochId);
  if (!epoch || epoch.frames === epoch.firstSeq)
    throw new InputError('EXPORT_EMPTY', `${dataDir}: has no frames to export; ${out} was not written`);
  const key = readHostKey(join(dataDir, KEY_FILE));
  if (!key || !sameBytes(key.publicKey, epoch.publicKey))
    throw new InputError(
      'EXPORT_KEY',
      `${dataDir}: the key that signed epoch ${epoch.id} is not in ${KEY_FILE}; an export of it cannot be signed; ${out} was not written`,
    );
  const header = {
    hostId: epoch.hostId,
    epoch: epoch.epoch,
    firstSeq: epoch.firstSeq,
    lastSeq: epoch.frames - 1,
    hashBefore: epoch.hashBefore,
    filter: filterText(options),
    publicKey: key.publicKey,
  };
  const file = new FrameFileWriter(out, header, key);
  try {
    const { frames, digests } = copyRows(file, epoch, pointId, options);
    file.end();
    const otherEpochs = epochs
      .filter((other) => other !== epoch && other.frames > other.firstSeq)
      .map((other) => other.id);
    return { frames, digests, bytes: file.bytesWritten, otherEpochs };
  } finally {
    file.close();
  }
}

function copyRows(
  file: FrameFileWriter,
  epoch: StoredEpoch,
  pointId: number | null,
  options: ExportOptions,
): { frames: number; digests: number } {
  const { fromUtcUs = Number.NEGATIVE_INFINITY, toUtcUs = Number.POSITIVE_INFINITY } = options;
  const isTimed = options.fromUtcUs !== undefined || options.toUtcUs !== undefined;
  const isWanted = ({ kind, pointId: of, utcUs }: StoredRecord): boolean => {
    if (kind === FRAME_KINDS.checkpoint || kind === FRAME_KINDS.descriptor) return true;
    if (pointId !== null && of !== pointId) return false;
    if (!isTimed) return true;
    return utcUs !== null && utcUs >= fromUtcUs && utcUs <= toUtcUs;
  };
  const database = openForReading(join(options.dataDir, STORE_FILE), 5000);
  let frames = 0;
  try {
    while (file.nextSeq < epoch.frames) {
      // a host that runs beside adds frames; the export ends where the epoch did when it began
      const last = Math.min(file.nextSeq + ROWS_A_STEP, epoch.frames) - 1;
      database.exec('BEGIN');
      for (const record of records(database, epoch.id, file.nextSeq, last)) {
        const { seq, bytes, digest, hash } = record;
        if (seq !== file.nextSeq) throw damaged(options, file.nextSeq);
        if (bytes !== null && !(bytes instanceof Uint8Array)) throw damaged(options, seq);
        if (bytes && isWanted(record)) {
          file.frame(bytes);
          frames++;
        } else file.digest(bytes ? sha256(bytes) : digest!);
        // nothing that was changed gets a signature
        if (hash && !sameBytes(file.hash, hash)) throw damaged(options, seq);
      }
      database.exec('ROLLBACK');
      if (file.nextSeq !== last + 1) throw damaged(options, file.nextSeq);
      options.onProgress?.(file.nextSeq, epoch.frames);
    }
  } finally {
    database.close();
  }
  return { frames, digests: epoch.frames - epoch.firstSeq - frames };
}

function damaged({ dataDir, out }: ExportOptions, seq: number): DamageError {
  return new DamageError(
    'CHAIN_HASH',
    `${dataDir}: record ${seq} is missing or does not give the chain hash stored with it; ${out} is not signed; run verify`,
  );
}

function pointNumber(reader: StoreReader, wanted: string, dataDir: string): number {
  const points = reader.points();
  const found = points.find(({ path }) => path === wanted) ?? points.find(({ name }) => name === wanted);
  if (found) return found.id;
  const names = points.map(({ name }) => name).join(', ') || 'none';
  throw new InputError(
    'EXPORT_POINT',
    `${dataDir}: has no point "${wanted}", wanted one of: ${names}; nothing was written`,
  );
}

function filterText({ fromUtcUs, toUtcUs, point }: ExportOptions): string {
  const iso = (us: number): string => new Date(us / 1000).toISOString();
  const parts: string[] = [];
  if (fromUtcUs !== undefined) parts.push(`from ${iso(fromUtcUs)}`);
  if (toUtcUs !== undefined) parts.push(`to ${iso(toUtcUs)}`);
  if (point !== undefined) parts.push(`point ${point}`);
  return parts.join(', ');
}
