/** A baseline as a file: comes back as it went in, judges as what it was made from, and any damage is noticed. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Simulator } from '../../host/acquire/simulator.ts';
import { decodeBaseline, encodeBaseline, readBaseline, writeBaseline } from '../../host/baseline/file.ts';
import { InputError } from '../../host/errors.ts';
import { sha256 } from '../../host/frame/chain.ts';
import { encodeMap } from '../../host/frame/codec.ts';
import { type LearnedBaseline, type Output, Pipeline } from '../../host/pipeline.ts';
import type { FrameValue, SourceInfo } from '../../host/types.ts';
import { newFolder } from '../support/folder.ts';

const RATE = 3200;
const machine = (seed: number, durationS: number): Simulator =>
  new Simulator({ seed, sampleRateHz: RATE, durationS, fault: 'none' });

async function run(source: Simulator, pipeline: Pipeline): Promise<Output[]> {
  const outputs: Output[] = [];
  for await (const event of source.events()) outputs.push(...pipeline.push(event));
  return [...outputs, ...pipeline.end()];
}

/** Learned once. */
let made: Promise<LearnedBaseline> | null = null;
const learned = (): Promise<LearnedBaseline> =>
  (made ??= (async () => {
    const source = new Simulator({ sampleRateHz: RATE, durationS: 25, fault: 'none' });
    const pipeline = new Pipeline(source.info, { learnSamples: 20 * RATE });
    await run(source, pipeline);
    return pipeline.baseline();
  })());
const kept = async () => ({
  baseline: await learned(),
  learnedUtcUs: 1_760_000_000_000_000,
  by: 'A. Person',
  forced: ['m: RMS (x) rises'],
});

const file = suite('baseline.file');

file('gives the same bytes for the same baseline, and what it holds back from them', async () => {
  const given = await kept();
  const bytes = encodeBaseline(given);
  assert.equal(encodeBaseline(given), bytes);
  assert.is(Buffer.from(bytes).subarray(3, 19).toString(), 'spindle-baseline');
  const back = decodeBaseline(bytes, 'b');
  assert.equal(encodeBaseline(back), bytes);
  assert.equal([back.by, back.forced, back.learnedUtcUs], [given.by, given.forced, given.learnedUtcUs]);
  assert.is(back.baseline.points[0].plan.windowLength, given.baseline.points[0].plan.windowLength);
});

file('judges another stream bit for bit as the baseline that it was made from', async () => {
  const { baseline } = decodeBaseline(encodeBaseline(await kept()), 'b');
  const outputs = async (from: LearnedBaseline): Promise<Output[]> => {
    const source = new Simulator({ seed: 7, sampleRateHz: RATE, durationS: 10, fault: 'unbalance', faultStartS: 4 });
    return run(source, new Pipeline(source.info, { learnSamples: null, baseline: from }));
  };
  assert.equal(await outputs(baseline), await outputs(await learned()));
});

file('notices every changed byte and every length that is cut', async () => {
  const bytes = encodeBaseline(await kept());
  fc.assert(
    fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), fc.boolean(), (at, flip, isCut) => {
      const spoilt = isCut ? bytes.slice(0, at) : Uint8Array.from(bytes);
      if (!isCut) spoilt[at] ^= flip;
      assert.throws(
        () => decodeBaseline(spoilt, 'b'),
        (error: unknown) => error instanceof InputError && error.code === 'BASELINE_FILE',
      );
    }),
    { numRuns: 60 },
  );
});

/** The file with one value of its header changed, its checksum made good. */
async function withHeader(key: number, value: FrameValue): Promise<Uint8Array> {
  const bytes = encodeBaseline(await kept());
  const { itemEnd } = await import('../../host/frame/profile.ts');
  const { decodeMap } = await import('../../host/frame/codec.ts');
  const headerEnd = itemEnd(bytes, 0)!;
  const header = decodeMap(bytes.subarray(0, headerEnd)).set(key, value);
  const pointEnd = itemEnd(bytes, headerEnd)!;
  const body = Buffer.concat([encodeMap(header), bytes.subarray(headerEnd, pointEnd)]);
  return Buffer.concat([body, encodeMap(new Map([[1, sha256(body)]]))]);
}

file('refuses the file of another core, of another version and of another number of points, each by name', async () => {
  const code = (error: unknown): string => (error as InputError).code;
  const thrown = (bytes: Uint8Array): unknown => {
    try {
      return decodeBaseline(bytes, 'b.baseline');
    } catch (error) {
      return error;
    }
  };
  const other = thrown(await withHeader(4, new Uint8Array(32)));
  assert.is(code(other), 'BASELINE_CORE');
  assert.match(
    (other as Error).message,
    /b\.baseline: was learned by core 00000000 \(layout \d+\), wanted [0-9a-f]{8}/,
  );
  assert.is(code(thrown(await withHeader(3, 2))), 'BASELINE_CORE');
  assert.match((thrown(await withHeader(2, 9)) as Error).message, /version 9, wanted 1/);
  assert.match((thrown(await withHeader(8, 2)) as Error).message, /holds 2 points, holds 1/);
});

file('is written whole: a draft that cannot be written leaves the old file', async () => {
  const folder = newFolder('baseline');
  const path = join(folder, 'm.baseline');
  await writeBaseline(path, await kept());
  const before = readFileSync(path);
  assert.equal(readBaseline(path).by, 'A. Person');
  const failed = await writeBaseline(join(folder, 'gone', 'm.baseline'), await kept()).catch((error) => error);
  assert.is(failed.code, 'ENOENT');
  assert.equal(readFileSync(path), before);
  writeFileSync(path, 'something else');
  assert.throws(() => readBaseline(path), /m\.baseline: is no baseline file; make a new one with spindle learn/);
});

file('fits a point of another name whose channels are called the same', async () => {
  const source = machine(3, 5);
  const info: SourceInfo = source.info;
  const pipeline = new Pipeline(info, { learnSamples: null, baseline: await learned(), pointName: 'motor/drive-end' });
  assert.is(pipeline.plans[0].name, 'motor/drive-end');
});

file.run();
