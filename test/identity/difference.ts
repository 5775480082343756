/** Where two plays of one tape come apart, in words that lead to the place. */
import * as layout from '../../core-wasm/memory.ts';
import { OP, SETTINGS_WORDS } from './play.ts';

/** A run of answer words that one step of the tape gave. */
export interface Answer {
  /** Word of the tape at which the step begins. */
  tapeWord: number;
  op: string;
  /** Decision of the whole tape, counted from 0; null for what is no decision record. */
  decision: number | null;
  /** What the words are, e.g. `status`, `record`, `bins`. */
  what: string;
  /** First word of the answers, and how many. */
  word: number;
  words: number;
}

const RECORD_WORDS: ReadonlyMap<number, string> = new Map(
  Object.entries(layout)
    .filter(([name]) => name.startsWith('RES_'))
    .map(([name, word]) => [word as number, name]),
);

/** Goes along a tape and what was answered to it. Ends early where the answers end. */
export function* answersOf(tape: Uint8Array, answers: Uint8Array): Generator<Answer> {
  const steps = new DataView(tape.buffer, tape.byteOffset, tape.byteLength);
  const given = new DataView(answers.buffer, answers.byteOffset, answers.byteLength);
  const operand = (word: number): number => steps.getUint32(word * 4, true);
  let decision = 0;
  let word = 0;
  for (let at = 0; operand(at) !== OP.END; ) {
    const op = operand(at);
    const tapeWord = at;
    const name = Object.entries(OP).find(([, value]) => value === op)?.[0] ?? `op ${op}`;
    const take = (what: string, words: number, record: number | null = null): Answer => {
      word += words;
      return { tapeWord, op: name, decision: record, what, word: word - words, words };
    };
    /** A status, if it was answered at all. */
    const status = (): number => (word * 4 < answers.length ? given.getInt32(word * 4, true) : -1);
    if (op === OP.CONFIGURE || op === OP.INHERIT || op === OP.INPUTS) {
      yield take('status', 1);
      at += op === OP.INPUTS ? 3 : 1 + SETTINGS_WORDS;
    } else if (op === OP.RESTORE || op === OP.END_LEARNING) {
      yield take('status', 1);
      at += 1;
    } else if (op === OP.PUSH || op === OP.BOUNDARY) {
      const made = status();
      yield take('number of decisions', 1);
      for (let i = 0; i < made; i++) yield take('record', layout.RESULT_WORDS, decision++);
      at += op === OP.PUSH ? 3 + operand(at + 1) * operand(at + 2) : 2;
    } else if (op === OP.STATE) {
      for (const what of ['status', 'snapshot size', 'snapshot hash']) yield take(what, 1);
      for (let axis = 0; axis < operand(at + 1); axis++) yield take(`hash of the spectrum of axis ${axis}`, 1);
      at += 3;
    } else if (op === OP.FFT) {
      const n = operand(at + 1);
      const planned = status();
      yield take('status of the plan', 1);
      if (planned >= 0) {
        yield take('status', 1);
        yield take(`bins of ${n} samples`, n + 2);
      }
      at += 2 + n;
    } else if (op === OP.INVERSE) {
      const n = operand(at + 1);
      const done = status();
      yield take('status', 1);
      if (done >= 0) yield take(`samples of ${n}`, n);
      at += 2;
    } else at += 1; // RESET
  }
}

/** Decision records among the answers: views. */
export function* recordsOf(
  tape: Uint8Array,
  answers: Uint8Array,
): Generator<{ words: Uint32Array; floats: Float32Array }> {
  for (const { what, word } of answersOf(tape, answers)) {
    if (what !== 'record') continue;
    const at = answers.byteOffset + word * 4;
    yield {
      words: new Uint32Array(answers.buffer, at, layout.RESULT_WORDS),
      floats: new Float32Array(answers.buffer, at, layout.RESULT_WORDS),
    };
  }
}

export interface Difference {
  /** Words that differ, and those that one side has more of. */
  words: number;
  /** Tape, step, decision, word and both values of the first one. */
  place: string;
}

/** @returns null when every bit is the same */
export function difference(
  name: string,
  tape: Uint8Array,
  left: { by: string; answers: Uint8Array },
  right: { by: string; answers: Uint8Array },
): Difference | null {
  const bytes = [left.answers, right.answers].map((a) => Buffer.from(a.buffer, a.byteOffset, a.byteLength));
  if (bytes[0].equals(bytes[1])) return null;
  const [a, b] = bytes.map((answers) => (word: number) => hexWord(answers, word));
  const length = Math.ceil(Math.max(bytes[0].length, bytes[1].length) / 4);
  let first = -1;
  let words = 0;
  for (let word = 0; word < length; word++) {
    if (a(word) === b(word)) continue;
    if (first < 0) first = word;
    words++;
  }
  const got = `${left.by} ${shown(a(first))}, ${right.by} ${shown(b(first))}`;
  return { words, place: `${name}: ${placeOf(tape, left.answers, first)}: ${got}; ${words} words differ` };
}

/** Both sides are alike up to `word`, so either side's answers lead to it. */
function placeOf(tape: Uint8Array, answers: Uint8Array, word: number): string {
  for (const answer of answersOf(tape, answers)) {
    if (word >= answer.word + answer.words) continue;
    const at = word - answer.word;
    const step = `tape word ${answer.tapeWord} ${answer.op}`;
    if (answer.decision === null) return `${step}: ${answer.what}, word ${at}`;
    return `${step}: decision ${answer.decision}, ${recordWord(at)}`;
  }
  return `answer word ${word}, behind the last answer of the tape`;
}

function recordWord(word: number): string {
  if (word >= layout.RES_AXES) {
    const axis = Math.floor((word - layout.RES_AXES) / layout.AXIS_WORDS);
    return `word ${word} (axis ${axis}, value ${(word - layout.RES_AXES) % layout.AXIS_WORDS})`;
  }
  for (let start = word; start >= 0; start--) {
    const name = RECORD_WORDS.get(start);
    if (name) return `word ${word} (${name}${word > start ? ` + ${word - start}` : ''})`;
  }
  return `word ${word}`;
}

function hexWord(bytes: Buffer, word: number): string | null {
  return (word + 1) * 4 <= bytes.length
    ? bytes
        .readUInt32LE(word * 4)
        .toString(16)
        .padStart(8, '0')
    : null;
}

function shown(hex: string | null): string {
  if (hex === null) return 'nothing';
  const bytes = Buffer.from(hex, 'hex');
  return `0x${hex} (i32 ${bytes.readInt32BE()}, f32 ${bytes.readFloatBE()})`;
}
