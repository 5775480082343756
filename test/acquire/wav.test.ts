/** WAV files: every encoding bit for bit, every odd but lawful file, every broken one. */
import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { openWav } from '../../host/acquire/wav.ts';
import { InputError } from '../../host/errors.ts';
import { fileOf } from './folder.ts';
import { type WavSpec, wavFile } from './made-wav.ts';
import { failure, readAll } from './read.ts';

const wav = suite('acquire.wav');
const given = { unit: 'g' };

/** Stored integers (or floats) as bytes, and what they are worth. */
const ENCODINGS = {
  u8: { format: 1, bits: 8, write: (b: Buffer, v: number, at: number) => b.writeUInt8(v + 128, at), scale: 2 ** -7 },
  i16: { format: 1, bits: 16, write: (b: Buffer, v: number, at: number) => b.writeInt16LE(v, at), scale: 2 ** -15 },
  i24: { format: 1, bits: 24, write: (b: Buffer, v: number, at: number) => b.writeIntLE(v, at, 3), scale: 2 ** -23 },
  i32: { format: 1, bits: 32, write: (b: Buffer, v: number, at: number) => b.writeInt32LE(v, at), scale: 2 ** -31 },
  f32: { format: 3, bits: 32, write: (b: Buffer, v: number, at: number) => b.writeFloatLE(v, at), scale: 1 },
  f64: { format: 3, bits: 64, write: (b: Buffer, v: number, at: number) => b.writeDoubleLE(v, at), scale: 1 },
};

function bytesOf(values: number[], { bits, write }: (typeof ENCODINGS)['u8']): Buffer {
  const data = Buffer.alloc((values.length * bits) / 8);
  for (const [index, value] of values.entries()) write(data, value, (index * bits) / 8);
  return data;
}

const four = Buffer.from([1, 0, 2, 0, 3, 0, 4, 0]);
const plain: WavSpec = { format: 1, bits: 16, channelCount: 1, sampleRateHz: 8000, data: four };
const worth = (...values: number[]): Float32Array => Float32Array.from(values, (value) => value * 2 ** -15);

async function refused(code: string, content: Uint8Array, options = given): Promise<string> {
  const error = await failure(readAll(openWav(fileOf('bad.wav', content), options)));
  assert.instance(error, InputError);
  assert.is(error.code, code, error.message);
  return error.message;
}

for (const [name, encoding] of Object.entries(ENCODINGS)) {
  wav(`of ${name} gives what was written, for any numbers, channels and header form`, async () => {
    const value =
      encoding.format === 3
        ? fc.double({ noNaN: true, min: -3, max: 3 })
        : fc.integer({ min: -(2 ** (encoding.bits - 1)), max: 2 ** (encoding.bits - 1) - 1 });
    const scans = fc
      .integer({ min: 1, max: 4 })
      .chain((count) => fc.array(fc.array(value, { minLength: count, maxLength: count }), { minLength: 1 }));
    await fc.assert(
      fc.asyncProperty(scans, fc.boolean(), async (rows, isExtensible) => {
        const data = bytesOf(rows.flat(), encoding);
        const spec = { ...encoding, channelCount: rows[0].length, sampleRateHz: 12_000, data, isExtensible };
        const { channels } = await readAll(openWav(fileOf('made.wav', wavFile(spec)), given));
        for (const [channel, lane] of channels.entries())
          assert.equal(
            lane,
            Float32Array.from(rows, (row) => Math.fround(row[channel]) * encoding.scale),
          );
      }),
      { numRuns: 40 },
    );
  });
}

wav('holds a rate and no unit: full scale is 1.0 of the unit given, and a note says so', async () => {
  assert.match(await refused('SOURCE_UNIT', wavFile(plain), {} as typeof given), /--unit/);
  const source = await openWav(fileOf('plain.wav', wavFile(plain)), { unit: 'm/s2' });
  await source.close();
  assert.is(source.info.sampleRateHz, 8000);
  assert.equal(source.info.channels, [{ name: 'ch1', unit: 'm/s2', fullScale: 1 }]);
  assert.is(source.info.sampleCount, 4);
  assert.match(source.info.notes[0], /full scale is 1\.0/);
});

wav('of float has no full scale, because it may go beyond 1', async () => {
  const data = bytesOf([1.5], ENCODINGS.f32);
  const source = await openWav(fileOf('float.wav', wavFile({ ...plain, format: 3, bits: 32, data })), given);
  await source.close();
  assert.equal(source.info.channels, [{ name: 'ch1', unit: 'g' }]);
});

wav('with other chunks around the data, also of odd length, gives the data only', async () => {
  const content = wavFile({
    ...plain,
    before: [
      ['LIST', Buffer.from('odd')],
      ['bext', Buffer.alloc(602)],
    ],
    after: [['id3 ', Buffer.from('junk!')]],
  });
  const { channels } = await readAll(openWav(fileOf('chunks.wav', content), given));
  assert.equal(channels, [worth(1, 2, 3, 4)]);
});

wav('with 8 bit data of odd length needs no padding at the end', async () => {
  const content = wavFile({ ...plain, bits: 8, data: Buffer.from([128, 0, 255]) }).subarray(0, -1);
  const { channels } = await readAll(openWav(fileOf('odd.wav', content), given));
  assert.equal(channels, [Float32Array.from([0, -1, 127 / 128])]);
});

wav('that was never finished is read to the end of the file, without a cut scan, and a note says so', async () => {
  for (const saidBytes of [0, 0xffff_ffff]) {
    const data = Buffer.concat([four, Buffer.from([9])]);
    const content = wavFile({ ...plain, data, saidBytes, saidRiffBytes: saidBytes }).subarray(0, -1);
    const source = await openWav(fileOf('streamed.wav', content), given);
    assert.match(source.info.notes.join('\n'), /no length.*last 1 bytes/);
    assert.equal((await readAll(Promise.resolve(source))).channels, [worth(1, 2, 3, 4)]);
  }
});

wav('of the 64 bit form RF64 takes its length from there', async () => {
  const sizes = Buffer.alloc(28);
  sizes.writeBigUInt64LE(8n, 8);
  const content = wavFile({ ...plain, saidBytes: 0xffff_ffff, before: [['ds64', sizes]], after: [['LIST', four]] });
  content.write('RF64', 'latin1');
  // ds64 stands before 'fmt ' in real files; either order is read
  const { channels } = await readAll(openWav(fileOf('long.wav', content), given));
  assert.equal(channels, [worth(1, 2, 3, 4)]);
});

wav('that is no WAV, too short or big-endian is refused with the reason', async () => {
  assert.match(await refused('WAV_FORMAT', Buffer.from('RIF')), /3 bytes/);
  await refused('WAV_FORMAT', Buffer.from('This is not a WAV file.'));
  await refused('FILE_EMPTY', Buffer.alloc(0));
  const big = wavFile(plain);
  big.write('RIFX', 'latin1');
  assert.match(await refused('WAV_FORMAT', big), /big-endian/);
  await refused('WAV_FORMAT', wavFile(plain).subarray(0, 36));
});

wav('of another encoding is refused by its name', async () => {
  assert.match(await refused('WAV_ENCODING', wavFile({ ...plain, format: 6, bits: 8 })), /A-law/);
  assert.match(await refused('WAV_ENCODING', wavFile({ ...plain, format: 3, bits: 16 })), /16 bit float/);
  assert.match(await refused('WAV_ENCODING', wavFile({ ...plain, format: 4711 })), /format 4711/);
});

wav('with no sample, no channel or a length that cannot be is refused', async () => {
  await refused('WAV_EMPTY', wavFile({ ...plain, data: Buffer.alloc(0) }));
  await refused('WAV_EMPTY', wavFile({ ...plain, data: Buffer.alloc(0), after: [['LIST', four]] }));
  await refused('WAV_FORMAT', wavFile({ ...plain, channelCount: 0 }));
  assert.match(await refused('WAV_TRUNCATED', wavFile({ ...plain, saidBytes: 80 })), /80 bytes.*holds 8/);
  await refused('WAV_TRUNCATED', wavFile({ ...plain, saidBytes: 7 }));
  await refused('SOURCE_RATE', wavFile({ ...plain, sampleRateHz: 0 }));
});

wav('cut or changed anywhere gives samples or an InputError, nothing else', async () => {
  const sound = wavFile({ ...plain, isExtensible: true, before: [['LIST', Buffer.from('odd')]] });
  await fc.assert(
    fc.asyncProperty(fc.nat(sound.length), fc.nat(sound.length - 1), fc.nat(255), async (end, at, byte) => {
      const bytes = Buffer.from(sound.subarray(0, end));
      if (at < end) bytes[at] = byte;
      try {
        await readAll(openWav(fileOf('fuzz.wav', bytes), given));
      } catch (error) {
        assert.instance(error, InputError);
      }
    }),
    { numRuns: 300 },
  );
});

wav.run();
