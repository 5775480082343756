/** Builds every firmware image there is and prints what each costs. Usage: node firmware/build.ts */
import { AotError } from './aot/aot-error.ts';
import { buildFftImage, CMSIS_INSTRUCTIONS, FFT_POINTS } from './fft/image.ts';
import { SENSORS } from './node/facts.ts';
import { buildPicoImage } from './pico/image.ts';
import { buildNodeImage } from './point/image.ts';

const TITLES = ['image', 'flash', 'RAM', 'stack', 'instructions', 'of CMSIS-DSP', 'with bounds checks'];
const NODE_TITLES = ['core of a node', 'flash', 'RAM', 'stack', 'to configure', 'a window', 'largest window'];

const row = (columns: readonly (string | number)[], titles = TITLES): string =>
  columns
    .map((text, i) => (i === 0 ? String(text).padEnd(22) : String(text).padStart(Math.max(titles[i].length, 6) + 3)))
    .join('');

try {
  console.log(row(TITLES));
  for (const sensor of SENSORS) {
    const { flashBytes, ramBytes } = buildPicoImage(sensor);
    console.log(row([`spindle-pico-${sensor}`, flashBytes, ramBytes]));
  }
  for (const points of FFT_POINTS) {
    const { flashBytes, ramBytes, stackBytes, instructions, checkedInstructions } = buildFftImage(points);
    const ratio = (instructions / CMSIS_INSTRUCTIONS[points]).toFixed(2);
    console.log(row([`fft-${points} m4f`, flashBytes, ramBytes, stackBytes, instructions, ratio, checkedInstructions]));
  }
  console.log(row(NODE_TITLES, NODE_TITLES));
  for (const target of ['m4f', 'm33'] as const) {
    const { flashBytes, ramBytes, stackBytes, configure, medianWindow, largestWindow } = buildNodeImage(target);
    const columns = [`3 axes ${target}`, flashBytes, ramBytes, stackBytes, configure, medianWindow, largestWindow];
    console.log(row(columns, NODE_TITLES));
  }
} catch (error) {
  if (!(error instanceof AotError)) throw error;
  console.error(`firmware: ${error.message}`);
  process.exit(1);
}
