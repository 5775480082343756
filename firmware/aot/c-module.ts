/** From a WebAssembly module to the C files of it: read, translate, harden, and say which exports there are. */
import { AotError } from './aot-error.ts';
import { harden } from './harden.ts';
import { obliviousFunctions } from './oblivious.ts';
import { PAGE_BYTES, readModule } from './wasm-module.ts';
import { MODULE_NAME, wasm2c } from './wasm2c.ts';

export interface CModule {
  /** core.c: the hardened code. Compile with -std=c11 -w -DNDEBUG -fno-strict-aliasing -ffp-contract=off. */
  source: string;
  /** core.h: as wasm2c made it; includes firmware/aot/wasm-rt.h. */
  header: string;
  /** core-exports.h: a name for each exported function that no version of wasm2c changes, and CORE_HAS_<name>. */
  exportsHeader: string;
}

export interface CModuleOptions {
  /** RAM for the module's memory when it is less than the declared pages; whatever lies behind traps. Multiple of 16. */
  memoryBytes?: number;
  /** Module whose functions are imported, for the board to define as Z_<imports>Z_<name>; none if absent. */
  imports?: string;
  /**
   * Exported functions that go without checks because each call that will be made of them was made once with all checks
   * on, with the same integers and the same `memoryBytes`, and did not trap. Refused unless they are oblivious.
   */
  proven?: readonly string[];
  /** Another hardening step, for tests that show what a defect in it would do. */
  hardening?: typeof harden;
}

/** @throws AotError naming the step that declined the module and why */
export function cModule(
  wasm: Uint8Array,
  { memoryBytes, imports, proven = [], hardening = harden }: CModuleOptions = {},
): CModule {
  const { memoryPages, functions, dataEnd } = readModule(wasm, imports);
  const declared = memoryPages * PAGE_BYTES;
  const bytes = memoryBytes ?? declared;
  if (bytes > declared || bytes < Math.max(16, dataEnd) || bytes % 16 !== 0)
    throw new AotError(
      'AOT_MEMORY',
      `memoryBytes: got ${bytes}, wanted a multiple of 16 from ${dataEnd} (end of the data) to ${declared} (declared)`,
    );
  const { source, header } = wasm2c(wasm);
  return {
    source: hardening(source, { pages: memoryPages, bytes, imports }, obliviousFunctions(source, proven)),
    header,
    exportsHeader: exportsHeader(functions, header),
  };
}

/** `core_push(count)` for Z_coreZ_push(&core_instance, count); the instance belongs to whoever includes this. */
function exportsHeader(functions: string[], header: string): string {
  const lines = functions.flatMap((name) => {
    const symbol = `Z_${MODULE_NAME}Z_${name}`;
    const parameters = new RegExp(`\\b${symbol}\\(Z_core_instance_t\\*(.*)\\);`).exec(header);
    if (!parameters) throw new AotError('AOT_TEXT', `core.h: declaration of ${symbol}: found 0 times, wanted once`);
    const names = parameters[1]
      .split(',')
      .slice(1)
      .map((_, i) => `p${i}`);
    const call = [`&core_instance`, ...names.map((parameter) => `(${parameter})`)].join(', ');
    return [`#define CORE_HAS_${name} 1`, `#define core_${name}(${names.join(', ')}) ${symbol}(${call})`];
  });
  return ['#include "core.h"', '', 'extern Z_core_instance_t core_instance;', '', ...lines, ''].join('\n');
}
