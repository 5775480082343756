// What `npm pack` runs before and after: the packed product is JavaScript with its runtime dependencies inside, while
// a clone runs TypeScript. Plain JavaScript, because it runs on the Node that npm finds.
//
// Invariants
// - The clone's package.json is kept in package.json.unpacked for as long as it is replaced, and packages that belong
//   to this machine only (prebuilt add-ons) in node_modules/.spindle-aside for as long as they are hidden from npm.
// - `restore` undoes both, may run at any time and twice, and runs first in `prepack`: an interrupted pack heals itself.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('.', import.meta.url));
const at = (...parts) => join(root, ...parts);
const aside = at('node_modules', '.spindle-aside');
const MARK = 'replaced by pack.mjs; node pack.mjs restore brings the original back';
/** What is read at run time beside the code; same place below dist/ as in the clone. */
const ASSETS = [
  { folder: 'host', ending: '.html' },
  { folder: 'hardware', ending: '.json' },
  { folder: 'core-wasm/build', ending: '.simd.wasm' },
  { folder: 'core-wasm/build', ending: '.scalar.wasm' },
  // where the ARM tools have built them
  { folder: 'firmware/build', ending: '.uf2' },
];

const readJson = (path) => JSON.parse(readFileSync(path, 'utf8'));

function fail(message) {
  console.error(`pack: ${message}`);
  process.exit(1);
}

function must(command, args) {
  const env = { ...process.env, PATH: `${at('node_modules', '.bin')}${delimiter}${process.env.PATH}` };
  const { status, error } = spawnSync(command, args, { cwd: root, env, stdio: ['ignore', 2, 2] });
  if (status !== 0) fail(`${command} ${args.join(' ')} failed${error ? `: ${error.message}` : ''}`);
}

function filesUnder(folder, ending) {
  if (!existsSync(at(folder))) return [];
  return readdirSync(at(folder), { recursive: true })
    .filter((name) => name.endsWith(ending))
    .map((name) => `${folder}/${name}`);
}

/** TypeScript to JavaScript in dist/, with everything it reads beside it. */
function buildDist() {
  must('npm', ['run', '--silent', 'build']);
  rmSync(at('dist'), { recursive: true, force: true });
  mkdirSync(at('dist'));
  const project = {
    extends: '../tsconfig.json',
    compilerOptions: { noEmit: false, allowImportingTsExtensions: false, rootDir: '..', outDir: '.' },
    include: ['../host/**/*.ts', '../hardware/**/*.ts', '../core-wasm/memory.ts'],
  };
  writeFileSync(at('dist', 'tsconfig.json'), JSON.stringify(project));
  must('tsc', ['-p', 'dist/tsconfig.json']);
  rmSync(at('dist', 'tsconfig.json'));
  for (const file of filesUnder('dist', '.js')) pointAtJavaScript(file);
  for (const { folder, ending } of ASSETS)
    for (const file of filesUnder(folder, ending)) cpSync(at(file), at('dist', file));
  const { name, version, type } = readJson(at('package.json'));
  writeFileSync(at('dist', 'package.json'), `${JSON.stringify({ name, version, type }, null, 2)}\n`);
}

/** tsc rewrites imports; a worker's `new URL('./x.ts', import.meta.url)` is left to us. */
function pointAtJavaScript(file) {
  const text = readFileSync(at(file), 'utf8');
  const rewritten = text.replace(/(new URL\(\s*['"]\.[^'"]*)\.ts(['"])/g, '$1.js$2');
  const left = /['"`]\.{1,2}\/[^'"`\s]*\.ts['"`]/.exec(rewritten);
  if (left) fail(`${file} still names ${left[0]}: write it as new URL('./x.ts', import.meta.url) or a static import`);
  if (rewritten !== text) writeFileSync(at(file), rewritten);
}

/** Optional dependencies of what is bundled: add-ons for this machine, which others would carry for nothing. */
function optionalOf(manifest) {
  const { packages } = readJson(at('package-lock.json'));
  const seen = new Set();
  const optional = new Set();
  const queue = Object.keys(manifest.dependencies).map((name) => `node_modules/${name}`);
  for (let path = queue.pop(); path; path = queue.pop()) {
    const entry = packages[path];
    if (!entry || seen.has(path)) continue;
    seen.add(path);
    for (const name of Object.keys(entry.dependencies ?? {})) queue.push(resolved(packages, path, name));
    for (const name of Object.keys(entry.optionalDependencies ?? {})) optional.add(resolved(packages, path, name));
  }
  return [...optional].filter((path) => existsSync(at(path)));
}

/** Where Node finds `name` from the package at `from`. */
function resolved(packages, from, name) {
  for (let folder = from; ; folder = folder.slice(0, folder.lastIndexOf('/node_modules/'))) {
    if (packages[`${folder}/node_modules/${name}`]) return `${folder}/node_modules/${name}`;
    if (!folder.includes('/node_modules/')) return `node_modules/${name}`;
  }
}

/** Hidden packages are numbered, and the list of their places is on the disk before the first one moves. */
function hideAll(paths) {
  mkdirSync(aside);
  writeFileSync(join(aside, 'places.json'), JSON.stringify(paths));
  paths.forEach((path, index) => {
    renameSync(at(path), join(aside, String(index)));
  });
}

/** What an installed copy needs and nothing else; the scripts of a clone stay, so that a leftover can still heal. */
function packedManifest(manifest) {
  const { devDependencies, optionalDependencies, overrides, ...kept } = manifest;
  const bundleDependencies = Object.keys(manifest.dependencies);
  return { ...kept, bin: { spindle: 'dist/host/cli.js' }, bundleDependencies, packed: MARK };
}

function prepack() {
  restore();
  buildDist();
  const manifest = readJson(at('package.json'));
  cpSync(at('package.json'), at('package.json.unpacked.new'));
  renameSync(at('package.json.unpacked.new'), at('package.json.unpacked'));
  hideAll(optionalOf(manifest));
  writeFileSync(at('package.json.new'), `${JSON.stringify(packedManifest(manifest), null, 2)}\n`);
  renameSync(at('package.json.new'), at('package.json'));
}

function restore() {
  if (existsSync(at('package.json.unpacked'))) {
    // without the mark it is the original, maybe edited since
    if (readJson(at('package.json')).packed === MARK) renameSync(at('package.json.unpacked'), at('package.json'));
    else rmSync(at('package.json.unpacked'));
  }
  for (const file of ['package.json.new', 'package.json.unpacked.new']) rmSync(at(file), { force: true });
  if (!existsSync(aside)) return;
  const places = join(aside, 'places.json');
  for (const [index, path] of Object.entries(existsSync(places) ? readJson(places) : [])) {
    const hidden = join(aside, index);
    if (existsSync(hidden) && !existsSync(at(path))) renameSync(hidden, at(path)); // else: installed anew meanwhile
  }
  rmSync(aside, { recursive: true, force: true });
}

const task = { prepack, restore }[process.argv[2]];
if (!task) fail(`usage: node pack.mjs prepack|restore, got ${process.argv[2] ?? 'nothing'}`);
task();
