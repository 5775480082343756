/** Exports and stores against every kind of harm: what is changed is found, what is whole is not accused. */
import { appendFileSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { DamageError, InputError } from '../../host/errors.ts';
import { FrameFileReader } from '../../host/frame/file.ts';
import { newHostKey } from '../../host/frame/key.ts';
import { itemEnd } from '../../host/frame/profile.ts';
import { exportFrames } from '../../host/store/export.ts';
import { Store } from '../../host/store/store.ts';
import { verifyPath, verifyText } from '../../host/store/verify.ts';
import { newFolder } from '../support/folder.ts';
import { descriptorDraft, eventDraft, featureDraft } from '../support/frames.ts';
import { dropFrames } from '../support/store.ts';

const verify = suite('store.verify');
const points = [
  { id: 1, name: 'pump', path: 'acme/site/area/line/asset/pump' },
  { id: 2, name: 'fan', path: 'acme/site/area/line/asset/fan' },
];

/** A directory of 40 features, 4 events, a descriptor and checkpoints in between. */
function filledDirectory(end: 'clean' | 'crash' = 'clean'): string {
  const dataDir = newFolder('verify');
  const store = Store.open({ dataDir, points, checkpoint: { maxAgeMs: 60_000, maxFrames: 16 } });
  store.describe('d', descriptorDraft());
  for (let n = 1; n <= 40; n++) {
    store.append(featureDraft(n, 1 + (n % 2)));
    if (n % 10 === 0) store.append(eventDraft(n));
    if (store.checkpointDueMs() === 0) store.checkpoint();
  }
  store.commit();
  if (end === 'clean') store.finish();
  store.close();
  return dataDir;
}

function exported(dataDir = filledDirectory()): string {
  const out = join(dataDir, 'out.spindle');
  exportFrames({ dataDir, out });
  return out;
}

verify('finds a clean store and its export whole, self-signed and not trusted', async () => {
  const dataDir = filledDirectory();
  const report = await verifyPath(dataDir);
  assert.ok(report.ok, verifyText(report));
  assert.equal([report.what, report.signer, report.notes], ['store', 'self-signed', []]);
  const [chain] = report.chains;
  assert.is(chain.frames, chain.lastSeq + 1);
  assert.is(chain.signedThrough, chain.lastSeq);
  const file = await verifyPath(exported(dataDir));
  assert.ok(file.ok, verifyText(file));
  assert.equal(
    [file.chains[0].lastSeq, file.chains[0].frames, file.chains[0].digests],
    [chain.lastSeq, chain.frames, 0],
  );
  assert.match(verifyText(file), /complete and unchanged \(self-signed, not trusted\)/);
});

verify('trusts the key that is given and refuses another', async () => {
  const dataDir = filledDirectory();
  const store = Store.open({ dataDir, points });
  const { publicKey } = store.key;
  store.close();
  for (const path of [dataDir, exported(dataDir)]) {
    const good = await verifyPath(path, publicKey);
    assert.equal([good.ok, good.signer], [true, 'trusted']);
    const bad = await verifyPath(path, newHostKey().publicKey);
    assert.is(bad.ok, false);
    assert.is(bad.chains[0].damage?.code, 'VERIFY_KEY');
  }
});

verify('names the unsigned tail of a store after a crash, and is content', async () => {
  const report = await verifyPath(filledDirectory('crash'));
  assert.ok(report.ok);
  assert.match(report.notes.join(), /records 34\.\.46 are not signed yet/);
});

verify('of a part keeps the chain through digests and says what the part is', async () => {
  const dataDir = filledDirectory();
  const out = join(dataDir, 'part.spindle');
  const fromUtcUs = 1_760_000_000_000_000 + 11_000_000;
  const toUtcUs = 1_760_000_000_000_000 + 20_000_000;
  const result = exportFrames({ dataDir, out, fromUtcUs, toUtcUs, point: 'pump' });
  const report = await verifyPath(out);
  assert.ok(report.ok, verifyText(report));
  assert.is(report.chains[0].digests, result.digests);
  assert.match(report.notes[0], /holds a part: from 2025-10-09T.*point pump/);
  const kinds: Record<string, number> = {};
  const reader = await FrameFileReader.open(out);
  for await (const { frame } of reader.records()) if (frame) kinds[frame.kind!] = (kinds[frame.kind!] ?? 0) + 1;
  assert.equal([kinds.feature, kinds.event, kinds.descriptor], [5, 1, 1]);
  assert.ok(kinds.checkpoint >= 3);
});

verify('finds any flipped bit of an export: every byte of label, header and end, and 400 places between', async () => {
  const path = exported();
  const whole = readFileSync(path);
  const headerEnd = 12 + 120;
  const places = new Set<number>();
  for (let at = 0; at < headerEnd; at++) places.add(at);
  for (let at = whole.length - 80; at < whole.length; at++) places.add(at);
  for (let i = 0; i < 400; i++) places.add(headerEnd + Math.floor((i / 400) * (whole.length - headerEnd - 80)));
  let n = 0;
  for (const at of places) {
    const changed = Buffer.from(whole);
    changed[at] ^= 1 << (n++ % 8);
    writeFileSync(path, changed);
    const report = await verifyPath(path);
    assert.is(report.ok, false, `bit ${(n - 1) % 8} of byte ${at} of ${whole.length}`);
  }
});

verify('finds any truncation of an export, and anything behind its end', async () => {
  const path = exported();
  const whole = readFileSync(path);
  const lengths = new Set(Array.from({ length: 300 }, (_, i) => Math.floor((i / 300) * whole.length)));
  for (let length = whole.length - 90; length < whole.length; length++) lengths.add(length);
  for (const length of lengths) {
    writeFileSync(path, whole);
    truncateSync(path, length);
    const report = await verifyPath(path);
    assert.is(report.ok, false, `cut to ${length} of ${whole.length}`);
    const damage = report.damage ?? report.chains[0].damage;
    assert.ok(['FILE_TRUNCATED'].includes(damage!.code), `${length}: ${damage!.code}`);
  }
  for (const extra of [[0], [0xa0], [...whole.subarray(0, 40)], [...whole.subarray(whole.length - 74)]]) {
    writeFileSync(path, whole);
    appendFileSync(path, Uint8Array.from(extra));
    assert.is((await verifyPath(path)).ok, false);
  }
});

verify('names where a changed record lies between two checkpoints, and what before it still holds', async () => {
  const path = exported();
  const reader = await FrameFileReader.open(path);
  const checkpoints: number[] = [];
  for await (const { frame, seq } of reader.records()) if (frame?.kind === 'checkpoint') checkpoints.push(seq);
  const whole = readFileSync(path);
  // a float in the middle of the values of the feature with monoUs 30 s: still a whole frame, only another number
  const place = whole.indexOf(Buffer.from(Float32Array.of(30 + 7 / 16).buffer));
  assert.ok(place > 0);
  whole[place] ^= 1;
  writeFileSync(path, whole);
  const report = await verifyPath(path);
  const [chain] = report.chains;
  assert.is(chain.damage?.code, 'CHAIN_SIGNATURE');
  assert.is(chain.signedThrough, checkpoints[1]);
  assert.match(verifyText(report), new RegExp(`records 0\\.\\.${checkpoints[1]} are signed and as they were written`));
});

verify('finds records taken out, doubled, swapped, or replaced by their digests with the end kept', async () => {
  const path = exported();
  const whole = readFileSync(path);
  let at = 12;
  const items: Buffer[] = [whole.subarray(0, 12)];
  while (at < whole.length - 74) {
    const end = itemEnd(whole, at)!;
    items.push(whole.subarray(at, end));
    at = end;
  }
  items.push(whole.subarray(at));
  const harmed: Record<string, Buffer[]> = {
    'taken out': items.toSpliced(10, 1),
    doubled: items.toSpliced(10, 0, items[10]),
    swapped: items.toSpliced(10, 2, items[11], items[10]),
    'another header': items.toSpliced(1, 1, items[2]),
    'no label': items.slice(1),
    'end first': [items[0], items[1], items.at(-1)!, ...items.slice(2)],
    'a second label': items.toSpliced(10, 0, items[0]),
  };
  for (const [what, parts] of Object.entries(harmed)) {
    writeFileSync(path, Buffer.concat(parts));
    const report = await verifyPath(path);
    assert.is(report.ok, false, what);
  }
});

for (const [what, sql, code] of [
  [
    'changed',
    `UPDATE frame SET bytes = CAST(substr(bytes, 1, 60) || x'01' || substr(bytes, 62) AS BLOB) WHERE seq = 20`,
    null,
  ],
  ['turned into text', `UPDATE frame SET bytes = 'text' WHERE seq = 20`, 'CHAIN_EMPTY'],
  ['taken out', 'DELETE FROM frame WHERE seq = 20', 'CHAIN_SEQ'],
  ['given another kind in its row', 'UPDATE frame SET kind = 3 WHERE seq = 20', 'CHAIN_KIND'],
  ['given another hash', 'UPDATE frame SET hash = zeroblob(32) WHERE seq = 20', 'CHAIN_HASH'],
  [
    'dropped with a wrong digest',
    'INSERT INTO dropped SELECT id, 1, zeroblob(32), hash FROM frame WHERE seq = 20; DELETE FROM frame WHERE seq = 20',
    'CHAIN_HASH',
  ],
  [
    'dropped with half a digest',
    'INSERT INTO dropped SELECT id, 1, zeroblob(16), hash FROM frame WHERE seq = 20; DELETE FROM frame WHERE seq = 20',
    'CHAIN_EMPTY',
  ],
] as const) {
  verify(`names the record of a store that was ${what}, and an export of it is refused`, async () => {
    const dataDir = filledDirectory();
    const database = new DatabaseSync(join(dataDir, 'spindle.db'));
    database.exec(sql);
    database.close();
    const report = await verifyPath(dataDir);
    assert.is(report.ok, false);
    assert.match(report.chains[0].damage!.text, /^record 20:/);
    if (code) assert.is(report.chains[0].damage!.code, code);
    assert.is(report.chains[0].lastSeq, 19);
    if (what === 'given another kind in its row') return; // the export carries bytes, not rows
    const out = join(dataDir, 'out.spindle');
    assert.throws(
      () => exportFrames({ dataDir, out }),
      (error: unknown) => error instanceof DamageError && /not signed/.test(error.message),
    );
    assert.is((await verifyPath(out)).ok, false);
  });
}

verify('holds a store whose frames were dropped for their digests', async () => {
  const dataDir = filledDirectory();
  const database = new DatabaseSync(join(dataDir, 'spindle.db'));
  dropFrames(database, 5, 9);
  database.close();
  const report = await verifyPath(dataDir);
  assert.ok(report.ok, verifyText(report));
  assert.is(report.chains[0].digests, 5);
  assert.ok((await verifyPath(exported(dataDir))).ok);
});

/** Where in the file the first page of frames stands. */
function leafOf(dataDir: string): { page: number; at: number; pageBytes: number } {
  const database = new DatabaseSync(join(dataDir, 'spindle.db'), { readOnly: true });
  const { pageno, pgoffset, pgsize } = database
    .prepare(`SELECT pageno, pgoffset, pgsize FROM dbstat WHERE name = 'frame' AND pagetype = 'leaf' ORDER BY path`)
    .get() as { pageno: number; pgoffset: number; pgsize: number };
  database.close();
  return { page: pageno, at: pgoffset, pageBytes: pgsize };
}

function tornAt(pageBytes: number, last: number): fc.Arbitrary<number> {
  const head = fc
    .tuple(fc.integer({ min: 1, max: Math.floor(last / pageBytes) - 1 }), fc.integer({ min: 0, max: 120 }))
    .map(([page, at]) => page * pageBytes + at);
  return fc.oneof(fc.integer({ min: pageBytes, max: last }), head);
}

verify('of a store file torn by other bytes reports damage', async () => {
  const dataDir = filledDirectory();
  const path = join(dataDir, 'spindle.db');
  const whole = readFileSync(path);
  const { frames } = (await verifyPath(dataDir)).chains[0];
  const { at: leaf, pageBytes } = leafOf(dataDir);
  await fc.assert(
    // half of them at the head of a page, where a torn count or list of cells makes SQLite skip rows in silence
    fc.asyncProperty(tornAt(pageBytes, whole.length - 600), async (at) => {
      const torn = Buffer.from(whole);
      torn.fill(0xa5, at, at + 512);
      writeFileSync(path, torn);
      // free pages and unread tables may be torn unseen, but nothing may be called whole that lost a record
      const report = await verifyPath(dataDir);
      if (report.ok) assert.is(report.chains[0].frames, frames);
    }),
    { numRuns: 200, examples: [[leaf + 4], [leaf + 10]] },
  );
});

verify(
  'names the page of a store that lists no rows any more, whose chain alone would look short and whole',
  async () => {
    const dataDir = filledDirectory();
    const path = join(dataDir, 'spindle.db');
    const torn = readFileSync(path);
    const { page, at } = leafOf(dataDir);
    torn.fill(0, at + 3, at + 5); // its number of cells
    writeFileSync(path, torn);
    const report = await verifyPath(dataDir);
    assert.is(report.ok, false);
    assert.is(report.damage?.code, 'STORE_CORRUPT');
    assert.match(verifyText(report), new RegExp(`SQLite's own check says: .*page ${page}.*records may be missing`));
  },
);

verify('of what is not there or no such thing is the user’s error', async () => {
  const folder = newFolder('verify');
  for (const path of [join(folder, 'none'), folder])
    await verifyPath(path).then(
      () => assert.unreachable(),
      (error) => assert.ok(error instanceof InputError && error.code === 'VERIFY_PATH'),
    );
  const text = join(folder, 'text');
  for (const bytes of ['', 'x', 'some text that is no file of ours', '\xa0\xa0']) {
    writeFileSync(text, bytes, 'latin1');
    assert.is((await verifyPath(text)).ok, false);
  }
});

verify('export refuses an empty store, an unknown point and a missing key, and writes nothing', () => {
  const dataDir = filledDirectory();
  const out = join(dataDir, 'x.spindle');
  const code = (options: Partial<Parameters<typeof exportFrames>[0]>): string => {
    try {
      exportFrames({ dataDir, out, ...options });
      return 'none';
    } catch (error) {
      assert.instance(error, InputError);
      return (error as InputError).code;
    }
  };
  assert.is(code({ point: 'gearbox' }), 'EXPORT_POINT');
  assert.is(code({ out: join(dataDir, 'no', 'such', 'folder') }), 'FILE_WRITE');
  assert.is(code({ dataDir: newFolder('empty') }), 'STORE_MISSING');
  assert.is(code({ epochId: 77 }), 'EXPORT_EMPTY');
  writeFileSync(join(dataDir, 'host.key'), '');
  assert.is(code({}), 'KEY_FILE');
});

verify('export beside a host that writes is whole', async () => {
  const dataDir = filledDirectory();
  const store = Store.open({ dataDir, points });
  store.describe('d', descriptorDraft());
  store.append(featureDraft(99));
  store.commit();
  store.append(featureDraft(100));
  const report = await verifyPath(exported(dataDir));
  assert.ok(report.ok);
  store.close();
});

verify.run();
