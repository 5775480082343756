/** Builds the image of one sensor for the Pico: ELF, binary and UF2. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AotError } from '../aot/aot-error.ts';
import { type CModule, cModule } from '../aot/c-module.ts';
import { firmwarePath, TARGETS } from '../aot/targets.ts';
import { descriptor } from '../node/descriptor.ts';
import { boardFacts, factsHeader, type SensorName, sensorFacts } from '../node/facts.ts';
import { NODE_IMPORTS, nodeMemoryBytes, nodeModule } from '../node/module.ts';
import { segments, symbols } from './elf.ts';
import { FLASH_ADDRESS, sealed } from './seal.ts';
import { uf2 } from './uf2.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

const SOURCES = [
  ...['board', 'byte-ring', 'chunk-ring', 'clock', 'flash', 'identity', 'image-header', 'main', 'registers', 'restart'],
  ...['rom', 'sampler', 'settings', 'spi', 'start', 'supply', 'uart', 'usb'],
];
/** Where every byte passes: for speed; the rest for size. */
const FAST = ['byte-ring', 'sampler', 'spi', 'usb'];
/** The module's calls are this deep at most, with room; the stack is measured in the emulator. */
const DEEPEST_CALL = 24;

export interface PicoImage {
  sensor: SensorName;
  elf: string;
  bin: string;
  uf2: string;
  /** The module that it was made of. */
  module: Uint8Array;
  moduleMemoryBytes: number;
  /** Of the flash; of SRAM with code, stack and memory of the module. */
  flashBytes: number;
  ramBytes: number;
}

/**
 * @param flags  more for every file of C: what a test wants to be otherwise
 * @param linked  more arguments of the linker: objects beside those of the image
 * @throws AotError naming the step that failed
 */
export function buildPicoImage(
  name: SensorName,
  folder = join(firmwarePath('build'), 'pico', name),
  out = firmwarePath('build'),
  flags: readonly string[] = [],
  linked: readonly string[] = [],
): PicoImage {
  mkdirSync(folder, { recursive: true });
  mkdirSync(out, { recursive: true });
  const { compiler, flags: processor } = TARGETS.m0plus;
  const run = (program: string, ...args: string[]): void => {
    const { error, status, stderr } = spawnSync(program, args, { cwd: folder, encoding: 'utf8' });
    if (error)
      throw new AotError(
        'AOT_COMPILER',
        `${program} cannot be run (Debian: ${TARGETS.m0plus.packages.join(', ')}): ${error.message}`,
      );
    if (status !== 0)
      throw new AotError('AOT_COMPILER', `${program} ${args.join(' ')}: exit code ${status}\n${stderr}`);
  };
  const [sensor, board] = [sensorFacts(name), boardFacts('pico')];
  const { module, moduleMemoryBytes, source, header, exportsHeader } = nodeInC(folder);
  const coreHash = createHash('sha256').update(module).digest();
  writeFileSync(join(folder, 'core.c'), source);
  writeFileSync(join(folder, 'core.h'), header);
  writeFileSync(join(folder, 'core-exports.h'), exportsHeader);
  writeFileSync(join(folder, 'facts.h'), factsHeader(sensor, board, descriptor(sensor, board, coreHash)));
  const common = [
    ...['-std=c11', '-Os', '-g', `-ffile-prefix-map=${root}=`, `-ffile-prefix-map=${folder}=.`, '-DNDEBUG'],
    ...[
      '-masm-syntax-unified',
      '-fno-strict-aliasing',
      '-fno-math-errno',
      '-ffp-contract=off',
      '-ffunction-sections',
      '-fdata-sections',
    ],
    ...[`-DWASM_RT_MAX_CALL_STACK_DEPTH=${DEEPEST_CALL}`, ...processor, ...flags],
    ...['-I.', `-I${firmwarePath('aot')}`, `-I${firmwarePath('pico')}`],
  ];
  const strict = ['-Wall', '-Wextra', '-Werror', '-ffreestanding'];
  run(compiler, ...common, '-O2', '-w', '-c', 'core.c', '-o', 'core.o');
  const own = [...[...SOURCES, name].map((file) => `pico/${file}.c`), 'aot/wasm-rt.c'];
  const isFast = (file: string): boolean => [...FAST, name].includes(basename(file, '.c'));
  const paths = (files: string[]): string[] => files.map((file) => firmwarePath(file));
  run(compiler, ...common, ...strict, '-c', ...paths(own.filter((file) => !isFast(file))));
  run(compiler, ...common, ...strict, '-O2', '-c', ...paths(own.filter(isFast)));
  run(compiler, ...processor, '-c', firmwarePath('pico/boot2.S')); // without -g: the assembler notes its folder
  const objects = [...own, 'boot2.S'].map((file) => `${basename(file, extname(file))}.o`);
  const link = ['-nostartfiles', '--specs=nano.specs', '-Wl,--gc-sections', `-T${firmwarePath('pico/pico.ld')}`];
  run(compiler, ...processor, ...link, 'core.o', ...objects, ...linked, '-lm', '-o', 'image.elf');
  run('arm-none-eabi-objcopy', '-O', 'binary', 'image.elf', 'image.bin');
  const image = sealed(readFileSync(join(folder, 'image.bin')));
  const file = (extension: string): string => join(out, `spindle-pico-${name}.${extension}`);
  const elf = withImage(readFileSync(join(folder, 'image.elf')), image);
  writeFileSync(file('elf'), elf);
  writeFileSync(file('bin'), image);
  writeFileSync(file('uf2'), uf2(image, FLASH_ADDRESS));
  const at = symbols(elf);
  const size = (begin: string, end: string): number => (at.get(end) as number) - (at.get(begin) as number);
  return {
    sensor: name,
    elf: file('elf'),
    bin: file('bin'),
    uf2: file('uf2'),
    module,
    moduleMemoryBytes,
    flashBytes: image.length,
    ramBytes: size('data_start', 'bss_end') + size('stack_start', 'stack_top'),
  };
}

interface NodeInC extends CModule {
  module: Uint8Array;
  moduleMemoryBytes: number;
}

let translated: NodeInC | null = null;

/** The node's logic as C: the same for all images, so made once. */
function nodeInC(folder: string): NodeInC {
  if (!translated) {
    const module = nodeModule(join(folder, 'node.wasm'));
    const moduleMemoryBytes = nodeMemoryBytes(module);
    const inC = cModule(module, { memoryBytes: moduleMemoryBytes, imports: NODE_IMPORTS });
    translated = { ...inC, module, moduleMemoryBytes };
  }
  return translated;
}

/** The executable with what was sealed, for a debugger that loads it. */
function withImage(elf: Uint8Array, image: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(elf);
  for (const { address, offset, bytes: length } of segments(elf)) {
    const from = address - FLASH_ADDRESS;
    if (from >= 0 && from + length <= image.length) bytes.set(image.subarray(from, from + length), offset);
  }
  return bytes;
}
