/** A collector's SQLite file: WAL and FULL, so that a commit that returned survives a power cut. */
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { InputError } from '../errors.ts';
import type { SeqRange } from '../forward/receipt.ts';
import { Spans } from '../forward/spans.ts';
import { sameBytes, sha256 } from '../frame/chain.ts';
import type { CollectedFrame } from './frames.ts';
import {
  ASIDE_BYTES,
  type Aside,
  type Committed,
  type Coverage,
  conflictOf,
  type Group,
  groupsOf,
  keyOf,
  MOST_ASIDE,
  rangesBehind,
  type Sink,
  type SourceName,
} from './sink.ts';

const SCHEMA = 1;
const TABLES = `
CREATE TABLE meta(key TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE source(id INTEGER PRIMARY KEY, host_id BLOB NOT NULL, epoch BLOB NOT NULL, UNIQUE(host_id, epoch));
CREATE TABLE frame(
  source_id INTEGER NOT NULL, seq INTEGER NOT NULL, kind INTEGER NOT NULL, point_id INTEGER,
  mono_us INTEGER, utc_us INTEGER, bytes BLOB NOT NULL, PRIMARY KEY(source_id, seq));
-- which sequence numbers of a source are durable here, both ends included; rows may leave frame, never this table
CREATE TABLE span(source_id INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,
  PRIMARY KEY(source_id, first)) WITHOUT ROWID;
CREATE TABLE point(host_id BLOB NOT NULL, point_id INTEGER NOT NULL, path TEXT NOT NULL,
  PRIMARY KEY(host_id, point_id)) WITHOUT ROWID;
CREATE TABLE aside(digest BLOB PRIMARY KEY, utc_us INTEGER NOT NULL, topic TEXT NOT NULL, why TEXT NOT NULL,
  is_conflict INTEGER NOT NULL, times INTEGER NOT NULL, bytes BLOB NOT NULL);
CREATE VIEW collected AS
  SELECT s.host_id, s.epoch, f.seq, f.kind, f.point_id, p.path, f.mono_us, f.utc_us, f.bytes
  FROM frame f JOIN source s ON s.id = f.source_id
  LEFT JOIN point p ON p.host_id = s.host_id AND p.point_id = f.point_id;
`;

export class SqliteSink implements Sink {
  readonly name: string;
  readonly #database: DatabaseSync;
  readonly #sources = new Map<string, number>();
  readonly #paths = new Map<string, string>();
  readonly #statements: Record<
    | 'insert'
    | 'bytes'
    | 'source'
    | 'newSource'
    | 'touching'
    | 'dropSpan'
    | 'newSpan'
    | 'first'
    | 'ranges'
    | 'path'
    | 'aside',
    StatementSync
  >;
  #asideRows: number;

  /** @throws InputError COLLECT_DATABASE */
  constructor(path: string) {
    this.name = path;
    this.#database = openDatabase(path);
    const prepare = (sql: string): StatementSync => this.#database.prepare(sql);
    this.#statements = {
      insert: prepare('INSERT OR IGNORE INTO frame VALUES(?, ?, ?, ?, ?, ?, ?)'),
      bytes: prepare('SELECT bytes FROM frame WHERE source_id = ? AND seq = ?'),
      source: prepare('SELECT id FROM source WHERE host_id = ? AND epoch = ?'),
      newSource: prepare('INSERT INTO source(host_id, epoch) VALUES(?, ?)'),
      touching: prepare('SELECT first, last FROM span WHERE source_id = ? AND first <= ? AND last >= ?'),
      dropSpan: prepare('DELETE FROM span WHERE source_id = ? AND first = ?'),
      newSpan: prepare('INSERT INTO span VALUES(?, ?, ?)'),
      first: prepare('SELECT last FROM span WHERE source_id = ? AND first = 0'),
      ranges: prepare(
        'SELECT first, last FROM span WHERE source_id = ? AND first > 0 AND last >= ? ORDER BY first LIMIT ?',
      ),
      path: prepare('INSERT OR REPLACE INTO point VALUES(?, ?, ?)'),
      aside: prepare(
        'INSERT INTO aside VALUES(?, ?, ?, ?, ?, 1, ?) ON CONFLICT(digest) DO UPDATE SET times = times + 1, utc_us = excluded.utc_us',
      ),
    };
    this.#asideRows = this.#countAside();
  }

  #countAside(): number {
    return (this.#database.prepare('SELECT count(*) n FROM aside').get() as { n: number }).n;
  }

  commit(frames: CollectedFrame[], aside: Aside[]): Promise<Committed> {
    // what a failed transaction has learned does not hold
    const learned: (() => void)[] = [];
    try {
      this.#database.exec('BEGIN IMMEDIATE');
      const done: Committed = { inserted: 0, duplicates: 0, conflicts: 0, sources: [] };
      for (const group of groupsOf(frames)) this.#group(group, done, learned);
      for (const one of aside) this.#aside(one);
      this.#database.exec('COMMIT');
      for (const learn of learned) learn();
      return Promise.resolve(done);
    } catch (cause) {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      return Promise.reject(cause);
    }
  }

  #group(group: Group, done: Committed, learned: (() => void)[]): void {
    const id = this.#source(group, learned);
    const { insert, bytes } = this.#statements;
    const known: CollectedFrame[] = [...group.again];
    for (const frame of group.frames.values()) {
      const { seq, kind, pointId, monoUs, utcUs } = frame;
      const { changes } = insert.run(id, seq, kind, pointId, monoUs, utcUs, frame.bytes);
      if (changes === 1) done.inserted++;
      else known.push(frame);
      this.#path(frame, learned);
    }
    for (const frame of known) {
      const row = bytes.get(id, frame.seq) as { bytes: Uint8Array } | undefined;
      if (!row || sameBytes(row.bytes, frame.bytes)) {
        done.duplicates++;
        continue;
      }
      done.conflicts++;
      this.#aside(conflictOf(frame));
    }
    done.sources.push(this.#merge(id, group));
  }

  #source({ key, hostId, epoch }: Group, learned: (() => void)[]): number {
    const known = this.#sources.get(key);
    if (known !== undefined) return known;
    const row = this.#statements.source.get(hostId, epoch) as { id: number } | undefined;
    const id = row?.id ?? Number(this.#statements.newSource.run(hostId, epoch).lastInsertRowid);
    learned.push(() => this.#sources.set(key, id));
    return id;
  }

  #path({ hostId, pointId, path }: CollectedFrame, learned: (() => void)[]): void {
    if (pointId === null || path === null) return;
    const key = `${Buffer.from(hostId).toString('hex')}/${pointId}`;
    if (this.#paths.get(key) === path) return;
    this.#statements.path.run(hostId, pointId, path);
    learned.push(() => this.#paths.set(key, path));
  }

  /** Takes the stretches of the batch in. */
  #merge(id: number, { hostId, epoch, spans }: Group): Coverage {
    const { touching, dropSpan, newSpan, first: firstSpan } = this.#statements;
    const touched = new Spans();
    for (const { first, end } of spans) {
      touched.add(first, end);
      for (const row of touching.all(id, end, first - 1) as { first: number; last: number }[]) {
        touched.add(row.first, row.last + 1);
        dropSpan.run(id, row.first);
      }
    }
    for (const { first, end } of touched) newSpan.run(id, first, end - 1);
    const nextSeq = ((firstSpan.get(id) as { last: number } | undefined)?.last ?? -1) + 1;
    return { hostId, epoch, nextSeq, ranges: rangesBehind(touched, nextSeq), more: false };
  }

  #aside({ topic, why, bytes, isConflict }: Aside): void {
    // repeats and batches that were rolled back count too, so only a count says that it is full
    if (this.#asideRows >= MOST_ASIDE) this.#asideRows = this.#countAside();
    if (!isConflict && this.#asideRows >= MOST_ASIDE) return;
    const kept = isConflict ? bytes : bytes.subarray(0, ASIDE_BYTES);
    const now = Date.now() * 1000;
    this.#statements.aside.run(sha256(bytes), now, topic, why, isConflict ? 1 : 0, kept);
    this.#asideRows++;
  }

  coverage(source: SourceName, fromSeq: number, limit: number): Promise<Coverage> {
    const { hostId, epoch } = source;
    const row = this.#statements.source.get(hostId, epoch) as { id: number } | undefined;
    if (!row) return Promise.resolve({ hostId, epoch, nextSeq: 0, ranges: [], more: false });
    this.#sources.set(keyOf(source), row.id);
    const first = this.#statements.first.get(row.id) as { last: number } | undefined;
    const found = this.#statements.ranges.all(row.id, fromSeq, limit + 1) as { first: number; last: number }[];
    const ranges = found.slice(0, limit).map(({ first, last }): SeqRange => [first, last]);
    return Promise.resolve({ hostId, epoch, nextSeq: (first?.last ?? -1) + 1, ranges, more: found.length > limit });
  }

  close(): Promise<void> {
    if (this.#database.isOpen) this.#database.close();
    return Promise.resolve();
  }
}

function openDatabase(path: string): DatabaseSync {
  const refuse = (why: string, cause?: unknown): InputError =>
    new InputError('COLLECT_DATABASE', `${path}: ${why}; nothing is collected`, { cause });
  let database: DatabaseSync;
  try {
    database = new DatabaseSync(path, { timeout: 5000 });
  } catch (cause) {
    throw refuse(`cannot be opened (${(cause as Error).message})`, cause);
  }
  try {
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 16777216');
    const { n } = database.prepare('SELECT count(*) n FROM sqlite_master').get() as { n: number };
    if (n === 0) {
      database.exec(`BEGIN IMMEDIATE; ${TABLES}`);
      database.prepare(`INSERT INTO meta VALUES('collect-schema', ?)`).run(SCHEMA);
      database.exec('COMMIT');
    }
    const row = database.prepare(`SELECT value FROM meta WHERE key = 'collect-schema'`).get() as
      | { value: number }
      | undefined;
    if (row?.value === SCHEMA) return database;
    throw refuse(
      row
        ? `is a collection of schema ${row.value}, wanted ${SCHEMA}`
        : 'is a database of something else; give a new file',
    );
  } catch (cause) {
    database.close();
    if (cause instanceof InputError) throw cause;
    throw refuse(`cannot be used (${(cause as Error).message})`, cause);
  }
}
