/**
 * The only file that makes instances of the core. Static memory, cached views, one call into WebAssembly a push.
 * SIMD where the engine validates it, scalar otherwise: both give the same bits, and `kernel` says which one runs.
 */
import { instantiateSync } from '@assemblyscript/loader';
import * as layout from '../../core-wasm/memory.ts';
import { CoreError } from '../errors.ts';
import { bestKernel, type Kernel, moduleOf } from './kernel.ts';
import { type Given, refusal } from './refusal.ts';

export { bestKernel, coreHash, type Kernel } from './kernel.ts';

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
  irfft(n: number): number;
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
    const module = bytes ? new WebAssembly.Module(bytes) : moduleOf(this.kernel);
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

  #check(status: number, call: string, given: Given = ''): number {
    if (status < 0) throw refusal(status, call, given);
    return status;
  }

  /** @param settings SETTINGS_BYTES as core-wasm/memory.ts describes them */
  configure(settings: Uint8Array): void {
    const at = this.#exports.settingsPtr();
    this.#bytes.set(settings, at);
    this.#check(this.#exports.configure(at), 'configure', settings);
    this.#findInputs();
  }

  #findInputs(): void {
    const { capacity } = this;
    const count = capacity === layout.SCALAR_CAPACITY ? layout.MAX_SCALARS : layout.MAX_AXES;
    this.#inputs = Array.from({ length: count }, (_, axis) => {
      const start = this.#exports.inputPtr(axis) >> 2;
      return this.#floats.subarray(start, start + capacity);
    });
  }

  /** Largest count of one push. */
  get capacity(): number {
    return this.#check(this.#exports.capacity(), 'capacity');
  }

  /**
   * Copies values from..to of each axis to place `at` of the input, where they wait for `pushStaged`; the core is not
   * called. Any other push overwrites them.
   *
   * @throws CoreError `CORE_COUNT` or `CORE_AXES` when they do not fit, `CORE_NOT_CONFIGURED`
   */
  stage(axes: Float32Array[], from: number, to: number, at: number): void {
    const room = this.#inputs.length > 0 ? this.#inputs[0].length : 0;
    if (at + to - from > room || axes.length > this.#inputs.length) this.#refuseInput(axes.length, at + to - from);
    for (let axis = 0; axis < axes.length; axis++) {
      const values = axes[axis];
      this.#inputs[axis].set(from === 0 && to === values.length ? values : values.subarray(from, to), at);
    }
  }

  #refuseInput(axes: number, count: number): never {
    if (this.#inputs.length === 0) throw refusal(layout.STATUS_NOT_CONFIGURED, 'push', count);
    if (axes > this.#inputs.length) throw refusal(layout.STATUS_AXES, 'push', axes);
    throw refusal(layout.STATUS_COUNT, 'push', count);
  }

  /** Analyses the first `count` values staged of each axis. Returns the number of decisions, read by `record`. */
  pushStaged(count: number): number {
    return this.#check(this.#exports.push(count), 'push', count);
  }

  /** Copies values from..to of each axis in and analyses them. Returns the number of decisions, read by `record`. */
  push(axes: Float32Array[], from: number, to: number): number {
    this.stage(axes, from, to, 0);
    return this.pushStaged(to - from);
  }

  /** Ends a stretch (BOUNDARY_*). Returns the number of decisions, read by `record`. */
  boundary(kind: number): number {
    return this.#check(this.#exports.boundary(kind), 'boundary', kind);
  }

  /** Shaft speed in rpm, 0 unknown; load in any unit. They hold until changed. */
  setInputs(rpm: number, load: number): void {
    this.#check(this.#exports.setInputs(rpm, load), 'setInputs', `${rpm} rpm, load ${load}`);
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
    this.#check(this.#exports.restore(), 'restore', snapshot.length);
    if (snapshot.length !== this.#exports.snapshotSize())
      throw refusal(layout.STATUS_SNAPSHOT, 'restore', snapshot.length);
    this.#findInputs();
  }

  /**
   * After `restore`: a new stream, judged by what was learned there, with the speed, bearing and scale of `settings`.
   *
   * @throws CoreError `CORE_LEARN` when learning had not finished, `CORE_SETTING` when decisions would be cut differently
   */
  inherit(settings: Uint8Array): void {
    this.#bytes.set(settings, this.#exports.settingsPtr());
    this.#check(this.#exports.inherit(), 'inherit', settings);
  }

  /** The part that may be learned from is over: makes a baseline of what there is; false when that is too little. */
  endLearning(): boolean {
    return this.#check(this.#exports.endLearning(), 'endLearning') === 1;
  }

  /**
   * Plans a transform of n real points; the instance can then do nothing else.
   *
   * @param n a power of two, 64..65 536
   * @returns views: n values in, n/2 + 1 interleaved complex bins out
   * @throws CoreError `CORE_FFT_SIZE`, `CORE_BUSY`
   */
  planFft(n: number): { input: Float32Array; output: Float32Array } {
    this.#check(this.#exports.fftPlan(n), 'planFft', n);
    const input = this.#exports.fftInput(n) >> 2;
    const output = this.#exports.fftOutput(n) >> 2;
    return { input: this.#floats.subarray(input, input + n), output: this.#floats.subarray(output, output + n + 2) };
  }

  /** Transforms the planned input: n/2 + 1 interleaved complex bins, no normalisation; the input is kept. */
  fft(n: number): void {
    this.#check(this.#exports.rfft(n), 'fft', n);
  }

  /**
   * The way back: from the n/2 + 1 bins at the planned output, which are kept, to n values at the planned input, scaled
   * by 1/n, so that it undoes `fft`. The imaginary parts of bins 0 and n/2 count as zero.
   *
   * @throws CoreError `CORE_FFT_PLAN` when n is not the planned size, `CORE_BUSY` for a point
   * @example 64 bins' worth of 0 but output[2] = 32 (bin 1) -> input[t] = cos(2 pi t / 64)
   */
  inverseFft(n: number): void {
    this.#check(this.#exports.irfft(n), 'inverseFft', n);
  }
}
