/** The image of a node with an ADXL345 in the emulated Pico: what it says, and that nothing is lost. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { sensorFacts } from '../../firmware/node/facts.ts';
import { firmwareHash, HASH_AT } from '../../firmware/pico/seal.ts';
import { TYPE } from '../node/wire.ts';
import { needs } from '../support/needs.ts';
import { image, missingForImages } from './pico/images.ts';
import { account, NodeOnDesk } from './pico/node.ts';

const DISCARDED = sensorFacts('adxl345').discardScans.value;

const hex = (bytes: unknown): string => Buffer.from(bytes as Uint8Array).toString('hex');

const pico = suite('firmware.pico');

needs(pico, missingForImages, 'says who it is within 50 ms, by the hash of its own bytes', () => {
  const node = new NodeOnDesk(image('adxl345'));
  node.run(0.05);
  const [hello] = node.heard;
  const bytes = readFileSync(image('adxl345').bin);
  assert.is(hello.get(1), TYPE.hello);
  assert.is(hello.get(3), 'pico');
  assert.is(hello.get(4), 'adxl345');
  assert.is(hex(hello.get(5)), hex(firmwareHash(bytes)));
  assert.is(hex(hello.get(5)), hex(bytes.subarray(HASH_AT, HASH_AT + 32)));
  assert.is(hex(hello.get(6)), createHash('sha256').update(image('adxl345').module).digest('hex'));
  assert.is(hello.get(7), 16_000);
  assert.is(hello.get(8), 3_200_000);
  assert.equal([...(hello.get(13) as Float32Array)], [0.00390625, 0.00390625, 0.00390625]);
  assert.is(hello.get(14), 0);
});

needs(
  pico,
  missingForImages,
  'streams every sample of 3200 Hz over 921 600 baud, the first block within 150 ms',
  () => {
    const node = new NodeOnDesk(image('adxl345'));
    node.run(0.15);
    assert.ok(node.of(TYPE.block).length > 0);
    node.run(1.85);
    const { received, lost, missing } = account(node.of(TYPE.block), 'adxl345');
    assert.is(lost + missing + node.pico.uart.overruns + node.model.overwritten + node.line.damaged, 0);
    assert.ok(received > node.model.taken - DISCARDED - 64 - 32, `${received} of ${node.model.taken}`);
    assert.equal(
      [5, 6, 7, 11].map((key) => node.last.get(key)),
      [0, 0, 0, 0],
    );
    assert.is(node.last.get(13), 1);
  },
);

needs(pico, missingForImages, 'answers a command, and closes its sums when it is stopped', () => {
  const node = new NodeOnDesk(image('adxl345'));
  node.run(0.1);
  assert.is(node.ask('stop').get(4), 0);
  node.run(0.05);
  const { received, lost } = account(node.of(TYPE.block), 'adxl345');
  assert.is(lost, 0);
  assert.is(received + DISCARDED, node.model.taken);
  assert.is(node.last.get(4), received);
  assert.is(node.last.get(13), 0);
});

pico.run();
