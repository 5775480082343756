/**
 * The only file that loads the core. Static memory, cached views, at most two calls into WebAssembly a push.
 * SIMD where the engine validates it, scalar otherwise: both give the same bits, and `kernel` says which one runs.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { instantiateSync } from '@assemblyscript/loader';
import * as layout from '../../core-wasm/memory.ts';
import { CoreError } from '../errors.ts';

export type Kernel = 'simd' | 'scalar';

interface CoreExports {
  memory: WebAssembly.Memory;
  layoutVersion(): number;
  settingsPtr(): number;
  configure(settings: number): number;
  capacity(): number;
  inputPtr(axis: number): number;
  push(count: number): number;
  boundary(kind: number): number;
  setInputs(rpm: number, load: number): number;
  resultPtr(): number;
  resultSize(): number;
  spectrumPtr(axis: number): number;
  envelopeSpectrumPtr(axis: number, band: number): number;
  envelopeLength(): number;
  envelopeBinHz(): number;
  snapshot(): number;
  snapshotPtr(): number;
  snapshotSize(): number;
  restore(): number;
  inherit(): number;
  endLearning(): number;
  fftPlan(n: number): number;
  fftInput(n: number): number;
  fftOutput(n: number): number;
  rfft(n: number): number;
}

const STATUS_NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(layout)
    .filter(([name]) => name.startsWith('STATUS_'))
    .map(([name, value]) => [value as number, name.slice('STATUS_'.length)]),
);

const modules = new Map<Kernel, { bytes: Uint8Array; module: WebAssembly.Module }>();

function moduleOf(kernel: Kernel): { bytes: Uint8Array; module: WebAssembly.Module } {
  let found = modules.get(kernel);
  if (!found) {
    const file = new URL(`../../core-wasm/build/spindle-core.${kernel}.wasm`, import.meta.url);
    let bytes: Uint8Array;
    try {
      bytes = readFileSync(file);
    } catch (cause) {
      throw new CoreError('CORE_MISSING', `${file.pathname}: the core is not built; run: npm run build`, { cause });
    }
    found = { bytes, module: new WebAssembly.Module(new Uint8Array(bytes)) };
    modules.set(kernel, found);
  }
  return found;
}

/** The kernel that `auto` means on this engine. */
export function bestKernel(): Kernel {
  return WebAssembly.validate(new Uint8Array(moduleOf('simd').bytes)) ? 'simd' : 'scalar';
}

/** SHA-256 of the scalar module: the identity of the algorithm, whichever kernel runs. */
export function coreHash(): Uint8Array {
  return createHash('sha256').update(moduleOf('scalar').bytes).digest();
}

/**
 * One instance of the core: a point, or a transform.
 *
 * @throws CoreError with the status name as code (`CORE_WINDOW`, `CORE_BUSY`, ...) when the core refuses a call
 */
export class Core {
  readonly kernel: Kernel;
  readonly #exports: CoreExports;
  readonly #words: Uint32Array;
  readonly #floats: Float32Array;
  readonly #bytes: Uint8Array;
  readonly #resultBase: number;
  #inputs: Float32Array[] = [];

  /** @param bytes another build of the core, for tests; the built module of `kernel` if absent */
  constructor(kernel: Kernel | 'auto' = 'auto', bytes?: Uint8Array) {
    this.kernel = kernel === 'auto' ? bestKernel() : kernel;
    const module = bytes ? new WebAssembly.Module(new Uint8Array(bytes)) : moduleOf(this.kernel).module;
    this.#exports = instantiateSync(module, {}).exports as unknown as CoreExports;
    const { buffer } = this.#exports.memory;
    this.#words = new Uint32Array(buffer);
    this.#floats = new Float32Array(buffer);
    this.#bytes = new Uint8Array(buffer);
    this.#resultBase = this.#exports.resultPtr() >> 2;
    const got = this.#exports.layoutVersion();
    if (got !== layout.LAYOUT_VERSION)
      throw new CoreError(
        'CORE_LAYOUT',
        `core: got layout ${got}, wanted ${layout.LAYOUT_VERSION}; run: npm run build`,
      );
  }

  #check(status: number, call: string): number {
    if (status >= 0) return status;
    const name = STATUS_NAMES.get(status) ?? `STATUS ${status}`;
    throw new CoreError(`CORE_${name}`, `core: ${call} was refused with ${name} (${status})`);
  }

  /** @param settings SETTINGS_BYTES as core-wasm/memory.ts describes them */
  configure(settings: Uint8Array): void {
    const at = this.#exports.settingsPtr();
    this.#bytes.set(settings, at);
    this.#check(this.#exports.configure(at), 'configure');
    this.#findInputs();
  }

  #findInputs(): void {
    const count = layout.MAX_SCALARS;
    const capacity = this.capacity;
    this.#inputs = Array.from({ length: count }, (_, axis) => {
      const start = this.#exports.inputPtr(axis) >> 2;
      return this.#floats.subarray(start, start + capacity);
    });
  }

  /** Largest count of one push. */
  get capacity(): number {
    return this.#check(this.#exports.capacity(), 'capacity');
  }

  /** Copies values from..to of each axis in and analyses them. Returns the number of decisions, read by `record`. */
  push(axes: Float32Array[], from: number, to: number): number {
    for (let axis = 0; axis < axes.length; axis++) this.#inputs[axis].set(axes[axis].subarray(from, to));
    return this.#check(this.#exports.push(to - from), 'push');
  }

  /** Ends a stretch (BOUNDARY_*). Returns the number of decisions, read by `record`. */
  boundary(kind: number): number {
    return this.#check(this.#exports.boundary(kind), 'boundary');
  }

  /** Shaft speed in rpm, 0 unknown; load in any unit. They hold until changed. */
  setInputs(rpm: number, load: number): void {
    this.#check(this.#exports.setInputs(rpm, load), 'setInputs');
  }

  /** Decision i of the last push or boundary, as words and as floats: views, valid until the next call. */
  record(i: number): { words: Uint32Array; floats: Float32Array } {
    const start = this.#resultBase + i * layout.RESULT_WORDS;
    return {
      words: this.#words.subarray(start, start + layout.RESULT_WORDS),
      floats: this.#floats.subarray(start, start + layout.RESULT_WORDS),
    };
  }

  /** Power spectrum of the last window of an axis, n/2 + 1 values, unit squared a bin: a view. */
  spectrum(axis: number, windowLength: number): Float32Array {
    const start = this.#exports.spectrumPtr(axis) >> 2;
    return this.#floats.subarray(start, start + windowLength / 2 + 1);
  }

  /** Averaged envelope spectrum of a band (0..2) of an axis and the distance of its bins; null while there is none. */
  envelopeSpectrum(axis: number, band: number): { binHz: number; power: Float32Array } | null {
    const length = this.#exports.envelopeLength();
    if (length === 0) return null;
    const start = this.#exports.envelopeSpectrumPtr(axis, band) >> 2;
    return { binHz: this.#exports.envelopeBinHz(), power: this.#floats.subarray(start, start + length / 2 + 1) };
  }

  /** A copy of everything that later decisions depend on. */
  snapshot(): Uint8Array {
    this.#check(this.#exports.snapshot(), 'snapshot');
    const start = this.#exports.snapshotPtr();
    return this.#bytes.slice(start, start + this.#exports.snapshotSize());
  }

  /**
   * Goes on exactly where `snapshot` was taken, in this instance or another. After a refusal the instance has to be
   * configured anew.
   */
  restore(snapshot: Uint8Array): void {
    this.#bytes.set(snapshot, this.#exports.snapshotPtr());
    this.#check(this.#exports.restore(), 'restore');
    this.#findInputs();
  }

  /**
   * After `restore`: a new stream, judged by what was learned there, with the speed, bearing and scale of `settings`.
   *
   * @throws CoreError `CORE_LEARN` when learning had not finished, `CORE_SETTING` when decisions would be cut differently
   */
  inherit(settings: Uint8Array): void {
    this.#bytes.set(settings, this.#exports.settingsPtr());
    this.#check(this.#exports.inherit(), 'inherit');
  }

  /** The part that may be learned from is over: makes a baseline of what there is; false when that is too little. */
  endLearning(): boolean {
    return this.#check(this.#exports.endLearning(), 'endLearning') === 1;
  }

  /** Plans a transform of n real points; the instance can then do nothing else. */
  planFft(n: number): { input: Float32Array; output: Float32Array } {
    this.#check(this.#exports.fftPlan(n), `fftPlan(${n})`);
    const input = this.#exports.fftInput(n) >> 2;
    const output = this.#exports.fftOutput(n) >> 2;
    return { input: this.#floats.subarray(input, input + n), output: this.#floats.subarray(output, output + n + 2) };
  }

  /** Transforms the planned input: n/2 + 1 interleaved complex bins, no normalisation; the input is kept. */
  fft(n: number): void {
    this.#check(this.#exports.rfft(n), `rfft(${n})`);
  }
}
