/** The volume that a board offers in its bootloader: a small disk that takes a UF2 file and goes away when it has it. */
import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError, TransportError } from '../errors.ts';
import { pause } from '../wait.ts';

const BOOTLOADER = /^Board-ID:\s*RPI-RP2\b/m;
const CHUNK_BYTES = 16 * 1024;
const POLL_MS = 200;

/** Whether a bootloader stands behind this folder. */
export const isBootloader = (folder: string): Promise<boolean> =>
  readFile(join(folder, 'INFO_UF2.TXT'), 'latin1').then(
    (text) => BOOTLOADER.test(text),
    () => false,
  );

/** Mounted volumes of boards that wait for an image. */
export async function bootloaderVolumes(mounts = '/proc/mounts'): Promise<string[]> {
  const text = await readFile(mounts, 'utf8').catch(() => '');
  const folders = text
    .split('\n')
    .map((line) => line.split(' '))
    .filter(([, , type]) => type === 'vfat' || type === 'msdos')
    // spaces and the like stand there as octal numbers
    .map(([, folder]) => folder.replace(/\\([0-7]{3})/g, (_, octal) => String.fromCharCode(Number.parseInt(octal, 8))));
  const found = await Promise.all(folders.map(async (folder) => ((await isBootloader(folder)) ? [folder] : [])));
  return found.flat();
}

/**
 * Waits for the one board that is in its bootloader.
 *
 * @param given a folder that the person named; otherwise mounted volumes are searched
 * @throws TransportError FLASH_VOLUME when there is none in time; InputError FLASH_VOLUMES when there are several
 */
export async function waitForVolume(given: string | undefined, limitMs: number, signal: AbortSignal): Promise<string> {
  const end = performance.now() + limitMs;
  while (!signal.aborted) {
    const found = given === undefined ? await bootloaderVolumes() : (await isBootloader(given)) ? [given] : [];
    if (found.length > 1)
      throw new InputError(
        'FLASH_VOLUMES',
        `got ${found.length} boards in their bootloader (${found.join(', ')}), wanted one: name it with --volume; nothing was flashed`,
      );
    if (found.length === 1) return found[0];
    if (performance.now() > end) break;
    await pause(POLL_MS, signal);
  }
  throw new TransportError(
    'FLASH_VOLUME',
    `${given ?? 'mounted volumes'}: no board in its bootloader within ${limitMs / 1000} s, wanted a folder with INFO_UF2.TXT ` +
      'of an RPI-RP2: hold BOOTSEL while plugging in, mount its disk, or give --volume; nothing was flashed',
  );
}

/**
 * Copies an image. A board restarts with its last byte, before the file is closed: what fails then has worked.
 *
 * @throws TransportError FLASH_COPY with how much went over
 */
export function copyImage(volume: string, bytes: Uint8Array, onBytes: (bytes: number) => void): void {
  let written = 0;
  try {
    const file = openSync(join(volume, 'spindle.uf2'), 'w');
    try {
      while (written < bytes.length) {
        const count = writeSync(file, bytes, written, Math.min(CHUNK_BYTES, bytes.length - written));
        written += count;
        onBytes(count);
      }
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
  } catch (cause) {
    if (written === bytes.length) return;
    throw new TransportError(
      'FLASH_COPY',
      `${volume}: ${(cause as Error).message} after ${written} of ${bytes.length} bytes; the board is still in its bootloader: try again`,
      { cause },
    );
  }
}
