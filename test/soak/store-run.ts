/**
 * The store against power cuts, torn sectors, the wear of its device and its model, at length. Needs root and loop devices.
 * Usage: npm run soak -- store [CUTS [SEED [SECONDS]]]     (220 cuts, seed 1, 240 s of device writes if absent)
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Random } from '../../host/acquire/random.ts';
import { appendRatio } from '../bench/append.ts';
import { cutPower } from '../fault/power-cut/cuts.ts';
import { missingForDisk } from '../fault/power-cut/disk.ts';
import { newFolder } from '../support/folder.ts';

const [cuts = '220', seed = '1', seconds = '240'] = process.argv.slice(2);
const TORN = '1500';
const MODEL = '400';
/** Cuts of the store whose commits nobody syncs. */
const UNSYNCED = 30;

const missing = missingForDisk();
if (missing !== null) {
  console.error(`soak store: no ${missing}`);
  process.exit(2);
}

function test(name: string, environment: Record<string, string>): void {
  const file = fileURLToPath(new URL(`../${name}`, import.meta.url));
  const { status } = spawnSync(process.execPath, ['--disable-warning=ExperimentalWarning', file], {
    stdio: 'inherit',
    env: { ...process.env, CI: 'true', SPINDLE_SEED: seed, ...environment },
  });
  if (status !== 0) process.exitCode = 1;
}

const numbers = Random.stream(Number(seed), 'soak');
const unsynced = await cutPower(UNSYNCED, 'unsynced', () => numbers.uniform());
console.log(
  `${UNSYNCED} cuts without sync: ${unsynced.failedCuts} lost acknowledged frames, ${unsynced.lost} in all; other problems: ${unsynced.problems.length}`,
);
if (unsynced.failedCuts === 0) process.exitCode = 1;
test('fault/power-cut.test.ts', { SPINDLE_POWER_CUTS: cuts });
test('fault/torn.test.ts', { SPINDLE_TORN_CUTS: TORN });
test('model/store.test.ts', { SPINDLE_MODEL_RUNS: MODEL });
test('fault/device-writes.test.ts', { SPINDLE_WRITES_SECONDS: seconds });
for (const group of [8, 100]) {
  const { storePerS, barePerS, ratio } = appendRatio(newFolder('append'), group, 7, 60 * group);
  console.log(
    `${group} frames a commit: ${Math.round(storePerS)} frames a second, a bare SQLite loop ${Math.round(barePerS)}: ${ratio.toFixed(2)} of it`,
  );
  if (group === 8 && ratio < 0.5) process.exitCode = 1;
}
