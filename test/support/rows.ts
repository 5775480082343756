/**
 * A table of runs of the command line: each row is a claim, what it is run on, and what must come out. All of them start
 * as the file is loaded, a few at a time, because a process spends most of its third of a second loading.
 */
import type { Test } from 'uvu';
import * as assert from 'uvu/assert';
import { newFolder } from './folder.ts';
import { type Ended, type SpindleOptions, spindle } from './spindle.ts';

const AT_ONCE = 3;
/** Far beyond what any row needs: whoever reaches it hangs. */
const TIMEOUT_MS = 60_000;

export interface Row {
  claim: string;
  /** Makes the input in an empty folder, where the command runs then. @returns the arguments */
  make: (folder: string) => string[] | Promise<string[]>;
  code: number;
  /** Every one must be found on stderr: where, what, got, wanted, what happens now. */
  stderr: RegExp[];
  stdout?: RegExp;
  /** Anything else that must hold. */
  holds?: (ended: Ended, folder: string) => void | Promise<void>;
  options?: SpindleOptions;
}

/** Registers each row as a test. */
export function registerRows(tests: Test, rows: Row[]): void {
  let free = AT_ONCE;
  const waiting: (() => void)[] = [];
  for (const row of rows) {
    const folder = newFolder('row');
    const run = async (): Promise<Ended> => {
      if (free === 0) await new Promise<void>((resolve) => waiting.push(resolve));
      else free--;
      try {
        return await spindle(await row.make(folder), { cwd: folder, timeoutMs: TIMEOUT_MS, ...row.options });
      } finally {
        const next = waiting.shift();
        if (next) next();
        else free++;
      }
    };
    const running = run();
    running.catch(() => {}); // its test tells
    tests(row.claim, async () => {
      const ended = await running;
      if (process.env.SHOW) console.log(`--- ${row.claim}\n[${ended.code}] ${ended.stderr.slice(0, 700)}`);
      await check(row, ended, folder);
    });
  }
}

async function check(row: Row, ended: Ended, folder: string): Promise<void> {
  const { code, signal, stdout, stderr } = ended;
  const told = `exit ${code ?? signal}\n${stderr.slice(0, 3000)}`;
  assert.is(signal, null, `did not end by itself: ${told}`);
  assert.is(code, row.code, told);
  assert.not.match(stderr, /\n\s+at .*:\d+/, `a stack is not for people: ${told}`);
  for (const wanted of row.stderr) assert.match(stderr, wanted, `wanted ${wanted}, got ${told}`);
  if (row.stdout) assert.match(stdout, row.stdout);
  else if (code === 2) assert.is(stdout, '', 'a refusal leaves stdout empty');
  await row.holds?.(ended, folder);
}
