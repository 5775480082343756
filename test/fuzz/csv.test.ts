/** Whatever stands in a table, it gives samples by the contract of a source or an InputError. */
import * as fc from 'fast-check';
import { suite } from 'uvu';
import { csvText, machine } from '../support/signals.ts';
import { mutated, survives } from './read.ts';

const cell = fc.constantFrom(
  ...['1', '-2.5', '3,5', '.5', '5.', '1e5', '1E-300', '1e999', '-0', '+7', '00', '0x1f', '1_000', '1.2.3', '1 2'],
  ...[
    'nan',
    'NaN',
    'inf',
    '-Infinity',
    'null',
    'n/a',
    '',
    ' ',
    '-',
    '--',
    '"1"',
    '"1,5"',
    '"',
    '""',
    'abc',
    'ä',
    '泵',
    '°C',
  ],
  ...[
    '12:00:01',
    '2026-11-22 10:00:00.5',
    '22.11.2026',
    't [s]',
    'accel (g)',
    '[m/s2]',
    '#',
    '%',
    '\0',
    '\u0007',
    '\ufeff',
  ],
);
const delimiter = fc.constantFrom(',', ';', '\t', '|', ' ', '  ', ', ');
const newline = fc.constantFrom('\n', '\r\n', '\r', '\n\n', '\n\r');
const spot = fc.record({ at: fc.nat(), remove: fc.nat(40), put: fc.uint8Array({ maxLength: 12 }) });
const sound = Buffer.from(csvText(machine(1)));
const timed = Buffer.from(
  `time [s];x [g];y [g]\n${Array.from({ length: 900 }, (_, i) => `${(i / 1000).toFixed(3).replace('.', ',')};0,${i};-0,${i}`).join('\n')}\n`,
);

const fuzz = suite('fuzz.csv');

fuzz('any table of cells', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(cell, { minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 30 }),
      delimiter,
      newline,
      fc.boolean(),
      async (rows, between, end, isComplete) => {
        const text = rows.map((row) => row.join(between)).join(end);
        await (isComplete ? survives('t.csv', Buffer.from(text), 'g', 1000) : survives('t.csv', Buffer.from(text)));
      },
    ),
    { numRuns: 600 },
  );
});

fuzz('a good table with some of its bytes changed', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(sound, timed),
      fc.array(spot, { minLength: 1, maxLength: 5 }),
      async (good, spots) => survives('t.csv', mutated(good, spots), 'g', 1000),
    ),
    { numRuns: 400 },
  );
});

fuzz('any bytes', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 300 }), async (bytes) =>
      survives('t.csv', bytes, 'g', 1000),
    ),
    { numRuns: 300 },
  );
});

fuzz.run();
