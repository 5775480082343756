/** What a status of the core means to a person: what it was given, what it wanted, what holds now. */
import * as layout from '../../core-wasm/memory.ts';
import { CoreError } from '../errors.ts';

/** What the call was given: in words, a number, or settings as `configure` takes them. */
export type Given = string | number | Uint8Array;

const NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(layout)
    .filter(([name]) => name.startsWith('STATUS_'))
    .map(([name, value]) => [value as number, name.slice('STATUS_'.length)]),
);

interface Meaning {
  /** `#` is what was given. */
  got: string;
  wanted: string;
}

const MEANINGS: Record<string, Meaning> = {
  NOT_CONFIGURED: { got: 'an instance without settings', wanted: 'configure or restore first' },
  BUSY: { got: 'an instance that is used the other way', wanted: 'one of its own: it is one point or one transform' },
  LAYOUT: { got: 'settings of layout #', wanted: `${layout.LAYOUT_VERSION}; run: npm run build` },
  MODE: { got: 'mode #', wanted: `${layout.MODE_VIBRATION} (vibration) or ${layout.MODE_SCALAR} (scalar)` },
  AXES: { got: '# axes', wanted: `1 to ${layout.MAX_AXES}, or 1 to ${layout.MAX_SCALARS} channels of a scalar point` },
  RATE: { got: '# Hz', wanted: 'a finite sample rate above 0 Hz' },
  WINDOW: {
    got: 'windows of # samples',
    wanted: `a power of two from ${layout.MIN_WINDOW} to ${layout.MAX_WINDOW}`,
  },
  LEARN: {
    got: '# decisions to learn from',
    wanted: `0, or ${layout.MIN_LEARN_DECISIONS} to ${layout.MAX_LEARN_DECISIONS}`,
  },
  SETTING: { got: '#', wanted: 'finite values of the sign and range in core-wasm/memory.ts, and all orders or none' },
  POINTER: { got: "an address that is not the core's", wanted: 'the one that settingsPtr() gives' },
  COUNT: { got: '# samples', wanted: '0 to the capacity' },
  FFT_SIZE: { got: 'size #', wanted: `a power of two from ${layout.FFT_MIN} to ${layout.FFT_MAX}` },
  FFT_PLAN: { got: 'size #', wanted: 'the one planned last; plan it first' },
  BOUNDARY: {
    got: 'kind #',
    wanted: `${layout.BOUNDARY_SNAPSHOT} (snapshot), ${layout.BOUNDARY_GAP} (gap) or ${layout.BOUNDARY_END} (end)`,
  },
  SNAPSHOT: { got: '# bytes that are none', wanted: `a snapshot of this core, layout ${layout.LAYOUT_VERSION}` },
};

/** Where a status means something else in one call. */
const IN_CALL: Record<string, Meaning> = {
  'inherit LEARN': { got: 'a snapshot taken before learning had finished', wanted: 'one with a baseline' },
  'inherit SETTING': { got: '#', wanted: 'axes, rate, windows and learning as in the snapshot, the rest in range' },
  'setInputs SETTING': { got: '#', wanted: 'a finite speed and load' },
};

const AFTERWARDS: Record<string, string> = {
  configure: 'the instance is as it was before',
  inherit: 'the instance is as it was restored',
  restore: 'the instance has to be configured anew',
};

/** The word that a status is about. */
const WORDS: Record<string, number> = {
  LAYOUT: layout.SET_LAYOUT,
  MODE: layout.SET_MODE,
  AXES: layout.SET_AXES,
  RATE: layout.SET_SAMPLE_RATE_HZ,
  WINDOW: layout.SET_WINDOW,
  LEARN: layout.SET_LEARN_DECISIONS,
};

/**
 * The error for a status below 0, with the status name as its code.
 *
 * @example planFft of 100 -> CORE_FFT_SIZE, "core: planFft was refused with FFT_SIZE: got size 100, wanted a power of
 * two from 64 to 65536; nothing was done"
 */
export function refusal(status: number, call: string, given: Given): CoreError {
  const name = NAMES.get(status) ?? `STATUS_${-status}`;
  const meaning = IN_CALL[`${call} ${name}`] ?? MEANINGS[name] ?? { got: '#', wanted: 'a status of its layout' };
  const got = meaning.got.replace('#', String(given instanceof Uint8Array ? settingText(name, given) : given));
  const then = AFTERWARDS[call] ?? 'nothing was done';
  return new CoreError(
    `CORE_${name}`,
    `core: ${call} was refused with ${name}: got ${got}, wanted ${meaning.wanted}; ${then}`,
  );
}

function settingText(status: string, settings: Uint8Array): string {
  const view = new DataView(settings.buffer, settings.byteOffset, settings.byteLength);
  const u32 = (word: number): number => view.getUint32(word * 4, true);
  const f32 = (word: number): number => Number(view.getFloat32(word * 4, true).toPrecision(7)); // as it was written
  if (status in WORDS) return String((status === 'RATE' ? f32 : u32)(WORDS[status]));
  const orders = [layout.SET_BPFO, layout.SET_BPFI, layout.SET_BSF, layout.SET_FTF].map(f32);
  return (
    `mode ${u32(layout.SET_MODE)}, ${u32(layout.SET_AXES)} axes at ${f32(layout.SET_SAMPLE_RATE_HZ)} Hz, ` +
    `windows of ${u32(layout.SET_WINDOW)}, ${u32(layout.SET_WINDOWS_PER_DECISION)} a decision, ` +
    `${u32(layout.SET_LEARN_DECISIONS)} to learn from, ${f32(layout.SET_SHAFT_RPM)} rpm, orders ${orders.join(' ')}, ` +
    `velocity scale ${f32(layout.SET_VELOCITY_SCALE)}, full scale ${f32(layout.SET_FULL_SCALE)}, ` +
    `threshold ${f32(layout.SET_THRESHOLD)}, persistence ${u32(layout.SET_PERSISTENCE)}`
  );
}
