/** Recorded traces: the numbers, what the sidecar says of them, and every way in which the two can disagree. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { openTrace } from '../../host/acquire/trace.ts';
import { InputError } from '../../host/errors.ts';
import { freshPath } from './folder.ts';
import { type TraceSpec, traceFile } from './made-trace.ts';
import { failure, readAll, readOn } from './read.ts';

const trace = suite('acquire.trace');
const ramp = (length: number): number[] => Array.from({ length }, (_, index) => (index % 2001) - 1000);

async function refused(code: string, spec: TraceSpec, given = {}): Promise<string> {
  const error = await failure(readAll(openTrace(traceFile(spec), given)));
  assert.instance(error, InputError);
  assert.is(error.code, code, error.message);
  return error.message;
}

trace('samples are f32(f32(stored) * f32(scale)) + f32(offset), as the core is given them', async () => {
  const stored = [
    [-32768, -1, 0, 1, 32767],
    [5, 4, 3, 2, 1],
  ];
  const channels = [
    { name: 'x', unit: 'g', scale: 0.00016243512974051957, offset: 0 },
    { name: 'y', unit: 'V', scale: 2e-5, offset: 0.9 },
  ];
  const { channels: read } = await readAll(openTrace(traceFile({ stored, sidecar: { channels } })));
  const f32 = Math.fround;
  for (const [index, { scale, offset }] of channels.entries())
    assert.equal(
      [...read[index]],
      stored[index].map((value) => f32(f32(value * f32(scale)) + f32(offset))),
    );
});

trace('of float32 with scale 1 come through bit for bit, also when not finite', async () => {
  const stored = [[1e-30, -3.5, Number.NaN, Number.POSITIVE_INFINITY, 3.4e38]];
  const { channels } = await readAll(openTrace(traceFile({ stored, encoding: 'float32le', isGzip: false })));
  assert.ok(Buffer.from(channels[0].buffer).equals(Buffer.from(Float32Array.from(stored[0]).buffer)));
});

trace('sidecar facts reach the info: speed, bearings by name, units of scalar channels', async () => {
  const orders = { ftf: 0.4, bpfo: 3.6, bpfi: 5.4, bsf: 2.4, twoBsf: 4.8 };
  const wanted = { ftf: 0.4, bpfo: 3.6, bpfi: 5.4, bsf: 2.4 };
  const channels = ['DE', 'T'].map((name, index) => ({ name, unit: ['g', 'degC'][index] }));
  const source = await openTrace(
    traceFile({
      stored: [ramp(10), ramp(10)],
      sidecar: {
        channels,
        unit: 'mixed',
        shaftRpm: 1797,
        bearings: { DE: { orders }, FE: { orders } },
        bearing: { orders },
      },
    }),
  );
  await source.close();
  assert.equal(source.info.bearings, { DE: wanted, FE: wanted, '': wanted });
  assert.is(source.info.shaftRpm, 1797);
  assert.equal(source.info.channels, channels);
  assert.is(source.info.sampleCount, 10);
  assert.is(source.info.name, 'made/trace');
});

trace('without a unit of its own a channel has the one at the top', async () => {
  const source = await openTrace(
    traceFile({ stored: [ramp(4)], sidecar: { channels: [{ name: 'x' }], unit: 'm/s2' } }),
  );
  await source.close();
  assert.equal(source.info.channels, [{ name: 'x', unit: 'm/s2' }]);
});

trace('snapshots end exactly where the sidecar says', async () => {
  const snapshot = { count: 4, samples: 250, intervalS: 20 };
  const source = await openTrace(traceFile({ stored: [ramp(1000)], sidecar: { snapshot } }));
  assert.equal(source.info.snapshot, { samples: 250, intervalS: 20 });
  const { snapshotEnds, kinds } = await readOn(source);
  await source.close();
  assert.equal(snapshotEnds, [250, 500, 750, 1000]);
  assert.equal(kinds, Array(4).fill(['samples', 'snapshotEnd']).flat());
});

trace('given rate, unit, speed and bearing override the sidecar, and notes name both', async () => {
  const given = {
    sampleRateHz: 48_000,
    unit: 'm/s2',
    shaftRpm: 1500,
    faultOrder: { bpfo: 1, bpfi: 2, bsf: 3, ftf: 4 },
  };
  const orders = { ftf: 0.4, bpfo: 3.6, bpfi: 5.4, bsf: 2.4 };
  const path = traceFile({ stored: [ramp(4)], sidecar: { shaftRpm: 1797, bearing: { orders } } });
  const source = await openTrace(path, given);
  await source.close();
  const { info } = source;
  assert.equal([info.sampleRateHz, info.channels[0].unit, info.shaftRpm], [48_000, 'm/s2', 1500]);
  assert.equal(info.bearings, { '': given.faultOrder });
  assert.is(info.notes.length, 4);
  assert.match(info.notes.join('\n'), /48000 Hz .* 1000 Hz/);
  assert.match(info.notes.join('\n'), /m\/s2 .* g\b/);
  assert.match(info.notes.join('\n'), /1500 rpm .* 1797 rpm/);
});

trace('channels are chosen by name or by number from 1, in the order asked for', async () => {
  const path = traceFile({ stored: [[1], [2], [3]] });
  const { channels } = await readAll(openTrace(path, { channels: ['z', '1'] }));
  assert.equal(
    channels.map((lane) => lane[0]),
    [3, 1],
  );
  const error = await failure(openTrace(path, { channels: ['w'] }));
  assert.match(error.message, /'w', present are 1 x, 2 y, 3 z/);
  assert.is((await failure(openTrace(path, { channels: ['x', '1'] }))).code, 'SOURCE_CHANNEL');
  assert.is((await failure(openTrace(path, { channels: ['4'] }))).code, 'SOURCE_CHANNEL');
});

trace('without a rate, or with rate 0, is refused naming the flag; a given rate opens it', async () => {
  const stored = [ramp(4)];
  assert.match(await refused('SOURCE_RATE', { stored, sidecar: { sampleRateHz: undefined } }), /--rate/);
  assert.match(await refused('SOURCE_RATE', { stored, sidecar: { sampleRateHz: 0 } }), /0 Hz.*--rate/);
  const source = await openTrace(traceFile({ stored, sidecar: { sampleRateHz: 0 } }), { sampleRateHz: 50 });
  assert.is(source.info.sampleRateHz, 50);
  await source.close();
  for (const sampleRateHz of [0, -1, Number.NaN]) await refused('SOURCE_RATE', { stored }, { sampleRateHz });
});

trace('with an unknown unit is refused naming the flag and the known ones', async () => {
  const channels = [{ name: 'x', unit: 'mV', scale: 1, offset: 0 }];
  const message = await refused('SOURCE_UNIT', { stored: [ramp(4)], sidecar: { channels } });
  assert.match(message, /'x' is in 'mV'.*--unit.*m\/s2/);
  assert.match(await refused('SOURCE_UNIT', { stored: [ramp(4)] }, { unit: 'furlong' }), /furlong/);
});

trace('of an unknown encoding, compression or layout, or without samples, is refused', async () => {
  const stored = [ramp(4)];
  assert.match(await refused('TRACE_ENCODING', { stored, sidecar: { encoding: 'int12' } }), /'int12', wanted int16le/);
  await refused('TRACE_COMPRESSION', { stored, sidecar: { compression: 'zstd' } });
  await refused('TRACE_SIDECAR', { stored, sidecar: { layout: 'planar' } });
  await refused('TRACE_EMPTY', { stored, sidecar: { samples: 0 } });
});

trace('sidecars that are no JSON, lack a member or contradict themselves are refused, naming the place', async () => {
  const stored = [ramp(4)];
  assert.match(await refused('TRACE_SIDECAR', { stored, sidecar: { samples: 'many' } }), /at 'samples'/);
  assert.match(await refused('TRACE_SIDECAR', { stored, sidecar: { channels: [] } }), /at 'channels'/);
  await refused('TRACE_SIDECAR', { stored, sidecar: { channelCount: 2 } });
  const twins = ['x', 'x'].map((name) => ({ name, unit: 'g' }));
  await refused('TRACE_SIDECAR', { stored: [...stored, ...stored], sidecar: { channels: twins } });
  await refused('TRACE_SIDECAR', { stored, sidecar: { snapshot: { count: 3, samples: 2 } } });
  const path = traceFile({ stored });
  writeFileSync(path, '{"samples": ');
  assert.is((await failure(openTrace(path))).code, 'TRACE_SIDECAR');
  writeFileSync(path, '');
  assert.is((await failure(openTrace(path))).code, 'FILE_EMPTY');
});

trace('whose data is missing, empty or a folder is refused', async () => {
  const stored = [ramp(4)];
  await refused('FILE_MISSING', { stored, sidecar: { file: 'not-there.bin.gz' } });
  await refused('FILE_EMPTY', { stored, damage: () => Buffer.alloc(0) });
  const folder = freshPath('folder');
  mkdirSync(folder);
  await refused('FILE_KIND', { stored, sidecar: { file: basename(folder) } });
  assert.is((await failure(openTrace(freshPath('nothing.json')))).code, 'FILE_MISSING');
});

trace('with another hash of the file gives no sample at all', async () => {
  const path = traceFile({ stored: [ramp(50_000)], sidecar: { sha256Gz: '0'.repeat(64) } });
  const source = await openTrace(path);
  const events = source.events();
  const error = await failure(events.next());
  await source.close();
  assert.is(error.code, 'TRACE_HASH');
  assert.match(error.message, /the file.*nothing was read/);
});

trace('with another hash of the data fails at its end', async () => {
  const message = await refused('TRACE_HASH', { stored: [ramp(1000)], sidecar: { sha256: '0'.repeat(64) } });
  assert.match(message, /uncompressed data/);
  await refused('TRACE_HASH', { stored: [ramp(1000)], isGzip: false, damage: (bytes) => bytes.fill(7) });
});

trace('cut anywhere or with any changed byte never passes for sound', async () => {
  const stored = [ramp(3000)];
  const path = traceFile({ stored });
  const dataPath = path.replace(/json$/, 'bin.gz');
  const sound = readFileSync(dataPath);
  const sidecar = JSON.parse(readFileSync(path, 'utf8'));
  const withoutHashes = { ...sidecar, sha256: undefined, sha256Gz: undefined };
  const damagedFails = async (bytes: Buffer, described: object, codes: string[]): Promise<void> => {
    writeFileSync(dataPath, bytes);
    writeFileSync(path, JSON.stringify(described));
    const error = await failure(readAll(openTrace(path)));
    assert.instance(error, InputError);
    assert.ok(codes.includes(error.code!), error.message);
  };
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: sound.length - 1 }),
      fc.integer({ min: 1, max: 255 }),
      async (at, bit) => {
        await damagedFails(sound.subarray(0, at), withoutHashes, ['TRACE_GZIP', 'TRACE_LENGTH']);
        await damagedFails(sound.subarray(0, at), sidecar, ['TRACE_HASH']);
        const changed = Buffer.from(sound);
        changed[at] ^= bit;
        await damagedFails(changed, sidecar, ['TRACE_HASH']);
      },
    ),
    { numRuns: 60 },
  );
});

trace('what was yielded before the damage stands', async () => {
  const stored = [Array.from({ length: 400_000 }, (_, index) => ((index * 7919) % 60_013) - 30_000)];
  const path = traceFile({
    stored,
    sidecar: { sha256: undefined, sha256Gz: undefined },
    damage: (bytes) => bytes.subarray(0, bytes.length - 1000),
  });
  const source = await openTrace(path);
  let scans = 0;
  const read = async (): Promise<void> => {
    for await (const event of source.events()) {
      if (event.kind !== 'samples') continue;
      assert.equal(event.channels[0].slice(0, 9), Float32Array.from(stored[0].slice(scans, scans + 9)));
      scans += event.channels[0].length;
    }
  };
  const error = await failure(read());
  await source.close();
  assert.is(error.code, 'TRACE_GZIP');
  assert.ok(scans > 100_000, `${scans} scans came through`);
});

trace('with more or less data than described is refused, plain before and gzip while reading', async () => {
  const stored = [ramp(1000)];
  for (const samples of [999, 1001])
    for (const isGzip of [true, false])
      assert.match(await refused('TRACE_LENGTH', { stored, isGzip, sidecar: { samples, sha256: undefined } }), /2000/);
});

trace('data is looked for beside the sidecar, wherever that lies', async () => {
  const folder = join(dirname(freshPath('x')), 'deep', 'er');
  mkdirSync(folder, { recursive: true });
  const path = traceFile({ stored: [[1, 2]], path: join(folder, 'a.json'), sidecar: { name: undefined } });
  const source = await openTrace(path);
  assert.is(source.info.name, 'a');
  assert.equal((await readOn(source)).channels[0], Float32Array.from([1, 2]));
  await source.close();
});

trace.run();
