/** Builds a core with one piece of its source changed, to show that a test would notice. Never touches core-wasm/build. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

export interface Mutation {
  /** In core-wasm/. */
  file: string;
  from: string;
  to: string;
}

/** Bytes of the scalar module built from the mutated source. Throws when a mutation does not apply. */
export function mutantCore(mutations: Mutation[]): Uint8Array {
  const folder = mkdtempSync(join(tmpdir(), 'spindle-mutant-'));
  try {
    cpSync(join(root, 'core-wasm'), join(folder, 'core-wasm'), {
      recursive: true,
      filter: (path) => !path.endsWith('build'),
    });
    cpSync(join(root, 'asconfig.json'), join(folder, 'asconfig.json'));
    for (const { file, from, to } of mutations) {
      const path = join(folder, 'core-wasm', file);
      const text = readFileSync(path, 'utf8');
      if (!text.includes(from)) throw new Error(`mutant: core-wasm/${file} no longer holds: ${from}`);
      writeFileSync(path, text.replaceAll(from, to));
    }
    const asc = join(root, 'node_modules', 'assemblyscript', 'bin', 'asc.js');
    const built = spawnSync(process.execPath, [asc, 'core-wasm/index.ts', '--target', 'scalar'], { cwd: folder });
    if (built.status !== 0) throw new Error(`mutant: does not compile\n${built.stdout}${built.stderr}`);
    return readFileSync(join(folder, 'core-wasm/build/spindle-core.scalar.wasm'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
