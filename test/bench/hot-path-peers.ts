/**
 * The hot path race alone: `node test/bench/hot-path-peers.ts` with --quick, --json and
 * --core NAME=PATH, --scalar NAME=PATH: other SIMD and scalar modules instead of the built ones, as many as wanted
 */
import { parseArgs } from 'node:util';
import { BUILD_OPTIONS, buildsOf } from './builds.ts';
import { hotPathRace, hotPathText, PATH_ROUNDS } from './hot-path-race.ts';
import { stageSignal } from './stage-signal.ts';

const { values } = parseArgs({
  options: { ...BUILD_OPTIONS, quick: { type: 'boolean' }, json: { type: 'boolean' } },
});
const result = await hotPathRace({
  stage: await stageSignal(),
  builds: buildsOf(values),
  ...(values.quick ? { processes: 1, rounds: { ...PATH_ROUNDS, rounds: 30 } } : {}),
});
console.log(values.json ? JSON.stringify(result) : hotPathText(result));
