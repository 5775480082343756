/** What an image may cost: flash, RAM, stack, and the time for which interrupts wait; and that it is built to the same bytes twice. */
import { spawnSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { NODE_CORE_BYTES } from '../../core-wasm/memory.ts';
import { cModule } from '../../firmware/aot/c-module.ts';
import { firmwarePath, TARGETS } from '../../firmware/aot/targets.ts';
import { SENSORS } from '../../firmware/node/facts.ts';
import { nodeModule } from '../../firmware/node/module.ts';
import { buildPicoImage } from '../../firmware/pico/image.ts';
import { UF2_BLOCK_BYTES, UF2_FAMILY_RP2040 } from '../../firmware/pico/uf2.ts';
import { newFolder } from '../support/folder.ts';
import { needs } from '../support/needs.ts';
import { image, missingForImages } from './pico/images.ts';
import { NodeOnDesk } from './pico/node.ts';

const KB = 1024;
const FLASH_BYTES = 64 * KB;
const RAM_BYTES = 120 * KB;
const RAM_BYTES_WITH_ANALYSIS = 200 * KB;
const MODULE_BYTES = 24 * KB;
/** Of 4096 bytes. */
const STACK_BYTES = 2048;
/** No interrupt is masked anywhere but on the way into a restart. */
const MASKED_CYCLES = 0;
/** From the sensor's edge to the first instruction of its handler: its FIFO bridges 5 ms or more behind a watermark. */
const LATENCY_US = 1000;

const KEY = Uint8Array.from({ length: 32 }, (_, i) => i);

const budget = suite('firmware.budget');

for (const sensor of SENSORS)
  needs(budget, missingForImages, `of a ${sensor} image: 64 KB of flash, 120 KB of RAM`, () => {
    const { flashBytes, ramBytes, moduleMemoryBytes } = image(sensor);
    console.log(`${sensor}: flash ${flashBytes}, RAM ${ramBytes}, of which module ${moduleMemoryBytes}`);
    assert.ok(flashBytes < FLASH_BYTES, `flash: ${flashBytes} bytes`);
    assert.ok(ramBytes <= RAM_BYTES, `RAM: ${ramBytes} bytes`);
    assert.ok(moduleMemoryBytes <= MODULE_BYTES, `module: ${moduleMemoryBytes} bytes`);
  });

/** The analysis core for the M0+, its names apart from those of the node's module: an object to link. */
function analysisObject(): string {
  const folder = newFolder('analysis');
  const core = readFileSync(new URL('../../core-wasm/build/spindle-core.node.wasm', import.meta.url));
  const { source, header } = cModule(core, { memoryBytes: NODE_CORE_BYTES });
  writeFileSync(join(folder, 'core.c'), source);
  writeFileSync(join(folder, 'core.h'), header);
  const run = (program: string, ...args: string[]): string => {
    const { status, stdout, stderr } = spawnSync(program, args, { cwd: folder, encoding: 'utf8' });
    assert.is(status, 0, stderr);
    return stdout;
  };
  const { compiler, flags } = TARGETS.m0plus;
  const careful = [
    '-std=c11',
    '-Os',
    '-DNDEBUG',
    '-w',
    '-fno-strict-aliasing',
    '-ffp-contract=off',
    '-ffunction-sections',
  ];
  run(
    compiler,
    ...flags,
    ...careful,
    '-fdata-sections',
    '-I.',
    `-I${firmwarePath('aot')}`,
    '-c',
    'core.c',
    '-o',
    'analysis.o',
  );
  const names = run('arm-none-eabi-nm', '-g', '--defined-only', '-j', 'analysis.o').trim().split('\n');
  const renamed = names.flatMap((name) => ['--redefine-sym', `${name}=analysis_${name}`]);
  run('arm-none-eabi-objcopy', ...renamed, 'analysis.o');
  return join(folder, 'analysis.o');
}

needs(budget, missingForImages, 'of RAM with the analysis core linked: 200 KB', () => {
  const used = ['instantiate', 'init_module'].map((name) => `-Wl,-u,analysis_Z_core_${name}`);
  const calls = ['configure', 'push', 'boundary', 'snapshot'].map((name) => `-Wl,-u,analysis_Z_coreZ_${name}`);
  const linked = [analysisObject(), ...used, ...calls];
  const { ramBytes, flashBytes } = buildPicoImage('adxl355', newFolder('pico'), newFolder('images'), [], linked);
  console.log(
    `adxl355 with the analysis core: flash ${flashBytes}, RAM ${ramBytes}, of which that core ${NODE_CORE_BYTES}`,
  );
  assert.ok(ramBytes > NODE_CORE_BYTES + 64 * KB, 'it is in there');
  assert.ok(ramBytes <= RAM_BYTES_WITH_ANALYSIS, `RAM: ${ramBytes} bytes`);
});

for (const sensor of ['adxl345', 'iis3dwb'] as const)
  needs(budget, missingForImages, `of stack and of the time that interrupts wait, in a busy ${sensor} image`, () => {
    const node = new NodeOnDesk(image(sensor), sensor === 'iis3dwb' ? 'usb' : 'uart');
    node.run(0.7);
    assert.is(node.ask('key', new Map([[1, KEY]])).get(4), 0);
    const by = (counter: number) => ({
      counter,
      mac: (bytes: Uint8Array) => createHmac('sha256', KEY).update(bytes).digest().subarray(0, 16),
    });
    node.ask('self-test', undefined, by(1));
    node.ask('configure', new Map([[2, 4000]]), by(2));
    // bytes that mean nothing keep the interrupts of the link busy, at every phase of the sensor's
    for (let i = 0; i < 60; i++) {
      (node.pico.usb ?? node.pico.uart).send(Uint8Array.from({ length: 300 }, (_, j) => 1 + ((i * 31 + j * 7) % 255)));
      node.run(0.0097);
    }
    const { stackBytes, longestMaskedCycles, longestMaskedAt, longestLatencyNs: latencyNs } = node.pico;
    console.log(
      `${sensor}: stack ${stackBytes} bytes, masked ${longestMaskedCycles} cycles, latency ${(latencyNs / 1000).toFixed(1)} us`,
    );
    assert.ok(stackBytes > 200 && stackBytes <= STACK_BYTES, `stack: ${stackBytes} bytes`);
    assert.is(longestMaskedCycles, MASKED_CYCLES, `masked until 0x${longestMaskedAt.toString(16)}`);
    assert.ok(latencyNs <= LATENCY_US * 1000, `latency: ${latencyNs / 1000} us`);
  });

needs(budget, missingForImages, 'of trust: two builds give the same bytes, ELF, binary and UF2', () => {
  const [one, other] = [0, 1].map(() => buildPicoImage('adxl345', newFolder('pico'), newFolder('images')));
  for (const kind of ['elf', 'bin', 'uf2'] as const)
    assert.ok(readFileSync(one[kind]).equals(readFileSync(other[kind])), kind);
  assert.ok(Buffer.from(nodeModule(join(newFolder('node'), 'node.wasm'))).equals(one.module));
});

needs(budget, missingForImages, 'of the USB volume: a UF2 that the ROM takes holds the binary', () => {
  const [file, binary] = [readFileSync(image('adxl345').uf2), readFileSync(image('adxl345').bin)];
  const blocks = file.length / UF2_BLOCK_BYTES;
  assert.is(blocks, Math.ceil(binary.length / 256));
  for (let block = 0; block < blocks; block++) {
    const at = block * UF2_BLOCK_BYTES;
    const words = [0, 4, 8, 12, 16, 20, 24, 28, 508].map((offset) => file.readUInt32LE(at + offset));
    const wanted = [
      0x0a324655,
      0x9e5d5157,
      0x2000,
      0x10000000 + 256 * block,
      256,
      block,
      blocks,
      UF2_FAMILY_RP2040,
      0x0ab16f30,
    ];
    assert.equal(words, wanted);
    const payload = binary.subarray(256 * block, 256 * block + 256);
    assert.ok(file.subarray(at + 32, at + 32 + payload.length).equals(payload));
  }
});

budget.run();
