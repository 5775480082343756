/**
 * Plays an identity tape (tape.ts) on a build of the core and returns every byte that the core answered. Bare
 * TypeScript without imports: the same file runs in Node on any processor and, stripped of its types, in browsers. All
 * words are little-endian, as WebAssembly memory is; samples are copied as bytes, so that NaN payloads arrive as taped.
 */

/** First word of each step of a tape; its operands and answers: tape.ts. */
export const OP = {
  END: 0,
  CONFIGURE: 1,
  PUSH: 2,
  BOUNDARY: 3,
  INPUTS: 4,
  STATE: 5,
  FFT: 6,
  RESET: 7,
  INVERSE: 8,
  RESTORE: 9,
  INHERIT: 10,
  END_LEARNING: 11,
} as const;

export const SETTINGS_WORDS = 32;

interface IdentityExports {
  memory: WebAssembly.Memory;
  settingsPtr(): number;
  configure(settings: number): number;
  inputPtr(axis: number): number;
  push(count: number): number;
  boundary(kind: number): number;
  setInputs(rpm: number, load: number): number;
  resultPtr(): number;
  resultSize(): number;
  spectrumPtr(axis: number): number;
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
  irfft?(n: number): number; // not in every build
}

/** A tape that cannot be played; the message names the word at which the step begins. */
export class TapeError extends Error {
  readonly code: 'TAPE_OP' | 'TAPE_SHORT' | 'TAPE_RANGE' | 'TAPE_TRAP' | 'TAPE_EXPORT';

  constructor(code: TapeError['code'], word: number, text: string, options?: { cause: unknown }) {
    super(`${code}: tape word ${word}: ${text}`, options);
    this.code = code;
  }
}

// the WebAssembly types of the host know no constructor of an instance: it has a loader
const { Instance } = WebAssembly as unknown as {
  Instance: new (module: WebAssembly.Module, imports: object) => { readonly exports: unknown };
};

/**
 * @param module  a build of the analysis core, which imports nothing
 * @param tape  up to its END; what stands behind is not read
 * @returns the answers of all steps end to end
 * @throws TapeError
 */
export function play(module: Uint8Array, tape: Uint8Array): Uint8Array {
  const compiled = new WebAssembly.Module(module);
  const reader = new Reader(tape);
  const answers = new Answers();
  let core = new Deck(compiled);
  for (;;) {
    reader.begin();
    const op = reader.word();
    if (op === OP.END) return answers.bytes();
    if (op === OP.RESET) core = new Deck(compiled);
    else if (op === OP.RESTORE) core = restored(new Deck(compiled), core, answers);
    else step(op, core, reader, answers);
  }
}

function step(op: number, core: Deck, tape: Reader, answers: Answers): void {
  try {
    if (op === OP.CONFIGURE) configure(core, tape, answers);
    else if (op === OP.PUSH) push(core, tape, answers);
    else if (op === OP.BOUNDARY) core.records(core.exports.boundary(tape.word() | 0), answers);
    else if (op === OP.INPUTS) answers.word(core.exports.setInputs(tape.float(), tape.float()));
    else if (op === OP.STATE) state(core, tape, answers);
    else if (op === OP.FFT) transform(core, tape, answers);
    else if (op === OP.INVERSE) inverse(core, tape, answers);
    else if (op === OP.INHERIT) inherit(core, tape, answers);
    else if (op === OP.END_LEARNING) answers.word(core.exports.endLearning());
    else throw new TapeError('TAPE_OP', tape.start, `got op ${op}, wanted 0 to ${OP.END_LEARNING}`);
  } catch (error) {
    if (error instanceof TapeError) throw error;
    if (error instanceof RangeError)
      throw new TapeError('TAPE_RANGE', tape.start, `op ${op} leaves the core's memory`, { cause: error });
    throw new TapeError('TAPE_TRAP', tape.start, `op ${op} trapped: ${(error as Error).message}`, { cause: error });
  }
}

function configure(core: Deck, tape: Reader, answers: Answers): void {
  const at = core.exports.settingsPtr();
  core.write(at, tape.words(SETTINGS_WORDS));
  answers.word(core.exports.configure(at));
}

function push(core: Deck, tape: Reader, answers: Answers): void {
  const count = tape.word();
  const axes = tape.word();
  for (let axis = 0; axis < axes; axis++) core.write(core.exports.inputPtr(axis), tape.words(count));
  core.records(core.exports.push(count), answers);
}

function state(core: Deck, tape: Reader, answers: Answers): void {
  const axes = tape.word();
  const spectrumBytes = tape.word();
  answers.word(core.exports.snapshot());
  const size = core.exports.snapshotSize();
  answers.word(size);
  answers.word(fnv1a(core.read(core.exports.snapshotPtr(), size)));
  for (let axis = 0; axis < axes; axis++) answers.word(fnv1a(core.read(core.exports.spectrumPtr(axis), spectrumBytes)));
}

/** A refused plan ends the step: its samples are passed over and the one answer is the status. */
function transform(core: Deck, tape: Reader, answers: Answers): void {
  const n = tape.word();
  const samples = tape.words(n);
  const planned = core.exports.fftPlan(n);
  answers.word(planned);
  if (planned < 0) return;
  core.write(core.exports.fftInput(n), samples);
  answers.word(core.exports.rfft(n));
  answers.copy(core.read(core.exports.fftOutput(n), (n + 2) * 4));
}

/** A refusal is the one answer. */
function inverse(core: Deck, tape: Reader, answers: Answers): void {
  const n = tape.word();
  if (!core.exports.irfft)
    throw new TapeError('TAPE_EXPORT', tape.start, 'INVERSE wants the export irfft, this core has none');
  const status = core.exports.irfft(n);
  answers.word(status);
  if (status >= 0) answers.copy(core.read(core.exports.fftInput(n), n * 4));
}

/** @returns `fresh`, which has read the snapshot of `core` */
function restored(fresh: Deck, core: Deck, answers: Answers): Deck {
  core.exports.snapshot();
  fresh.write(fresh.exports.snapshotPtr(), core.read(core.exports.snapshotPtr(), core.exports.snapshotSize()));
  answers.word(fresh.exports.restore());
  return fresh;
}

function inherit(core: Deck, tape: Reader, answers: Answers): void {
  core.write(core.exports.settingsPtr(), tape.words(SETTINGS_WORDS));
  answers.word(core.exports.inherit());
}

/** FNV-1a with 32 bits. */
function fnv1a(bytes: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < bytes.length; i++) hash = Math.imul(hash ^ bytes[i], 0x01000193);
  return hash;
}

/** One instance of the core. Its memory never grows, so one view serves. */
class Deck {
  readonly exports: IdentityExports;
  readonly #bytes: Uint8Array;

  constructor(module: WebAssembly.Module) {
    this.exports = new Instance(module, {}).exports as IdentityExports;
    this.#bytes = new Uint8Array(this.exports.memory.buffer);
  }

  write(at: number, bytes: Uint8Array): void {
    this.#bytes.set(bytes, at);
  }

  read(at: number, length: number): Uint8Array {
    const bytes = this.#bytes.subarray(at, at + length);
    if (bytes.length !== length) throw new RangeError(`${length} bytes at ${at}`);
    return bytes;
  }

  records(count: number, answers: Answers): void {
    answers.word(count);
    if (count > 0) answers.copy(this.read(this.exports.resultPtr(), count * this.exports.resultSize()));
  }
}

class Reader {
  readonly #tape: Uint8Array;
  readonly #view: DataView;
  #at = 0;
  /** Word at which the step being played begins. */
  start = 0;

  constructor(tape: Uint8Array) {
    this.#tape = tape;
    this.#view = new DataView(tape.buffer, tape.byteOffset, tape.byteLength);
  }

  begin(): void {
    this.start = this.#at / 4;
  }

  #take(words: number): number {
    const left = Math.floor((this.#tape.length - this.#at) / 4);
    if (words > left)
      throw new TapeError(
        'TAPE_SHORT',
        this.start,
        `the step wants ${words} words at word ${this.#at / 4}, the tape has ${left} left`,
      );
    this.#at += words * 4;
    return this.#at - words * 4;
  }

  word(): number {
    return this.#view.getUint32(this.#take(1), true);
  }

  float(): number {
    return this.#view.getFloat32(this.#take(1), true);
  }

  words(count: number): Uint8Array {
    const at = this.#take(count);
    return this.#tape.subarray(at, at + count * 4);
  }
}

class Answers {
  #bytes = new Uint8Array(1 << 16);
  #length = 0;

  #room(more: number): void {
    if (this.#length + more <= this.#bytes.length) return;
    const grown = new Uint8Array(2 * (this.#length + more));
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
  }

  word(value: number): void {
    this.#room(4);
    for (let shift = 0; shift < 32; shift += 8) this.#bytes[this.#length++] = value >>> shift;
  }

  copy(bytes: Uint8Array): void {
    this.#room(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  bytes(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }
}
