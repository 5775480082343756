/** The built modules of the core, as bytes. */
import { readFileSync } from 'node:fs';
import type { Kernel } from '../../host/analyse/core.ts';

export const KERNELS: readonly Kernel[] = ['simd', 'scalar'];

/** @param build  a kernel, or the core of the sensor node, which holds less than they do */
export function coreModule(build: Kernel | 'node'): Uint8Array {
  return readFileSync(new URL(`../../core-wasm/build/spindle-core.${build}.wasm`, import.meta.url));
}
