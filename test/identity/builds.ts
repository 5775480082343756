/** The built modules of the core, as bytes. */
import { readFileSync } from 'node:fs';
import type { Kernel } from '../../host/analyse/core.ts';

export const KERNELS: readonly Kernel[] = ['simd', 'scalar'];

export function coreModule(kernel: Kernel): Uint8Array {
  return readFileSync(new URL(`../../core-wasm/build/spindle-core.${kernel}.wasm`, import.meta.url));
}
