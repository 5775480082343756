/**
 * The long run: seeded tapes until a million windows are full, the SIMD module and the native build against the scalar
 * module; then a tenth of that on the core of a sensor node, as WebAssembly and as C in no more bytes than it may use.
 * Not part of the tests; ends with exit code 1 when a word differs, after naming the first place on each tape that does.
 * Usage: npm run soak -- [WINDOWS [SEED]]
 */
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { NODE_CORE_BYTES } from '../../core-wasm/memory.ts';
import { cModule } from '../../firmware/aot/c-module.ts';
import { Progress } from '../../host/commands/progress.ts';
import { coreModule } from './builds.ts';
import { seededTape } from './corpus.ts';
import { type Difference, difference, recordsOf } from './difference.ts';
import { missingFor, NativePlayer } from './native.ts';
import { seededNodeTape } from './node-tapes.ts';
import { play } from './play.ts';

const USAGE = 'usage: soak [WINDOWS [SEED]]';
const DEFAULT_WINDOWS = 1_000_000;
const PLAY_MS = 60_000;
/** Of the windows, one in so many is played once more on the core of a sensor node. */
const NODE_SHARE = 10;
/** Past these only the count is of interest. */
const MOST_PLACES = 10;

interface Build {
  by: string;
  play(tape: Uint8Array): Uint8Array;
}

export interface SoakResult {
  tapes: number;
  windows: number;
  words: number;
  differing: number;
  places: string[];
}

/**
 * Plays the tapes of `seed`, `seed + 1`, ... on all builds until `windows` windows are compared.
 *
 * @param builds  two or more; the first is what the others are measured by
 */
export function soak(
  builds: Build[],
  windows: number,
  seed: number,
  { tapeOf = seededTape, told }: { tapeOf?: (seed: number) => Uint8Array; told?: (windows: number) => void } = {},
): SoakResult {
  const [first, ...others] = builds;
  const result: SoakResult = { tapes: 0, windows: 0, words: 0, differing: 0, places: [] };
  while (result.windows < windows) {
    const name = `seed ${seed + result.tapes}`;
    const tape = tapeOf(seed + result.tapes);
    const wanted = { by: first.by, answers: first.play(tape) };
    for (const other of others) {
      const found = difference(name, tape, { by: other.by, answers: other.play(tape) }, wanted);
      if (found) note(result, found);
    }
    let made = 0;
    for (const _ of recordsOf(tape, wanted.answers)) made++;
    if (made === 0) throw new Error(`${name}: its tape gives no window, so the run would never end`);
    result.tapes++;
    result.windows += made;
    result.words += wanted.answers.length / 4;
    told?.(made);
  }
  return result;
}

function note(result: SoakResult, { words, place }: Difference): void {
  result.differing += words;
  if (result.places.length < MOST_PLACES) result.places.push(place);
}

/** A whole number of at least `least`. */
function whole(what: string, text: string | undefined, fallback: number, least: number): number {
  if (text === undefined) return fallback;
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= least) return value;
  console.error(`soak: ${what} is '${text}', wanted a whole number of at least ${least}; nothing was played. ${USAGE}`);
  process.exit(2);
}

function main(): void {
  const { positionals } = parseArgs({ allowPositionals: true });
  const windows = whole('WINDOWS', positionals[0], DEFAULT_WINDOWS, 1);
  const seed = whole('SEED', positionals[1], randomInt(2 ** 31), 0);
  const [scalar, simd, node] = (['scalar', 'simd', 'node'] as const).map((name): Build => {
    const module = coreModule(name);
    return { by: name, play: (tape) => play(module, tape) };
  });
  const full = [scalar, simd];
  const small = [scalar, node];
  const missing = missingFor('x64');
  if (missing === null) {
    full.push(native('native x64', coreModule('scalar')));
    small.push(native('node as native x64', cModule(coreModule('node'), { memoryBytes: NODE_CORE_BYTES })));
  } else console.error(`soak: WITHOUT the native builds: no ${missing}`);
  const alike = [
    run(full, windows, seed, seededTape),
    run(small, Math.ceil(windows / NODE_SHARE), seed, seededNodeTape),
  ].every(Boolean);
  process.exitCode = alike ? 0 : 1;
}

function native(by: string, module: ConstructorParameters<typeof NativePlayer>[0]): Build {
  const player = new NativePlayer(module, { target: 'x64', optimize: 'O2' });
  return { by, play: (tape) => player.play(tape, PLAY_MS) };
}

/** @returns whether no word differs */
function run(builds: Build[], windows: number, seed: number, tapeOf: (seed: number) => Uint8Array): boolean {
  const names = builds.map((build) => build.by).join(', ');
  console.log(`soak: ${windows} windows, seed ${seed}: ${names}`);
  const progress = new Progress(windows);
  const startedMs = performance.now();
  const result = soak(builds, windows, seed, { tapeOf, told: (made) => progress.advance(made, 'windows') });
  progress.stop();
  for (const place of result.places) console.log(place);
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(0);
  console.log(
    `soak: seed ${seed}, ${names}: ${result.differing} of ${result.words} words differ ` +
      `(${result.windows} windows, ${result.tapes} tapes, ${seconds} s)`,
  );
  return result.differing === 0;
}

if (import.meta.main) main();
