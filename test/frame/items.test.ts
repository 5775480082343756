import { createReadStream, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { DamageError } from '../../host/errors.ts';
import { decodeFrame, encodeFrame, frameMap } from '../../host/frame/frame.ts';
import { readItems } from '../../host/frame/items.ts';
import { splitSequence } from '../../host/frame/sequence.ts';
import { anyDraft } from '../support/frames.ts';

const items = suite('frame.items');
const golden = new URL('../golden/export-v1/export.spindle', import.meta.url);

async function* chunksOf(bytes: Uint8Array, sizes: number[]): AsyncGenerator<Uint8Array> {
  for (let at = 0, n = 0; at < bytes.length; n++) {
    const size = Math.max(1, sizes[n % sizes.length] ?? 1);
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

/** Seq of each frame; the map behind a label is the header. */
async function seqs(chunks: AsyncIterable<Uint8Array>): Promise<number[]> {
  const found: number[] = [];
  let isHeader = false;
  for await (const item of readItems(chunks)) {
    if (item.type === 'map' && !isHeader) found.push(decodeFrame(item.bytes).seq);
    isHeader = item.type === 'label';
  }
  return found;
}

items('gives the frames of a file and of a bare sequence', async () => {
  assert.equal(await seqs(createReadStream(golden)), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  const id = new Uint8Array(8);
  const drafts = fc.sample(anyDraft('audit'), 5);
  const frames = drafts.map((draft, seq) =>
    encodeFrame(frameMap(draft, { hostId: id, epoch: id, bootId: id, seq, descriptorSeq: null }), 'audit'),
  );
  const payload = Buffer.concat(frames);
  assert.equal(await seqs(chunksOf(payload, [100])), [0, 1, 2, 3, 4]);
  assert.equal(
    splitSequence(payload).map((bytes) => Buffer.from(bytes)),
    frames.map((bytes) => Buffer.from(bytes)),
  );
  assert.throws(
    () => splitSequence(payload.subarray(0, -1)),
    (error: unknown) => error instanceof DamageError,
  );
});

items('gives the same whatever the pieces the bytes arrive in (property)', async () => {
  const whole = readFileSync(golden);
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 20 }), async (sizes) => {
      assert.equal(await seqs(chunksOf(whole, sizes)), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    }),
  );
});

items('of random or mutated bytes gives items or a DamageError (1000 runs)', async () => {
  const whole = readFileSync(golden);
  const random = fc.uint8Array({ maxLength: 300 });
  const mutated = fc
    .array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 })
    .map((changes) => {
      const bytes = Uint8Array.from(whole);
      for (const [at, byte] of changes) bytes[at] = byte;
      return bytes;
    });
  await fc.assert(
    fc.asyncProperty(fc.oneof(random, mutated), fc.integer({ min: 1, max: 5000 }), async (bytes, size) => {
      try {
        let next = 0;
        for await (const item of readItems(chunksOf(bytes, [size]))) {
          assert.ok(item.offset >= next);
          next = item.offset + item.bytes.length;
        }
        await seqs(chunksOf(bytes, [size]));
      } catch (error) {
        assert.instance(error, DamageError);
      }
    }),
    { numRuns: 1000 },
  );
});

items.run();
