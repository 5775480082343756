/**
 * Schema 1 to 2. Frames move from the key (epoch, seq), an index of its own, to one integer; dropped ones leave the
 * table and stand as runs of digests; cursors say how sure they are; the sender's token moves into the frames.
 */
export const FROM_1 = [
  `ALTER TABLE cursor ADD COLUMN weak INTEGER NOT NULL DEFAULT 0`,
  `ALTER TABLE sender ADD COLUMN from_id INTEGER NOT NULL DEFAULT 0`,
  `DROP INDEX frame_rare`,
  `ALTER TABLE frame RENAME TO frame_1`,
  `CREATE TABLE frame(
  id INTEGER PRIMARY KEY, kind INTEGER NOT NULL, point_id INTEGER, mono_us INTEGER NOT NULL, utc_us INTEGER,
  bytes BLOB NOT NULL, hash BLOB NOT NULL, token INTEGER,
  epoch_id INTEGER AS (id >> 40), seq INTEGER AS (id & 1099511627775))`,
  `CREATE TABLE dropped(id INTEGER PRIMARY KEY, count INTEGER NOT NULL, digests BLOB, hash BLOB NOT NULL)`,
  `INSERT INTO frame SELECT (epoch_id << 40) + seq, kind, point_id, mono_us, utc_us, bytes, hash, NULL
   FROM frame_1 WHERE bytes IS NOT NULL ORDER BY epoch_id, seq`,
  `INSERT INTO dropped SELECT (epoch_id << 40) + seq, 1, digest, hash
   FROM frame_1 WHERE bytes IS NULL ORDER BY epoch_id, seq`,
  `DROP TABLE frame_1`,
  `CREATE INDEX frame_rare ON frame(kind) WHERE kind <> 1`,
  `UPDATE meta SET value = 2 WHERE key = 'schema'`,
];
