/** The one-way flow, held by the imports themselves: a stage never imports a later one. */
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

const root = fileURLToPath(new URL('../..', import.meta.url));
const STAGES = ['acquire', 'window', 'analyse', 'detect', 'alarm', 'store', 'forward', 'serve'];

function importsOf(file: string): string[] {
  const text = readFileSync(join(root, file), 'utf8');
  const found = [
    ...text.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g),
    ...text.matchAll(/new URL\(\s*'(\.[^']+)'/g),
  ];
  return found.map((match) => normalize(join(dirname(file), match[1])));
}

function stageOf(file: string): number {
  const [host, folder] = file.split('/');
  return host === 'host' ? STAGES.indexOf(folder) : -1;
}

const imports = suite('imports');

imports('between stages only look up the stream', () => {
  const files = globSync('host/**/*.ts', { cwd: root });
  assert.ok(files.length > 0);
  const wrong: string[] = [];
  for (const file of files) {
    const from = stageOf(file);
    if (from < 0) continue;
    for (const target of importsOf(file)) if (stageOf(target) > from) wrong.push(`${file} imports ${target}`);
  }
  assert.equal(wrong, []);
});

imports('of a stage never name pipeline, cli or demo: only these know the order', () => {
  const wrong: string[] = [];
  for (const file of globSync('host/**/*.ts', { cwd: root })) {
    if (stageOf(file) < 0) continue;
    for (const target of importsOf(file))
      if (/^host\/(pipeline|cli|demo|run)\b/.test(target)) wrong.push(`${file} imports ${target}`);
  }
  assert.equal(wrong, []);
});

imports('from outside host stay outside: no product file imports a test', () => {
  const wrong = globSync('{host,core-wasm,hardware}/**/*.ts', { cwd: root, exclude: ['**/node_modules/**'] }).filter(
    (file) => importsOf(file).some((target) => target.startsWith('test/')),
  );
  assert.equal(wrong, []);
});

imports.run();
