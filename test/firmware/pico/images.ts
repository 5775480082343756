/** Images for tests: built once for the sources as they are, and kept beside the others until these change. */
import { createHash } from 'node:crypto';
import { existsSync, globSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { firmwarePath } from '../../../firmware/aot/targets.ts';
import type { SensorName } from '../../../firmware/node/facts.ts';
import { buildPicoImage, type PicoImage } from '../../../firmware/pico/image.ts';
import { missingFor } from '../../identity/native.ts';
import { newFolder } from '../../support/folder.ts';

export const missingForImages = missingFor('m0plus');

const root = fileURLToPath(new URL('../../..', import.meta.url));
const SOURCES = [
  ...['core-wasm/node.ts', 'core-wasm/node/*.ts', 'firmware/aot/*', 'firmware/node/*', 'firmware/pico/*'],
  ...['hardware/sensors/*.json', 'hardware/boards/*.json', 'package-lock.json'],
];

let sources: string | null = null;
function sourcesHash(): string {
  const hash = createHash('sha256');
  for (const file of SOURCES.flatMap((pattern) => globSync(pattern, { cwd: root })).sort())
    hash.update(file).update(readFileSync(join(root, file)));
  return hash.digest('hex');
}

/** @param flags  for the compiler: what a test wants to be otherwise */
export function image(sensor: SensorName, flags: readonly string[] = []): PicoImage {
  sources ??= sourcesHash();
  const name = createHash('sha256')
    .update(JSON.stringify([sources, sensor, flags]))
    .digest('hex')
    .slice(0, 16);
  const folder = join(firmwarePath('build'), 'test', name);
  const description = join(folder, 'image.json');
  if (!existsSync(description)) {
    mkdirSync(folder, { recursive: true });
    const { module, ...image } = buildPicoImage(sensor, newFolder('pico'), folder, flags);
    writeFileSync(join(folder, 'node.wasm'), module);
    // whole or not at all: two test files may build the same
    writeFileSync(`${description}.${process.pid}`, JSON.stringify(image));
    renameSync(`${description}.${process.pid}`, description);
  }
  const image = JSON.parse(readFileSync(description, 'utf8')) as Omit<PicoImage, 'module'>;
  return { ...image, module: readFileSync(join(folder, 'node.wasm')) };
}
