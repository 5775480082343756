/** The books of what is not durable yet: bounded, in order, and nothing dropped that is not counted. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Ledger } from '../../host/run/ledger.ts';
import type { ToStore } from '../../host/store/messages.ts';
import type { FrameDraft, FrameValue } from '../../host/types.ts';
import { descriptorDraft } from '../support/frames.ts';

type Append = Extract<ToStore, { type: 'append' }>;

const feature = (pointId: number, start: number, length: number): FrameDraft => ({
  kind: 'feature',
  pointId,
  monoUs: start + length,
  utcUs: null,
  descriptor: String(pointId),
  body: new Map<number, FrameValue>([
    [20, new Float32Array(50)],
    [
      25,
      new Map<number, FrameValue>([
        [7, start],
        [8, length],
      ]),
    ],
  ]),
  urgent: false,
});
const event = (pointId: number): FrameDraft => ({ ...feature(pointId, 0, 0), kind: 'event', body: new Map([[33, 1]]) });
const SMALL = { sent: 2_000, hold: 4_000, drop: 8_000 };

function book(limits = SMALL) {
  const sent: Append[] = [];
  const told: string[] = [];
  const ledger = new Ledger(
    (message) => sent.push(message as Append),
    { onShort: () => told.push('short'), onEnough: (drafts) => told.push(`enough ${drafts}`) },
    limits,
  );
  return { ledger, sent, told };
}

const ledger = suite('run.Ledger');

ledger('sends no more than its window and the rest as it is acknowledged, once, in order of tokens', () => {
  const { ledger: books, sent } = book();
  books.ready();
  for (let i = 0; i < 50; i++) books.append([feature(1, i, 1)]);
  assert.ok(sent.length < 10, `${sent.length} sent`);
  for (let upTo = 0; books.waiting > 0; ) {
    upTo = sent.at(-1)!.token;
    assert.is(books.committed(upTo), true);
    assert.is(books.committed(upTo), false);
  }
  assert.equal(
    sent.map(({ token }) => token),
    Array.from({ length: 50 }, (_, i) => i + 1),
  );
});

ledger('gives a thread that was started anew what it had, descriptors first, under the same tokens', () => {
  const { ledger: books, sent } = book({ ...SMALL, sent: 1e6 });
  books.describe({ key: '1', draft: descriptorDraft() });
  books.append([feature(1, 0, 1)]);
  books.ready();
  books.append([feature(1, 1, 1)]);
  books.describe({ key: '2', draft: descriptorDraft() });
  books.append([feature(2, 0, 1)]);
  const before = sent.splice(0).map(({ token }) => token);
  books.committed(2);
  books.lost();
  books.append([feature(2, 1, 1)]);
  assert.equal(sent, []);
  books.ready();
  assert.equal(before, [1, 2, 3, 4, 5]);
  assert.equal(
    sent.map(({ token, descriptors }) => [token, descriptors?.[0].key]),
    [
      [1, '1'],
      [3, undefined],
      [4, '2'],
      [5, undefined],
      [6, undefined],
    ],
  );
});

ledger('stands for what it dropped with one gap a point and drops nothing else', () => {
  const { ledger: books, sent, told } = book();
  books.ready();
  for (let i = 0; i < 40; i++) books.append([feature(1, i * 10, 15), feature(2, i * 10, 10)], true);
  books.append([feature(1, 400, 15), event(1)], true); // an alarm keeps its evidence
  assert.equal(told, ['short']);
  while (books.waiting > 0) books.committed(sent.at(-1)!.token);
  const drafts = sent.flatMap((message) => message.drafts);
  const kept = (point: number): number =>
    drafts.filter(({ kind, pointId }) => kind === 'feature' && pointId === point).length;
  const dropped = [41 - kept(1), 40 - kept(2)];
  assert.ok(dropped[0] > 20 && dropped[1] > 20, `dropped ${dropped}`);
  assert.equal(told, ['short', `enough ${dropped[0] + dropped[1]}`]);
  const gaps = drafts.filter(({ kind }) => kind === 'gap');
  assert.equal(
    gaps.map(({ pointId, body }) => [pointId, body.get(40), body.get(41), body.get(42), body.get(43)]),
    // decisions of the first point overlap by 5: the last one dropped ends at 390 + 15
    [
      [1, 'budget', 400 - dropped[0] * 10, 405, dropped[0] * 10 + 5],
      [2, 'budget', 400 - dropped[1] * 10, 400, dropped[1] * 10],
    ],
  );
  assert.is(drafts.filter(({ kind }) => kind === 'event').length, 1);
  assert.is(drafts.at(-1)?.kind, 'gap');
});

ledger('never drops of a source that can wait, and lets it wait until the store follows', async () => {
  const { ledger: books, sent } = book();
  books.ready();
  const signal = new AbortController().signal;
  for (let i = 0; i < 40; i++) books.append([feature(1, i, 1)]);
  let isFree = false;
  const free = books.mayAppend(signal).then(() => {
    isFree = true;
  });
  await Promise.resolve();
  assert.is(isFree, false);
  while (books.waiting > 0) books.committed(sent.at(-1)!.token);
  await free;
  assert.is(sent.flatMap((message) => message.drafts).length, 40);
});

ledger('lets nobody wait whose signal has aborted, and leaves no listener behind', async () => {
  const { ledger: books } = book();
  for (let i = 0; i < 40; i++) books.append([feature(1, i, 1)]);
  const stop = new AbortController();
  const waiting = books.mayAppend(stop.signal);
  stop.abort();
  await waiting;
  await books.mayAppend(stop.signal);
});

ledger('accounts for every sample however appends and commits alternate', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.constant('commit' as const), fc.integer({ min: 1, max: 40 }))), (steps) => {
      const { ledger: books, sent } = book();
      books.ready();
      let end = 0;
      for (const step of steps) {
        if (step === 'commit') books.committed(sent.at(-1)?.token ?? 0);
        else for (let i = 0; i < step; i++, end += 3) books.append([feature(1, end, 3)], true);
      }
      books.settle();
      while (books.waiting > 0) books.committed(sent.at(-1)!.token);
      const drafts = sent.flatMap((message) => message.drafts);
      const features = drafts.filter(({ kind }) => kind === 'feature').length;
      const lost = drafts.reduce((sum, { kind, body }) => sum + (kind === 'gap' ? (body.get(43) as number) : 0), 0);
      assert.is(features * 3 + lost, end);
    }),
  );
});

ledger.run();
