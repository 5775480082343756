/** A recording gives back exactly what went in, and says so when it cannot. */
import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { openSource } from '../../host/acquire/open.ts';
import { openRecording } from '../../host/acquire/recording.ts';
import type { Source } from '../../host/acquire/source.ts';
import { InputError } from '../../host/errors.ts';
import { newHostKey } from '../../host/frame/key.ts';
import { findScale, toInt16 } from '../../host/store/quantise.ts';
import { recordSource } from '../../host/store/recording.ts';
import { verifyPath, verifyText } from '../../host/store/verify.ts';
import { type SourceEvent, type SourceInfo, UNITS } from '../../host/types.ts';
import { newFolder } from '../support/folder.ts';

const recording = suite('acquire.recording');
const folder = newFolder('recording');
const path = join(folder, 'r.spindle');
const key = newHostKey();

const INFO: SourceInfo = {
  name: 'bench',
  channels: [{ name: 'x', unit: 'g' }],
  sampleRateHz: 1000,
  shaftRpm: null,
  bearings: {},
  snapshot: null,
  sampleCount: null,
  startUtcUs: null,
  notes: [],
};

function sourceOf(info: SourceInfo, events: SourceEvent[]): Source {
  return {
    info,
    async *events() {
      yield* events;
    },
    close: async () => {},
  };
}

async function eventsOf(source: Source): Promise<SourceEvent[]> {
  const events: SourceEvent[] = [];
  for await (const event of source.events()) events.push(event);
  await source.close();
  return events;
}

/** Equal to the last bit, NaN payloads and the sign of zero included. */
const bits = (events: SourceEvent[]): string =>
  JSON.stringify(events, (_, value) =>
    value instanceof Float32Array
      ? Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('hex')
      : value,
  );

const name = fc.string({ unit: 'grapheme', maxLength: 20 });
const real = fc.double({ min: 1e-6, max: 1e6, noNaN: true });
const anyInfo = fc
  .record({
    name,
    channels: fc.array(
      fc.record({ name, unit: fc.constantFrom(...UNITS), fullScale: real }, { requiredKeys: ['name', 'unit'] }),
      { minLength: 1, maxLength: 4 },
    ),
    // slower, and the events below last longer than 2^53 microseconds
    sampleRateHz: fc.double({ min: 0.01, max: 1e6, noNaN: true }),
    shaftRpm: fc.option(real),
    bearings: fc.dictionary(name, fc.record({ bpfo: real, bpfi: real, bsf: real, ftf: real }), {
      maxKeys: 2,
      noNullPrototype: true,
    }),
    snapshot: fc.option(fc.record({ samples: fc.nat(), intervalS: fc.option(real) })),
    sampleCount: fc.option(fc.nat()),
    startUtcUs: fc.option(fc.nat()),
    notes: fc.array(name, { maxLength: 2 }),
  })
  // plain objects: fast-check's records have no prototype
  .map((info) => structuredClone(info) as SourceInfo);

const f32 = fc.float({ noNaN: true, min: Math.fround(1e-6), max: 1000 });
const block = (length: number): fc.Arbitrary<Float32Array> =>
  fc.oneof(
    fc.float32Array({ minLength: length, maxLength: length }),
    // an int16 sensor: counts times a scale
    fc
      .tuple(fc.int16Array({ minLength: length, maxLength: length }), f32)
      .map(([counts, scale]) => Float32Array.from(counts, (count) => Math.fround(count * scale))),
  );

function anyEvents(channels: number): fc.Arbitrary<SourceEvent[]> {
  const samples = fc
    .integer({ min: 1, max: 300 })
    .chain((length) => fc.tuple(...Array.from({ length: channels }, () => block(length))))
    .map((blocks): SourceEvent => ({ kind: 'samples', firstSample: 0, channels: blocks }));
  const real32 = fc.option(fc.float({ noNaN: true }));
  const event = fc.oneof(
    { weight: 3, arbitrary: samples },
    fc.constant<SourceEvent>({ kind: 'snapshotEnd' }),
    fc
      .record({ cause: fc.constantFrom('wire', 'overrun', 'file', 'source'), lostSamples: fc.nat(100_000) })
      .map(({ cause, lostSamples }) => ({ kind: 'gap', cause, firstSample: 0, lostSamples }) as SourceEvent),
    fc.record({ rpm: real32, load: real32 }).map((inputs): SourceEvent => ({ kind: 'inputs', ...inputs })),
  );
  return fc.array(event, { maxLength: 12 }).map((events) => {
    let at = 0;
    return events.map((one) => {
      const placed = 'firstSample' in one ? { ...one, firstSample: at } : one;
      if (one.kind === 'samples') at += one.channels[0].length;
      if (one.kind === 'gap') at += one.lostSamples;
      return placed;
    });
  });
}

recording('gives back what any source said and yielded, to the last bit (property)', async () => {
  const any = anyInfo.chain((info) => fc.tuple(fc.constant(info), anyEvents(info.channels.length)));
  await fc.assert(
    fc.asyncProperty(any, async ([info, events]) => {
      await recordSource(sourceOf(info, events), path, key);
      const source = await openRecording(path);
      assert.equal(source.info, info);
      assert.is(bits(await eventsOf(source)), bits(events));
      const report = await verifyPath(path, key.publicKey);
      assert.ok(report.ok, verifyText(report));
    }),
    { numRuns: 60 },
  );
});

recording('keeps int16 counts where they are exact: half the bytes of float32', async () => {
  const counts = Int16Array.from({ length: 20_000 }, (_, i) => 32767 * Math.sin(i / 9));
  const scale = Math.fround(16 / 32768);
  const exact = Float32Array.from(counts, (count) => Math.fround(count * scale));
  const size = async (channels: Float32Array[]): Promise<number> =>
    (await recordSource(sourceOf(INFO, [{ kind: 'samples', firstSample: 0, channels }]), path, key)).bytes;
  const asInt16 = await size([exact]);
  assert.is(
    bits(await eventsOf(await openRecording(path))),
    bits([{ kind: 'samples', firstSample: 0, channels: [exact] }]),
  );
  const asFloat32 = await size([Float32Array.from(exact, (value) => Math.fround(value * 1.0001 + 0.3))]);
  assert.ok(asInt16 < 41_000 && asFloat32 > 80_000, `${asInt16} and ${asFloat32}`);
});

recording('quantises exactly or not at all', () => {
  const scale = Math.fround(0.000488);
  for (const first of [1, 2, 3, 5, 7]) {
    const samples = Float32Array.from([first, -first * 4, 32767, -32767, 0], (count) => Math.fround(count * scale));
    const found = findScale(samples, 1);
    assert.ok(found !== null, String(first));
    assert.equal(
      Float32Array.from(toInt16(samples, found), (count) => Math.fround(count * found)),
      samples,
    );
  }
  assert.is(findScale(Float32Array.of(0, 0), 0.5), 0.5);
  for (const never of [[-0], [Number.NaN], [Number.POSITIVE_INFINITY], [1e-30, 1], [1, Math.PI]])
    assert.is(findScale(Float32Array.from(never), 1), null, String(never));
});

recording('is checkpointed on its way and found damaged where it is', async () => {
  const events = Array.from(
    { length: 2500 },
    (_, i): SourceEvent => ({ kind: 'samples', firstSample: i, channels: [Float32Array.of(i)] }),
  );
  await recordSource(sourceOf(INFO, events), path, key);
  const whole = readFileSync(path);
  assert.is((await verifyPath(path)).chains[0].checkpoints, 2);
  whole[whole.length >> 1] ^= 4;
  writeFileSync(path, whole);
  const report = await verifyPath(path);
  assert.is(report.ok, false);
  assert.is(report.chains[0].signedThrough, 1024);
});

async function refused(work: () => Promise<unknown>): Promise<InputError> {
  try {
    await work();
  } catch (error) {
    assert.instance(error, InputError);
    return error as InputError;
  }
  throw new Error('was accepted');
}

recording('cut short yields what is there and then throws the input’s fault', async () => {
  const events = Array.from(
    { length: 50 },
    (_, i): SourceEvent => ({ kind: 'samples', firstSample: 100 * i, channels: [new Float32Array(100).fill(i)] }),
  );
  await recordSource(sourceOf(INFO, events), path, key);
  truncateSync(path, readFileSync(path).length >> 1);
  const source = await openRecording(path);
  const got: SourceEvent[] = [];
  const error = await refused(async () => {
    for await (const event of source.events()) got.push(event);
  });
  assert.is(error.code, 'RECORDING_DAMAGED');
  assert.ok(got.length > 20 && got.length < 50);
  assert.is(bits(got), bits(events.slice(0, got.length)));
  await source.close();
});

recording('that is none is refused with path and reason', async () => {
  assert.is((await refused(() => openRecording(join(folder, 'none')))).code, 'FILE_MISSING');
  writeFileSync(path, '');
  assert.is((await refused(() => openRecording(path))).code, 'FILE_EMPTY');
  assert.is((await refused(() => openRecording(folder))).code, 'FILE_KIND');
  for (const bytes of ['text', '\xd9\xd9\xf8\xda']) {
    writeFileSync(path, bytes, 'latin1');
    const error = await refused(() => openRecording(path));
    assert.is(error.code, 'RECORDING_DAMAGED');
    assert.ok(error.message.startsWith(path));
  }
});

recording('is opened with other channels, rate and unit where a person says so', async () => {
  const info: SourceInfo = { ...INFO, channels: ['x', 'y', 'z'].map((name) => ({ name, unit: 'g' })) };
  const channels = [1, 2, 3].map((value) => Float32Array.of(value, value));
  await recordSource(sourceOf(info, [{ kind: 'samples', firstSample: 0, channels }]), path, key);
  const source = await openSource(path, { channels: ['z', 'x'], sampleRateHz: 500, unit: 'm/s2' });
  assert.equal(
    source.info.channels.map((channel) => channel.name + channel.unit),
    ['zm/s2', 'xm/s2'],
  );
  assert.is(source.info.sampleRateHz, 500);
  assert.ok(source.info.notes.some((note) => /1000/.test(note) && /500/.test(note)));
  const [event] = await eventsOf(source);
  assert.equal(event.kind === 'samples' && event.channels, [channels[2], channels[0]]);
});

recording('stops soon after an abort, and close may come at any time and twice', async () => {
  const events = Array.from(
    { length: 500 },
    (_, i): SourceEvent => ({ kind: 'samples', firstSample: 100 * i, channels: [new Float32Array(100)] }),
  );
  await recordSource(sourceOf(INFO, events), path, key);
  const source = await openRecording(path);
  const abort = new AbortController();
  let n = 0;
  for await (const _ of source.events(abort.signal)) if (++n === 3) abort.abort();
  assert.is(n, 3);
  const half = source.events();
  await half.next();
  await source.close();
  await source.close();
  assert.is((await half.next()).done, true);
});

recording.run();
