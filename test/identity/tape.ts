/**
 * An identity tape: one run of the core written down as bytes, so that every engine and processor can be given the very
 * same run. It is a row of little-endian 32-bit words: an op, its operands, the next op, up to END. Players: play.ts
 * and, for builds without WebAssembly, C against this same text. What a player answers, step by step:
 *
 *   0 END
 *   1 CONFIGURE  32 words of settings           i32 status; written at settingsPtr()
 *   2 PUSH       count, axes, axes x count f32  i32 R, then R records of resultSize() bytes when R > 0
 *   3 BOUNDARY   kind                           i32 R, then R records when R > 0
 *   4 INPUTS     rpm f32, load f32              i32 status
 *   5 STATE      axes, spectrumBytes            i32 status of snapshot(), i32 snapshotSize(), u32 hash of the snapshot,
 *                                               then an axis u32 hash of spectrumBytes bytes at spectrumPtr(axis)
 *   6 FFT        n, n f32                       i32 status of fftPlan, then, unless it refused, i32 status of rfft and
 *                                               n + 2 words of fftOutput(n)
 *   7 RESET                                     nothing: a fresh instance from here on
 *   8 INVERSE    n                              i32 status of irfft, then, unless it refused, n words of fftInput(n)
 *   9 RESTORE                                   i32 status of restore() in a fresh instance, from here on the one played,
 *                                               of the snapshot of the one before
 *  10 INHERIT    32 words of settings           i32 status; written at settingsPtr()
 *  11 END_LEARNING                              i32 status
 *
 * A negative R or status is an answer like any other. A hash is FNV-1a with 32 bits. Any other op is an error.
 */
import {
  FFT_MAX,
  INPUT_CAPACITY,
  MODE_SCALAR,
  SCALAR_CAPACITY,
  SET_AXES,
  SET_MODE,
  SET_WINDOW,
  SET_WINDOWS_PER_DECISION,
  SETTINGS_BYTES,
} from '../../core-wasm/memory.ts';
import { OP } from './play.ts';

/** Writes a tape. Knows no core: it takes what it is given, sound or not, and counts what a sound core will answer. */
export class Tape {
  #bytes = new Uint8Array(1 << 16);
  #length = 0;
  #windowLength = 0;
  #axes = 0;
  #isScalar = false;
  #stretch = 0;
  /** Decision records that playing this tape gives, one a window (settings that average windows are refused). */
  windows = 0;

  /** @param settings  SETTINGS_BYTES as host/analyse/settings.ts lays them out, one window a decision */
  configure(settings: Uint8Array): this {
    const view = new DataView(settings.buffer, settings.byteOffset, SETTINGS_BYTES);
    const word = (index: number): number => view.getUint32(index * 4, true);
    this.#isScalar = word(SET_MODE) === MODE_SCALAR;
    this.#axes = word(SET_AXES);
    this.#windowLength = word(SET_WINDOW);
    this.#stretch = 0;
    if (word(SET_WINDOWS_PER_DECISION) !== 1)
      throw new Error(`tape: settings average ${word(SET_WINDOWS_PER_DECISION)} windows a decision, wanted 1`);
    this.#words(OP.CONFIGURE);
    this.#copy(settings.subarray(0, SETTINGS_BYTES));
    return this;
  }

  /** Samples from..to of each axis, in as many pushes as the core's input takes; with `block`, in smaller ones. */
  push(axes: Float32Array[], from = 0, to = axes[0].length, block = INPUT_CAPACITY): this {
    const most = Math.min(block, this.#isScalar ? SCALAR_CAPACITY : INPUT_CAPACITY);
    for (let at = from; at < to; at += most) {
      const end = Math.min(to, at + most);
      this.#words(OP.PUSH, end - at, axes.length);
      for (const axis of axes) {
        const part = axis.subarray(at, end);
        this.#copy(new Uint8Array(part.buffer, part.byteOffset, part.byteLength));
      }
      this.#count(end - at);
    }
    return this;
  }

  #count(samples: number): void {
    const before = this.#wholeWindows();
    this.#stretch += samples;
    this.windows += this.#isScalar ? samples : this.#wholeWindows() - before;
  }

  /** On the half-overlapped grid of the open stretch. */
  #wholeWindows(): number {
    const n = this.#windowLength;
    return this.#stretch < n ? 0 : Math.floor((this.#stretch - n) / (n / 2)) + 1;
  }

  /** @param kind  BOUNDARY_* */
  boundary(kind: number): this {
    const rest = this.#stretch - this.#windowLength;
    if (!this.#isScalar && this.#stretch > 0 && rest >= 0 && rest % (this.#windowLength / 2) !== 0) this.windows++; // aligned to the end
    this.#stretch = 0;
    return this.#words(OP.BOUNDARY, kind);
  }

  inputs(rpm: number, load: number): this {
    this.#words(OP.INPUTS);
    return this.#copy(new Uint8Array(Float32Array.of(rpm, load).buffer));
  }

  /** Everything the configured point remembers, and the spectra of its last window. */
  state(): this {
    return this.#isScalar ? this.#words(OP.STATE, 0, 0) : this.#words(OP.STATE, this.#axes, this.#windowLength * 2 + 4);
  }

  fft(samples: Float32Array): this {
    if (samples.length > FFT_MAX) throw new Error(`tape: fft of ${samples.length} samples, wanted at most ${FFT_MAX}`);
    this.#words(OP.FFT, samples.length);
    return this.#copy(new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength));
  }

  /** Back from the bins that `fft` of the same n has left. */
  inverse(n: number): this {
    return this.#words(OP.INVERSE, n);
  }

  /** From here on another instance, which has read the snapshot of this one. */
  restore(): this {
    return this.#words(OP.RESTORE);
  }

  /** After a restore between two stretches: the same baseline, with the speed, bearing and scale of these settings. */
  inherit(settings: Uint8Array): this {
    if (this.#stretch > 0)
      throw new Error(`tape: inherit with ${this.#stretch} samples of a stretch open, wanted none`);
    this.#words(OP.INHERIT);
    return this.#copy(settings.subarray(0, SETTINGS_BYTES));
  }

  endLearning(): this {
    return this.#words(OP.END_LEARNING);
  }

  reset(): this {
    this.#windowLength = this.#axes = this.#stretch = 0;
    this.#isScalar = false;
    return this.#words(OP.RESET);
  }

  /** The whole tape; more may be written and `end` called again. */
  end(): Uint8Array {
    const tape = new Uint8Array(this.#length + 4); // END is 0
    tape.set(this.#bytes.subarray(0, this.#length));
    return tape;
  }

  #words(...words: number[]): this {
    return this.#copy(new Uint8Array(Uint32Array.from(words).buffer)); // the machines that write tapes are little-endian
  }

  #copy(bytes: Uint8Array): this {
    if (this.#length + bytes.length > this.#bytes.length) {
      const grown = new Uint8Array(2 * (this.#length + bytes.length));
      grown.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = grown;
    }
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
    return this;
  }
}
