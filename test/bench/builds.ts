/** Builds of the core that race: the built modules, or others by name, so that variants can be compared. */
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Kernel } from '../../host/analyse/core.ts';

export interface Build {
  name: string;
  path: string;
  kernel: Kernel;
}

const built = (kernel: Kernel): Build => ({
  name: kernel,
  path: fileURLToPath(new URL(`../../core-wasm/build/spindle-core.${kernel}.wasm`, import.meta.url)),
  kernel,
});

export const BUILT: Build[] = [built('simd'), built('scalar')];

/** Options of the races' command lines. `--core` and `--scalar` take NAME=PATH and may be given several times. */
export const BUILD_OPTIONS = {
  core: { type: 'string', multiple: true },
  scalar: { type: 'string', multiple: true },
} as const;

/** Those that were given, of each kernel, else the built one. */
export function buildsOf({ core, scalar }: { core?: string[]; scalar?: string[] }): Build[] {
  const given = (kernel: Kernel, texts?: string[]): Build[] =>
    texts?.map((text) => {
      const [, name, path] = /^([^=]+)=(.+)$/.exec(text) ?? [null, text, text];
      return { name, path, kernel };
    }) ?? BUILT.filter((build) => build.kernel === kernel);
  return [...given('simd', core), ...given('scalar', scalar)];
}

/** The same bytes for every process of a race, even when a build goes on beside it. */
export function copiesOf(builds: Build[], folder: string): Build[] {
  return builds.map((build, i) => {
    const path = join(folder, `core-${i}.wasm`);
    cpSync(build.path, path);
    return { ...build, path };
  });
}
