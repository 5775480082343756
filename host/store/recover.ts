/**
 * What happens to a store before it is written again: the records since the last checkpoint are walked, which after
 * a crash is the part nobody signed. A store that is damaged is set aside whole, never repaired and never written.
 */

import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { DamageError } from '../errors.ts';
import { chainStart, sameBytes } from '../frame/chain.ts';
import { publicKeyFromRaw } from '../frame/cose.ts';
import type { HostKey } from '../frame/key.ts';
import { ChainWalk } from '../frame/walk.ts';
import { FRAME_KINDS } from '../types.ts';
import { isBroken, openForWriting, STORE_FILE } from './schema.ts';

export interface EpochRow {
  id: number;
  epoch: Uint8Array;
  host_id: Uint8Array;
  public_key: Uint8Array;
}

export interface FrameRow {
  seq: number;
  kind: number;
  bytes: Uint8Array | null;
  digest: Uint8Array | null;
  hash: Uint8Array;
}

/** @throws DamageError STORE_FORM unless the row can name a chain */
export function checkEpoch(row: EpochRow): void {
  const lengths = [row.epoch, row.host_id, row.public_key].map((bytes) =>
    bytes instanceof Uint8Array ? bytes.length : -1,
  );
  if (lengths.join() !== '8,8,32')
    throw new DamageError(
      'STORE_FORM',
      `epoch ${row.id}: its row has fields of ${lengths.join()} bytes, wanted 8,8,32`,
    );
}

/** Takes one row of the frame table into the walk; the row's own hash names the first bad record exactly. */
export function walkRow(walk: ChainWalk, row: FrameRow): void {
  if (row.seq !== walk.nextSeq)
    throw new DamageError('CHAIN_SEQ', `record ${walk.nextSeq}: is missing, the next one is ${row.seq}`);
  if (row.bytes instanceof Uint8Array) {
    const frame = walk.frame(row.bytes);
    if (frame.kind !== null && FRAME_KINDS[frame.kind] !== row.kind)
      throw new DamageError(
        'CHAIN_KIND',
        `record ${row.seq}: its row says kind ${row.kind}, its bytes say ${frame.kind}`,
      );
  } else if (row.bytes === null && row.digest?.length === 32) walk.digest(row.digest);
  else throw new DamageError('CHAIN_EMPTY', `record ${row.seq}: has neither bytes nor digest`);
  if (!sameBytes(row.hash, walk.hash))
    throw new DamageError('CHAIN_HASH', `record ${row.seq}: its bytes do not give the chain hash stored with it`);
}

/**
 * @returns where the chain of the epoch goes on
 * @throws DamageError when the records since the last checkpoint, or that checkpoint, are not what was written
 */
export function walkTail(database: DatabaseSync, epoch: EpochRow): ChainWalk {
  const last = database
    .prepare('SELECT max(seq) seq FROM frame WHERE epoch_id = ? AND kind = 6 AND kind <> 1')
    .get(epoch.id) as { seq: number | null };
  let nextSeq = 0;
  let hash = chainStart(epoch.host_id, epoch.epoch);
  if (last.seq !== null && last.seq > 0) {
    const before = database
      .prepare('SELECT hash FROM frame WHERE epoch_id = ? AND seq = ?')
      .get(epoch.id, last.seq - 1) as { hash: Uint8Array } | undefined;
    if (!before) throw new DamageError('CHAIN_SEQ', `record ${last.seq - 1}: is missing before a checkpoint`);
    nextSeq = last.seq;
    hash = before.hash;
  }
  const walk = new ChainWalk(
    { hostId: epoch.host_id, epoch: epoch.epoch, nextSeq, hash },
    publicKeyFromRaw(epoch.public_key),
  );
  const rows = database
    .prepare('SELECT seq, kind, bytes, digest, hash FROM frame WHERE epoch_id = ? AND seq >= ? ORDER BY seq')
    .iterate(epoch.id, nextSeq);
  for (const row of rows) walkRow(walk, row as unknown as FrameRow);
  return walk;
}

const MARK = 'spindle.damaged';

/** Leaves word for the next start that SQLite found its own file broken while writing. */
export function markDamaged(dataDir: string, what: string): void {
  writeFileSync(join(dataDir, MARK), what);
}

/**
 * Renames the store and its log so that nothing writes them again.
 *
 * @returns what a person must know
 */
function setAside(dataDir: string, why: string, now: Date): string {
  const stamp = now.toISOString().replace(/[-:]|\.\d+/g, '');
  let name = `spindle-damaged-${stamp}.db`;
  for (let n = 2; existsSync(join(dataDir, name)); n++) name = `spindle-damaged-${stamp}-${n}.db`;
  // the file first: without it SQLite drops an orphaned log, but a file without its log would look whole and older
  for (const suffix of ['', '-wal', '-shm']) {
    const from = join(dataDir, STORE_FILE + suffix);
    if (existsSync(from)) renameSync(from, join(dataDir, name + suffix));
  }
  return `${join(dataDir, STORE_FILE)}: is damaged (${why}); it was set aside as ${name} with everything in it, also what no uplink has yet, and a new epoch begins`;
}

export interface Recovered {
  database: DatabaseSync;
  epoch: EpochRow;
  nextSeq: number;
  hash: Uint8Array;
  signedThrough: number | null;
  warnings: string[];
}

/** Opens the newest epoch of this host's key; sets a damaged store aside and begins a new one. */
export function openRecovered(dataDir: string, key: HostKey, now: Date): Recovered {
  const warnings: string[] = [];
  const mark = join(dataDir, MARK);
  if (existsSync(mark)) {
    warnings.push(setAside(dataDir, readFileSync(mark, 'utf8'), now));
    rmSync(mark);
  }
  for (;;) {
    let database: DatabaseSync | null = null;
    try {
      database = openForWriting(dataDir);
      const epoch = currentEpoch(database, key);
      const { nextSeq, hash, signedThrough } = walkTail(database, epoch);
      return { database, epoch, nextSeq, hash, signedThrough, warnings };
    } catch (error) {
      if (database?.isOpen) database.close();
      const isDamage = error instanceof DamageError || isBroken(error);
      // once: a new file that is damaged too is not the file's fault
      if (!isDamage || warnings.length > 1) throw error;
      warnings.push(setAside(dataDir, (error as Error).message, now));
    }
  }
}

function currentEpoch(database: DatabaseSync, key: HostKey): EpochRow {
  const last = database.prepare('SELECT * FROM epoch ORDER BY id DESC LIMIT 1').get() as unknown as
    | EpochRow
    | undefined;
  if (last) checkEpoch(last);
  if (last && sameBytes(last.host_id, key.hostId) && sameBytes(last.public_key, key.publicKey)) return last;
  const epoch = Uint8Array.from(randomBytes(8));
  const { lastInsertRowid } = database
    .prepare('INSERT INTO epoch(epoch, host_id, public_key) VALUES(?, ?, ?)')
    .run(epoch, key.hostId, key.publicKey);
  return { id: Number(lastInsertRowid), epoch, host_id: key.hostId, public_key: key.publicKey };
}
