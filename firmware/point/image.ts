/**
 * The core of a sensor node as an image for a Cortex-M: flash, RAM and stack that it takes, and what a window costs. Its
 * memory is the NODE_CORE_BYTES that it may use, so every access of the measured run was checked against them.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  LAYOUT_VERSION,
  MODE_VIBRATION,
  NODE_CORE_BYTES,
  NODE_MAX_LEARN_DECISIONS,
  NODE_MAX_WINDOW,
  SET_AXES,
  SET_AXIAL_AXIS,
  SET_GEAR_TEETH,
  SET_LAYOUT,
  SET_LEARN_DECISIONS,
  SET_LINE_HZ,
  SET_MODE,
  SET_PERSISTENCE,
  SET_SAMPLE_RATE_HZ,
  SET_SHAFT_RPM,
  SET_THRESHOLD,
  SET_VELOCITY_SCALE,
  SET_WINDOW,
  SET_WINDOWS_PER_DECISION,
  SETTINGS_BYTES,
} from '../../core-wasm/memory.ts';
import { AotError } from '../aot/aot-error.ts';
import { cModule } from '../aot/c-module.ts';
import { firmwarePath } from '../aot/targets.ts';
import { countSamples } from '../fft/module.ts';
import { measurePoint } from './measure.ts';

const CORE = '../core-wasm/build/spindle-core.node.wasm';
export const AXES = 3;
const RATE_HZ = 6400;
const RPM = 2610;
/** Windows: learned, then a third as many that are judged. */
const WINDOWS = Math.ceil((4 / 3) * NODE_MAX_LEARN_DECISIONS);
/** Measured; twice as much is given. */
const STACK_BYTES = 2048;

export interface NodeImage {
  flashBytes: number;
  /** With the stack that is given and the buffers of the measuring. */
  ramBytes: number;
  /** Of that, the memory of the core. */
  coreBytes: number;
  /** Most of the stack in use. */
  stackBytes: number;
  /** Instructions of the start and of a window: of half of them at most, and of the one in which a normal is fitted or orders are read. */
  configure: number;
  medianWindow: number;
  largestWindow: number;
}

/**
 * Three axes at 6.4 kHz, windows of 1024, everything known that the node can use: speed, axial axis, gear, supply.
 *
 * @throws AotError naming the step that failed; `AOT_MODULE` when the core is not built
 */
export function buildNodeImage(target: 'm4f' | 'm33', folder = firmwarePath(`build/node-${target}`)): NodeImage {
  const axes = Array.from({ length: AXES }, (_, axis) =>
    // one row of numbers, from another place on each axis
    countSamples((AXES + WINDOWS) * NODE_MAX_WINDOW).subarray(axis * NODE_MAX_WINDOW),
  ).map((samples) => samples.subarray(0, ((WINDOWS + 1) * NODE_MAX_WINDOW) / 2));
  const point = { settings: settings(), windowLength: NODE_MAX_WINDOW, axes };
  const module = cModule(readCore(), { memoryBytes: NODE_CORE_BYTES });
  const cost = measurePoint(module, point, join(folder), { target, optimize: 'Os', stackBytes: STACK_BYTES });
  const windows = cost.pushes.slice(1).sort((a, b) => a - b);
  const { flashBytes, ramBytes, stackBytes, configure } = cost;
  return {
    flashBytes,
    ramBytes,
    coreBytes: NODE_CORE_BYTES,
    stackBytes,
    configure,
    medianWindow: windows[windows.length >> 1],
    largestWindow: windows[windows.length - 1],
  };
}

function readCore(): Uint8Array {
  const file = firmwarePath(CORE);
  try {
    return readFileSync(file);
  } catch (error) {
    throw new AotError('AOT_MODULE', `${file}: ${(error as Error).message}; run: npm run build`);
  }
}

function settings(): Uint8Array {
  const bytes = new Uint8Array(SETTINGS_BYTES);
  const view = new DataView(bytes.buffer);
  const integers = [
    [SET_LAYOUT, LAYOUT_VERSION],
    [SET_MODE, MODE_VIBRATION],
    [SET_AXES, AXES],
    [SET_WINDOW, NODE_MAX_WINDOW],
    [SET_WINDOWS_PER_DECISION, 1],
    [SET_LEARN_DECISIONS, NODE_MAX_LEARN_DECISIONS],
    [SET_PERSISTENCE, 3],
    [SET_AXIAL_AXIS, AXES],
    [SET_GEAR_TEETH, 17],
  ];
  const numbers = [
    [SET_SAMPLE_RATE_HZ, RATE_HZ],
    [SET_VELOCITY_SCALE, 9806.65],
    [SET_SHAFT_RPM, RPM],
    [SET_THRESHOLD, 5],
    [SET_LINE_HZ, 50],
  ];
  for (const [word, value] of integers) view.setUint32(word * 4, value, true);
  for (const [word, value] of numbers) view.setFloat32(word * 4, value, true);
  return bytes;
}
