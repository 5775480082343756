/**
 * Makes export.spindle and export.jsonl of schema version 1: one frame of every kind, a checkpoint in the middle, a
 * digest, the signed end. Everything is fixed, the key too (it signs nothing else), so the bytes never change.
 * Run: node test/golden/export-v1/recipe.ts, then git diff --exit-code. A later schema version gets a folder of its own;
 * this file must decode and verify for ever.
 */
import { createPrivateKey } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { chainStart, sha256 } from '../../../host/frame/chain.ts';
import { rawPublicKey, sign1 } from '../../../host/frame/cose.ts';
import { FrameFileReader, FrameFileWriter } from '../../../host/frame/file.ts';
import { encodeFrame, frameJson, frameMap, KEY } from '../../../host/frame/frame.ts';
import { checkpointPayload } from '../../../host/frame/walk.ts';
import type { FrameDraft, FrameKind, FrameValue } from '../../../host/types.ts';

type Body = [number, FrameValue][];
const id = (byte: number): Uint8Array => new Uint8Array(8).fill(byte);
const map = (...entries: Body): Map<number, FrameValue> => new Map(entries);

/** RFC 8410 head of an Ed25519 private key, then a seed of 32 bytes. */
const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), Buffer.alloc(32, 0x5d)]);
const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
const key = { hostId: id(0x11), privateKey, publicKey: rawPublicKey(privateKey) };
const epoch = id(0x22);

const why = map([1, 4], [2, 0], [3, Float32Array.of(2.5, 11.25)]);
const RECORDS: [FrameKind, number | null, Body][] = [
  [
    'descriptor',
    1,
    [
      [80, ['ln(rms)', 'kurtosis']],
      [81, ['ln(g)', '1']],
      [82, Uint8Array.from({ length: 128 }, (_, i) => i)],
      [83, new Uint8Array(32).fill(0xc0)],
      [84, 'simd'],
      [85, new Uint8Array(32).fill(0xcf)],
      [86, new Uint8Array(32).fill(0xf0)],
      [87, [['sensitivity', Float32Array.of(0.0981)]]],
      [88, 'pump-1'],
      [89, ['x', 'y', 'z']],
    ],
  ],
  [
    'timeMap',
    null,
    [
      [50, 1_000_000],
      [51, 1_760_000_000_000_000],
      [52, 1500],
      [53, 'ntp'],
    ],
  ],
  [
    'feature',
    1,
    [
      [20, Float32Array.of(-1.5, 3.1, 1e-30, Number.POSITIVE_INFINITY, -0)],
      [
        25,
        map(
          [1, 4],
          [2, Float32Array.of(1.25)],
          [3, 'outer_race'],
          [4, Float32Array.of(0.75)],
          [5, [why]],
          [6, 2],
          [7, 4096],
          [8, 25600],
        ),
      ],
    ],
  ],
  [
    'event',
    1,
    [
      [30, 'state'],
      [31, 'normal'],
      [32, 'alert'],
      [33, 1],
      [34, 2],
    ],
  ],
  ['checkpoint', null, []],
  [
    'waveform',
    1,
    [
      [21, Int16Array.of(-32768, -1, 0, 1, 32767)],
      [22, Float32Array.of(0.0009765625, 0)],
      [23, 26_667_000],
      [24, 0],
      [44, 4_294_967_296],
    ],
  ],
  [
    'waveform',
    1,
    [
      [21, Float32Array.of(0.1, -0.2)],
      [23, 26_667_000],
      [24, 1],
      [44, Number.MAX_SAFE_INTEGER],
    ],
  ],
  [
    'gap',
    1,
    [
      [40, 'wire'],
      [41, 100],
      [42, 200],
      [43, 100],
      [44, [3, 9]],
    ],
  ],
  [
    'audit',
    null,
    [
      [70, 'Ana Ünal'],
      [71, 'engineer'],
      [72, 'panel'],
      [73, 'threshold'],
      [74, 'pump-1'],
      [75, '8'],
      [76, '9.5'],
      [77, 'too early ✓'],
      [78, 'done'],
    ],
  ],
  [
    'mark',
    1,
    [
      [100, 'inputs'],
      [101, Float32Array.of(1797.5)],
      [102, Float32Array.of(0.8)],
    ],
  ],
];

/** Writes both files. */
export async function make(spindlePath: string, jsonlPath: string): Promise<void> {
  const header = {
    hostId: key.hostId,
    epoch,
    firstSeq: 0,
    lastSeq: RECORDS.length,
    hashBefore: chainStart(key.hostId, epoch),
    filter: 'a golden file, one record left out',
    publicKey: key.publicKey,
  };
  const file = new FrameFileWriter(spindlePath, header, key);
  for (const [n, [kind, pointId, body]] of RECORDS.entries()) {
    // half of them know the time of day
    const utcUs = n % 2 === 0 ? null : 1_760_000_000_000_000 + n;
    const draft: FrameDraft = {
      kind,
      pointId,
      monoUs: 1_000_000 * (n + 1),
      utcUs,
      clock: 1,
      clockErrorUs: 1500,
      descriptor: null,
      body: new Map(body),
      urgent: false,
    };
    const hasDescriptor = kind === 'feature' || kind === 'waveform' || kind === 'event';
    const frame = frameMap(draft, {
      hostId: key.hostId,
      epoch,
      seq: n,
      bootId: id(0x33),
      descriptorSeq: hasDescriptor ? 0 : null,
    });
    if (kind === 'checkpoint') frame.set(KEY.sign1, sign1(checkpointPayload(file.hash, frame), privateKey));
    file.frame(encodeFrame(frame, kind));
  }
  file.digest(sha256(Buffer.from('a frame that is not here')));
  file.end();

  const lines: string[] = [];
  const reader = await FrameFileReader.open(spindlePath);
  for await (const { frame } of reader.records()) if (frame) lines.push(JSON.stringify(frameJson(frame)));
  writeFileSync(jsonlPath, `${lines.join('\n')}\n`);
}

if (import.meta.main) {
  const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
  await make(here('export.spindle'), here('export.jsonl'));
}
