/**
 * The long runs. Not part of the tests; each ends with exit code 1 when what it looks for has happened, and each has a
 * short form among the tests.
 * Usage: npm run soak -- NAME [ARGUMENTS]
 *   identity [WINDOWS [SEED]]   every build of the core gives the same bits
 *   kills [KILLS [SEED]]        host, broker and collector killed at random under load: nothing lost, nothing twice
 *   store [CUTS [SEED [SECONDS]]]  power cuts, torn sectors, device writes, the model of what may leave
 *   day [SPEED [SEED [HOURS]]]  a day of mixed faults on the real host, every second accounted for by cause
 *   fuzz [INPUTS [SEED]]        ten million inputs into the decoders of recordings and configuration
 *   week [DAYS [FOLDER]]        a broker that was away for days at 8 frames a second comes back
 *   receipts [INPUTS [SEED]]    fuzz of the receipt, query and payload decoders
 *   nodes [RUN...]              sensor nodes: stream, pulls, commands; all if none is named
 *   wire [SCANS [SEED]]         what a node sends, the same bytes in Node, on M0+, M4F and M33
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const RUNS: Record<string, string> = {
  identity: './identity/soak.ts',
  kills: './soak/kills-run.ts',
  store: './soak/store-run.ts',
  week: './soak/week-run.ts',
  receipts: './soak/receipts-run.ts',
  day: './soak/day-run.ts',
  fuzz: './soak/fuzz-run.ts',
  nodes: './soak/nodes-run.ts',
  wire: './soak/wire-run.ts',
};

const [name = '', ...rest] = process.argv.slice(2);
// before there was more than one, the arguments were those of identity
const isOld = name === '' || /^\d/.test(name);
const run = RUNS[isOld ? 'identity' : name];
if (run === undefined) {
  console.error(`soak: got ${name}, wanted one of ${Object.keys(RUNS).join(', ')}`);
  process.exit(2);
}
const file = fileURLToPath(new URL(run, import.meta.url));
const args = isOld && name !== '' ? [name, ...rest] : rest;
const { status } = spawnSync(process.execPath, ['--disable-warning=ExperimentalWarning', file, ...args], {
  stdio: 'inherit',
});
process.exitCode = status ?? 1;
