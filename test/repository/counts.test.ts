/** What docs/reliability.md says of the long runs is what they wrote down. */
import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { soakTable } from '../counts.ts';

const counts = suite('counts');

counts('the table of long runs is that of test/soak/last.json (write it with: npm run counts)', () => {
  const text = readFileSync(new URL('../../docs/reliability.md', import.meta.url), 'utf8');
  assert.ok(text.includes(soakTable()), soakTable());
});

counts.run();
