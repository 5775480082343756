/**
 * The writer of a data directory: gives drafts their identity, chains and signs them, and commits them in groups.
 * Synchronous; it runs inside the store thread, in tests and in the bench. What `commit` returned from is durable.
 */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { SpindleError } from '../errors.ts';
import { chainNext, sameBytes, sha256 } from '../frame/chain.ts';
import { encodeMap, FrameValueError } from '../frame/codec.ts';
import { sign1 } from '../frame/cose.ts';
import { encodeFrame, frameMap, KEY } from '../frame/frame.ts';
import { type HostKey, openHostKey } from '../frame/key.ts';
import { checkpointPayload } from '../frame/walk.ts';
import { FRAME_KINDS, type FrameDraft, type FrameValue } from '../types.ts';
import { type Cursor, Cursors } from './cursors.ts';
import { makeDataDirectory, unwritableDirectory } from './directory.ts';
import { Drops, type Leaving } from './drops.ts';
import { epochIdOf, frameId, seqOf } from './frame-id.ts';
import { type Lock, lockDirectory } from './lock.ts';
import type { PointName } from './messages.ts';
import { registerPoints } from './points.ts';
import { lastSeqOf } from './records.ts';
import { markDamaged, openRecovered, type Recovered } from './recover.ts';
import { isCorrupt, isUnwritable, STORE_FILE } from './schema.ts';
import { WalSync } from './wal-sync.ts';

/** Commits fail: the disk is full, gone or broken. What waits is kept; the next commit tries it again. */
export class StoreError extends SpindleError {}

export interface StoreClock {
  /** Monotonic, microseconds. */
  monoUs(): number;
  /** Microseconds since 1970. */
  utcUs(): number;
}

export const SYSTEM_CLOCK: StoreClock = {
  monoUs: () => Number(process.hrtime.bigint() / 1000n),
  utcUs: () => Date.now() * 1000,
};

export interface StoreOptions {
  dataDir: string;
  points?: PointName[];
  /** 8 bytes; random if absent. */
  bootId?: Uint8Array;
  clock?: StoreClock;
  commit?: { maxAgeMs: number; maxBytes: number };
  checkpoint?: { maxAgeMs: number; maxFrames: number };
  /** Runs inside each commit before it is made durable: where tests put a slow or failing disk. */
  beforeCommit?: () => void;
  /** Makes what was committed durable, in place of `fdatasync`: where tests put a disk that fails there. */
  sync?: () => void;
}

interface Pending {
  seq: number;
  kind: number;
  pointId: number | null;
  monoUs: number;
  utcUs: number | null;
  bytes: Uint8Array;
  hash: Uint8Array;
}

export class Store {
  readonly dataDir: string;
  readonly key: HostKey;
  readonly epoch: Uint8Array;
  readonly epochId: number;
  /** For people: what was found at the start. */
  readonly warnings: string[];
  readonly bootId: Uint8Array;
  /** UTC of the newest checkpoint that was there when it was opened; null if there was none. */
  readonly newestBeforeUtcUs: number | null;
  commits = 0;
  slowestCommitMs = 0;
  /** Since it was opened, pending ones too. */
  appendedFrames = 0;
  appendedBytes = 0;
  pendingBytes = 0;
  /** SQLite, for readers on the same thread: outbox and export. Write nothing through it. */
  readonly database: DatabaseSync;

  readonly #lock: Lock;
  readonly clock: StoreClock;
  readonly #group: { maxAgeMs: number; maxBytes: number };
  readonly #signing: { maxAgeMs: number; maxFrames: number };
  readonly #beforeCommit: () => void;
  readonly #log: WalSync;
  readonly #sync: () => void;
  /** Set after a sync that failed: the kernel forgets what it could not write, so the log is folded back instead. */
  #isSyncLost = false;
  #unsyncedFrames = 0;
  readonly #insert: StatementSync;
  readonly #insertDescriptor: StatementSync;
  readonly #updateSender: StatementSync;
  readonly #insertMeta: StatementSync;
  readonly #points: Map<number, number>;
  readonly #descriptors = new Map<string, { digest: Uint8Array; seq: number }>();
  readonly #newDescriptors = new Set<string>();
  readonly #lastFeature = new Map<number, number>();
  /** Highest number of an alarm episode, also of earlier epochs in this file; and the one that is written down. */
  #alarmId = { highest: 0, written: 0 };
  readonly #cursors: Cursors;
  readonly #drops: Drops;
  readonly #meta = new Map<string, string>();
  readonly #endedEpochs = new Map<number, number>();
  #token: { committed: number; pending: number | null };
  #pending: Pending[] = [];
  #pendingSinceUs: number | null = null;
  #urgent = false;
  #nextSeq: number;
  #hash: Uint8Array;
  /** First frame under no checkpoint, and since when. */
  #unsignedFrom: number;
  #unsignedSinceUs: number;

  /**
   * Takes the directory's lock, recovers, and signs what a crash left unsigned.
   *
   * @throws InputError STORE_DIRECTORY, STORE_LOCK, STORE_LOCKED, STORE_SCHEMA, KEY_FILE, POINT_PATH
   */
  static open(options: StoreOptions): Store {
    makeDataDirectory(options.dataDir);
    const lock = lockDirectory(options.dataDir);
    let opened: Recovered | null = null;
    try {
      const key = openHostKey(options.dataDir);
      opened = openRecovered(options.dataDir, key, new Date((options.clock ?? SYSTEM_CLOCK).utcUs() / 1000));
      return new Store(options, lock, key, opened);
    } catch (error) {
      if (opened?.database.isOpen) opened.database.close();
      lock.release();
      throw isUnwritable(error) ? unwritableDirectory(options.dataDir, error) : error;
    }
  }

  private constructor(options: StoreOptions, lock: Lock, key: HostKey, opened: Recovered) {
    this.dataDir = options.dataDir;
    this.#lock = lock;
    this.clock = options.clock ?? SYSTEM_CLOCK;
    this.#group = options.commit ?? { maxAgeMs: 1000, maxBytes: 65_536 };
    this.#signing = options.checkpoint ?? { maxAgeMs: 60_000, maxFrames: 1024 };
    this.#beforeCommit = options.beforeCommit ?? (() => {});
    this.#log = new WalSync(join(options.dataDir, STORE_FILE));
    this.#sync = options.sync ?? (() => this.#log.sync());
    this.bootId = options.bootId ?? Uint8Array.from(randomBytes(8));
    this.key = key;
    this.database = opened.database;
    this.warnings = opened.warnings;
    this.epoch = opened.epoch.epoch;
    this.epochId = opened.epoch.id;
    this.#nextSeq = opened.nextSeq;
    this.#hash = opened.hash;
    this.#unsignedFrom = opened.signedThrough === null ? 0 : opened.signedThrough + 1;
    this.#unsignedSinceUs = this.clock.monoUs();
    const newest = this.database
      .prepare('SELECT utc_us FROM frame WHERE kind <> 1 AND kind = 6 ORDER BY id DESC')
      .get();
    this.newestBeforeUtcUs = (newest?.utc_us as number | null | undefined) ?? null;
    this.#points = registerPoints(this.database, options.points ?? []);

    const prepare = (sql: string): StatementSync => this.database.prepare(sql);
    this.#insert = prepare('INSERT INTO frame VALUES(?, ?, ?, ?, ?, ?, ?, ?)');
    this.#insertDescriptor = prepare('INSERT OR REPLACE INTO descriptor VALUES(?, ?, ?, ?)');
    this.#updateSender = prepare('UPDATE sender SET token = ? WHERE boot_id = ?');
    this.#insertMeta = prepare('INSERT OR REPLACE INTO meta VALUES(?, ?)');
    for (const row of prepare('SELECT key, digest, seq FROM descriptor WHERE epoch_id = ?').all(this.epochId))
      this.#descriptors.set(row.key as string, { digest: row.digest as Uint8Array, seq: row.seq as number });
    this.#cursors = new Cursors(this.database);
    this.#drops = new Drops(this.database);
    const alarmId = Number(prepare(`SELECT value FROM meta WHERE key = 'alarmId'`).get()?.value ?? 0);
    this.#alarmId = { highest: alarmId, written: alarmId };
    this.#token = { committed: this.#storedToken(), pending: null };

    if (opened.aside) {
      const { epoch, first, last } = opened.aside;
      const body = gapBody('store', last >= first && epoch ? [first, last] : null, epoch);
      this.#own('gap', body);
      this.commit();
    } else if (this.#unsignedFrom < this.#nextSeq) {
      this.warnings.push(
        `${this.dataDir}: frames ${this.#unsignedFrom}..${this.#nextSeq - 1} were not signed when the host stopped; their chain holds and they are signed now`,
      );
      this.checkpoint();
    }
  }

  /** @returns the last token of this run's sender that is durable; -1 if none. Forgets the runs that are over */
  #storedToken(): number {
    const sender = this.database.prepare('SELECT token, from_id FROM sender WHERE boot_id = ?').get(this.bootId);
    if (!sender) {
      this.database.prepare('DELETE FROM sender').run();
      const fromId = frameId(this.epochId, this.#nextSeq);
      this.database.prepare('INSERT INTO sender VALUES(?, -1, ?)').run(this.bootId, fromId);
      return -1;
    }
    const last = this.database
      .prepare('SELECT token FROM frame WHERE id >= ? AND token IS NOT NULL ORDER BY id DESC LIMIT 1')
      .get(sender.from_id as number);
    return Math.max(sender.token as number, (last?.token as number | undefined) ?? -1);
  }

  /** Frames of the epoch, pending ones too. */
  get nextSeq(): number {
    return this.#nextSeq;
  }
  get pendingFrames(): number {
    return this.#pending.length;
  }
  /** On the disk; what an uplink may send. */
  get committedFrames(): number {
    return this.#nextSeq - this.#pending.length - this.#unsyncedFrames;
  }
  /** Highest number of an alarm episode; 0 if none. */
  get alarmId(): number {
    return this.#alarmId.highest;
  }
  /** Last token of this run's sender that is durable; -1 if none. */
  get committedToken(): number {
    return this.#token.committed;
  }

  /**
   * Mints the descriptor that drafts name by `key`, unless this epoch has the very same one already.
   *
   * @returns its seq
   */
  describe(key: string, draft: FrameDraft): number {
    const pointId = draft.pointId === null ? null : this.#point(draft.pointId);
    const digest = sha256(encodeMap(new Map([...draft.body, ...(pointId === null ? [] : [[0, pointId] as const])])));
    const known = this.#descriptors.get(key);
    if (known && sameBytes(known.digest, digest)) return known.seq;
    const seq = this.#mint(draft, null);
    this.#descriptors.set(key, { digest, seq });
    this.#newDescriptors.add(key);
    return seq;
  }

  /**
   * Gives a draft its identity and its place in the chain; durable after the next `commit`.
   *
   * @returns its seq
   * @throws FrameValueError FRAME_VALUE when the draft breaks the contract: a defect of the caller; nothing changed
   */
  append(draft: FrameDraft): number {
    let descriptorSeq: number | null = null;
    if (draft.descriptor !== null) {
      const known = this.#descriptors.get(draft.descriptor);
      if (!known)
        throw new FrameValueError(`names the descriptor ${draft.descriptor}, which was never given`, draft.kind);
      descriptorSeq = known.seq;
    }
    return this.#mint(draft, descriptorSeq);
  }

  #mint(draft: FrameDraft, descriptorSeq: number | null): number {
    const pointId = draft.pointId === null ? null : this.#point(draft.pointId);
    const map = frameMap(
      { ...draft, pointId },
      { hostId: this.key.hostId, epoch: this.epoch, seq: this.#nextSeq, bootId: this.bootId, descriptorSeq },
    );
    if (draft.kind === 'checkpoint') map.set(KEY.sign1, sign1(checkpointPayload(this.#hash, map), this.key.privateKey));
    const isDecided = draft.kind === 'event' && draft.body.get(30) !== 'stage';
    if (isDecided && pointId !== null && !map.has(KEY.eventCause)) {
      const cause = this.#lastFeature.get(pointId);
      if (cause !== undefined) map.set(KEY.eventCause, cause);
    }
    return this.#chain(draft, pointId, map);
  }

  #chain(draft: FrameDraft, pointId: number | null, map: Map<number, FrameValue>): number {
    const bytes = encodeFrame(map, draft.kind);
    const seq = this.#nextSeq++;
    this.#hash = chainNext(this.#hash, sha256(bytes));
    this.#pendingSinceUs ??= this.clock.monoUs();
    if (seq === this.#unsignedFrom) this.#unsignedSinceUs = this.clock.monoUs();
    const { monoUs, utcUs } = draft;
    this.#pending.push({ seq, kind: FRAME_KINDS[draft.kind], pointId, monoUs, utcUs, bytes, hash: this.#hash });
    this.pendingBytes += bytes.length;
    this.appendedFrames++;
    this.appendedBytes += bytes.length;
    this.#urgent ||= draft.urgent;
    if (draft.kind === 'feature' && pointId !== null) this.#lastFeature.set(pointId, seq);
    if (draft.kind === 'event') this.#countEpisode(draft.body.get(33));
    if (draft.kind === 'checkpoint') this.#unsignedFrom = this.#nextSeq;
    return seq;
  }

  #countEpisode(alarmId: FrameValue | undefined): void {
    if (typeof alarmId === 'number') this.#alarmId.highest = Math.max(this.#alarmId.highest, alarmId);
  }

  #point(id: number): number {
    const known = this.#points.get(id);
    if (known === undefined) throw new FrameValueError(`point ${id} was not named when the store was opened`, 'draft');
    return known;
  }

  /** Remembers with the next commit that everything up to this token of the sender is in. */
  acknowledge(token: number): void {
    this.#token.pending = token;
    this.#pendingSinceUs ??= this.clock.monoUs();
  }

  /** @returns milliseconds until a commit is due, 0 now, null when nothing waits */
  commitDueMs(): number | null {
    const now = this.clock.monoUs();
    if (this.#pendingSinceUs === null) return this.#cursors.dueMs(now);
    if (this.#urgent || this.pendingBytes >= this.#group.maxBytes) return 0;
    return Math.max(0, this.#group.maxAgeMs - (now - this.#pendingSinceUs) / 1000);
  }

  /** @returns milliseconds until a checkpoint is due, 0 now, null when every frame is under one */
  checkpointDueMs(): number | null {
    const unsigned = this.#nextSeq - this.#unsignedFrom;
    if (unsigned === 0) return null;
    if (unsigned >= this.#signing.maxFrames) return 0;
    return Math.max(0, this.#signing.maxAgeMs - (this.clock.monoUs() - this.#unsignedSinceUs) / 1000);
  }

  /**
   * Makes everything that waits durable, in one transaction.
   *
   * @throws StoreError STORE_COMMIT (kept, try again) or STORE_CORRUPT (the file is broken: open anew)
   */
  commit(): void {
    const startedUs = this.clock.monoUs();
    const hadCursors = this.#cursors.areDirty;
    try {
      this.database.exec('BEGIN IMMEDIATE');
      this.#writePending();
      this.#beforeCommit();
      this.database.exec('COMMIT');
    } catch (cause) {
      this.#cursors.areDirty = hadCursors;
      this.#failCommit(cause, `${this.#pending.length} frames cannot be committed`);
    }
    this.#unsyncedFrames += this.#pending.length;
    this.#pending = [];
    this.#drops.clear();
    this.#meta.clear();
    this.pendingBytes = 0;
    this.#urgent = false;
    this.#newDescriptors.clear();
    this.#alarmId.written = this.#alarmId.highest;
    this.#makeDurable();
    this.#pendingSinceUs = null;
    if (this.#token.pending !== null) this.#token = { committed: this.#token.pending, pending: null };
    this.commits++;
    this.slowestCommitMs = Math.max(this.slowestCommitMs, (this.clock.monoUs() - startedUs) / 1000);
  }

  /**
   * Takes frames out in the next commit, and says so with a gap frame a run in that commit; their digests stay.
   *
   * @param leaving of one epoch, ascending, committed
   */
  drop(leaving: Leaving[], cause: 'budget' | 'retention'): void {
    const runs = this.#drops.take(leaving);
    const epochId = epochIdOf(leaving[0].id);
    const epoch =
      epochId === this.epochId
        ? null
        : this.database.prepare('SELECT epoch FROM epoch WHERE id = ?').get(epochId)!.epoch;
    for (const { id, count } of runs)
      this.#own('gap', gapBody(cause, [seqOf(id), seqOf(id) + count - 1], epoch as Uint8Array | null));
  }

  /** Says that a part of the store is not as it was, for people and for whoever counts: an event of type `stage`. */
  tell(from: string, to: string): void {
    const body: [number, FrameValue][] = [
      [30, 'stage'],
      [31, from],
      [32, to],
      [33, 0],
    ];
    this.#own('event', new Map(body));
  }

  /** Writes down what a person had the store do: an audit frame, in the next commit. */
  record({ by, action, object, reason }: { by: string; action: string; object: string; reason: string }): void {
    const body: [number, FrameValue][] = [
      [70, by],
      [71, 'owner'],
      [72, 'cli'],
      [73, action],
      [74, object],
      [77, reason],
      [78, 'done'],
    ];
    this.#own('audit', new Map(body));
  }

  /** What was kept under a key, also if its commit is still to come; null if nothing was. */
  remembered(key: string): string | null {
    const waiting = this.#meta.get(key);
    if (waiting !== undefined) return waiting;
    const row = this.database.prepare('SELECT value FROM meta WHERE key = ?').get(key);
    return (row?.value as string | undefined) ?? null;
  }

  /** Keeps a value with the next commit. */
  remember(key: string, value: string): void {
    this.#meta.set(key, value);
    this.#pendingSinceUs ??= this.clock.monoUs();
  }

  /** Takes the digests of a run out in the next commit; the chain goes on from the hash behind it. */
  fold(id: number): void {
    this.#drops.fold(id);
    this.#pendingSinceUs ??= this.clock.monoUs();
  }

  /** Whether frames wait to be taken out. */
  get isDropping(): boolean {
    return !this.#drops.isEmpty;
  }

  /** A frame of the store itself. */
  #own(kind: 'gap' | 'event' | 'audit', body: Map<number, FrameValue>): void {
    const { monoUs, utcUs } = { monoUs: this.clock.monoUs(), utcUs: this.clock.utcUs() };
    this.#mint({ kind, pointId: null, monoUs, utcUs, descriptor: null, urgent: true, body }, null);
  }

  #writeDrops(): void {
    if (this.#drops.isEmpty) return;
    this.#drops.write();
    // by these it is known that they may leave, and the token may have stood in one of them
    this.#cursors.write(this.clock.monoUs());
    this.#updateSender.run(this.#token.committed, this.bootId);
  }

  #writePending(): void {
    this.#writeDrops();
    const last = this.#pending.length - 1;
    for (const [n, row] of this.#pending.entries()) {
      const { seq, kind, pointId, monoUs, utcUs, bytes, hash } = row;
      const token = n === last ? this.#token.pending : null;
      this.#insert.run(frameId(this.epochId, seq), kind, pointId, monoUs, utcUs, bytes, hash, token);
    }
    if (last < 0 && this.#token.pending !== null) this.#updateSender.run(this.#token.pending, this.bootId);
    for (const key of this.#newDescriptors) {
      const { digest, seq } = this.#descriptors.get(key)!;
      this.#insertDescriptor.run(this.epochId, key, digest, seq);
    }
    const now = this.clock.monoUs();
    if (last < 0 || this.#cursors.dueMs(now) === 0) this.#cursors.write(now);
    const { highest } = this.#alarmId;
    if (highest > this.#alarmId.written) this.#insertMeta.run('alarmId', highest);
    for (const [key, value] of this.#meta) this.#insertMeta.run(key, value);
  }

  /** @throws StoreError STORE_COMMIT: committed and perhaps not on the disk; the next commit makes sure of it */
  #makeDurable(): void {
    try {
      if (this.#isSyncLost) this.#foldLog();
      else this.#sync();
      this.#isSyncLost = false;
      this.#unsyncedFrames = 0;
    } catch (cause) {
      this.#isSyncLost = true;
      this.#pendingSinceUs ??= this.clock.monoUs();
      this.#failCommit(cause, 'what was committed is not surely on the disk');
    }
  }

  /** Writes the log's pages into the file and syncs that: what a failed sync left in memory only is written again. */
  #foldLog(): void {
    const { busy } = this.database.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get() as { busy: number };
    if (busy !== 0) throw new Error('the log is being read');
  }

  #failCommit(cause: unknown, problem: string): never {
    // SQLite rolls back by itself for some errors, and then refuses a second time
    if (this.database.isTransaction) this.database.exec('ROLLBACK');
    const what = `${this.dataDir}: ${problem} (${(cause as Error).message})`;
    if (!isCorrupt(cause)) throw new StoreError('STORE_COMMIT', `${what}; they are kept and tried again`, { cause });
    markDamaged(this.dataDir, (cause as Error).message);
    throw new StoreError('STORE_CORRUPT', `${what}; the file is set aside at the next start`, { cause });
  }

  /** Signs the chain so far and commits. */
  checkpoint(): void {
    const { monoUs, utcUs } = { monoUs: this.clock.monoUs(), utcUs: this.clock.utcUs() };
    this.#mint(
      { kind: 'checkpoint', pointId: null, monoUs, utcUs, descriptor: null, urgent: true, body: new Map() },
      null,
    );
    this.commit();
  }

  /** Frames of this epoch before it are under a checkpoint. */
  get signedBefore(): number {
    return this.#unsignedFrom;
  }

  /** Frames of an epoch that are committed, dropped ones too: the seq of its next one. */
  framesOf(epochId: number): number {
    if (epochId === this.epochId) return this.committedFrames;
    let frames = this.#endedEpochs.get(epochId);
    if (frames === undefined) {
      frames = lastSeqOf(this.database, epochId) + 1;
      this.#endedEpochs.set(epochId, frames);
    }
    return frames;
  }

  /** Where an uplink goes on: at the first frame of the oldest epoch if it never ran. */
  cursor(uplink: string): Cursor {
    return this.#cursors.of(uplink);
  }

  /**
   * Everything before is at the far side. Written with a commit of the next 10 s: losing it only sends some frames again.
   *
   * @param isWeak a broker says so, not whoever keeps the frames
   */
  setCursor(uplink: string, epochId: number, nextSeq: number, isWeak = false): void {
    this.#cursors.set(uplink, { epochId, nextSeq, isWeak });
  }

  /** Signs and commits what is left. @throws StoreError when that fails; `close` it all the same */
  finish(): void {
    this.#cursors.hurry();
    if (this.#unsignedFrom < this.#nextSeq) this.checkpoint();
    else if (this.commitDueMs() !== null) this.commit();
  }

  /** Frees directory and file. What was not committed is lost: call `finish` first for a clean stop. */
  close(): void {
    if (this.database.isOpen) this.database.close();
    this.#log.close();
    this.#lock.release();
  }
}

/** @param epoch of `pair`; null: that of the gap frame itself. Whoever counts an epoch by key 44 must not read of another */
function gapBody(cause: string, pair: [number, number] | null, epoch: Uint8Array | null): Map<number, FrameValue> {
  const body = new Map<number, FrameValue>([
    [40, cause],
    [41, 0],
    [42, 0],
    [43, 0],
  ]);
  if (epoch) body.set(45, epoch);
  if (pair) body.set(epoch ? 46 : 44, pair);
  return body;
}
