/** Tables: what is detected, what the numbers are, what happens to everything that is no plain row of numbers. */
import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { openCsv } from '../../host/acquire/csv.ts';
import type { Delimiter, Dialect } from '../../host/acquire/csv-dialect.ts';
import { numberOf, parseNumber } from '../../host/acquire/csv-number.ts';
import { RowParser } from '../../host/acquire/csv-rows.ts';
import { BLOCK_SCANS } from '../../host/acquire/interleaved.ts';
import { InputError } from '../../host/errors.ts';
import { fileOf } from './folder.ts';
import { failure, joined, readOn } from './read.ts';

const csv = suite('acquire.csv');
const given = { unit: 'g', sampleRateHz: 1000 };

async function read(text: string | Uint8Array, options: Parameters<typeof openCsv>[1] = given) {
  const source = await openCsv(fileOf('table.csv', text), options);
  try {
    const { channels } = await readOn(source);
    return { info: source.info, channels: channels.map((lane) => [...lane]), notes: source.info.notes.join('\n') };
  } finally {
    await source.close();
  }
}

async function refused(code: string, text: string | Uint8Array, options: Parameters<typeof openCsv>[1] = given) {
  const error = await failure(read(text, options));
  assert.instance(error, InputError);
  assert.is(error.code, code, error.message);
  return error.message;
}

const f32 = (...values: number[]): number[] => values.map(Math.fround);

csv('any numbers in any dialect come back as written', async () => {
  const dialect = fc
    .record({
      delimiter: fc.constantFrom(',', ';', '\t', '|', ' ', '  '),
      decimal: fc.constantFrom('.', ','),
      header: fc.boolean(),
      newline: fc.constantFrom('\n', '\r\n', '\r'),
      mark: fc.constantFrom('', '\ufeff'),
      endsOpen: fc.boolean(),
      quotes: fc.boolean(),
      columns: fc.integer({ min: 1, max: 5 }),
    })
    // a comma cannot part what it is part of, and a column of its own needs a name to tell 1,5 from 1 and 5
    .filter(
      ({ delimiter, decimal, columns, header }) => decimal === '.' || (delimiter !== ',' && (columns > 1 || header)),
    );
  const value = fc.oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.float({ noNaN: true, noDefaultInfinity: true }),
  );
  const table = dialect.chain((choice) =>
    fc.record({
      choice: fc.constant(choice),
      rows: fc.array(fc.array(value, { minLength: choice.columns, maxLength: choice.columns }), {
        minLength: 1,
        maxLength: 15,
      }),
    }),
  );
  await fc.assert(
    fc.asyncProperty(table, async ({ choice, rows }) => {
      const quote = (cell: string): string => (choice.quotes && choice.delimiter.trim() ? `"${cell}"` : cell);
      const lines = rows.map((row) => row.map((v) => quote(String(v).replace('.', choice.decimal))));
      if (choice.header) lines.unshift(rows[0].map((_, index) => quote(`c${index + 1}`)));
      const text = lines.map((cells) => cells.join(choice.delimiter)).join(choice.newline);
      const { channels, info } = await read(choice.mark + text + (choice.endsOpen ? '' : choice.newline));
      assert.equal(
        channels,
        rows[0].map((_, column) => rows.map((row) => Math.fround(row[column]))),
        text,
      );
      if (choice.header)
        assert.equal(
          info.channels.map((channel) => channel.name),
          rows[0].map((_, index) => `c${index + 1}`),
        );
    }),
    { numRuns: 300 },
  );
});

csv('any cut of the bytes gives the same blocks', () => {
  const dialect = (delimiter: Delimiter): Dialect => ({
    delimiter,
    decimal: '.',
    columnCount: 2,
    skippedLines: 1,
    names: null,
    units: null,
    doubt: null,
  });
  const cell = fc.constantFrom('1', '-2.5', '3e2', '', 'x', 'nan', ' 7 ');
  const line = fc.oneof(
    fc.array(cell, { minLength: 2, maxLength: 2 }).map((cells) => cells.join(';')),
    fc.constantFrom('', '# note', '1;2;3', '4'),
  );
  fc.assert(
    fc.property(fc.array(line), fc.array(fc.nat(200)), fc.constantFrom('\n', '\r\n'), (lines, cuts, newline) => {
      const bytes = Buffer.from(`a;b${newline}${lines.join(newline)}`);
      const parse = (pieces: Buffer[]) => {
        const parser = new RowParser('t.csv', dialect(';'), [1, 0]);
        const blocks = pieces.flatMap((piece) => [...parser.push(piece)]);
        blocks.push(...parser.end());
        return { counts: parser.counts, lanes: [0, 1].map((channel) => joined(blocks.map((block) => block[channel]))) };
      };
      const ends = [...new Set([0, ...cuts.filter((cut) => cut < bytes.length), bytes.length])].sort((a, b) => a - b);
      const pieces = ends.slice(1).map((end, index) => bytes.subarray(ends[index], end));
      const [whole, cut] = [parse([bytes]), parse(pieces)];
      assert.equal(cut.counts, whole.counts);
      for (const channel of [0, 1])
        assert.ok(Buffer.from(cut.lanes[channel].buffer).equals(Buffer.from(whole.lanes[channel].buffer)));
    }),
  );
});

csv('numbers are the ones that JavaScript reads, text is none', () => {
  const parse = (text: string, decimal = '.'): number => {
    const bytes = Buffer.from(`#${text}#`);
    return parseNumber(bytes, 1, bytes.length - 1, decimal.charCodeAt(0));
  };
  fc.assert(
    fc.property(fc.double({ noNaN: true }), fc.nat(20), (value, digits) => {
      for (const text of [String(value), value.toFixed(digits), value.toExponential(digits)]) {
        assert.is(parse(text), Number(text));
        assert.is(parse(text.replace('.', ','), ','), Number(text));
      }
    }),
  );
  for (const text of ['+1', '-.5', '5.', '1E+05', '  2\t', '"3"', '1.65e+005'])
    assert.is(parse(text), Number(text.replaceAll('"', '')));
  for (const text of ['', ' ', '-', '.', '1.2.3', '0x10', '1 2', '1e', 'abc', '1,5', '--1', '""'])
    assert.ok(Number.isNaN(parse(text)), text);
  for (const text of ['1.5', '1,', ',', '1,5,0', '1.000,5']) assert.ok(Number.isNaN(parse(text, ',')), text);
  assert.is(numberOf('-Infinity'), Number.NEGATIVE_INFINITY);
});

csv('says in the notes which dialect it found', async () => {
  assert.match((await read('1;2\n3;4\n')).notes, /delimiter semicolon, decimal point, no header/);
  assert.match((await read('x y\n1,5 2\n')).notes, /delimiter blanks, decimal comma, header, numbers from line 2/);
  assert.match((await read('1.5\n2\n')).notes, /one column/);
});

csv('two whole numbers parted by a comma are two columns with a doubt, unless they cannot be', async () => {
  const two = await read('1,5\n2,7\n');
  assert.equal(two.channels, [f32(1, 2), f32(5, 7)]);
  assert.match(two.notes, /one column with decimal commas would look the same/);
  assert.equal((await read('1,5\n2,07\n')).channels, [f32(1.5, 2.07)]);
  assert.equal((await read('-0,5\n2,7\n')).channels, [f32(-0.5, 2.7)]);
});

csv('units are taken from the header or a line of units; names lose them', async () => {
  const { info, channels } = await read('x [g];T (°C);p [m/s²]\n1;2;3\n', { sampleRateHz: 10 });
  assert.equal(info.channels, [
    { name: 'x', unit: 'g' },
    { name: 'T', unit: 'degC' },
    { name: 'p', unit: 'm/s2' },
  ]);
  assert.equal(channels, [[1], [2], [3]]);
  const latin1 = Buffer.from('T (°C)\n20\n', 'latin1');
  assert.is((await read(latin1, { sampleRateHz: 1 })).info.channels[0].unit, 'degC');
  const lines = await read('Logger 7\n\ntime,x,y\n(ms),(g),(V)\n0,1,2\n5,3,4\n10,5,6\n', {});
  assert.equal(lines.info.channels, [
    { name: 'x', unit: 'g' },
    { name: 'y', unit: 'V' },
  ]);
  assert.is(lines.info.sampleRateHz, 200);
});

csv('an unknown unit in the header is refused, or overridden with a note that names both', async () => {
  assert.match(await refused('SOURCE_UNIT', 'x [mV]\n1\n', { sampleRateHz: 10 }), /'mV'.*--unit/);
  assert.match((await read('x [mV]\n1\n')).notes, /in g as given with --unit; the file says mV/);
});

csv('--unit takes one unit a channel', async () => {
  const { info } = await read('a;b\n1;2\n', { sampleRateHz: 1, unit: 'g,degC' });
  assert.equal(
    info.channels.map((channel) => channel.unit),
    ['g', 'degC'],
  );
  await refused('SOURCE_UNIT', 'a;b;c\n1;2;3\n', { sampleRateHz: 1, unit: 'g,V' });
});

csv('without rate and unit it is refused, naming both flags', async () => {
  const message = await refused('SOURCE_RATE', '1;2\n3;4\n', {});
  assert.match(message, /--rate.*--unit/);
  assert.match(await refused('SOURCE_RATE', '1;2\n', { unit: 'g' }), /--rate/);
  assert.match(await refused('SOURCE_UNIT', '1;2\n', { sampleRateHz: 5 }), /--unit/);
});

const times = (count: number, text: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => `${text(index)};${(index * 7) % 5}\n`).join('');

csv('a time column gives the rate, whatever it is written as, and is no channel', async () => {
  const pad = (value: number): string => String(value).padStart(2, '0');
  const columns: [string, number, number | null][] = [
    [`t;x\n${times(100, (i) => String(i / 800))}`, 800, null],
    [`time [ms];x\n${times(100, (i) => String(i * 4))}`, 250, null],
    [`time_us;x\n${times(100, (i) => String(Math.round((i * 1e6) / 25_600)))}`, 25_600, null],
    [times(100, (i) => (i / 12_000).toFixed(6)), 12_000, null],
    [`when;x\n${times(60, (i) => `2024-05-06T07:08:${pad(i)}Z`)}`, 1, Date.UTC(2024, 4, 6, 7, 8, 0) * 1000],
    [`when;x\n${times(60, (i) => `2024-05-06 07:08:${pad(i)}.5+02:00`)}`, 1, Date.UTC(2024, 4, 6, 5, 8, 0, 500) * 1000],
    [`when;x\n${times(60, (i) => `06.05.2024 07:08:${pad(i)}`)}`, 1, null],
    [`date;time;x\n${times(60, (i) => `2024-05-06;07:${pad(i)}:00`)}`, 1 / 60, null],
    [`timestamp;x\n${times(60, (i) => String(1_714_979_280 + i / 10))}`, 10, 1_714_979_280e6],
    [`timestamp;x\n${times(60, (i) => String(1_714_979_280_000 + i * 20))}`, 50, 1_714_979_280e6],
  ];
  for (const [text, rateHz, startUtcUs] of columns) {
    const { info, channels, notes } = await read(text, { unit: 'g' });
    assert.ok(Math.abs(info.sampleRateHz / rateHz - 1) < 1e-6, `${info.sampleRateHz} for ${text.slice(0, 80)}`);
    assert.is(channels.length, 1);
    assert.is(info.startUtcUs, startUtcUs);
    assert.match(notes, /sample rate .* from the time column/);
  }
});

csv('a given rate overrides the time column, and a note names both', async () => {
  const { info, notes } = await read(`t;x\n${times(100, (i) => String(i / 800))}`, { unit: 'g', sampleRateHz: 400 });
  assert.is(info.sampleRateHz, 400);
  assert.match(notes, /400 Hz as given with --rate; the file says 800 Hz/);
});

csv('times that are uneven, of unknown unit or only whole seconds give no rate', async () => {
  const uneven = `t;x\n${times(100, (i) => String(i ** 2))}`;
  assert.match(await refused('SOURCE_RATE', uneven, { unit: 'g' }), /its unit is not known.*--rate/);
  assert.match((await read(uneven)).notes, /its unit is not known/);
  await refused('SOURCE_RATE', `time;x\n${times(100, (i) => `2024-05-06 07:08:0${Math.floor(i / 50)}`)}`, {
    unit: 'g',
  });
  // a counter is no clock
  await refused('SOURCE_RATE', times(100, String), { unit: 'g' });
  assert.is((await read(times(100, String))).channels.length, 1);
});

csv('missing rows in an even clock leave the rate and are counted in a note', async () => {
  const text = `t [s];x\n${times(200, (i) => String((i + (i > 90 ? 3 : 0)) / 50))}`;
  const { info, notes } = await read(text, { unit: 'g' });
  assert.is(info.sampleRateHz, 50);
  assert.match(notes, /1 of them differ/);
});

csv('labels, counters, text and empty columns are left out, with a note, unless asked for by name', async () => {
  const text = 'index;x;anomaly;state;void;y\n0;1;0;ok;;5\n1;2;1;bad;;6\n2;4;0;ok;;7\n';
  const { info, notes } = await read(text);
  assert.equal(
    info.channels.map((channel) => channel.name),
    ['x', 'y'],
  );
  for (const name of ['index', 'anomaly', 'state', 'void'])
    assert.match(notes, new RegExp(`column '${name}' is left out`));
  const asked = await read(text, { ...given, channels: ['2', 'anomaly'] });
  assert.equal(asked.channels, [
    [5, 6, 7],
    [0, 1, 0],
  ]);
  const error = await failure(read(text, { ...given, channels: ['z'] }));
  assert.match(error.message, /1 x, 2 y; by name also index, anomaly, state, void/);
});

csv('cells that are no number become NaN, are counted, and nothing else moves', async () => {
  const { channels, notes } = await read('a,b\n1,2\n,3\nbroken,4\n5,NaN\n6,inf\n');
  assert.equal(channels[0].map(Number.isNaN), [false, true, true, false, false]);
  assert.equal([channels[0][0], channels[0][3], channels[0][4]], [1, 5, 6]);
  assert.equal(channels[1].slice(0, 3), [2, 3, 4]);
  assert.ok(Number.isNaN(channels[1][3]));
  assert.is(channels[1][4], Number.POSITIVE_INFINITY);
  assert.match(notes, /3 cells are no number and became NaN; first in line 3: ''/);
});

csv('lines with another number of cells are scans of NaN, counted with the first line number', async () => {
  const { channels, notes } = await read('a,b\n1,2\n3\n4,5,6\n7,8\n\n9,10\n');
  assert.equal(channels[0].map(Number.isNaN), [false, true, true, false, false]);
  assert.equal(channels[1].map(Number.isNaN), [false, true, true, false, false]);
  assert.match(notes, /2 lines have another number of cells and became NaN; first: line 3 has 1 cells/);
});

csv('more cells in the first row only, and empty ones at the end of a row, are left out', async () => {
  const { channels, notes } = await read('1;2;9;9\n3;4\n5;6\n');
  assert.equal(channels, [f32(1, 3, 5), f32(2, 4, 6)]);
  assert.match(notes, /2 more cells in the first row/);
  assert.equal((await read('1;2\n3;4;\n5;6\n')).channels, [f32(1, 3, 5), f32(2, 4, 6)]);
});

csv('an empty line in a single column is an empty cell, at its end it is nothing', async () => {
  const { channels } = await read('1.5\n\n2.5\n\n\n');
  assert.equal(channels[0].length, 3);
  assert.ok(Number.isNaN(channels[0][1]));
});

csv('comments and lines before the numbers are passed over', async () => {
  const { channels, info } = await read('# made by a logger\nSerial: 4711\n\nx,y\n1,2\n% half time\n3,4\n');
  assert.equal(channels, [f32(1, 3), f32(2, 4)]);
  assert.equal(
    info.channels.map((channel) => channel.name),
    ['x', 'y'],
  );
});

csv('rows before the first number that say "no value" are rows, not lines before the table', async () => {
  const { channels, notes } = await read('a,b\nnan,nan\nnull,\n1,2\n3,4\n5,6\n');
  assert.equal(channels, [
    [Number.NaN, Number.NaN, 1, 3, 5],
    [Number.NaN, Number.NaN, 2, 4, 6],
  ]);
  assert.match(
    notes,
    /header, numbers from line 2\n[\s\S]*4 cells are no number and became NaN; first in line 2: 'nan'/,
  );
});

csv('equal names are told apart', async () => {
  const { info } = await read('x,x,\n1,2,3\n');
  assert.equal(
    info.channels.map((channel) => channel.name),
    ['x', 'x 2', 'column3'],
  );
});

csv('a table longer than a block keeps every row', async () => {
  const rows = 2 * BLOCK_SCANS + 17;
  const { channels } = await read(Array.from({ length: rows }, (_, row) => `${row}\t${-row / 4}\n`).join(''), {
    ...given,
    channels: ['column1', '1'],
  });
  assert.is(channels[0].length, rows);
  assert.ok(channels[0].every((value, row) => value === row && channels[1][row] === Math.fround(-row / 4)));
});

csv('what is no table is refused with the line', async () => {
  assert.match(await refused('CSV_BINARY', Buffer.from([49, 10, 50, 10, 0, 1, 2, 10])), /line 3 holds the byte 0/);
  assert.match(await refused('CSV_ENCODING', Buffer.from('\ufeff1;2\n', 'utf16le')), /UTF-16/);
  await refused('CSV_NUMBERS', 'just some words\nand more of them\n');
  await refused('CSV_NUMBERS', '\n\n');
  await refused('FILE_EMPTY', '');
  assert.match(await refused('CSV_LINE', '1 '.repeat(700_000)), /line 1 is longer than 1048576 bytes/);
});

csv('garbage further down is refused with its line, and what was read before stands', async () => {
  const rows = '1,2\n'.repeat(80_000);
  assert.match(await refused('CSV_BINARY', Buffer.from(`${rows}\0\u0001,3\n`)), /line 80001 holds the byte 0/);
  assert.match(await refused('CSV_LINE', `${rows}${'9'.repeat(2_000_000)}\n`), /line 80001 is longer/);
});

csv('any bytes give samples or an InputError, nothing else', async () => {
  const text = fc.array(fc.constantFrom('1', '.', ',', ';', '\t', ' ', '\n', '\r', '"', '-', 'e', 'x', '#', ':', '0'), {
    maxLength: 80,
  });
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(
        text.map((parts) => Buffer.from(parts.join(''))),
        fc.uint8Array({ maxLength: 60 }),
      ),
      async (bytes) => {
        try {
          await read(bytes);
        } catch (error) {
          assert.instance(error, InputError);
        }
      },
    ),
    { numRuns: 500 },
  );
});

csv.run();
