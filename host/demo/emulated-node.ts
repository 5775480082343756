/**
 * The demo through a sensor node: a simulated machine shakes an emulated ADXL345 on an emulated Pico that runs the real
 * firmware; the host opens its port as it would a board's. The entry board hears up to 1600 Hz, so the machine goes out
 * of balance instead of losing a bearing.
 */
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { NodeSource } from '../acquire/serial/node-source.ts';
import type { Source } from '../acquire/source.ts';
import type { DemoMachine } from '../demo.ts';
import { InputError } from '../errors.ts';
import type { SourceEvent, SourceInfo } from '../types.ts';

/** What is needed beside Node, by a command that shows it is there (Debian packages). */
const SOCAT = { command: 'socat', package: 'socat' };
const TOOLCHAIN = [
  { command: 'arm-none-eabi-gcc', package: 'gcc-arm-none-eabi libnewlib-arm-none-eabi' },
  { command: 'wasm2c', package: 'wabt' },
];
const SENSOR = 'adxl345';
const RATE_HZ = 3200;
const RPM = 1775;
/** Learning takes the first minute. */
const FAULT_START_S = 70;
/** An emulated board has no silence watchdog of its own to beat: on a busy computer it stops for seconds. */
const SILENCE_MS = 20_000;

/** @throws InputError DEMO_TOOLS with the line that installs what is missing */
export async function emulatedNode(
  { speedup, tell }: { speedup: number; tell: (line: string) => void },
  signal: AbortSignal,
): Promise<DemoMachine> {
  const image = await imagePath(tell);
  const { EmulatedBench } = await import('../../hardware/emulated/bench.ts');
  const { openNode } = await import('../acquire/serial/node-source.ts');
  const { Whereabouts } = await import('../acquire/serial/whereabouts.ts');
  const settings = {
    sampleRateHz: RATE_HZ,
    rpm: RPM,
    fault: 'unbalance' as const,
    faultStartS: FAULT_START_S,
    faultG: 0.4,
  };
  const bench = await EmulatedBench.start({
    image,
    sensor: SENSOR,
    motion: { kind: 'machine', settings },
    port: 'uart',
    pace: speedup,
  });
  try {
    tell(`emulated Pico with ${SENSOR} at ${bench.path}; listening for its true rate ...`);
    const source = await openNode({ node: bench.path, whereabouts: new Whereabouts(), silenceMs: SILENCE_MS }, signal);
    return {
      source: new Known(source),
      made: `the real firmware in an emulated Pico, ${speedup === 1 ? 'in real time' : `${speedup} times faster than real if the computer can`}`,
      fault: settings.fault,
      faultStartS: FAULT_START_S,
      bearingName: null,
      close: async () => {
        await source.close();
        await bench.end();
      },
    };
  } catch (error) {
    await bench.end();
    throw error;
  }
}

/** A node knows nothing of the shaft. */
class Known implements Source {
  readonly isLive = true;
  readonly info: SourceInfo;
  readonly #source: NodeSource;

  constructor(source: NodeSource) {
    this.#source = source;
    this.info = { ...source.info, shaftRpm: RPM };
  }

  events(signal?: AbortSignal): AsyncGenerator<SourceEvent> {
    return this.#source.events(signal);
  }

  close(): Promise<void> {
    return this.#source.close();
  }
}

/** The image beside this program; in a clone it is built if it is not there. */
async function imagePath(tell: (line: string) => void): Promise<string> {
  const image = fileURLToPath(new URL(`../../firmware/build/spindle-pico-${SENSOR}.uf2`, import.meta.url));
  const builder = new URL('../../firmware/pico/image.ts', import.meta.url);
  const isBuilt = existsSync(image);
  const wanted = isBuilt ? [SOCAT] : [SOCAT, ...TOOLCHAIN];
  const missing = wanted.filter(({ command }) => !isOnPath(command));
  if (missing.length > 0) {
    const commands = missing.map(({ command }) => command).join(', ');
    const packages = missing.map((entry) => entry.package).join(' ');
    throw new InputError(
      'DEMO_TOOLS',
      `demo --node emulated: got no ${commands}, wanted them on PATH: apt-get install -y --no-install-recommends ${packages}; nothing was started`,
    );
  }
  if (isBuilt) return image;
  if (!existsSync(builder))
    throw new InputError('DEMO_TOOLS', `demo --node emulated: got no firmware image at ${image}; nothing was started`);
  tell('building the firmware (npm run firmware builds all images) ...');
  const { buildPicoImage } = (await import(builder.href)) as { buildPicoImage: (sensor: string) => { uf2: string } };
  return buildPicoImage(SENSOR).uf2;
}

function isOnPath(command: string): boolean {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, command), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
