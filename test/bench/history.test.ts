/** What `npm run bench` remembers of a run, and what it says of the next one. */
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { newFolder } from '../support/folder.ts';
import { deltaText, type HistoryLine, remember } from './history.ts';

const line = (changes: Partial<HistoryLine> = {}): HistoryLine => ({
  at: '2026-01-02T03:04:05.000Z',
  commit: 'abc1234',
  cpu: 'a cpu, 2 cores',
  node: '24.0.0',
  ratios: { 'pipeline over numpy': 2 },
  figures: { bigReplayPeakMB: 120 },
  ...changes,
});

const history = suite('bench.history');

history('a line is added at the end, and the one before comes back', () => {
  const path = join(newFolder('history'), 'history.jsonl');
  assert.is(remember(path, line({ commit: 'first' })), null);
  assert.is(remember(path, line({ commit: 'second' }))?.commit, 'first');
  assert.equal(remember(path, line()), line({ commit: 'second' }));
});

history('ratios are compared in per cent; one that is missing on either side is shown without', () => {
  const before = line({ ratios: { a: 2, b: null, d: 4 } });
  const now = line({ ratios: { a: 2.5, b: 1, c: 3, d: 3 } });
  assert.equal(deltaText(now, before).split('\n'), [
    'against abc1234 of 2026-01-02T03:04:05.000Z:',
    '  a: 2.5 (was 2, +25.0 %)',
    '  b: 1 (was -)',
    '  c: 3 (was -)',
    '  d: 3 (was 4, -25.0 %)',
  ]);
});

history('another machine or Node is named', () => {
  assert.match(deltaText(line(), line({ cpu: 'slow, 1 cores' })), /:05.000Z, on slow, 1 cores, node 24.0.0:\n/);
});

history.run();
