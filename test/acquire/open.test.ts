/** Which reader a file gets. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { EXTENSIONS, openSource } from '../../host/acquire/open.ts';
import { unitOf } from '../../host/acquire/unit.ts';
import { InputError } from '../../host/errors.ts';
import { UNITS } from '../../host/types.ts';
import { fileOf, freshPath } from './folder.ts';
import { matFile } from './made-mat.ts';
import { interleave, traceFile } from './made-trace.ts';
import { wavFile } from './made-wav.ts';
import { failure, readAll } from './read.ts';

const open = suite('acquire.open');
const given = { unit: 'g', sampleRateHz: 1000 };

open('takes every known extension, in any case', async () => {
  const data = interleave([[1, 2, 3]], 'float32le');
  const wav = wavFile({ format: 3, bits: 32, channelCount: 1, sampleRateHz: 1000, data });
  const mat = matFile({ variables: [{ name: 'x', rows: 3, columns: 1, values: [1, 2, 3] }] });
  const paths = [
    traceFile({ stored: [[1, 2, 3]] }),
    ...['a.csv', 'a.CSV', 'a.tsv', 'a.txt'].map((name) => fileOf(name, '1\n2\n3\n')),
    fileOf('a.wav', wav),
    fileOf('A.WAV', wav),
    fileOf('a.mat', mat),
  ];
  for (const path of paths)
    assert.equal((await readAll(openSource(path, given))).channels, [Float32Array.from([1, 2, 3])], path);
});

open('refuses any other extension and lists the known ones', async () => {
  for (const name of ['a.xlsx', 'noextension', 'a.bin.gz', 'a.24']) {
    const error = await failure(openSource(freshPath(name), given));
    assert.instance(error, InputError);
    assert.is(error.code, 'SOURCE_KIND');
    for (const extension of EXTENSIONS) assert.ok(error.message.includes(extension));
  }
  assert.match((await failure(openSource('x.bin.gz'))).message, /sidecar/);
});

open('refuses a missing file by its name', async () => {
  for (const extension of EXTENSIONS) {
    const path = freshPath(`gone${extension}`);
    const error = await failure(openSource(path, given));
    assert.is(error.code, 'FILE_MISSING');
    assert.ok(error.message.includes(path));
  }
});

open('knows units in the spellings that mean exactly them, and no others', () => {
  for (const unit of UNITS) assert.is(unitOf(` ${unit} `), unit);
  assert.equal(['m/s²', 'm/s^2', '°C', 'volts', 'RPM', 'L/min'].map(unitOf), [
    'm/s2',
    'm/s2',
    'degC',
    'V',
    'rpm',
    'l/min',
  ]);
  for (const text of ['mV', 'G', 'mg', 'kg', 'm/s', 'K', '', 'in/s']) assert.is(unitOf(text), null, text);
});

open('refuses a bearing or a speed that cannot be', async () => {
  const path = fileOf('a.csv', '1\n2\n');
  const codes = await Promise.all(
    [
      { ...given, shaftRpm: 0 },
      { ...given, shaftRpm: Number.NaN },
      { ...given, faultOrder: { bpfo: 3, bpfi: 5, bsf: 0, ftf: 0.4 } },
      { ...given, channels: [] },
    ].map(async (options) => (await failure(openSource(path, options))).code),
  );
  assert.equal(codes, ['SOURCE_RPM', 'SOURCE_RPM', 'SOURCE_BEARING', 'SOURCE_CHANNEL']);
});

open.run();
