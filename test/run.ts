/**
 * Runs every test file in a process of its own and cannot be silently green: uvu alone exits 0 for a file that never
 * calls `.run()` and for a hook that throws. A file counts only if it reports its tests, all of them passed, and it
 * ended by itself. Usage: node test/run.ts [PATTERN...]   (substrings of test file paths)
 */
import { spawn } from 'node:child_process';
import { globSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';

const TIMEOUT_MS = 10 * 60_000;
/** For what a file still has open when its tests have ended: a failed one may never close it. */
const REST_MS = 30_000;
const root = fileURLToPath(new URL('..', import.meta.url));

export interface FileResult {
  file: string;
  total: number;
  passed: number;
  skipped: number;
  output: string;
  problem: string | null;
}

/** Judges one finished file from its exit code and uvu's closing lines. */
export function judge(
  file: string,
  output: string,
  code: number | null,
  killedAfterMs: number | null = null,
): FileResult {
  const number = (label: string): number | null => {
    const found = [...output.matchAll(new RegExp(`^\\s*${label}:\\s+(\\d+)\\s*$`, 'gm'))].at(-1);
    return found ? Number(found[1]) : null;
  };
  const total = number('Total') ?? 0;
  const passed = number('Passed') ?? 0;
  const skipped = number('Skipped') ?? 0;
  let problem: string | null = null;
  if (killedAfterMs !== null)
    problem = `did not end within ${killedAfterMs / 1000} s${total > 0 ? ' of its last test' : ''}`;
  else if (total + skipped === 0) problem = 'ran no test: does it call .run()?';
  else if (passed !== total)
    problem = `${total - passed} of ${total} tests failed`; // skipped ones are not in uvu's total
  else if (code !== 0) problem = `exit code ${code}`;
  else if (skipped > 0 && process.env.CI === 'true') problem = `${skipped} tests skipped, which CI=true forbids`;
  return { file, total, passed, skipped, output, problem };
}

/** The last of uvu's closing lines. */
const CLOSING = /^\s*Duration:\s+\S+ms\s*$/m;

/** Colours would hide the closing lines from `judge`. */
const environment: NodeJS.ProcessEnv = { ...process.env, NO_COLOR: '1', FORCE_COLOR: '0' };

/** @param restMs after its closing lines it is killed: it waits for something that nobody will close */
export function runFile(file: string, restMs = REST_MS): Promise<FileResult> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', file], {
      cwd: root,
      env: environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    let killedAfterMs: number | null = null;
    const killIn = (ms: number): NodeJS.Timeout =>
      setTimeout(() => {
        killedAfterMs = ms;
        child.kill('SIGKILL');
      }, ms);
    let timer = killIn(TIMEOUT_MS);
    let isClosing = false;
    const take = (chunk: Buffer): void => {
      output += chunk;
      if (isClosing || !CLOSING.test(output)) return;
      isClosing = true;
      clearTimeout(timer);
      timer = killIn(restMs);
    };
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    child.on('close', (code) => {
      clearTimeout(timer);
      resolve(judge(file, output, code, killedAfterMs));
    });
  });
}

async function main(): Promise<void> {
  const patterns = process.argv.slice(2);
  const files = globSync('test/**/*.test.ts', { cwd: root })
    .filter((file) => patterns.length === 0 || patterns.some((pattern) => file.includes(pattern)))
    .sort();
  if (files.length === 0) {
    console.error(`no test file matches ${patterns.join(' ') || 'test/**/*.test.ts'}`);
    process.exit(1);
  }
  const results: FileResult[] = [];
  const queue = [...files];
  const worker = async (): Promise<void> => {
    for (let file = queue.shift(); file; file = queue.shift()) {
      const startedMs = Date.now();
      const result = await runFile(file);
      results.push(result);
      const seconds = ((Date.now() - startedMs) / 1000).toFixed(1);
      const skips = result.skipped ? `, ${result.skipped} SKIPPED` : '';
      console.log(
        `${result.problem ? 'FAIL' : 'ok  '} ${file}  ${result.passed}/${result.total}${skips}  ${seconds} s`,
      );
      if (result.problem || result.skipped) console.log(result.output.replace(/^/gm, '     '));
      if (result.problem) console.log(`     ${file}: ${result.problem}`);
    }
  };
  await Promise.all(Array.from({ length: Math.min(2, availableParallelism()) }, worker));
  const passed = results.reduce((sum, result) => sum + result.passed, 0);
  const failed = results.reduce((sum, r) => sum + Math.max(r.total - r.passed, r.problem ? 1 : 0), 0);
  const skipped = results.reduce((sum, result) => sum + result.skipped, 0);
  console.log(`${passed} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ''}`);
  process.exit(failed === 0 ? 0 : 1);
}

if (import.meta.main) await main();
