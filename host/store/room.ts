/**
 * Makes room: by age what retention names, by the disk budget what is at the far side already, oldest first, and only
 * then, in the configured order, what is not. Works in bounded steps between commits. What leaves, leaves its digest; a gap
 * frame says which, and the first of what is lost to the far side is an event and a message.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { SpindleError } from '../errors.ts';
import { sha256 } from '../frame/chain.ts';
import { FRAME_KINDS, type FrameKind } from '../types.ts';
import type { Leaving } from './drops.ts';
import { epochIdOf, frameId, SEQS } from './frame-id.ts';
import { type Hold, Holds, isHeld } from './holds.ts';
import { DIGEST_BYTES } from './records.ts';
import { RetentionClock } from './retention-clock.ts';
import type { DropKind, RoomSettings } from './room-settings.ts';
import type { Store } from './store.ts';
import { roomBytes, usedBytes } from './used.ts';

/**
 * What may leave once it is at the far side. Events, commands and descriptors are few and stay: they are the history of the
 * machine and the meaning of the rest.
 */
const SENT_KINDS: number[] = (['feature', 'waveform', 'gap', 'timeMap', 'checkpoint', 'mark'] as FrameKind[]).map(
  (kind) => FRAME_KINDS[kind],
);
/** Rows looked at and frames dropped in one step: some milliseconds, below what a group waits anyway. */
const LOOKED = 4000;
const DROPPED = 512;
/** Runs of one step: each is a gap frame. */
const RUNS = 64;
/** Below the budget dropping goes on to this share, so that it comes in bursts and not with every frame. */
const ENOUGH = 0.99;
/** Digests beyond this share of the budget are folded: 32 bytes a frame that left would fill it within some years. */
const DIGEST_SHARE = 1 / 8;
const FOLDED = 64;
const RETENTION_US = 3_600_000_000;
const EPISODE_US = 3_600_000_000;

interface Row {
  id: number;
  kind: number;
  point_id: number | null;
  utc_us: number | null;
  bytes: Uint8Array;
  hash: Uint8Array;
}

export type Trouble = 'STORE_DROPS' | 'STORE_BUDGET' | 'STORE_CLOCK' | 'HOLD_FILE';

export interface RoomEvents {
  /** For people, once an episode: what is lost, or that room is not to be had. */
  onShort?: (code: Trouble, text: string) => void;
  onEnough?: (code: Trouble) => void;
}

export class Room {
  readonly budgetBytes: number;
  /** Frames dropped since the start: at the far side already, and not. */
  droppedSent = 0;
  droppedUnsent = 0;
  readonly #store: Store;
  readonly #database: DatabaseSync;
  readonly #settings: RoomSettings;
  readonly #events: RoomEvents;
  readonly #holds: Holds;
  readonly #clock: RetentionClock;
  readonly #range: StatementSync;
  readonly #rare: StatementSync;
  readonly #lastCheckpoint: StatementSync;
  readonly #folded: StatementSync;
  /** Where the search for each kind of leaving goes on: what it passed stays. */
  #from = new Map<string, number>();
  #holdChanges = 0;
  #isMaking = false;
  #isDropping: string | null = null;
  #lostUs = 0;
  #shortOf = new Set<string>();
  #retainedUs = Number.NEGATIVE_INFINITY;
  #digestBytes: number;

  constructor(store: Store, settings: RoomSettings, events: RoomEvents = {}) {
    this.#store = store;
    this.#database = store.database;
    this.#settings = settings;
    this.#events = events;
    this.#holds = new Holds(store.dataDir);
    this.#clock = new RetentionClock(store);
    this.budgetBytes = settings.budgetBytes ?? Math.floor(roomBytes(store.dataDir) * 0.9);
    const columns = 'id, kind, point_id, utc_us, bytes, hash FROM frame';
    this.#range = this.#database.prepare(`SELECT ${columns} WHERE id >= ? AND id < ? ORDER BY id LIMIT ${LOOKED}`);
    this.#rare = this.#database.prepare(
      // the condition on 1 is that of the index
      `SELECT ${columns} WHERE kind <> 1 AND kind = ? AND id >= ? AND id < ? ORDER BY id LIMIT ${LOOKED}`,
    );
    this.#lastCheckpoint = this.#database.prepare(
      'SELECT max(id) id FROM frame WHERE kind <> 1 AND kind = 6 AND id BETWEEN ? AND ?',
    );
    this.#folded = this.#database.prepare('SELECT 1 FROM dropped WHERE id = ? AND digests IS NULL');
    const { bytes } = this.#database.prepare('SELECT sum(length(digests)) bytes FROM dropped').get()!;
    this.#digestBytes = (bytes as number | null) ?? 0;
  }

  get usedBytes(): number {
    return usedBytes(this.#database, this.#store.dataDir);
  }

  /** First frame that an uplink still wants. */
  get #sentBefore(): number {
    const ids = this.#settings.uplinks.map((name) => {
      const { epochId, nextSeq } = this.#store.cursor(name);
      return frameId(epochId, nextSeq);
    });
    return Math.min(this.#signedBefore, ...ids);
  }

  /** What no checkpoint covers stays: it is the tail that a start looks at. */
  get #signedBefore(): number {
    return frameId(this.#store.epochId, Math.min(this.#store.signedBefore, this.#store.committedFrames));
  }

  /**
   * @returns whether there is more to do at once
   * @throws StoreError as `commit` does
   */
  step(): boolean {
    if (this.#store.isDropping) return false; // what a failed commit holds goes first
    let holds: Hold[];
    try {
      holds = this.#holds.read();
      this.#enough('HOLD_FILE');
    } catch (error) {
      if (!(error instanceof SpindleError)) throw error;
      this.#short('HOLD_FILE', error.message);
      return false;
    }
    if (this.#holds.changes !== this.#holdChanges) {
      this.#holdChanges = this.#holds.changes;
      this.#record(holds);
      this.#from = new Map();
    }
    return this.#retain(holds, this.#doubtsClock()) || this.#makeRoom(holds);
  }

  #doubtsClock(): boolean {
    const why = this.#clock.doubt();
    if (why === null) this.#enough('STORE_CLOCK');
    else
      this.#short(
        'STORE_CLOCK',
        `the clock of this machine ${why}; for a day nothing leaves the store by its age; recording goes on, new frames carry that time`,
      );
    return why !== null;
  }

  /** A hold that was put on or taken off is a command of a person, written down as any other. */
  #record(holds: Hold[]): void {
    const recorded = new Set(JSON.parse(this.#store.remembered('holdsRecorded') ?? '[]') as string[]);
    const before = recorded.size;
    for (const hold of holds) {
      const { name, point, by, reason, sinceUtcUs, released } = hold;
      const on = `${name} on ${sinceUtcUs}`;
      const off = `${name} off ${released?.utcUs}`;
      const object = `${name}: ${point ?? 'all points'}, ${text(hold.fromUtcUs)} to ${text(hold.toUtcUs)}`;
      if (!recorded.has(on)) this.#store.record({ by, action: 'hold', object, reason });
      if (released && !recorded.has(off))
        this.#store.record({ by: released.by, action: 'release', object, reason: released.reason });
      recorded.add(on);
      if (released) recorded.add(off);
    }
    if (recorded.size > before) this.#store.remember('holdsRecorded', JSON.stringify([...recorded]));
  }

  #makeRoom(holds: Hold[]): boolean {
    const used = this.usedBytes;
    if (used <= this.budgetBytes * (this.#isMaking ? ENOUGH : 1)) {
      this.#isMaking = false;
      this.#endEpisode();
      return false;
    }
    this.#isMaking = true;
    if (this.#digestBytes > this.budgetBytes * DIGEST_SHARE && this.#fold()) return true;
    const sentBefore = this.#sentBefore;
    const sent = this.#find('sent', SENT_KINDS, 0, sentBefore, holds);
    if (sent === null) return true;
    if (sent.length > 0) {
      this.#drop(sent, 'budget');
      this.droppedSent += sent.length;
      return true;
    }
    for (const kind of this.#settings.dropOrder) {
      const unsent = this.#find(`unsent ${kind}`, [FRAME_KINDS[kind]], sentBefore, this.#signedBefore, holds);
      if (unsent === null) return true;
      if (unsent.length === 0) continue;
      this.#beginEpisode(kind, used);
      this.#drop(unsent, 'budget');
      this.droppedUnsent += unsent.length;
      return true;
    }
    this.#short(
      'STORE_BUDGET',
      `${this.#store.dataDir}: uses ${mebibytes(used)} MiB, wanted at most ${mebibytes(this.budgetBytes)}; nothing else may leave (events, commands, what is held, kinds that dropOrder does not name, what was not signed yet); recording goes on until the disk is full`,
    );
    return false;
  }

  #beginEpisode(kind: DropKind, used: number): void {
    this.#lostUs = this.#clock.monoUs;
    if (this.#isDropping === kind) return;
    this.#store.tell(
      this.#isDropping ? `store drops unsent ${this.#isDropping}` : 'store keeps all',
      `store drops unsent ${kind}`,
    );
    this.#isDropping = kind;
    this.#short(
      'STORE_DROPS',
      `${this.#store.dataDir}: uses ${mebibytes(used)} MiB, wanted at most ${mebibytes(this.budgetBytes)}; frames of kind ${kind} are dropped that no uplink has, oldest first; gaps (budget) say which`,
    );
  }

  /** After an hour without a loss the next one is told again. */
  #endEpisode(): void {
    this.#enough('STORE_BUDGET');
    if (this.#isDropping === null || this.#clock.monoUs - this.#lostUs < EPISODE_US) return;
    this.#store.tell(`store drops unsent ${this.#isDropping}`, 'store keeps all');
    this.#isDropping = null;
    this.#enough('STORE_DROPS');
  }

  #short(code: Trouble, text: string): void {
    if (this.#shortOf.has(code)) return;
    this.#shortOf.add(code);
    this.#events.onShort?.(code, text);
  }

  #enough(code: Trouble): void {
    if (this.#shortOf.delete(code)) this.#events.onEnough?.(code);
  }

  /** Once an hour, and until nothing is too old. */
  #retain(holds: Hold[], isClockDoubted: boolean): boolean {
    const { retentionDays } = this.#settings;
    const kinds = Object.entries(retentionDays) as [DropKind, number][];
    if (kinds.length === 0 || this.#clock.monoUs - this.#retainedUs < RETENTION_US) return false;
    if (isClockDoubted) return false;
    const nowUs = this.#clock.utcUs();
    const longest = Math.max(...kinds.map(([, days]) => days));
    // gaps, checkpoints and the like go with what lasts longest
    const others = SENT_KINDS.filter((kind) => kind !== FRAME_KINDS.feature && kind !== FRAME_KINDS.waveform);
    const rules = kinds.map(([kind, days]) => ({ name: kind as string, kinds: [FRAME_KINDS[kind] as number], days }));
    if (retentionDays.feature && retentionDays.waveform) rules.push({ name: 'others', kinds: others, days: longest });
    for (const { name, kinds: numbers, days } of rules) {
      const before = Math.min(this.#sentBefore, this.#lastOf(nowUs - days * 86_400_000_000));
      const old = this.#find(`old ${name}`, numbers, 0, before, holds);
      if (old === null) return true;
      if (old.length === 0) continue;
      this.#drop(old, 'retention');
      this.droppedSent += old.length;
      return true;
    }
    this.#retainedUs = this.#clock.monoUs;
    return false;
  }

  /** @returns the last checkpoint of that time: what stands before it is older. The host's own clock, not that of sources */
  #lastOf(utcUs: number): number {
    const younger = this.#database
      .prepare('SELECT id FROM frame WHERE kind <> 1 AND kind = 6 AND utc_us >= ? ORDER BY id LIMIT 1')
      .get(Math.max(0, Math.floor(utcUs)));
    const last = this.#database
      .prepare('SELECT max(id) id FROM frame WHERE kind <> 1 AND kind = 6 AND id < ?')
      .get((younger?.id as number | undefined) ?? this.#signedBefore);
    return (last?.id as number | null | undefined) ?? 0;
  }

  /** The first of these kinds that may leave, of one epoch, at most a step of them; null: it is to look on. */
  #find(search: string, kinds: number[], first: number, before: number, holds: Hold[]): Leaving[] | null {
    const points = this.#points();
    let from = Math.max(first, this.#from.get(search) ?? 0);
    const isRare = kinds.length === 1 && kinds[0] !== FRAME_KINDS.feature;
    const rows = (isRare ? this.#rare.iterate(kinds[0], from, before) : this.#range.iterate(from, before)) as unknown;
    const leaving: Leaving[] = [];
    const stays = this.#checkpointsFrom(from);
    let looked = 0;
    let runs = 0;
    for (const { id, kind, point_id: pointId, utc_us: utcUs, bytes, hash } of rows as Iterable<Row>) {
      looked++;
      if (leaving.length > 0 && epochIdOf(id) !== epochIdOf(leaving[0].id)) break;
      const isKept = !kinds.includes(kind) || isHeld(holds, { pointId, utcUs }, points);
      if (stays(id, kind, isKept)) {
        if (leaving.length === 0) from = id + 1;
        continue;
      }
      if (leaving.at(-1)?.id !== id - 1 && ++runs > RUNS) break;
      leaving.push({ id, digest: sha256(bytes), hash });
      if (leaving.length === DROPPED) break;
    }
    this.#from.set(search, from);
    return leaving.length === 0 && looked === LOOKED ? null : leaving;
  }

  /**
   * @returns whether a row stays, asked in order: what is kept, the last checkpoint of an epoch, and the first behind a row
   * that is kept, for it proves that row once the digests between are folded, as does the one before a folded run
   */
  #checkpointsFrom(from: number): (id: number, kind: number, isKept: boolean) => boolean {
    const before = this.#database.prepare('SELECT id, kind FROM frame WHERE id < ? ORDER BY id DESC LIMIT 1').get(from);
    let unproven = before && before.kind !== FRAME_KINDS.checkpoint ? epochIdOf(before.id as number) : null;
    let last: { epochId: number; id: number | null } | null = null;
    return (id, kind, isKept) => {
      const epochId = epochIdOf(id);
      if (kind !== FRAME_KINDS.checkpoint) {
        if (isKept) unproven = epochId;
        return isKept;
      }
      if (last?.epochId !== epochId)
        last = { epochId, id: this.#lastCheckpoint.get(frameId(epochId, 0), frameId(epochId, SEQS - 1))?.id as number };
      const stays = isKept || unproven === epochId || last.id === id || this.#folded.get(id + 1) !== undefined;
      if (stays) unproven = null;
      return stays;
    };
  }

  #points(): Map<number, { name: string; path: string }> {
    const rows = this.#database.prepare('SELECT id, name, path FROM point').all();
    return new Map(rows.map(({ id, name, path }) => [id as number, { name: name as string, path: path as string }]));
  }

  #drop(leaving: Leaving[], cause: 'budget' | 'retention'): void {
    this.#digestBytes += leaving.length * DIGEST_BYTES;
    this.#store.drop(leaving, cause);
    this.#store.commit();
  }

  /** Oldest first, runs that stand right behind a checkpoint, a folded run or the start of their epoch. */
  #fold(): boolean {
    const rows = this.#database
      .prepare(
        `SELECT id, length(digests) bytes FROM dropped d WHERE digests IS NOT NULL AND (id & ${SEQS - 1} = 0
           OR EXISTS(SELECT 1 FROM frame WHERE id = d.id - 1 AND kind = 6)
           OR (SELECT digests IS NULL AND id + count = d.id FROM dropped WHERE id < d.id ORDER BY id DESC LIMIT 1))
         ORDER BY id LIMIT ${FOLDED}`,
      )
      .all();
    for (const { id, bytes } of rows) {
      this.#store.fold(id as number);
      this.#digestBytes -= bytes as number;
    }
    if (rows.length > 0) this.#store.commit();
    return rows.length > 0;
  }
}

const mebibytes = (bytes: number): string => (bytes / 2 ** 20).toFixed(1);

const text = (utcUs: number | null): string => (utcUs === null ? 'any time' : new Date(utcUs / 1000).toISOString());
