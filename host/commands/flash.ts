/** `spindle flash`: a firmware image onto a node, and the proof that it runs. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { InputError, TransportError } from '../errors.ts';
import type { Image } from '../flash/image.ts';
import { example } from './arguments.ts';
import { Interrupted, interruption } from './exit.ts';
import { nodeAt } from './node-at.ts';

interface FlashArguments {
  node?: string;
  volume?: string;
  keyFile?: string;
  port?: string;
}

const BOOTLOADER = 1;
const VOLUME_MS = 60_000;
const BACK_MS = 30_000;

export function flashCommand(): Command {
  return new Command('flash')
    .summary('put firmware onto a node and see that it runs')
    .description(
      'Copies a UF2 image to the disk that a board offers in its bootloader, waits for the node and compares the hash that ' +
        'it says with that of the image. With --node a running node is sent to its bootloader first; a new board goes there ' +
        'when it is plugged in with BOOTSEL held.',
    )
    .argument(
      '<IMAGE>',
      'UF2 file, or the name of a sensor (adxl345, adxl355, iis3dwb, lis3dh): the image of this Spindle',
    )
    .option('--node <NODE>', 'board id or port of a running node')
    .option('--volume <DIR>', 'where the disk of the bootloader is mounted (default: the one that is)')
    .option('--port <PATH>', 'port at which the node comes back (default: that of --node, or any USB port)')
    .option('--key-file <FILE>', 'key of the node, if it has one')
    .addHelpText('after', example('spindle flash adxl345 --node e661010203040506', 'no button needed'))
    .action(flash);
}

async function flash(given: string, options: FlashArguments): Promise<void> {
  const { readImage } = await import('../flash/image.ts');
  const { copyImage, waitForVolume } = await import('../flash/volume.ts');
  const { Progress } = await import('./progress.ts');
  const signal = interruption();
  const image = readImage(imagePath(given));
  console.error(`${image.path}: ${image.sensor} on ${image.board}, firmware ${hexOf(image.firmwareHash).slice(0, 8)}`);
  const boardId =
    options.node === undefined ? null : await sendToBootloader(options.node, image, options.keyFile, signal);
  const volume = await waitForVolume(options.volume, VOLUME_MS, signal);
  if (signal.aborted) throw new Interrupted('nothing was flashed');
  const progress = new Progress(image.bytes.length);
  copyImage(volume, image.bytes, (bytes) => progress.advance(bytes, 'flashing'));
  progress.stop();
  console.error(`${volume}: ${image.bytes.length} bytes copied; waiting for the node`);
  await verify(image, [options.port, boardId ?? undefined, options.node], signal);
}

/** A name is that of an image beside this program: built in a clone, packed in a package. */
function imagePath(given: string): string {
  if (!/^[a-z0-9]+$/.test(given)) return given;
  const path = fileURLToPath(new URL(`../../firmware/build/spindle-pico-${given}.uf2`, import.meta.url));
  if (existsSync(path)) return path;
  throw new InputError(
    'FLASH_IMAGE',
    `${given}: no image of that name at ${path}; build them with npm run firmware, or give a UF2 file; nothing was flashed`,
  );
}

async function sendToBootloader(
  node: string,
  image: Image,
  keyFile: string | undefined,
  signal: AbortSignal,
): Promise<string> {
  const { boardIdText } = await import('../acquire/serial/whereabouts.ts');
  const source = await nodeAt(node, keyFile);
  try {
    const hello = await source.found(signal);
    if (hello.board !== image.board || hello.sensor !== image.sensor)
      console.error(
        `${node}: was ${hello.sensor} on ${hello.board} and becomes ${image.sensor} on ${image.board}: its sensor must be one`,
      );
    await source.command('reboot', new Map([[1, BOOTLOADER]]));
    return boardIdText(hello);
  } finally {
    await source.close();
  }
}

async function verify(image: Image, wanted: (string | undefined)[], signal: AbortSignal): Promise<void> {
  const end = performance.now() + BACK_MS;
  const { pause } = await import('../wait.ts');
  const known = wanted.filter((node) => node !== undefined);
  let other = '';
  while (performance.now() < end && !signal.aborted) {
    for (const node of known.length > 0 ? known.slice(0, 2) : await portsNow()) {
      const hash = await hashAt(node, signal);
      if (hash === hexOf(image.firmwareHash)) {
        console.error(`${node}: runs firmware ${hash.slice(0, 8)}, as flashed`);
        return;
      }
      if (hash) other = `; ${node} runs ${hash.slice(0, 8)}`;
    }
    await pause(300, signal);
  }
  if (signal.aborted) throw new Interrupted('the image was copied and not verified');
  throw new TransportError(
    'FLASH_UNVERIFIED',
    `${image.path}: was copied, but no node says that it runs ${hexOf(image.firmwareHash).slice(0, 8)} within ${BACK_MS / 1000} s${other}; ` +
      'at a UART name its port with --port',
  );
}

async function portsNow(): Promise<string[]> {
  const { nodePorts } = await import('../acquire/serial/ports.ts');
  return (await nodePorts()).map(({ path }) => path);
}

async function hashAt(node: string, signal: AbortSignal): Promise<string | null> {
  const source = await nodeAt(node, undefined, 2000);
  try {
    return hexOf((await source.found(signal)).firmwareHash);
  } catch (error) {
    if (error instanceof TransportError || signal.aborted) return null;
    throw error;
  } finally {
    await source.close();
  }
}

const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
