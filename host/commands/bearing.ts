/** `spindle bearing`: the library of bearings, and fault orders from a geometry. */
import { Command } from 'commander';
import type { LibraryBearing } from '../bearing-library.ts';
import type { BearingGeometry } from '../bearing-orders.ts';
import { InputError } from '../errors.ts';
import { example, positive } from './arguments.ts';

interface BearingOptions {
  rpm?: number;
  search?: string;
  json?: boolean;
}

export function bearingCommand(): Command {
  return new Command('bearing')
    .summary('fault orders of a bearing, from the library or its geometry')
    .description(
      'Lists the bearings that Spindle knows, shows one with geometry, source and fault orders, or computes the orders of ' +
        'a geometry. With --rpm also in Hz and in cycles a minute. The outer ring stands, the inner ring turns.',
    )
    .argument(
      '[NAME|GEOMETRY...]',
      'a name (Timken 6204), or ROLLERS,BALL_MM,PITCH_MM[,ANGLE_DEG] such as 9,7.94,39.04',
    )
    .option('--rpm <N>', 'shaft speed in revolutions a minute', positive)
    .option('--search <TEXT>', 'list those with every word of TEXT in maker, number or source')
    .option('--json', 'print JSON: one object, or a list of them')
    .addHelpText('after', example('spindle bearing 6205 --rpm 1480', 'where to look in a spectrum of that bearing'))
    .action(bearing);
}

async function bearing(words: string[], options: BearingOptions): Promise<void> {
  const text = words.join(' ').trim();
  const refuse = (why: string): never => {
    throw new InputError('BEARING_USAGE', `bearing: ${why}; nothing was looked up`);
  };
  if (words.length > 0 && options.search !== undefined) refuse('got a name and also --search, wanted one of them');
  if (words.length > 0 && text === '') refuse('got an empty name, wanted one such as 6205');
  const { bearingLibrary, findBearing, searchBearings } = await import('../bearing-library.ts');
  const { bearingCardText, bearingJson, bearingTableText, calculatedJson, calculatedText } = await import(
    './bearing-text.ts'
  );
  const rpm = options.rpm ?? null;
  const print = (json: () => unknown, plain: () => string): void => {
    process.stdout.write(options.json ? `${JSON.stringify(json(), null, 2)}\n` : plain());
  };
  if (words.length === 0) {
    const { search } = options;
    const found = search === undefined ? bearingLibrary() : searchBearings(search);
    if (found.length === 0)
      throw new InputError(
        'BEARING_UNKNOWN',
        `bearing: got --search "${search}", which none of the ${bearingLibrary().length} bearings has; wanted a maker, ` +
          'a number or a part of them; an unknown bearing can be computed from ROLLERS,BALL_MM,PITCH_MM',
      );
    print(
      () => found.map((one: LibraryBearing) => bearingJson(one, rpm)),
      () => bearingTableText(found, rpm),
    );
    return;
  }
  if (text.includes(',')) {
    const geometry = geometryOf(text);
    print(
      () => calculatedJson(geometry, rpm),
      () => calculatedText(geometry, rpm),
    );
    return;
  }
  const { bearing: found, note } = findBearing(text);
  if (note !== null) console.error(note);
  print(
    () => bearingJson(found, rpm),
    () => bearingCardText(found, rpm),
  );
}

/** @throws InputError `BEARING_GEOMETRY` */
function geometryOf(text: string): BearingGeometry {
  const numbers = text.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
  const [rollerCount, rollerDiameterMm, pitchDiameterMm, contactAngleDeg = 0] = numbers;
  if (numbers.length < 3 || numbers.length > 4 || !numbers.every(Number.isFinite))
    throw new InputError(
      'BEARING_GEOMETRY',
      `bearing: got "${text}", wanted ROLLERS,BALL_MM,PITCH_MM[,ANGLE_DEG] with decimal points, such as 9,7.94,39.04`,
    );
  return { rollerCount, rollerDiameterMm, pitchDiameterMm, contactAngleDeg };
}
