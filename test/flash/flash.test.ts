/** Images are what they say before they go anywhere, and the disk of a bootloader is found by what stands on it. */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readImage } from '../../host/flash/image.ts';
import { bootloaderVolumes, copyImage, waitForVolume } from '../../host/flash/volume.ts';
import { newFolder } from '../support/folder.ts';
import { spindle } from '../support/spindle.ts';

const flash = suite('flash');
const folder = newFolder('flash');

/** A whole image by the words of docs/wire.md: mark, length, hash, names. */
function image(bytes = 1000): Buffer {
  const whole = Buffer.alloc(Math.ceil(bytes / 256) * 256, 7);
  whole.write('SPINDLE1', 0x1c0, 'latin1');
  whole.writeUInt32LE(bytes, 0x1c8);
  whole.fill(0, 0x1cc, 0x1cc + 64);
  whole.write('pico', 0x1ec, 'latin1');
  whole.write('adxl345', 0x1fc, 'latin1');
  createHash('sha256').update(whole.subarray(0, bytes)).digest().copy(whole, 0x1cc);
  return whole;
}

function uf2(payload: Buffer, spoil: (block: Buffer, index: number) => void = () => {}): Buffer {
  const count = payload.length / 256;
  const blocks = Array.from({ length: count }, (_, index) => {
    const block = Buffer.alloc(512);
    const words = [0x0a324655, 0x9e5d5157, 0x2000, 0x10000000 + 256 * index, 256, index, count, 0xe48bff56];
    for (const [at, word] of words.entries()) block.writeUInt32LE(word, 4 * at);
    payload.copy(block, 32, 256 * index, 256 * index + 256);
    block.writeUInt32LE(0x0ab16f30, 508);
    spoil(block, index);
    return block;
  });
  return Buffer.concat(blocks);
}

function file(name: string, bytes: Uint8Array): string {
  writeFileSync(join(folder, name), bytes);
  return join(folder, name);
}

flash('an image says board, sensor and the hash that its node will say', () => {
  const plain = image();
  const { board, sensor, firmwareHash } = readImage(file('good.uf2', uf2(plain)));
  assert.equal([board, sensor], ['pico', 'adxl345']);
  assert.is(Buffer.from(firmwareHash).toString('hex'), plain.subarray(0x1cc, 0x1ec).toString('hex'));
});

const REFUSED: [string, Buffer, RegExp][] = [
  ['empty', Buffer.alloc(0), /got 0 bytes, wanted UF2 blocks of 512/],
  ['text', Buffer.from('hello'), /got 5 bytes, wanted UF2 blocks of 512/],
  ['no blocks', Buffer.alloc(1024), /block 0 is no UF2 block/],
  [
    'another chip',
    uf2(image(), (block) => block.writeUInt32LE(0xe48bff59, 28)),
    /family 0xe48bff59, wanted 0xe48bff56 \(RP2040\)/,
  ],
  ['a lost block', uf2(image()).subarray(512), /block 0 says it is 1 of 4/],
  [
    'a hole',
    uf2(image(), (block, index) => index === 2 && block.writeUInt32LE(0x10000000, 12)),
    /block 2 holds 256 bytes for 0x10000000/,
  ],
  ['other firmware', uf2(Buffer.alloc(1024)), /does not say that it is Spindle firmware/],
  [
    'a flipped bit',
    uf2(image(), (block, index) => index === 3 && block.writeUInt8(8, 40)),
    /is damaged: its hash is not that of its bytes/,
  ],
];

for (const [name, bytes, why] of REFUSED)
  flash(`an image that is ${name} is refused`, () => {
    assert.throws(
      () => readImage(file('bad.uf2', bytes)),
      (error: Error & { code: string }) => {
        assert.is(error.code, 'FLASH_IMAGE');
        assert.match(error.message, why);
        return /nothing was flashed$/.test(error.message);
      },
    );
  });

const INFO = 'UF2 Bootloader v3.0\nModel: Raspberry Pi RP2\nBoard-ID: RPI-RP2\n';

function volume(name: string, info: string): string {
  const path = join(folder, name);
  mkdirSync(path, { recursive: true });
  writeFileSync(join(path, 'INFO_UF2.TXT'), info);
  return path;
}

flash('disks of bootloaders are found among what is mounted, names with spaces too', async () => {
  const [one, other] = [volume('RPI RP2', INFO), volume('OTHER', 'UF2\nBoard-ID: SAMD51\n')];
  const escaped = one.replaceAll(' ', '\\040');
  const mounts = file(
    'mounts',
    Buffer.from(`/dev/sda1 ${escaped} vfat rw 0 0\n/dev/sdb1 ${other} vfat rw 0 0\n/dev/sdc1 / ext4 rw 0 0\n`),
  );
  assert.equal(await bootloaderVolumes(mounts), [one]);
  assert.equal(await bootloaderVolumes(join(folder, 'no mounts')), []);
});

flash('a disk that does not come is given up in time, and the image is copied whole to one that does', async () => {
  const { signal } = new AbortController();
  const error = await waitForVolume(join(folder, 'gone'), 300, signal).catch((failure) => failure);
  assert.is(error.code, 'FLASH_VOLUME');
  assert.match(error.message, /no board in its bootloader within 0\.3 s/);
  const there = await waitForVolume(volume('BOOT', INFO), 300, signal);
  let told = 0;
  copyImage(there, Buffer.alloc(40_000, 5), (bytes) => (told += bytes));
  assert.is(told, 40_000);
  assert.is(readFileSync(join(there, 'spindle.uf2')).length, 40_000);
  assert.throws(
    () => copyImage(join(folder, 'gone'), Buffer.alloc(9), () => {}),
    /ENOENT.* after 0 of 9 bytes; .*try again/,
  );
});

flash('the command refuses an image before it touches anything', async () => {
  const unknown = await spindle(['flash', 'adxl999']);
  assert.is(unknown.code, 2);
  assert.match(
    unknown.stderr,
    /FLASH_IMAGE: adxl999: no image of that name at .*; build them with npm run firmware, or give a UF2 file; nothing was flashed/,
  );
  const damaged = await spindle(['flash', file('text.uf2', Buffer.from('no image'))]);
  assert.is(damaged.code, 2);
  assert.match(damaged.stderr, /FLASH_IMAGE: .*text\.uf2: got 8 bytes/);
});

flash.run();
