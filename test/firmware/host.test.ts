/** C of the image on the machine of the test, with every check that its compiler and cppcheck have. */
import { spawnSync } from 'node:child_process';
import { globSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { firmwarePath } from '../../firmware/aot/targets.ts';
import { descriptor } from '../../firmware/node/descriptor.ts';
import { boardFacts, factsHeader, SENSORS, sensorFacts } from '../../firmware/node/facts.ts';
import { newFolder } from '../support/folder.ts';
import { needs, programOnPath } from '../support/needs.ts';

const RUN_MS = 60_000;
const SANITIZED = ['-fsanitize=address,undefined', '-fno-sanitize-recover=all', '-g', '-O1'];
const STRICT = ['-std=c11', '-Wall', '-Wextra', '-Werror', '-Wpedantic', '-Wconversion', '-Wshadow'];

const missingGcc = programOnPath('gcc') ? null : 'gcc on PATH (Debian: gcc libc6-dev)';
const missingCppcheck = programOnPath('cppcheck') ? null : 'cppcheck on PATH (Debian: cppcheck)';
const path = (file: string): string => fileURLToPath(new URL(file, import.meta.url));

function factsFolder(sensor: (typeof SENSORS)[number]): string {
  const folder = newFolder('facts');
  const [facts, board] = [sensorFacts(sensor), boardFacts('pico')];
  writeFileSync(join(folder, 'facts.h'), factsHeader(facts, board, descriptor(facts, board, new Uint8Array(32))));
  return folder;
}

/** What the program printed. */
function runSanitized(main: string, sources: string[]): string {
  const folder = factsFolder('iis3dwb');
  const own = sources.map((source) => firmwarePath(`pico/${source}`));
  const args = [
    ...STRICT,
    ...SANITIZED,
    `-I${folder}`,
    `-I${firmwarePath('pico')}`,
    ...own,
    path(main),
    '-o',
    'program',
  ];
  const built = spawnSync('gcc', args, { cwd: folder, encoding: 'utf8' });
  assert.is(built.status, 0, built.stderr);
  const run = spawnSync(join(folder, 'program'), [], { encoding: 'utf8', timeout: RUN_MS, killSignal: 'SIGKILL' });
  assert.is(run.status, 0, run.stdout + run.stderr);
  return run.stdout;
}

const host = suite('firmware.host');

needs(
  host,
  missingGcc,
  'settings come back old or new, never other, when the power is cut at any byte of a write',
  () => {
    const told = runSanitized('settings-host.c', ['settings.c']);
    const [, cuts, olds, news] = (/^(\d+) cuts: (\d+) times the old settings, (\d+) times/.exec(told) ?? []).map(
      Number,
    );
    assert.is(cuts, 2 * 20 * 256 + 2 * 4096, told);
    assert.is(olds + news, cuts);
  },
);

needs(host, missingGcc, 'rings give what was put in, in order, through every wrap of their counts', () => {
  runSanitized('rings-host.c', ['byte-ring.c', 'chunk-ring.c']);
});

for (const sensor of SENSORS)
  needs(host, missingCppcheck, `cppcheck has nothing to say about the C of the ${sensor} image`, () => {
    const others = SENSORS.filter((name) => name !== sensor).map((name) => `${name}.c`);
    const files = globSync('*.c', { cwd: firmwarePath('pico') }).filter((file) => !others.includes(file));
    assert.ok(files.length > 15);
    const { status, stdout, stderr } = spawnSync(
      'cppcheck',
      [
        ...[
          '--std=c11',
          '--enable=warning,style,performance,portability',
          '--inline-suppr',
          '--quiet',
          '--platform=unix32',
        ],
        ...['--error-exitcode=1', '--suppress=missingIncludeSystem', '--max-configs=1', '-D__GNUC__=12'],
        ...[`-I${factsFolder(sensor)}`, `-I${firmwarePath('aot')}`, ...files, firmwarePath('aot/wasm-rt.c')],
      ],
      { cwd: firmwarePath('pico'), encoding: 'utf8', timeout: RUN_MS },
    );
    assert.is(status, 0, stdout + stderr);
  });

host.run();
