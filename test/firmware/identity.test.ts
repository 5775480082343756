/**
 * The bytes on the wire are those of the module in Node, to the bit: of an image while it runs, by a recording at the
 * edge of its module, and of the module as C on other processors.
 */

import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { cModule } from '../../firmware/aot/c-module.ts';
import { NODE_IMPORTS, nodeMemoryBytes } from '../../firmware/node/module.ts';
import { missingFor, NativePlayer } from '../identity/native.ts';
import { session } from '../node/session.ts';
import { playInNode, scansOn } from '../node/tape.ts';
import { nodeBuild } from '../node/twin.ts';
import { needs } from '../support/needs.ts';
import { image, missingForImages } from './pico/images.ts';
import { NodeOnDesk } from './pico/node.ts';
import { recorded } from './pico/recorded.ts';

const PLAYER = fileURLToPath(new URL('../node/play-node.c', import.meta.url));
const PLAY_MS = 120_000;
const SCANS = 60_000;

const identity = suite('firmware.identity');

for (const target of ['m4f', 'm33'] as const)
  needs(identity, missingFor(target), `of ${SCANS} scans and all commands, between Node and ${target}`, () => {
    const { bytes } = nodeBuild();
    const module = cModule(bytes, { imports: NODE_IMPORTS, memoryBytes: nodeMemoryBytes(bytes) });
    const player = new NativePlayer(module, { target, optimize: 'O2' }, PLAYER);
    for (const sensor of ['adxl345', 'adxl355'] as const) {
      const { tape, sent, scans } = session(sensor, SCANS / 2, 7);
      assert.ok(scans >= SCANS / 2);
      assert.ok(Buffer.from(playInNode(bytes, tape)).equals(sent));
      assert.ok(Buffer.from(player.play(tape, PLAY_MS)).equals(sent), sensor);
    }
  });

needs(
  identity,
  missingFor('x64'),
  'with every check of the compiler on: no access is out of bounds or unaligned, which an M0+ cannot do',
  () => {
    const { bytes } = nodeBuild();
    const module = cModule(bytes, { imports: NODE_IMPORTS, memoryBytes: nodeMemoryBytes(bytes) });
    const flags = ['-fsanitize=address,undefined', '-fno-sanitize-recover=all', '-g'];
    const player = new NativePlayer(module, { target: 'x64', optimize: 'O2', flags }, PLAYER);
    for (const [i, sensor] of (['adxl345', 'adxl355'] as const).entries()) {
      const { tape, sent } = session(sensor, SCANS, 11 + i);
      assert.ok(Buffer.from(player.play(tape, PLAY_MS)).equals(sent), sensor);
    }
  },
);

needs(identity, missingForImages, 'of a running image on the M0+, message by message', () => {
  const built = image('adxl345');
  const node = new NodeOnDesk(built);
  const { recorder, sent } = recorded(node, built.module);
  node.run(1);
  node.pico.freeze(0.03);
  for (const name of ['identify', 'self-test', 'stop', 'start']) node.ask(name);
  node.run(0.2);
  const { tape } = recorder;
  const wanted = Buffer.concat(sent);
  assert.ok(scansOn(tape) > 2500);
  assert.ok(wanted.length > 20_000);
  const got = playInNode(built.module, tape);
  assert.ok(Buffer.from(got).equals(wanted.subarray(0, got.length)), 'and the last call may not be over');
  assert.ok(wanted.length - got.length < 1100);
});

identity.run();
