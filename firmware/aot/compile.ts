/** Builds a program of hardened C and of a main of its own, for one of the targets, and runs it. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AotError } from './aot-error.ts';
import type { CModule } from './c-module.ts';
import { firmwarePath, TARGETS, type Target, type TargetName } from './targets.ts';

export interface Program {
  module: CModule;
  /** Own C: the main and what it needs; absolute paths, or under firmware/. No warning is let through. */
  sources: readonly string[];
  target: TargetName;
  optimize: 'O2' | 'O3' | 'Os';
  /** Of the module's own code: never anything but off, except to show that a fused multiply-add would be noticed. */
  contract?: 'off' | 'fast';
  /** Bytes reserved for the stack of a board. */
  stackBytes?: number;
  /** Small C library and no section that is not used: for images whose size counts. */
  small?: boolean;
  /** More flags for every file, e.g. -fsanitize=address. */
  flags?: readonly string[];
}

/** A board's main on a desk: files and output by semihosting. */
const BOARD_SOURCES = ['boards/start.c', 'boards/semihosting.c'];

/**
 * @param folder  made if absent; holds the C files, objects and the executable afterwards
 * @returns path of the executable
 * @throws AotError `AOT_COMPILER` with what the compiler said
 */
export function compile(program: Program, folder: string): string {
  const { module, sources, contract = 'off', small = false, stackBytes = 65_536, flags = [] } = program;
  const target: Target = TARGETS[program.target];
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'core.c'), module.source);
  writeFileSync(join(folder, 'core.h'), module.header);
  writeFileSync(join(folder, 'core-exports.h'), module.exportsHeader);
  const common = [
    ...['-std=c11', `-${program.optimize}`, '-DNDEBUG', '-fno-strict-aliasing', '-fno-math-errno', ...target.flags],
    ...['-ffunction-sections', '-fdata-sections', ...flags, '-I.', `-I${firmwarePath('aot')}`],
  ];
  const own = ['aot/wasm-rt.c', ...(target.board ? BOARD_SOURCES : []), ...sources].map((file) => firmwarePath(file));
  const strict = ['-Wall', '-Wextra', '-Werror', '-ffp-contract=off', `-I${firmwarePath('boards')}`];
  run(target, [...common, '-w', `-ffp-contract=${contract}`, '-c', 'core.c', '-o', 'core.o'], folder);
  const objects = own.map((file, i) => {
    const object = `own-${i}.o`;
    run(target, [...common, ...strict, '-c', file, '-o', object], folder);
    return object;
  });
  const boardFlags = target.board
    ? ['-nostartfiles', `-L${firmwarePath('boards')}`, `-T${target.board}`, `-Wl,--defsym=stack_bytes=${stackBytes}`]
    : [];
  const library = target.board && small ? ['--specs=nano.specs'] : [];
  const link = [...library, ...boardFlags, '-Wl,--gc-sections', 'core.o', ...objects, '-lm', '-o', 'program'];
  run(target, [...target.flags, ...flags, ...link], folder);
  return join(folder, 'program');
}

function run({ compiler, packages }: Target, args: string[], cwd: string): void {
  const { error, status, stderr } = spawnSync(compiler, args, { cwd, encoding: 'utf8' });
  if (error)
    throw new AotError('AOT_COMPILER', `${compiler} cannot be run (Debian: ${packages.join(', ')}): ${error.message}`);
  if (status !== 0) throw new AotError('AOT_COMPILER', `${compiler} ${args.join(' ')}: exit code ${status}\n${stderr}`);
}
