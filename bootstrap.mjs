// Entry of `npm start` and `npm test` on a machine that has nothing but Node >= 20 and npm: installs what is
// missing, builds, and hands over to the pinned Node. Plain JavaScript, because it runs on the Node it finds.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('.', import.meta.url));
const bin = join(root, 'node_modules', '.bin');
const [task, ...rest] = process.argv.slice(2);

/** System packages (Debian) that only the tests need, by a command or a file that shows they are there. */
const TEST_PACKAGES = [
  { sign: 'mosquitto', package: 'mosquitto' },
  { sign: '/usr/lib/postgresql', package: 'postgresql' },
  { sign: 'python3', package: 'python3' },
  { sign: 'chromium', package: 'chromium' },
  { sign: 'firefox-esr', package: 'firefox-esr' },
  { sign: 'gcc', package: 'gcc' },
  { sign: '/usr/include/stdio.h', package: 'libc6-dev' },
  { sign: 'wasm2c', package: 'wabt' },
  { sign: 'arm-none-eabi-gcc', package: 'gcc-arm-none-eabi' },
  { sign: '/usr/lib/arm-none-eabi/newlib', package: 'libnewlib-arm-none-eabi' },
  { sign: 'qemu-aarch64', package: 'qemu-user' },
  { sign: 'qemu-system-arm', package: 'qemu-system-arm' },
  { sign: 'cppcheck', package: 'cppcheck' },
  { sign: 'socat', package: 'socat' },
  { sign: 'mkfs.xfs', package: 'xfsprogs' },
  { sign: 'mkfs.ext4', package: 'e2fsprogs' },
  { sign: 'losetup', package: 'mount' },
];
/** Not offered where arm64 is the machine itself. */
const CROSS_PACKAGES = [
  { sign: 'aarch64-linux-gnu-gcc', package: 'gcc-aarch64-linux-gnu' },
  { sign: '/usr/aarch64-linux-gnu/include/stdio.h', package: 'libc6-dev-arm64-cross' },
  { sign: '/usr/aarch64-linux-gnu/lib/libstdc++.so.6', package: 'libstdc++6-arm64-cross' },
];

function fail(message) {
  console.error(`spindle: ${message}`);
  process.exit(1);
}

function run(command, args, options = {}) {
  const env = { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH}`, ...options.env };
  const result = spawnSync(command, args, { cwd: root, stdio: 'inherit', ...options, env });
  if (result.error) fail(`cannot run ${command}: ${result.error.message}`);
  return result;
}

function must(command, args, options) {
  const { status, signal } = run(command, args, options);
  if (status !== 0) process.exit(status ?? (signal ? 1 : 0));
}

function sha256(...files) {
  const hash = createHash('sha256');
  for (const file of files) hash.update(file).update(readFileSync(join(root, file)));
  return hash.digest('hex');
}

function filesUnder(directory, extension) {
  return readdirSync(join(root, directory), { withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(extension))
    .map((entry) => `${directory}/${entry.name}`)
    .sort();
}

/** Does `work` unless the stamp says that it was done for these very inputs. */
function once(name, inputs, outputs, work) {
  const stamp = join(root, 'node_modules', `.spindle-${name}`);
  const wanted = sha256(...inputs);
  const done = existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted;
  if (done && outputs.every((file) => existsSync(join(root, file)) && statSync(join(root, file)).size > 0)) return;
  work();
  mkdirSync(join(root, 'node_modules'), { recursive: true });
  writeFileSync(stamp, wanted);
}

function installDependencies() {
  once('install', ['package-lock.json', 'package.json'], ['node_modules/.bin/asc'], () => {
    console.error('spindle: installing dependencies (npm ci) ...');
    must('npm', ['ci', '--loglevel=error', '--no-fund', '--no-audit']);
  });
}

function build() {
  const modules = ['simd', 'scalar', 'node'].map((name) => `core-wasm/build/spindle-core.${name}.wasm`);
  once('build', ['asconfig.json', 'package-lock.json', ...filesUnder('core-wasm', '.ts')], modules, () => {
    console.error('spindle: building the core (AssemblyScript) ...');
    must('npm', ['run', '--silent', 'build']);
  });
}

/** The pinned Node of node_modules, or the running one where it is as new (a platform without a pinned binary). */
function node24() {
  const pinned = join(bin, 'node');
  if (existsSync(pinned) && spawnSync(pinned, ['--version']).status === 0) return pinned;
  if (Number(process.versions.node.split('.')[0]) >= 24) return process.execPath;
  return fail(
    `Node 24 is needed and there is no pinned binary for ${process.platform}-${process.arch}; ` +
      `this is Node ${process.versions.node}. Install Node 24 and run the command again.`,
  );
}

function has(sign) {
  if (sign.startsWith('/')) return existsSync(sign);
  return (process.env.PATH ?? '').split(delimiter).some((folder) => existsSync(join(folder, sign)));
}

function installTestPackages() {
  process.env.PATH = `${process.env.PATH}${delimiter}/usr/sbin`;
  const wanted = process.arch === 'arm64' ? TEST_PACKAGES : [...TEST_PACKAGES, ...CROSS_PACKAGES];
  const missing = wanted.filter((entry) => !has(entry.sign)).map((entry) => entry.package);
  if (missing.length === 0) return;
  const line = `apt-get install -y --no-install-recommends ${missing.join(' ')}`;
  if (process.getuid?.() !== 0 || !has('apt-get')) {
    console.error(`spindle: missing for the full test: ${missing.join(', ')}. As root: ${line}`);
    return; // the tests that need them say so; with CI=true they fail
  }
  console.error(`spindle: installing ${missing.join(', ')} (all of them take about 1.5 GB) ...`);
  // policy-rc.d forbids every service start: a test starts its own instance on a free port
  const noService =
    'test -e /usr/sbin/policy-rc.d || { printf "#!/bin/sh\\nexit 101\\n" > /usr/sbin/policy-rc.d && chmod +x /usr/sbin/policy-rc.d && trap "rm -f /usr/sbin/policy-rc.d" EXIT; }';
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  const quiet = { stdio: ['ignore', 'ignore', 'inherit'], env };
  // one that cannot be had must not keep the others away; the tests that need it say so
  const each = missing.map((name) => `apt-get install -y --no-install-recommends ${name}`).join('; ');
  const { status } = run('sh', ['-c', `${noService}; apt-get update -qq && (${line} || { ${each}; })`], quiet);
  const absent = wanted.filter((entry) => !has(entry.sign)).map((entry) => entry.package);
  if (status !== 0 || absent.length > 0) console.error(`spindle: still missing: ${absent.join(', ') || 'nothing'}`);
}

if (Number(process.versions.node.split('.')[0]) < 20)
  fail(`Node 20 or newer is needed, this is ${process.versions.node}`);
if (task !== 'start' && task !== 'test')
  fail(`usage: node bootstrap.mjs start|test [ARGUMENTS], got ${task ?? 'nothing'}`);
// an interrupted `npm pack` leaves the package.json of the product behind
if (existsSync(join(root, 'package.json.unpacked'))) must(process.execPath, [join(root, 'pack.mjs'), 'restore']);
installDependencies();
build();
const quietSqlite = '--disable-warning=ExperimentalWarning';
if (task === 'start') {
  must(node24(), [quietSqlite, 'host/cli.ts', 'demo', ...rest]);
} else {
  installTestPackages();
  must('npm', ['run', '--silent', 'check']);
  must(node24(), [quietSqlite, 'test/run.ts', ...rest]);
}
