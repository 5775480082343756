/** The runner's own promise: no way of failing looks green. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { judge, runFile } from '../run.ts';
import { newFolder } from '../support/folder.ts';

const lines = (total: number, passed: number, skipped = 0): string =>
  `  Total:     ${total}\n  Passed:    ${passed}\n  Skipped:   ${skipped}\n  Duration:  1ms\n`;

const runner = suite('run.judge');

runner('accepts a file that ran and passed everything', () => {
  assert.is(judge('a', lines(3, 3), 0).problem, null);
});
runner('refuses a file that exits 0 without running a test', () => {
  assert.match(judge('a', '', 0).problem ?? '', /ran no test/);
});
runner('refuses 0 of 1 passed with exit 0, which a throwing hook gives', () => {
  assert.match(judge('a', lines(1, 0), 0).problem ?? '', /1 of 1 tests failed/);
});
runner('refuses a non-zero exit after passing lines, as an unhandled rejection gives', () => {
  assert.match(judge('a', lines(2, 2), 1).problem ?? '', /exit code 1/);
});
runner('refuses a file that had to be killed', () => {
  assert.is(judge('a', lines(2, 2), null, 30_000).problem, 'did not end within 30 s of its last test');
  assert.is(judge('a', '', null, 600_000).problem, 'did not end within 600 s');
});
runner('ends a file that keeps something open after its last test, and refuses it', async () => {
  const file = join(newFolder('runner'), 'open.test.ts');
  const uvu = import.meta.resolve('uvu');
  writeFileSync(file, `import { test } from '${uvu}'; test('t', () => {}); test.run(); setInterval(() => {}, 1000);`);
  const { total, passed, problem } = await runFile(file, 500);
  assert.equal([total, passed, problem], [1, 1, 'did not end within 0.5 s of its last test']);
});
runner('accepts skips elsewhere, a file of nothing but skips included, and no failure beside them', () => {
  const before = process.env.CI;
  delete process.env.CI;
  const problems = [lines(1, 1, 1), lines(0, 0, 2), lines(2, 1, 1)].map((text) => judge('a', text, 0).problem);
  if (before !== undefined) process.env.CI = before;
  assert.equal(problems, [null, null, '1 of 2 tests failed']);
});
runner('refuses skips when CI is true', () => {
  const before = process.env.CI;
  process.env.CI = 'true';
  const { problem } = judge('a', lines(1, 1, 1), 0);
  if (before === undefined) delete process.env.CI;
  else process.env.CI = before;
  assert.match(problem ?? '', /skipped/);
});

runner.run();
