/** MAT-files: every number type and byte order, plain and compressed, the two published forms, and other versions. */
import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { BLOCK_SCANS } from '../../host/acquire/interleaved.ts';
import { openMat } from '../../host/acquire/mat.ts';
import { InputError } from '../../host/errors.ts';
import { fileOf } from './folder.ts';
import { type MatSpec, matFile, type NumberType, TYPES, type Variable } from './made-mat.ts';
import { failure, readAll, readOn } from './read.ts';

const mat = suite('acquire.mat');
const given = { unit: 'g', sampleRateHz: 1000 };

const column = (name: string, values: number[], type?: NumberType): Variable => ({
  name,
  rows: values.length,
  columns: 1,
  values,
  type,
});

async function read(spec: MatSpec, options: Parameters<typeof openMat>[1] = given) {
  const source = await openMat(fileOf('made.mat', matFile(spec)), options);
  try {
    const { channels } = await readOn(source);
    return { info: source.info, channels: channels.map((lane) => [...lane]), notes: source.info.notes.join('\n') };
  } finally {
    await source.close();
  }
}

async function refused(code: string, content: Uint8Array, options = given): Promise<string> {
  const error = await failure(readAll(openMat(fileOf('bad.mat', content), options)));
  assert.instance(error, InputError);
  assert.is(error.code, code, error.message);
  return error.message;
}

const forms = [
  { isBigEndian: false, isCompressed: false },
  { isBigEndian: true, isCompressed: false },
  { isBigEndian: false, isCompressed: true },
  { isBigEndian: true, isCompressed: true },
];

mat('numbers of every type, byte order and packing come back as written', async () => {
  for (const form of forms)
    for (const type of Object.keys(TYPES) as NumberType[]) {
      const isUnsigned = type.startsWith('u');
      const values = isUnsigned ? [0, 1, 100, 127] : [-100, 0, 1, 127];
      const { channels } = await read({ variables: [column('x', values, type)], ...form });
      assert.equal(channels, [values], `${type} ${JSON.stringify(form)}`);
    }
});

mat('any double array comes back as float32, in any shape', async () => {
  const values = fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { minLength: 2, maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(values, fc.boolean(), fc.constantFrom(...forms), async (numbers, isRow, form) => {
      const [rows, columns] = isRow ? [1, numbers.length] : [numbers.length, 1];
      const { channels } = await read({ variables: [{ name: 'x', rows, columns, values: numbers }], ...form });
      assert.equal(channels, [numbers.map(Math.fround)]);
    }),
    { numRuns: 60 },
  );
});

mat('a matrix gives one channel for each of its shorter side', async () => {
  const values = Array.from({ length: 30 }, (_, index) => index);
  for (const form of forms) {
    const tall = await read({ variables: [{ name: 'm', rows: 10, columns: 3, values }], ...form });
    assert.equal(tall.channels, [values.slice(0, 10), values.slice(10, 20), values.slice(20)]);
    const wide = await read({ variables: [{ name: 'm', rows: 3, columns: 10, values }], ...form });
    assert.equal(
      wide.channels,
      [0, 1, 2].map((row) => values.filter((value) => value % 3 === row)),
    );
    assert.equal(
      wide.info.channels.map((channel) => channel.name),
      ['m_1', 'm_2', 'm_3'],
    );
  }
});

mat('of CWRU gives DE, FE, BA and the shaft speed, and holds neither rate nor unit', async () => {
  const variables = [
    column('X105_DE_time', [1, 2, 3]),
    column('X105_FE_time', [4, 5, 6]),
    column('X105_BA_time', [7, 8, 9]),
    column('X105RPM', [1797]),
  ];
  const { info, channels } = await read({ variables });
  assert.equal(
    info.channels,
    ['DE', 'FE', 'BA'].map((name) => ({ name, unit: 'g' })),
  );
  assert.is(info.shaftRpm, 1797);
  assert.is(info.sampleCount, 3);
  assert.equal(channels, [
    [1, 2, 3],
    [4, 5, 6],
    [7, 8, 9],
  ]);
  const content = matFile({ variables });
  assert.match(await refused('SOURCE_RATE', content, {} as typeof given), /--rate.*--unit/);
  assert.match(await refused('SOURCE_UNIT', content, { sampleRateHz: 12_000 } as typeof given), /--unit/);
});

mat('with two CWRU records names both, reads the longer and knows no single speed', async () => {
  const variables = [
    column('X098_DE_time', [1, 2, 3]),
    column('X098RPM', [1772]),
    column('X099_DE_time', [4, 5]),
    column('X099RPM', [1750]),
  ];
  const { info, channels, notes } = await read({ variables });
  assert.equal(
    info.channels.map((channel) => channel.name),
    ['X098_DE'],
  );
  assert.is(info.shaftRpm, null);
  assert.equal(channels, [[1, 2, 3]]);
  assert.match(notes, /'X099_DE' has 2 samples where others have 3/);
  assert.equal((await read({ variables }, { ...given, channels: ['X099_DE'] })).channels, [[4, 5]]);
  const error = await failure(read({ variables }, { ...given, channels: ['X098_DE', 'X099_DE'] }));
  assert.is((error as InputError).code, 'MAT_LENGTHS');
});

mat('of MFPT needs nothing given: rate, unit and shaft speed are in the struct', async () => {
  const fields = [column('sr', [48_828]), column('gs', [0.5, -0.25, 1]), column('load', [0]), column('rate', [25])];
  for (const form of forms) {
    const { info, channels, notes } = await read({ variables: [{ name: 'bearing', fields }], ...form }, {});
    assert.is(info.sampleRateHz, 48_828);
    assert.is(info.shaftRpm, 1500);
    assert.equal(info.channels, [{ name: 'gs', unit: 'g' }]);
    assert.equal(channels, [[0.5, -0.25, 1]]);
    assert.match(notes, /unit g from the name of the variable bearing\.gs/);
  }
  const { info, notes } = await read({ variables: [{ name: 'bearing', fields }] }, { sampleRateHz: 97_656 });
  assert.is(info.sampleRateHz, 97_656);
  assert.match(notes, /97656 Hz as given with --rate; the file says 48828 Hz/);
});

mat('text, complex numbers, single numbers and time vectors are no channels', async () => {
  const variables: Variable[] = [
    { name: 'comment', text: 'recorded on a Monday' },
    { name: 'z', rows: 3, columns: 1, values: [1, 2, 3], isComplex: true },
    column('gain', [10]),
    column('t', [0, 1, 2]),
    column('x', [4, 5, 6]),
    column('fs', [2000]),
  ];
  for (const form of forms) {
    const { info, channels } = await read({ variables, ...form }, { unit: 'V' });
    assert.equal(info.channels, [{ name: 'x', unit: 'V' }]);
    assert.is(info.sampleRateHz, 2000);
    assert.equal(channels, [[4, 5, 6]]);
  }
});

mat('channels longer than a block stay in step', async () => {
  const length = 3 * BLOCK_SCANS + 5;
  const values = Array.from({ length }, (_, index) => index);
  for (const form of forms) {
    const { channels } = await read({
      variables: [
        column('a', values, 'int32'),
        column(
          'b',
          values.map((value) => -value),
        ),
      ],
      ...form,
    });
    assert.ok(channels[0].every((value, index) => value === index && channels[1][index] === -index));
    assert.is(channels[0].length, length);
  }
});

mat('of another version is refused, saying which and what to do', async () => {
  const sound = matFile({ variables: [column('x', [1, 2])] });
  const hdf = matFile({ variables: [], version: 0x0200 });
  assert.match(await refused('MAT_VERSION', hdf), /7\.3 \(HDF5\).*-v7/);
  assert.match(await refused('MAT_VERSION', Buffer.from('\x89HDF\r\n\x1a\n plus the rest of it', 'latin1')), /7\.3/);
  const level4 = Buffer.alloc(20 + 2 + 16);
  level4.writeUInt32LE(2, 4);
  level4.writeUInt32LE(1, 8);
  level4.writeUInt32LE(2, 16);
  level4.write('x\0', 20, 'latin1');
  assert.match(await refused('MAT_VERSION', level4), /level 4.*-v7/);
  await refused('MAT_FORMAT', Buffer.from('MATLAB'));
  await refused('MAT_FORMAT', Buffer.alloc(300, 'no MAT-file '));
  await refused('FILE_EMPTY', Buffer.alloc(0));
  sound.writeUInt16LE(0x0300, 124);
  await refused('MAT_VERSION', sound);
});

mat('without a signal is refused', async () => {
  await refused('MAT_EMPTY', matFile({ variables: [] }));
  await refused('MAT_EMPTY', matFile({ variables: [column('gain', [10]), { name: 'note', text: 'abc' }] }));
});

mat('cut anywhere or with any changed byte gives samples or an InputError, nothing else', async () => {
  const fields = [column('gs', [1, 2, 3, 4, 5]), column('sr', [1000])];
  const variables = [{ name: 'bearing', fields }, column('y', [1, 2, 3])];
  const sound = forms.map((form) => matFile({ variables, ...form }));
  await fc.assert(
    fc.asyncProperty(fc.nat(3), fc.nat(1000), fc.nat(1000), fc.nat(255), async (form, end, at, byte) => {
      const bytes = Buffer.from(sound[form]);
      bytes[at % bytes.length] = byte;
      for (const content of [bytes, sound[form].subarray(0, end % bytes.length)])
        try {
          await readAll(openMat(fileOf('fuzz.mat', content), given));
        } catch (error) {
          assert.instance(error, InputError);
        }
    }),
    { numRuns: 300 },
  );
});

mat('cut within a variable is refused before the first sample', async () => {
  for (const form of forms) {
    const content = matFile({ variables: [column('x', Array(100).fill(0.1))], ...form });
    assert.match(await refused('MAT_TRUNCATED', content.subarray(0, content.length - 9)), /is cut; nothing was read/);
  }
});

mat('with a damaged compressed variable is refused as damaged', async () => {
  const values = Array.from({ length: 100_000 }, (_, index) => Math.sin(index * index));
  const path = fileOf('packed.mat', matFile({ variables: [column('x', values)], isCompressed: true }));
  const bytes = readFileSync(path);
  bytes.fill(0x55, bytes.length - 5000, bytes.length - 4000);
  assert.match(await refused('MAT_ZLIB', bytes), /damaged/);
});

mat.run();
