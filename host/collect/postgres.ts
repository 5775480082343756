/**
 * A collector's PostgreSQL: schema `spindle`, one transaction a batch over one connection, made anew when it breaks.
 * Several collectors of one key may share it: the row of a source is locked while its stretches change.
 */
import pg from 'pg';
import { InputError, TransportError } from '../errors.ts';
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
  MOST_ASIDE,
  rangesBehind,
  type Sink,
  type SourceName,
} from './sink.ts';

const SCHEMA = 1;
const CONNECT_MS = 10_000;
const STATEMENT_MS = 30_000;
/** Two collectors that start at once must not both create the tables. */
const SETUP_LOCK = 0x5350_4e44;
const TABLES = `
CREATE SCHEMA spindle;
CREATE TABLE spindle.meta(key text PRIMARY KEY, value int NOT NULL);
CREATE TABLE spindle.source(id serial PRIMARY KEY, host_id bytea NOT NULL, epoch bytea NOT NULL, UNIQUE(host_id, epoch));
CREATE TABLE spindle.frame(
  source_id int NOT NULL, seq bigint NOT NULL, kind int NOT NULL, point_id bigint,
  mono_us bigint, utc_us bigint, bytes bytea NOT NULL, PRIMARY KEY(source_id, seq));
CREATE TABLE spindle.span(source_id int NOT NULL, first bigint NOT NULL, last bigint NOT NULL, PRIMARY KEY(source_id, first));
CREATE TABLE spindle.point(host_id bytea NOT NULL, point_id bigint NOT NULL, path text NOT NULL, PRIMARY KEY(host_id, point_id));
CREATE TABLE spindle.aside(digest bytea PRIMARY KEY, utc_us bigint NOT NULL, topic text NOT NULL, why text NOT NULL,
  is_conflict boolean NOT NULL, times int NOT NULL, bytes bytea NOT NULL);
CREATE VIEW spindle.collected AS
  SELECT s.host_id, s.epoch, f.seq, f.kind, f.point_id, p.path, f.mono_us, f.utc_us, f.bytes
  FROM spindle.frame f JOIN spindle.source s ON s.id = f.source_id
  LEFT JOIN spindle.point p ON p.host_id = s.host_id AND p.point_id = f.point_id;
INSERT INTO spindle.meta VALUES('collect-schema', ${SCHEMA});
`;

/** A sequence number is below 2^53 and comes back as text. */
interface SpanRow {
  first: string;
  last: string;
}

export class PostgresSink implements Sink {
  readonly name: string;
  readonly #url: string;
  #client: pg.Client | null = null;
  readonly #sources = new Map<string, number>();
  readonly #paths = new Map<string, string>();

  private constructor(url: string) {
    this.#url = url;
    const shown = new URL(url);
    shown.password = '';
    this.name = shown.href;
  }

  /** @throws InputError COLLECT_DATABASE when it cannot be used as it is */
  static async open(url: string): Promise<PostgresSink> {
    const sink = new PostgresSink(url);
    try {
      await sink.#connected();
      return sink;
    } catch (cause) {
      await sink.close();
      if (cause instanceof InputError) throw cause;
      const why = (cause as Error).message || (cause as NodeJS.ErrnoException).code;
      throw new InputError('COLLECT_DATABASE', `${sink.name}: cannot be used (${why}); nothing is collected`, {
        cause,
      });
    }
  }

  async #connected(): Promise<pg.Client> {
    if (this.#client) return this.#client;
    const client = new pg.Client({
      connectionString: this.#url,
      connectionTimeoutMillis: CONNECT_MS,
      statement_timeout: STATEMENT_MS,
      // a server that is gone without a word: a little longer than one that is only slow
      query_timeout: STATEMENT_MS + 5000,
      keepAlive: true,
      application_name: 'spindle collect',
    });
    client.on('error', () => this.#drop(client)); // between two batches
    try {
      await client.connect();
      await prepare(client, this.name);
    } catch (error) {
      void client.end().catch(() => {});
      throw error;
    }
    this.#client = client;
    return client;
  }

  #drop(client: pg.Client): void {
    if (this.#client === client) this.#client = null;
    void client.end().catch(() => {});
  }

  /** One transaction. Whatever goes wrong, the connection is given up: nothing of it can then be half done. */
  async #transaction<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
    let client: pg.Client | null = null;
    try {
      client = await this.#connected();
      await client.query('BEGIN');
      const result = await work(client);
      await client.query('COMMIT');
      return result;
    } catch (error) {
      if (client) this.#drop(client);
      this.#sources.clear();
      this.#paths.clear();
      const why = (error as Error).message || (error as NodeJS.ErrnoException).code;
      throw new TransportError('COLLECT_COMMIT', `${why}`, { cause: error });
    }
  }

  commit(frames: CollectedFrame[], aside: Aside[]): Promise<Committed> {
    return this.#transaction(async (client) => {
      const done: Committed = { inserted: 0, duplicates: 0, conflicts: 0, sources: [] };
      const groups = groupsOf(frames);
      const ids = await this.#lockSources(client, groups);
      const conflicts: Aside[] = [];
      for (const group of groups) {
        const id = ids.get(group.key)!;
        const known = await insert(client, id, group);
        done.inserted += group.frames.size - (known.length - group.again.length);
        const differing = await differ(client, id, known);
        done.conflicts += differing.length;
        done.duplicates += known.length - differing.length;
        conflicts.push(...differing.map(conflictOf));
        await this.#path(client, group);
        done.sources.push(await merge(client, id, group));
      }
      for (const one of [...conflicts, ...aside]) await setAside(client, one);
      return done;
    });
  }

  async #lockSources(client: pg.Client, groups: Group[]): Promise<Map<string, number>> {
    const ids = new Map<string, number>();
    for (const { key, hostId, epoch } of groups) {
      const known = this.#sources.get(key);
      const id = known ?? (await sourceId(client, { hostId, epoch }, true))!;
      ids.set(key, id);
      this.#sources.set(key, id);
      await client.query('SELECT 1 FROM spindle.source WHERE id = $1 FOR UPDATE', [id]);
    }
    return ids;
  }

  async #path(client: pg.Client, { frames }: Group): Promise<void> {
    for (const { hostId, pointId, path } of frames.values()) {
      if (pointId === null || path === null) continue;
      const key = `${Buffer.from(hostId).toString('hex')}/${pointId}`;
      if (this.#paths.get(key) === path) continue;
      await client.query(
        'INSERT INTO spindle.point VALUES($1, $2, $3) ON CONFLICT(host_id, point_id) DO UPDATE SET path = excluded.path',
        [Buffer.from(hostId), pointId, path],
      );
      this.#paths.set(key, path);
    }
  }

  coverage(source: SourceName, fromSeq: number, limit: number): Promise<Coverage> {
    return this.#transaction(async (client) => {
      const id = await sourceId(client, source, false);
      if (id === null) return { ...source, nextSeq: 0, ranges: [], more: false };
      const { rows } = await client.query<SpanRow>(
        'SELECT first, last FROM spindle.span WHERE source_id = $1 AND first > 0 AND last >= $2 ORDER BY first LIMIT $3',
        [id, fromSeq, limit + 1],
      );
      const ranges = rows.slice(0, limit).map(({ first, last }): SeqRange => [Number(first), Number(last)]);
      return { ...source, nextSeq: await nextSeqOf(client, id), ranges, more: rows.length > limit };
    });
  }

  async close(): Promise<void> {
    const client = this.#client;
    this.#client = null;
    await client?.end().catch(() => {});
  }
}

/** @throws InputError COLLECT_DATABASE where a commit would not mean durable, or the tables are of something else */
async function prepare(client: pg.Client, name: string): Promise<void> {
  const refuse = (why: string): InputError =>
    new InputError('COLLECT_DATABASE', `${name}: ${why}; nothing is collected`);
  const setting = async (what: string): Promise<string> => {
    const { rows } = await client.query<Record<string, string>>(`SHOW ${what}`);
    return rows[0][what];
  };
  if ((await setting('fsync')) !== 'on')
    throw refuse('runs with fsync off, so a commit is not durable; wanted fsync = on');
  // "off" answers before the log is on the disk; the others are at least as strong as "local"
  if ((await setting('synchronous_commit')) === 'off') await client.query('SET synchronous_commit = on');
  await client.query('BEGIN');
  await client.query('SELECT pg_advisory_xact_lock($1)', [SETUP_LOCK]);
  const { rows } = await client.query<{ there: string | null }>(`SELECT to_regclass('spindle.meta') there`);
  if (rows[0].there === null) await client.query(TABLES);
  const version = await client.query<{ value: number }>(`SELECT value FROM spindle.meta WHERE key = 'collect-schema'`);
  await client.query('COMMIT');
  const value = version.rows[0]?.value;
  if (value !== SCHEMA) throw refuse(`its schema spindle is of version ${value ?? 'unknown'}, wanted ${SCHEMA}`);
}

async function sourceId(client: pg.Client, source: SourceName, isWanted: boolean): Promise<number | null> {
  const name = [Buffer.from(source.hostId), Buffer.from(source.epoch)];
  const find = 'SELECT id FROM spindle.source WHERE host_id = $1 AND epoch = $2';
  const found = await client.query<{ id: number }>(find, name);
  if (found.rows.length > 0 || !isWanted) return found.rows[0]?.id ?? null;
  // another collector may be faster: then its row is there when the insert returns
  await client.query('INSERT INTO spindle.source(host_id, epoch) VALUES($1, $2) ON CONFLICT DO NOTHING', name);
  return (await client.query<{ id: number }>(find, name)).rows[0].id;
}

/** @returns the frames whose identity was there already */
async function insert(client: pg.Client, id: number, { frames, again }: Group): Promise<CollectedFrame[]> {
  const all = [...frames.values()];
  const { rows } = await client.query<{ seq: string }>(
    `INSERT INTO spindle.frame(source_id, seq, kind, point_id, mono_us, utc_us, bytes)
     SELECT $1::int, * FROM unnest($2::bigint[], $3::int[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bytea[])
     ON CONFLICT DO NOTHING RETURNING seq`,
    [
      id,
      all.map(({ seq }) => seq),
      all.map(({ kind }) => kind),
      all.map(({ pointId }) => pointId),
      all.map(({ monoUs }) => monoUs),
      all.map(({ utcUs }) => utcUs),
      all.map(({ bytes }) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)),
    ],
  );
  if (rows.length === all.length) return again;
  const inserted = new Set(rows.map(({ seq }) => Number(seq)));
  return [...all.filter(({ seq }) => !inserted.has(seq)), ...again];
}

/** Those of them that are there with other bytes. */
async function differ(client: pg.Client, id: number, known: CollectedFrame[]): Promise<CollectedFrame[]> {
  if (known.length === 0) return [];
  const { rows } = await client.query<{ seq: string; bytes: Buffer }>(
    'SELECT seq, bytes FROM spindle.frame WHERE source_id = $1 AND seq = ANY($2::bigint[])',
    [id, known.map(({ seq }) => seq)],
  );
  const bytes = new Map(rows.map((row) => [Number(row.seq), row.bytes]));
  return known.filter((frame) => {
    const there = bytes.get(frame.seq);
    return there !== undefined && !sameBytes(there, frame.bytes);
  });
}

async function merge(client: pg.Client, id: number, { hostId, epoch, spans }: Group): Promise<Coverage> {
  const touched = new Spans();
  for (const { first, end } of spans) {
    touched.add(first, end);
    const { rows } = await client.query<SpanRow>(
      'DELETE FROM spindle.span WHERE source_id = $1 AND first <= $2 AND last >= $3 RETURNING first, last',
      [id, end, first - 1],
    );
    for (const row of rows) touched.add(Number(row.first), Number(row.last) + 1);
  }
  const found = [...touched];
  await client.query('INSERT INTO spindle.span SELECT $1::int, * FROM unnest($2::bigint[], $3::bigint[])', [
    id,
    found.map(({ first }) => first),
    found.map(({ end }) => end - 1),
  ]);
  const nextSeq = await nextSeqOf(client, id);
  return { hostId, epoch, nextSeq, ranges: rangesBehind(touched, nextSeq), more: false };
}

async function nextSeqOf(client: pg.Client, id: number): Promise<number> {
  const { rows } = await client.query<{ last: string }>(
    'SELECT last FROM spindle.span WHERE source_id = $1 AND first = 0',
    [id],
  );
  return rows.length === 0 ? 0 : Number(rows[0].last) + 1;
}

async function setAside(client: pg.Client, { topic, why, bytes, isConflict }: Aside): Promise<void> {
  if (!isConflict) {
    const { rows } = await client.query<{ n: string }>('SELECT count(*) n FROM spindle.aside');
    if (Number(rows[0].n) >= MOST_ASIDE) return;
  }
  // PostgreSQL's text holds no zero character
  const text = (value: string): string => value.replaceAll('\0', '\uFFFD');
  const kept = isConflict ? bytes : bytes.subarray(0, ASIDE_BYTES);
  await client.query(
    `INSERT INTO spindle.aside AS a VALUES($1, $2, $3, $4, $5, 1, $6)
     ON CONFLICT(digest) DO UPDATE SET times = a.times + 1, utc_us = excluded.utc_us`,
    [Buffer.from(sha256(bytes)), Date.now() * 1000, text(topic), text(why), isConflict, Buffer.from(kept)],
  );
}
