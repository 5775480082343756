/** Whatever stands in a WAV, MAT-file, trace or recording, it gives samples by the contract of a source or an InputError. */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { openSource } from '../../host/acquire/open.ts';
import { Simulator } from '../../host/acquire/simulator.ts';
import { DamageError, InputError } from '../../host/errors.ts';
import { decodeFrame } from '../../host/frame/frame.ts';
import { newHostKey } from '../../host/frame/key.ts';
import { recordSource } from '../../host/store/recording.ts';
import { freshPath } from '../acquire/folder.ts';
import { matFile } from '../acquire/made-mat.ts';
import { traceFile } from '../acquire/made-trace.ts';
import { wavFile } from '../acquire/made-wav.ts';
import { machine, wavBytes } from '../support/signals.ts';
import { mutated, survives } from './read.ts';

const COUNTS = Array.from(machine(0.5), (value) => Math.round(value * 10_000));
/** Bytes at which sizes, types and counts turn over. */
const edge = fc.constantFrom(
  ...['00', 'ff', '7f', '80', 'ffffffff', '00000000', 'ffffff7f', '00000080', '01000000', '0e000000'].map((hex) =>
    Buffer.from(hex, 'hex'),
  ),
);
const spot = fc.record({
  // headers are where the meaning is
  at: fc.oneof({ weight: 3, arbitrary: fc.nat(300) }, { weight: 1, arbitrary: fc.nat() }),
  remove: fc.oneof(fc.constantFrom(0, 1, 4, 8), fc.nat(2000)),
  put: fc.oneof(edge, fc.uint8Array({ maxLength: 8 })),
});
const spots = fc.array(spot, { minLength: 1, maxLength: 4 });

const WAVS = [
  wavBytes(machine(0.5)),
  wavFile({
    format: 3,
    bits: 32,
    channelCount: 2,
    sampleRateHz: 8000,
    data: Buffer.alloc(4000, 1),
    isExtensible: true,
  }),
];
const MATS = [false, true].flatMap((isCompressed) =>
  [false, true].map((isBigEndian) =>
    matFile({
      isCompressed,
      isBigEndian,
      variables: [
        { name: 'X105_DE_time', rows: COUNTS.length, columns: 1, values: COUNTS },
        { name: 'X105RPM', rows: 1, columns: 1, values: [1797] },
        {
          name: 'bearing',
          fields: [
            { name: 'gs', rows: 10, columns: 2, values: COUNTS.slice(0, 20) },
            { name: 'sr', rows: 1, columns: 1, values: [48_828] },
          ],
        },
        { name: 'note', text: 'made by a test' },
      ],
    }),
  ),
);

const fuzz = suite('fuzz.binary');

for (const [name, goods] of [
  ['t.wav', WAVS],
  ['t.mat', MATS],
] as const) {
  fuzz(`a good ${name} with some of its bytes changed`, async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...goods), spots, async (good, where) =>
        survives(name, mutated(good, where), 'g', 1000),
      ),
      { numRuns: 700 },
    );
  });
  fuzz(`any bytes behind the header of a ${name}`, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...goods),
        fc.nat(140),
        fc.uint8Array({ maxLength: 200 }),
        async (good, kept, bytes) => survives(name, Buffer.concat([good.subarray(0, kept), bytes]), 'g', 1000),
      ),
      { numRuns: 300 },
    );
  });
}

fuzz('a trace whose data or sidecar is changed', async () => {
  const member = fc.constantFrom(
    'file',
    'encoding',
    'samples',
    'channels',
    'channelCount',
    'sampleRateHz',
    'unit',
    'snapshot',
    'bearing',
    'bearings',
    'shaftRpm',
    'sha256',
    'compression',
    'layout',
    'name',
    'baseline',
    'learn',
  );
  const value = fc.oneof(
    fc.jsonValue({ maxDepth: 2 }),
    fc.constantFrom(0, -1, 1e300, 2 ** 53, '', '..', '/dev/null', [], [{}], { samples: 1 }),
  );
  await fc.assert(
    fc.asyncProperty(member, value, spots, fc.boolean(), fc.boolean(), async (key, changed, where, isData, isGzip) => {
      const path = traceFile({
        stored: [COUNTS, COUNTS],
        isGzip,
        ...(isData
          ? {
              damage: (bytes) => Buffer.from(mutated(bytes, where)),
              sidecar: { sha256Gz: undefined, sha256: undefined },
            }
          : { sidecar: { [key]: changed } }),
      });
      try {
        const source = await openSource(path);
        try {
          for await (const event of source.events())
            if (event.kind === 'samples') assert.ok(event.channels[0].length <= 65_536);
        } finally {
          await source.close();
        }
      } catch (error) {
        assert.instance(error, InputError, `${basename(path)}: ${(error as Error).stack}`);
      }
    }),
    { numRuns: 400 },
  );
});

fuzz('a recording with some of its bytes changed', async () => {
  const path = freshPath('t.spindle');
  await recordSource(new Simulator({ durationS: 0.05 }), path, newHostKey());
  const good = readFileSync(path);
  await fc.assert(
    fc.asyncProperty(spots, async (where) => survives('t.spindle', mutated(good, where))),
    { numRuns: 300 },
  );
});

fuzz('any bytes as a frame', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 120 }), (bytes) => {
      try {
        decodeFrame(bytes);
      } catch (error) {
        assert.instance(error, DamageError, (error as Error).stack);
      }
    }),
    { numRuns: 2000 },
  );
});

fuzz.run();
