/** One suite over every sink: SQLite always, a real PostgreSQL where there is one. */
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { suite, type Test } from 'uvu';
import * as assert from 'uvu/assert';
import { type CollectedFrame, takePayload } from '../../host/collect/frames.ts';
import { PostgresSink } from '../../host/collect/postgres.ts';
import { MOST_ASIDE, type Sink } from '../../host/collect/sink.ts';
import { SqliteSink } from '../../host/collect/sqlite.ts';
import { encodeFrame, frameMap } from '../../host/frame/frame.ts';
import type { FrameDraft, FrameValue } from '../../host/types.ts';
import { newFolder } from '../support/folder.ts';
import { featureDraft } from '../support/frames.ts';
import { needs } from '../support/needs.ts';
import { missingPostgres, type Postgres, startPostgres } from '../support/postgres.ts';

const sinks = suite('collect.sink');
const TOPIC = 'spindle/v1/acme/site/area/line/asset/pump/feature';

interface Place {
  /** A new connection to the same data. */
  open(): Promise<Sink>;
}

let hosts = 0;
/** 8 bytes that no other test uses: one PostgreSQL serves all. */
const newHost = (): Uint8Array => Uint8Array.from(Buffer.from(String(++hosts).padStart(8, '0')));

function frame(hostId: Uint8Array, seq: number, draft: FrameDraft = featureDraft(seq)): CollectedFrame {
  const map = frameMap(draft, {
    ...{ hostId, epoch: hostId, seq, bootId: new Uint8Array(8) },
    descriptorSeq: draft.kind === 'feature' ? 0 : null,
  });
  return takePayload(TOPIC, encodeFrame(map, draft.kind)).frames[0];
}

const gapDraft = (first: number, last: number): FrameDraft => ({
  ...{ kind: 'gap', pointId: 1, monoUs: 1, utcUs: null, descriptor: null, urgent: true },
  body: new Map<number, FrameValue>([
    [40, 'budget'],
    [41, 0],
    [42, 0],
    [43, 0],
    [44, [first, last]],
  ]),
});

const CLAIMS: [claim: string, test: (place: Place) => Promise<void>][] = [
  [
    'stores a frame once, however often it comes, and says what is durable',
    async ({ open }) => {
      const sink = await open();
      const host = newHost();
      const first = await sink.commit(
        [0, 1, 2, 5, 6].map((seq) => frame(host, seq)),
        [],
      );
      assert.equal([first.inserted, first.duplicates], [5, 0]);
      assert.equal(first.sources, [{ hostId: host, epoch: host, nextSeq: 3, ranges: [[5, 6]], more: false }]);
      const second = await sink.commit(
        [2, 3, 3, 6, 9].map((seq) => frame(host, seq)),
        [],
      );
      assert.equal([second.inserted, second.duplicates, second.conflicts], [2, 3, 0]);
      assert.equal(
        [second.sources[0].nextSeq, second.sources[0].ranges],
        [
          4,
          [
            [5, 6],
            [9, 9],
          ],
        ],
      );
      const third = await sink.commit([frame(host, 4)], []);
      assert.equal([third.sources[0].nextSeq, third.sources[0].ranges], [7, []]);
      await sink.close();
      const again = await open();
      const coverage = await again.coverage({ hostId: host, epoch: host }, 0, 10);
      assert.equal([coverage.nextSeq, coverage.ranges, coverage.more], [7, [[9, 9]], false]);
      await again.close();
    },
  ],
  [
    'tells stretches a page at a time, and nothing of a source that it does not know',
    async ({ open }) => {
      const sink = await open();
      const host = newHost();
      await sink.commit(
        [1, 3, 5, 7].map((seq) => frame(host, seq)),
        [],
      );
      const source = { hostId: host, epoch: host };
      const page = await sink.coverage(source, 0, 2);
      assert.equal(
        [page.nextSeq, page.ranges, page.more],
        [
          0,
          [
            [1, 1],
            [3, 3],
          ],
          true,
        ],
      );
      const rest = await sink.coverage(source, 4, 2);
      assert.equal(
        [rest.ranges, rest.more],
        [
          [
            [5, 5],
            [7, 7],
          ],
          false,
        ],
      );
      const unknown = newHost();
      const none = await sink.coverage({ hostId: unknown, epoch: unknown }, 0, 2);
      assert.equal([none.nextSeq, none.ranges, none.more], [0, [], false]);
      await sink.close();
    },
  ],
  [
    'takes frames that a gap frame names as dropped for accounted for, before its own number only',
    async ({ open }) => {
      const sink = await open();
      const host = newHost();
      const done = await sink.commit(
        [frame(host, 0), frame(host, 4, gapDraft(1, 3)), frame(host, 5, gapDraft(6, 9))],
        [],
      );
      assert.equal([done.sources[0].nextSeq, done.sources[0].ranges], [6, []]);
      await sink.close();
    },
  ],
  [
    'keeps a frame that contradicts one that is there, and counts it',
    async ({ open }) => {
      const sink = await open();
      const host = newHost();
      const other = frame(host, 1, featureDraft(99));
      await sink.commit([frame(host, 0), frame(host, 1)], []);
      const done = await sink.commit([other, frame(host, 0)], []);
      assert.equal([done.inserted, done.duplicates, done.conflicts], [0, 1, 1]);
      const twice = await sink.commit([frame(host, 2), frame(host, 2, featureDraft(98))], []);
      assert.equal([twice.inserted, twice.conflicts], [1, 1]);
      await sink.close();
    },
  ],
  [
    'takes what cannot be used, text with a zero in it and the same again',
    async ({ open }) => {
      const sink = await open();
      const aside = { topic: 'a\0b', why: 'no\0frame', bytes: Uint8Array.of(1, 2, 0), isConflict: false };
      for (let n = 0; n < 2; n++) assert.is((await sink.commit([], [aside])).inserted, 0);
      await sink.close();
    },
  ],
  [
    'says after every commit what a set says, in whatever order and batches frames come (property)',
    async ({ open }) => {
      const sink = await open();
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.array(fc.nat(30), { minLength: 1, maxLength: 12 }), { minLength: 1, maxLength: 6 }),
          async (batches) => {
            const host = newHost();
            const model = new Set<number>();
            for (const batch of batches) {
              const before = model.size;
              for (const seq of batch) model.add(seq);
              const done = await sink.commit(
                batch.map((seq) => frame(host, seq)),
                [],
              );
              assert.is(done.inserted, model.size - before);
              const { nextSeq, ranges } = await sink.coverage({ hostId: host, epoch: host }, 0, 100);
              const told = new Set(Array.from({ length: nextSeq }, (_, seq) => seq));
              for (const [first, last] of ranges) for (let seq = first; seq <= last; seq++) told.add(seq);
              assert.equal(
                [...told].sort((a, b) => a - b),
                [...model].sort((a, b) => a - b),
              );
              for (const [first, last] of done.sources[0].ranges) assert.ok(told.has(first) && told.has(last));
              assert.is(done.sources[0].nextSeq, nextSeq);
            }
          },
        ),
        { numRuns: 40 },
      );
      await sink.close();
    },
  ],
];

let server: Postgres | null = null;
sinks.before(async () => {
  if (missingPostgres() === null) server = await startPostgres();
});
sinks.after(async () => {
  await server?.stop();
});

function claims(tests: Test, name: string, missing: string | null, place: () => Place): void {
  for (const [claim, test] of CLAIMS) needs(tests, missing, `${name} ${claim}`, () => test(place()));
}

claims(sinks, 'SQLite', null, () => {
  const path = join(newFolder('sink'), 'collected.db');
  return { open: async () => new SqliteSink(path) };
});
sinks('SQLite sets a new thing aside however often an old one has come', async () => {
  const path = join(newFolder('sink'), 'collected.db');
  const sink = new SqliteSink(path);
  const aside = (n: number) => ({ topic: 'a', why: 'no frame', bytes: Uint8Array.of(n), isConflict: false });
  const often = Array.from({ length: MOST_ASIDE + 1 }, () => aside(1));
  await sink.commit([], often);
  await sink.commit([], [aside(2)]);
  await sink.close();
  const database = new DatabaseSync(path, { readOnly: true });
  const rows = database.prepare('SELECT times FROM aside ORDER BY times').all();
  database.close();
  assert.equal(
    rows.map(({ times }) => times),
    [1, MOST_ASIDE + 1],
  );
});
claims(sinks, 'PostgreSQL', missingPostgres(), () => ({ open: () => PostgresSink.open(server!.url) }));

needs(
  sinks,
  missingPostgres(),
  'PostgreSQL shared by two collectors that write one source at once stays whole',
  async () => {
    const host = newHost();
    const [a, b] = await Promise.all([PostgresSink.open(server!.url), PostgresSink.open(server!.url)]);
    const write = async (sink: Sink, parity: number): Promise<void> => {
      for (let n = 0; n < 40; n++)
        await sink.commit([frame(host, 2 * n + parity), frame(host, 2 * n + (1 - parity))], []);
    };
    await Promise.all([write(a, 0), write(b, 1)]);
    const { nextSeq, ranges } = await a.coverage({ hostId: host, epoch: host }, 0, 10);
    assert.equal([nextSeq, ranges], [80, []]);
    await Promise.all([a.close(), b.close()]);
  },
);

needs(
  sinks,
  missingPostgres(),
  'PostgreSQL killed between and restarted loses nothing it committed and is used again',
  async () => {
    const host = newHost();
    const sink = await PostgresSink.open(server!.url);
    await sink.commit([frame(host, 0)], []);
    await server!.kill('SIGKILL');
    await sink.commit([frame(host, 1)], []).then(
      () => assert.unreachable('committed to a server that is dead'),
      (error) => assert.is(error.code, 'COLLECT_COMMIT'),
    );
    await server!.restart();
    const done = await sink.commit([frame(host, 0), frame(host, 1)], []);
    assert.equal([done.inserted, done.duplicates, done.sources[0].nextSeq], [1, 1, 2]);
    await sink.close();
  },
);

needs(sinks, missingPostgres(), 'PostgreSQL that would not make a commit durable is refused', async () => {
  await server!.query('ALTER SYSTEM SET fsync = off');
  await server!.query('SELECT pg_reload_conf()');
  for (const end = Date.now() + 5000; Date.now() < end; ) {
    const [row] = await server!.query<{ fsync: string }>('SHOW fsync');
    if (row.fsync === 'off') break;
  }
  await PostgresSink.open(server!.url).then(
    () => assert.unreachable('accepted'),
    (error) => assert.match(error.message, /runs with fsync off.*nothing is collected/),
  );
});

sinks.run();
