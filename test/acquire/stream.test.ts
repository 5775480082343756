/**
 * Files far larger than the memory that reading them may take. The buffers alive after a collection are counted on the
 * way, so that the claim depends on what is kept and not on when the engine collects.
 */
import { closeSync, createWriteStream, openSync, statSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createDeflate, createGzip } from 'node:zlib';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { openSource } from '../../host/acquire/open.ts';
import { fileOf, freshPath } from './folder.ts';
import { matFile } from './made-mat.ts';
import { wavFile } from './made-wav.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

const MEBIBYTE = 1024 * 1024;
const FILE_BYTES = 128 * MEBIBYTE;
/** The engine frees buffers a little after it has found them dead. */
const MAX_KEPT_BYTES = 8 * MEBIBYTE;
const EVENTS_BETWEEN_COUNTS = 20;
const given = { unit: 'g', sampleRateHz: 25_600 };

async function staysSmall(path: string, scans: number): Promise<void> {
  collect();
  const before = process.memoryUsage().arrayBuffers;
  const source = await openSource(path, given);
  let kept = 0;
  let read = 0;
  let events = 0;
  for await (const event of source.events()) {
    if (event.kind === 'samples') read += event.channels[0].length;
    if (++events % EVENTS_BETWEEN_COUNTS !== 0) continue;
    collect();
    kept = Math.max(kept, process.memoryUsage().arrayBuffers - before);
  }
  await source.close();
  assert.is(read, scans);
  assert.ok(kept < MAX_KEPT_BYTES, `${kept} bytes kept`);
}

function* zeros(bytes: number, head: Buffer): Generator<Buffer> {
  yield head;
  const piece = Buffer.alloc(MEBIBYTE);
  for (let left = bytes; left > 0; left -= piece.length) yield piece.subarray(0, left);
}

function sidecarFor(file: string, samples: number): string {
  const channels = [{ name: 'x', unit: 'g' }];
  const sidecar = { file: file.split('/').at(-1), encoding: 'float32le', samples, channels, sampleRateHz: 25_600 };
  const path = `${file}.json`;
  writeFileSync(path, JSON.stringify(sidecar));
  return path;
}

/** The head of a MAT-file with one double column that is `values` long, without its numbers. */
function matHead(values: number): Buffer {
  const head = matFile({ variables: [{ name: 'x', rows: 2, columns: 1, values: [0, 0] }] }).subarray(0, -16);
  const matrix = 128;
  const bytes = 8 * values;
  head.writeUInt32LE(head.length - matrix - 8 + bytes, matrix + 4);
  head.writeInt32LE(values, head.length - 8 - 8 - 8); // rows, before columns, the name and the tag of the numbers
  head.writeUInt32LE(bytes, head.length - 4);
  return head;
}

const stream = suite('acquire.stream');

stream('a WAV larger than the memory allowed is read in pieces', async () => {
  const path = fileOf(
    'large.wav',
    wavFile({
      format: 3,
      bits: 32,
      channelCount: 1,
      sampleRateHz: 1000,
      data: Buffer.alloc(0),
      saidBytes: 0xffff_ffff,
    }),
  );
  truncateSync(path, 44 + FILE_BYTES);
  await staysSmall(path, FILE_BYTES / 4);
});

stream('a plain and a gzip trace too', async () => {
  const plain = fileOf('large.bin', '');
  truncateSync(plain, FILE_BYTES);
  await staysSmall(sidecarFor(plain, FILE_BYTES / 4), FILE_BYTES / 4);
  const packed = freshPath('large.bin.gz');
  await pipeline(
    Readable.from(zeros(FILE_BYTES, Buffer.alloc(0))),
    createGzip({ level: 1 }),
    createWriteStream(packed),
  );
  await staysSmall(sidecarFor(packed, FILE_BYTES / 4), FILE_BYTES / 4);
});

stream('a MAT-file with one large array too, plain and compressed', async () => {
  const values = FILE_BYTES / 8;
  const plain = fileOf('large.mat', matHead(values));
  truncateSync(plain, matHead(values).length + FILE_BYTES);
  await staysSmall(plain, values);

  const packed = freshPath('packed.mat');
  const body = zeros(FILE_BYTES, Buffer.from(matHead(values).subarray(128)));
  writeFileSync(packed, Buffer.concat([matHead(values).subarray(0, 128), Buffer.alloc(8)]));
  await pipeline(Readable.from(body), createDeflate({ level: 1 }), createWriteStream(packed, { flags: 'a' }));
  const tag = Buffer.alloc(8);
  tag.writeUInt32LE(15);
  tag.writeUInt32LE(statSync(packed).size - 136, 4);
  const handle = openSync(packed, 'r+');
  writeSync(handle, tag, 0, 8, 128);
  closeSync(handle);
  await staysSmall(packed, values);
});

stream('a large table too', async () => {
  const path = freshPath('large.csv');
  const rows = 20_000;
  const piece = Buffer.from(Array.from({ length: rows }, (_, row) => `${row % 777},${row % 333}.25\n`).join(''));
  const pieces = Math.ceil((32 * MEBIBYTE) / piece.length);
  await pipeline(Readable.from(Array(pieces).fill(piece)), createWriteStream(path));
  await staysSmall(path, pieces * rows);
});

stream.run();
