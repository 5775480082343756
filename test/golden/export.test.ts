/** Files of every schema version that was ever written are read and verified for ever. */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { FrameFileReader } from '../../host/frame/file.ts';
import { frameJson } from '../../host/frame/frame.ts';
import { verifyPath, verifyText } from '../../host/store/verify.ts';
import { newFolder } from '../support/folder.ts';
import { make } from './export-v1/recipe.ts';

const golden = suite('golden.export');
const path = fileURLToPath(new URL('export-v1/export.spindle', import.meta.url));
const jsonl = readFileSync(new URL('export-v1/export.jsonl', import.meta.url), 'utf8');

golden('of schema version 1 verifies, with a checkpoint and a digest in it', async () => {
  assert.ok(statSync(path).size < 16_384);
  const report = await verifyPath(path);
  assert.ok(report.ok, verifyText(report));
  const { frames, digests, checkpoints, signedThrough } = report.chains[0];
  assert.equal([frames, digests, checkpoints, signedThrough], [10, 1, 1, 10]);
});

golden('of schema version 1 decodes to the lines beside it', async () => {
  const lines: string[] = [];
  const reader = await FrameFileReader.open(path);
  for await (const { frame } of reader.records()) if (frame) lines.push(JSON.stringify(frameJson(frame)));
  assert.equal(lines, jsonl.trimEnd().split('\n'));
});

golden('of schema version 1 is what its recipe still makes, byte for byte', async () => {
  const folder = newFolder('golden');
  const again = join(folder, 'export.spindle');
  await make(again, join(folder, 'export.jsonl'));
  assert.is(readFileSync(again).compare(readFileSync(path)), 0);
});

golden.run();
