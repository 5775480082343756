/** Builds every firmware image there is and prints what each costs. Usage: node firmware/build.ts */
import { AotError } from './aot/aot-error.ts';
import { buildFftImage, CMSIS_INSTRUCTIONS, FFT_POINTS } from './fft/image.ts';
import { SENSORS } from './node/facts.ts';
import { buildPicoImage } from './pico/image.ts';

const TITLES = ['image', 'flash', 'RAM', 'stack', 'instructions', 'of CMSIS-DSP', 'with bounds checks'];

const row = (columns: readonly (string | number)[]): string =>
  columns.map((text, i) => (i === 0 ? String(text).padEnd(22) : String(text).padStart(TITLES[i].length + 3))).join('');

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
} catch (error) {
  if (!(error instanceof AotError)) throw error;
  console.error(`firmware: ${error.message}`);
  process.exit(1);
}
