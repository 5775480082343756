/** What a vibration point costs on a Cortex-M: flash, RAM, stack, instructions of its start and of each window. */
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { CModule } from '../aot/c-module.ts';
import { compile, type Program } from '../aot/compile.ts';
import { emulate } from '../aot/emulate.ts';
import { sizeOf } from '../fft/image.ts';

const RUN_MS = 120_000;

export interface PointCost {
  /** Of the executable, with start-up, semihosting and the measuring itself. */
  flashBytes: number;
  ramBytes: number;
  /** Most of the stack in use. */
  stackBytes: number;
  /** Of configure(), which makes all tables. */
  configure: number;
  /** Of push() of half a window; the first fills no window yet. */
  pushes: number[];
}

/** @param axes  samples of each axis: as many halves of a window as are to be pushed */
export function measurePoint(
  module: CModule,
  { settings, windowLength, axes }: { settings: Uint8Array; windowLength: number; axes: Float32Array[] },
  folder: string,
  {
    target = 'm4f',
    optimize = 'O2',
    stackBytes = 65_536,
  }: Partial<Pick<Program, 'target' | 'optimize' | 'stackBytes'>> = {},
): PointCost {
  const hop = windowLength / 2;
  const pushes = Math.floor(axes[0].length / hop);
  const executable = compile(
    {
      module,
      sources: ['point/count.c', 'boards/instructions.c'],
      target,
      optimize,
      small: true,
      stackBytes,
      flags: [`-DPOINT_AXES=${axes.length}`, `-DPOINT_WINDOW=${windowLength}`, `-DPOINT_PUSHES=${pushes}`],
    },
    folder,
  );
  const at = (file: string): string => join(dirname(executable), file);
  const parts = Array.from({ length: pushes }, (_, i) => axes.map((axis) => axis.subarray(i * hop, (i + 1) * hop)));
  const samples = Float32Array.from(parts.flat().flatMap((part) => [...part]));
  writeFileSync(at('settings'), settings);
  writeFileSync(at('samples'), new Uint8Array(samples.buffer));
  emulate(target, executable, RUN_MS);
  const [stackUsed, configure, ...counts] = new Uint32Array(new Uint8Array(readFileSync(at('answers'))).buffer);
  return { ...sizeOf(executable), stackBytes: stackUsed, configure, pushes: counts };
}
