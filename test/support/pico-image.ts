/** Firmware images for tests: built by the test itself, in a folder of its own. */
import { buildPicoImage, type PicoImage } from '../../firmware/pico/image.ts';
import type { SensorName } from '../../hardware/models/index.ts';
import { missingFor } from '../identity/native.ts';
import { newFolder } from './folder.ts';
import { programOnPath } from './needs.ts';

/** What is missing to build one; null: nothing. */
export const missingForImage = (): string | null =>
  programOnPath('wasm2c') ? missingFor('m0plus') : 'wasm2c on PATH (Debian: wabt)';

const built = new Map<SensorName, PicoImage>();

export function picoImage(sensor: SensorName): PicoImage {
  const image = built.get(sensor) ?? buildPicoImage(sensor, newFolder('image'), newFolder('image'));
  built.set(sensor, image);
  return image;
}
