/** Counts what docs/reliability.md says and writes it there, between its markers. Run: npm run counts */
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { lastRecords } from './soak/record.ts';

/** What the last long runs have found, a row each. */
export function soakTable(): string {
  const runs = Object.entries(lastRecords()).map(([name, { date, cpu, seed, figures }]) => {
    const found = Object.entries(figures).map(([what, count]) => `${what}: ${count}`);
    return `| ${name} | ${date}, ${cpu}, seed ${seed} | ${found.join('; ')} |`;
  });
  return ['| run | when, on what | found |', '|---|---|---|', ...runs].join('\n');
}

const root = fileURLToPath(new URL('..', import.meta.url));
const DOC = new URL('../docs/reliability.md', import.meta.url);

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
const countTable = ['| what | count |', '|---|---|', ...rows.map(([what, count]) => `| ${what} | ${count} |`)].join(
  '\n',
);

/** `text` with `table` between the two markers of `name`. */
function replaced(text: string, name: string, table: string): string {
  const [start, end] = [`<!-- ${name} -->`, `<!-- end of ${name} -->`];
  const [from, to] = [text.indexOf(start), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`docs/reliability.md: wanted ${start} before ${end}; nothing was written`);
  return `${text.slice(0, from + start.length)}\n${table}\n${text.slice(to)}`;
}

if (import.meta.main) {
  const text = replaced(readFileSync(DOC, 'utf8'), 'counts', countTable);
  writeFileSync(DOC, replaced(text, 'long runs', soakTable()));
  console.log(`${countTable}\n\n${soakTable()}`);
}
