/**
 * What happens to a store before it is written again: the records since the last checkpoint are walked, which after
 * a crash is the part nobody signed. A store that is damaged is set aside whole, never repaired and never written.
 */

import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { DamageError, InputError } from '../errors.ts';
import { chainStart, sameBytes } from '../frame/chain.ts';
import { publicKeyFromRaw } from '../frame/cose.ts';
import type { HostKey } from '../frame/key.ts';
import { ChainWalk } from '../frame/walk.ts';
import { FRAME_KINDS } from '../types.ts';
import { HELD, RESTORED } from './backup.ts';
import { frameId, MOST_EPOCHS, SEQS, seqOf } from './frame-id.ts';
import { HOLDS_FILE, type Hold, writeHolds } from './holds.ts';
import { hashBehind, lastSeqOf, records, type StoredRecord } from './records.ts';
import { isBroken, openForWriting, SCHEMA, STORE_FILE } from './schema.ts';

export interface EpochRow {
  id: number;
  epoch: Uint8Array;
  host_id: Uint8Array;
  public_key: Uint8Array;
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

/** Takes one record, or a folded run of them, into the walk; the hash stored with it names the first bad one exactly. */
export function walkRecord(walk: ChainWalk, row: StoredRecord): void {
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
  else if (row.folded > 0 && row.hash?.length === 32) walk.jump(row.folded, row.hash);
  else throw new DamageError('CHAIN_EMPTY', `record ${row.seq}: has neither bytes nor digest`);
  if (row.hash && !sameBytes(row.hash, walk.hash))
    throw new DamageError('CHAIN_HASH', `record ${row.seq}: its bytes do not give the chain hash stored with it`);
}

/**
 * @returns where the chain of the epoch goes on
 * @throws DamageError when the records since the last checkpoint, or that checkpoint, are not what was written
 */
export function walkTail(database: DatabaseSync, epoch: EpochRow): ChainWalk {
  const last = database
    // the condition on 1 is that of the index
    .prepare('SELECT max(id) id FROM frame WHERE kind <> 1 AND kind = 6 AND id BETWEEN ? AND ?')
    .get(frameId(epoch.id, 0), frameId(epoch.id, SEQS - 1)) as { id: number | null };
  let nextSeq = 0;
  let hash = chainStart(epoch.host_id, epoch.epoch);
  const checkpoint = last.id === null ? null : seqOf(last.id);
  if (checkpoint !== null && checkpoint > nextSeq) {
    const before = hashBehind(database, epoch.id, checkpoint - 1);
    if (!before) throw new DamageError('CHAIN_SEQ', `record ${checkpoint - 1}: is missing before a checkpoint`);
    nextSeq = checkpoint;
    hash = before;
  }
  const walk = new ChainWalk(
    { hostId: epoch.host_id, epoch: epoch.epoch, nextSeq, hash },
    publicKeyFromRaw(epoch.public_key),
  );
  for (const record of records(database, epoch.id, nextSeq, SEQS - 1)) walkRecord(walk, record);
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
  /** What stood in the file that was set aside just now; null if none was. */
  aside: Aside | null;
}

/** `epoch` null and `last` -1 where it could not be read; `first`: of what an uplink does not have. */
interface Aside {
  epoch: Uint8Array | null;
  first: number;
  last: number;
}

/** As far as a damaged file can be read. */
function contentOf(dataDir: string): Aside {
  const content: Aside = { epoch: null, first: 0, last: -1 };
  let database: DatabaseSync | null = null;
  try {
    database = new DatabaseSync(join(dataDir, STORE_FILE), { readOnly: true });
    const { id, epoch } = database.prepare('SELECT id, epoch FROM epoch ORDER BY id DESC LIMIT 1').get()!;
    if ((epoch as Uint8Array).length === 8) content.epoch = epoch as Uint8Array;
    content.last = lastSeqOf(database, id as number);
    const sent = database.prepare('SELECT min(next_seq) seq FROM cursor WHERE epoch_id = ?').get(id as number);
    content.first = (sent?.seq as number | null) ?? 0;
  } catch {
    // the gap says less
  } finally {
    database?.close();
  }
  return content;
}

/** Opens the newest epoch of this host's key; sets a damaged store aside and begins a new one. */
export function openRecovered(dataDir: string, key: HostKey, now: Date): Recovered {
  const warnings: string[] = [];
  let aside: Aside | null = null;
  let asides = 0;
  const mark = join(dataDir, MARK);
  if (existsSync(mark)) {
    asides++;
    aside = contentOf(dataDir);
    warnings.push(setAside(dataDir, readFileSync(mark, 'utf8'), now));
    rmSync(mark);
  }
  for (;;) {
    let database: DatabaseSync | null = null;
    try {
      const opened = openForWriting(dataDir);
      database = opened.database;
      if (opened.migratedFrom !== null)
        warnings.push(`${dataDir}: the store was of schema ${opened.migratedFrom} and was brought to ${SCHEMA}`);
      const restored = takeRestored(database, dataDir);
      if (restored !== null) {
        warnings.push(
          `${dataDir}: the store was restored from a backup of ${restored}; what came after is not in it, and a new epoch begins`,
        );
        aside ??= { epoch: lastEpoch(database)?.epoch ?? null, first: 0, last: -1 };
      }
      const epoch = currentEpoch(database, key, restored !== null);
      const { nextSeq, hash, signedThrough } = walkTail(database, epoch);
      return { database, epoch, nextSeq, hash, signedThrough, warnings, aside };
    } catch (error) {
      if (database?.isOpen) database.close();
      const isDamage = error instanceof DamageError || isBroken(error);
      // once: a new file that is damaged too is not the file's fault
      if (!isDamage || asides > 1) throw error;
      asides++;
      aside ??= contentOf(dataDir);
      warnings.push(setAside(dataDir, (error as Error).message, now));
    }
  }
}

function lastEpoch(database: DatabaseSync): EpochRow | null {
  const row = database.prepare('SELECT * FROM epoch ORDER BY id DESC LIMIT 1').get();
  return (row as unknown as EpochRow | undefined) ?? null;
}

/**
 * Whether the file is a backup that was put in place; its holds are, too, if there are none. The mark goes once a new epoch
 * is there, in one transaction.
 *
 * @returns when the backup was made; null for a store that went on
 */
function takeRestored(database: DatabaseSync, dataDir: string): string | null {
  const read = database.prepare('SELECT value FROM meta WHERE key = ?');
  const restored = read.get(RESTORED)?.value as string | undefined;
  if (restored === undefined) return null;
  const holds = read.get(HELD)?.value as string | undefined;
  if (holds && holds !== '[]' && !existsSync(join(dataDir, HOLDS_FILE)))
    writeHolds(dataDir, JSON.parse(holds) as Hold[]);
  return restored;
}

function currentEpoch(database: DatabaseSync, key: HostKey, isNew: boolean): EpochRow {
  const last = lastEpoch(database);
  if (last) checkEpoch(last);
  if (!isNew && last && sameBytes(last.host_id, key.hostId) && sameBytes(last.public_key, key.publicKey)) return last;
  if (last && last.id >= MOST_EPOCHS)
    throw new InputError(
      'STORE_EPOCHS',
      `epoch ${last.id} is the last that a store can have; use another data directory; nothing was changed`,
    );
  const epoch = Uint8Array.from(randomBytes(8));
  database.exec('BEGIN IMMEDIATE');
  const { lastInsertRowid } = database
    .prepare('INSERT INTO epoch(epoch, host_id, public_key) VALUES(?, ?, ?)')
    .run(epoch, key.hostId, key.publicKey);
  database.prepare('DELETE FROM meta WHERE key IN (?, ?)').run(RESTORED, HELD);
  database.exec('COMMIT');
  return { id: Number(lastInsertRowid), epoch, host_id: key.hostId, public_key: key.publicKey };
}
