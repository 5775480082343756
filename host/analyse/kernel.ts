/**
 * The two builds of the core: read, validated and compiled apart from each other, because an engine without SIMD
 * cannot even compile the SIMD one. Both give the same bits, so the choice is one of speed alone.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { CoreError } from '../errors.ts';

export type Kernel = 'simd' | 'scalar';

const bytes = new Map<Kernel, Uint8Array>();
const modules = new Map<Kernel, WebAssembly.Module>();
let best: Kernel | null = null;

function bytesOf(kernel: Kernel): Uint8Array {
  let found = bytes.get(kernel);
  if (!found) {
    const file = new URL(`../../core-wasm/build/spindle-core.${kernel}.wasm`, import.meta.url);
    try {
      found = readFileSync(file);
    } catch (cause) {
      throw new CoreError('CORE_MISSING', `${file.pathname}: the core is not built; run: npm run build`, { cause });
    }
    bytes.set(kernel, found);
  }
  return found;
}

/** The compiled build: one a thread, so that its instances share the code that the engine has optimised. */
export function moduleOf(kernel: Kernel): WebAssembly.Module {
  let found = modules.get(kernel);
  if (!found) {
    found = new WebAssembly.Module(bytesOf(kernel));
    modules.set(kernel, found);
  }
  return found;
}

/** The kernel that `auto` means on this engine: SIMD where it validates. */
export function bestKernel(): Kernel {
  best ??= WebAssembly.validate(bytesOf('simd')) ? 'simd' : 'scalar';
  return best;
}

/** SHA-256 of the scalar module: the identity of the algorithm, whichever kernel runs. */
export function coreHash(): Uint8Array {
  return createHash('sha256').update(bytesOf('scalar')).digest();
}
