/** Counts what docs/reliability.md says and writes it there, between its two markers. Run: npm run counts */
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const DOC = new URL('../docs/reliability.md', import.meta.url);
const [START, END] = ['<!-- counts -->', '<!-- end of counts -->'];

const read = (pattern: string): string[] =>
  globSync(pattern, { cwd: root }).map((file) => readFileSync(new URL(`../${file}`, import.meta.url), 'utf8'));
const lines = (texts: string[]): number => texts.reduce((sum, text) => sum + text.split('\n').length - 1, 0);
const matches = (texts: string[], pattern: RegExp): number =>
  texts.reduce((sum, text) => sum + (text.match(pattern)?.length ?? 0), 0);

const tests = read('test/**/*.test.ts');
const rows: [string, number][] = [
  ['lines of product: core (AssemblyScript)', lines(read('core-wasm/*.ts'))],
  ['lines of product: host (TypeScript)', lines(read('host/**/*.ts'))],
  [
    'lines of product: firmware (TypeScript, C)',
    lines(read('firmware/{*.ts,{aot,boards,fft,point}/**/*.{ts,c,h,ld}}')),
  ],
  ['lines of test code', lines(read('test/**/*.ts'))],
  ['test files', tests.length],
  ['property tests (fast-check)', matches(tests, /fc\.assert\(/g)],
  ['tests that kill a thread, a process or a broker', matches(tests, /\.kill\(|SIGKILL|kill -9/g)],
  ['mutants of the core that a test must notice', matches(tests, /mutantCore\(/g)],
];
const table = ['| what | count |', '|---|---|', ...rows.map(([what, count]) => `| ${what} | ${count} |`)].join('\n');
const text = readFileSync(DOC, 'utf8');
const [from, to] = [text.indexOf(START), text.indexOf(END)];
if (from < 0 || to < from) throw new Error(`docs/reliability.md: wanted ${START} before ${END}; nothing was written`);
writeFileSync(DOC, `${text.slice(0, from + START.length)}\n${table}\n${text.slice(to)}`);
console.log(table);
