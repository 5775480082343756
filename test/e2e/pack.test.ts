/**
 * `npm pack` in a clone, and the tarball installed for real: offline, with an empty cache, into an empty prefix. Works
 * on a copy of the clone, because packing replaces its package.json for a moment.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, globSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { newFolder } from '../support/folder.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const LEFT_OUT = ['node_modules', '.git', 'dist', 'coverage', 'test', 'spindle-data'];
const MAX_INSTALLED_MB = 60;
const folder = newFolder('pack');
const [clone, prefix] = [join(folder, 'clone'), join(folder, 'prefix')];

function run(command: string, args: string[], cwd: string): string {
  // the Node of this test first, so that the installed product runs on it
  const env = { ...process.env, PATH: `${dirname(process.execPath)}${delimiter}${process.env.PATH}` };
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, env, encoding: 'utf8', timeout: 300_000 });
  assert.is(status, 0, `${command} ${args.join(' ')}: ${error?.message ?? ''}${stdout}${stderr}`);
  return stdout;
}

function copyClone(): void {
  mkdirSync(clone);
  for (const name of readdirSync(root))
    if (!LEFT_OUT.includes(name) && !name.endsWith('.tgz'))
      cpSync(join(root, name), join(clone, name), { recursive: true });
  // hard links where the file system allows it: half a gigabyte of tools
  const linked = spawnSync('cp', ['-al', join(root, 'node_modules'), clone]);
  if (linked.status !== 0) run('cp', ['-a', join(root, 'node_modules'), clone], root);
}

const pack = suite('e2e.pack');

pack('npm pack works in a clone, also after a pack that was interrupted, and leaves the clone as it was', () => {
  copyClone();
  const before = readFileSync(join(clone, 'package.json'), 'utf8');
  const addOn = join(clone, 'node_modules', 'cbor-extract');
  const hadAddOn = existsSync(addOn);
  run('node', ['pack.mjs', 'prepack'], clone);
  assert.is.not(readFileSync(join(clone, 'package.json'), 'utf8'), before);
  assert.not.ok(existsSync(addOn));
  run('npm', ['pack', '--silent'], clone);
  assert.is(readFileSync(join(clone, 'package.json'), 'utf8'), before);
  assert.is(existsSync(addOn), hadAddOn);
  assert.not.ok(existsSync(join(clone, 'package.json.unpacked')));
  assert.not.ok(existsSync(join(clone, 'node_modules', '.spindle-aside')));
});

pack('a leftover never undoes what was written into package.json since', () => {
  const file = join(clone, 'package.json');
  const before = readFileSync(file, 'utf8');
  writeFileSync(`${file}.unpacked`, '{"name":"older"}');
  run('node', ['pack.mjs', 'restore'], clone);
  assert.is(readFileSync(file, 'utf8'), before);
  assert.not.ok(existsSync(`${file}.unpacked`));
});

pack('the tarball installs offline with an empty cache, in at most 60 MB', () => {
  const [tarball] = globSync('*.tgz', { cwd: clone });
  const args = ['--prefix', prefix, '--cache', join(folder, 'cache'), '--offline', '--no-audit', '--no-fund'];
  run('npm', ['install', '-g', ...args, join(clone, tarball)], folder);
  const megabytes = Number(run('du', ['-sk', prefix], folder).split('\t')[0]) / 1000;
  assert.ok(megabytes <= MAX_INSTALLED_MB, `${megabytes} MB`);
});

pack('it holds one serialport, version 13, and nothing built for this machine only', () => {
  const found = globSync('lib/node_modules/**/serialport/package.json', { cwd: prefix });
  assert.equal(
    found.map((file) => JSON.parse(readFileSync(join(prefix, file), 'utf8')).version.split('.')[0]),
    ['13'],
  );
  const own = globSync('lib/node_modules/spindle/node_modules/{*,@*/*}/package.json', { cwd: prefix });
  const bound = own.filter((file) => 'cpu' in JSON.parse(readFileSync(join(prefix, file), 'utf8')));
  assert.equal(bound, []);
});

pack('its own code is JavaScript that names no TypeScript file', () => {
  const own = globSync('lib/node_modules/spindle/dist/**/*.{ts,js}', { cwd: prefix });
  assert.ok(own.length > 50);
  assert.equal(
    own.filter(
      (file) => file.endsWith('.ts') || /new URL\([^)]*\.ts['"]/.test(readFileSync(join(prefix, file), 'utf8')),
    ),
    [],
  );
});

pack('the installed command shows its help and judges a recording', () => {
  const spindle = join(prefix, 'bin', 'spindle');
  assert.match(run(spindle, ['--help'], folder), /Usage: spindle/);
  const lines = Array.from({ length: 40_000 }, (_, row) => (Math.sin(row) + Math.sin(row * row)).toFixed(4));
  writeFileSync(join(folder, 'pump.csv'), `accel\n${lines.join('\n')}\n`);
  const rows = run(spindle, ['replay', 'pump.csv', '--rate', '2000', '--unit', 'g', '--jsonl', '-'], folder);
  assert.is(JSON.parse(rows.split('\n')[0]).trace, 'pump.csv');
});

pack('the installed demo runs all its threads as JavaScript and loses nothing', () => {
  const spindle = join(prefix, 'bin', 'spindle');
  const stdout = run(spindle, ['demo', '--headless', '--seconds', '4', '--speedup', '20'], folder);
  const summary = JSON.parse(stdout.trimEnd().split('\n').at(-1)!);
  assert.is(summary.samplesIn, summary.samplesAnalysed + summary.samplesPending + summary.samplesLost);
  assert.ok(summary.frames > 0);
  assert.equal([summary.samplesLost, summary.framesLost], [0, 0]);
});

pack.run();
