/**
 * The transform race alone, for whoever works on the transform: `node test/bench/fft-peers.ts` with
 * --sizes 1024,4096   --only REGEX of contenders   --quick   --json
 * --core NAME=PATH, --scalar NAME=PATH: other SIMD and scalar modules instead of the built ones, as many as wanted
 */
import { parseArgs } from 'node:util';
import { FFT_SIZES } from '../../host/bench/fft.ts';
import { BUILD_OPTIONS, buildsOf } from './builds.ts';
import { FFT_ROUNDS, fftRace, fftRaceText } from './fft-race.ts';

const { values } = parseArgs({
  options: {
    ...BUILD_OPTIONS,
    sizes: { type: 'string' },
    only: { type: 'string' },
    quick: { type: 'boolean' },
    json: { type: 'boolean' },
  },
});
const sizes = values.sizes?.split(',').map(Number) ?? FFT_SIZES;
const wrong = sizes.find((size) => !FFT_SIZES.includes(size));
if (wrong !== undefined) {
  console.error(`--sizes: ${wrong} is none of ${FFT_SIZES.join(', ')}`);
  process.exit(2);
}
const result = await fftRace({
  sizes,
  only: values.only,
  builds: buildsOf(values),
  ...(values.quick ? { processes: 1, rounds: { ...FFT_ROUNDS, rounds: 30 } } : {}),
});
console.log(values.json ? JSON.stringify(result) : fftRaceText(result));
