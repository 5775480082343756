/**
 * Answers one question about a data directory, store, export, recording or capture: is this what was written? Says
 * which record is the first bad one and what is still trustworthy. Reads in steps, never the whole; changes nothing.
 */
import { closeSync, existsSync, readdirSync, readSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { DamageError, InputError } from '../errors.ts';
import { openRegular } from '../file-kind.ts';
import { chainStart, sameBytes } from '../frame/chain.ts';
import { publicKeyFromRaw } from '../frame/cose.ts';
import { FrameFileReader } from '../frame/file.ts';
import { ChainWalk } from '../frame/walk.ts';
import { lastSeqOf, records } from './records.ts';
import { checkEpoch, type EpochRow, walkRecord } from './recover.ts';
import { checkSchema, isBroken, openForReading, STORE_FILE } from './schema.ts';

const ROWS_A_STEP = 2000;
const SQLITE_MAGIC = 'SQLite format 3\0';

export interface Damage {
  code: string;
  /** Names the first bad record or byte. */
  text: string;
}

/** One chain: an epoch of a store, or a file. */
export interface ChainReport {
  hostId: string;
  epoch: string;
  publicKey: string;
  firstSeq: number;
  /** Last record that fits the chain; firstSeq - 1 if none. */
  lastSeq: number;
  /** Records with bytes, and records of which only the digest is there. */
  frames: number;
  digests: number;
  /** Of which not even that is there. */
  folded: number;
  checkpoints: number;
  /** Last record under a signature that holds; null if none. */
  signedThrough: number | null;
  damage: Damage | null;
}

export interface VerifyReport {
  path: string;
  what: 'store' | 'file';
  ok: boolean;
  /** `trusted`: every chain is signed by the key that was given. */
  signer: 'trusted' | 'self-signed';
  chains: ChainReport[];
  /** Damage of the whole, before any chain could be read. */
  damage: Damage | null;
  notes: string[];
}

/**
 * @param path a data directory, its spindle.db, or a file of the one format
 * @param isFull of a store, has SQLite hold every index against its table too
 * @param trustedKey raw Ed25519 public key that must have signed; without it the key inside is taken, and said so
 * @throws InputError VERIFY_PATH, STORE_READ when there is nothing that can be verified; damage is in the report
 */
export async function verifyPath(path: string, trustedKey?: Uint8Array, isFull = false): Promise<VerifyReport> {
  const report: VerifyReport = {
    path,
    what: 'file',
    ok: false,
    signer: trustedKey ? 'trusted' : 'self-signed',
    chains: [],
    damage: null,
    notes: [],
  };
  const database = databaseAt(path);
  try {
    if (database) verifyStore(database, report, isFull);
    else await verifyFile(path, report);
  } catch (error) {
    report.damage = damageOf(error);
  }
  if (trustedKey) refuseOtherKeys(report, trustedKey);
  report.ok = report.damage === null && report.chains.every((chain) => chain.damage === null);
  return report;
}

/** @returns the path of the SQLite file, or null for a file of the one format */
function databaseAt(path: string): string | null {
  if (!existsSync(path)) throw new InputError('VERIFY_PATH', `${path}: no such file or directory, nothing to verify`);
  if (statSync(path).isDirectory()) {
    const inside = join(path, STORE_FILE);
    if (existsSync(inside)) return inside;
    throw new InputError('VERIFY_PATH', `${path}: holds no ${STORE_FILE}, wanted a data directory or a file`);
  }
  const magic = Buffer.alloc(SQLITE_MAGIC.length);
  const file = openRegular(
    path,
    (why, cause) => new InputError('VERIFY_PATH', `${path}: ${why}; nothing was verified`, { cause }),
  );
  readSync(file, magic);
  closeSync(file);
  return magic.toString('latin1') === SQLITE_MAGIC ? path : null;
}

function damageOf(error: unknown): Damage {
  if (error instanceof DamageError) return { code: error.code, text: error.message };
  if (isBroken(error)) return { code: 'STORE_CORRUPT', text: `SQLite: ${(error as Error).message}` };
  throw error;
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

function chainReport(walk: ChainWalk, publicKey: Uint8Array, firstSeq: number, damage: Damage | null): ChainReport {
  return {
    hostId: hex(walk.hostId),
    epoch: hex(walk.epoch),
    publicKey: hex(publicKey),
    firstSeq,
    lastSeq: walk.nextSeq - 1,
    frames: walk.frames,
    digests: walk.digests,
    folded: walk.folded,
    checkpoints: walk.checkpoints,
    signedThrough: walk.signedThrough,
    damage,
  };
}

function verifyStore(path: string, report: VerifyReport, isFull: boolean): void {
  report.what = 'store';
  const database = openForReading(path, 5000);
  try {
    checkSchema(database, path);
    const epochs = database.prepare('SELECT * FROM epoch ORDER BY id').all() as unknown as EpochRow[];
    for (const epoch of epochs) report.chains.push(verifyEpoch(database, epoch, report.notes));
    report.damage = pageDamage(database, path, isFull);
    const aside = readdirSync(dirname(path)).filter((name) => /^spindle-damaged-.*\.db$/.test(name));
    if (aside.length > 0) report.notes.push(`set aside earlier and not looked at here: ${aside.join(', ')}`);
  } finally {
    database.close();
  }
}

/**
 * A chain shows what is read of it, not rows that SQLite skips because a page no longer lists them: those at the end
 * would be missing without a trace. Its own check of every page finds them.
 */
function pageDamage(database: DatabaseSync, path: string, isFull: boolean): Damage | null {
  const check = isFull ? 'integrity_check' : 'quick_check';
  const said = database.prepare(`PRAGMA ${check}(1)`).get()![check] as string;
  if (said === 'ok') return null;
  const finding = said.split('\n').find((line) => !line.startsWith('***')) ?? said;
  return { code: 'STORE_CORRUPT', text: `${path}: SQLite's own check says: ${finding}` };
}

function verifyEpoch(database: DatabaseSync, epoch: EpochRow, notes: string[]): ChainReport {
  checkEpoch(epoch);
  const key = publicKeyFromRaw(epoch.public_key);
  const start = chainStart(epoch.host_id, epoch.epoch);
  const walk = new ChainWalk({ hostId: epoch.host_id, epoch: epoch.epoch, nextSeq: 0, hash: start }, key);
  let damage: Damage | null = null;
  const seen = { lastSeq: -1 };
  try {
    while (walkStep(database, epoch.id, walk, seen));
  } catch (error) {
    damage = damageOf(error);
  }
  const unsignedFrom = (walk.signedThrough ?? -1) + 1;
  if (walk.folded > 0)
    notes.push(
      `of ${walk.folded} records that left long ago only the chain goes on; the checkpoints behind them prove it`,
    );
  if (!damage && unsignedFrom < walk.nextSeq)
    notes.push(
      `records ${unsignedFrom}..${walk.nextSeq - 1} are not signed yet: the host runs, or stopped without a clean end; their chain holds`,
    );
  return { ...chainReport(walk, epoch.public_key, 0, damage), ...seen };
}

/**
 * One short look, so that the writer's log can be folded back meanwhile.
 *
 * @returns whether there was anything
 */
function walkStep(database: DatabaseSync, epochId: number, walk: ChainWalk, seen: { lastSeq: number }): boolean {
  const from = walk.nextSeq;
  database.exec('BEGIN');
  try {
    for (const record of records(database, epochId, from, from + ROWS_A_STEP - 1)) {
      walkRecord(walk, record);
      seen.lastSeq = walk.nextSeq - 1;
    }
    if (walk.nextSeq === from && lastSeqOf(database, epochId) >= from)
      throw new DamageError('CHAIN_SEQ', `record ${from}: is missing and ${ROWS_A_STEP} behind it are too`);
    return walk.nextSeq > from;
  } finally {
    database.exec('ROLLBACK');
  }
}

async function verifyFile(path: string, report: VerifyReport): Promise<void> {
  const reader = await FrameFileReader.open(path);
  const { header, walk } = reader;
  let damage: Damage | null = null;
  try {
    for await (const _ of reader.records());
  } catch (error) {
    damage = damageOf(error);
  }
  if (header.filter) report.notes.push(`holds a part: ${header.filter}; the rest are digests`);
  report.chains.push(chainReport(walk, header.publicKey, header.firstSeq, damage));
}

function refuseOtherKeys(report: VerifyReport, trustedKey: Uint8Array): void {
  for (const chain of report.chains) {
    if (sameBytes(Buffer.from(chain.publicKey, 'hex'), trustedKey)) continue;
    const text = `signed by ${chain.publicKey}, wanted ${hex(trustedKey)}`;
    chain.damage ??= { code: 'VERIFY_KEY', text };
    chain.signedThrough = null;
  }
}

/** What a person reads: a line a finding, the verdict last. */
export function verifyText(report: VerifyReport): string {
  const lines: string[] = [];
  for (const chain of report.chains) {
    const { hostId, epoch, firstSeq, lastSeq, frames, digests, checkpoints, signedThrough, damage } = chain;
    const records = lastSeq < firstSeq ? 'no records' : `records ${firstSeq}..${lastSeq}`;
    lines.push(
      `host ${hostId} epoch ${epoch}: ${records}: ${frames} frames, ${digests} digests of frames not here, ${checkpoints} checkpoints`,
    );
    if (!damage) continue;
    lines.push(`  DAMAGED: ${damage.text} [${damage.code}]`);
    lines.push(
      signedThrough === null
        ? '  nothing of it is proven'
        : `  records ${firstSeq}..${signedThrough} are signed and as they were written; nothing behind them is proven`,
    );
  }
  if (report.damage) {
    const proven = report.chains.length > 0 ? 'records may be missing behind those above' : 'nothing of it is proven';
    lines.push(`DAMAGED: ${report.damage.text} [${report.damage.code}]; ${proven}`);
  }
  lines.push(...report.notes.map((note) => `note: ${note}`));
  const signer = report.signer === 'trusted' ? 'signed by the key given' : 'self-signed, not trusted';
  lines.push(report.ok ? `${report.path}: complete and unchanged (${signer})` : `${report.path}: NOT what was written`);
  return `${lines.join('\n')}\n`;
}
