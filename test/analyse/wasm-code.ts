/**
 * Reads as much of a WebAssembly module as is needed to know every instruction in it: a byte 0x40 alone says nothing, it
 * is also the type of an empty block. Core specification 2.0, section 5.4; whatever it does not know, it refuses.
 */

export interface WasmFacts {
  imports: number;
  /** Pages: initial, maximum. */
  memory: { initial: number; maximum: number | null } | null;
  /** How often each instruction occurs; prefixed ones as `fc 10`. */
  instructions: Map<string, number>;
}

export const MEMORY_GROW = '40';
const [IMPORT, MEMORY, CODE] = [2, 5, 10];

class Reader {
  readonly #bytes: Uint8Array;
  at: number;

  constructor(bytes: Uint8Array, at = 0) {
    this.#bytes = bytes;
    this.at = at;
  }

  get isOver(): boolean {
    return this.at >= this.#bytes.length;
  }

  byte(): number {
    if (this.isOver) throw new Error('the module ends in the middle');
    return this.#bytes[this.at++];
  }

  /** LEB128; of a signed one only the length counts here. */
  leb(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
  }

  lebs(count: number): void {
    for (let i = 0; i < count; i++) this.leb();
  }
}

export function readModule(bytes: Uint8Array): WasmFacts {
  const reader = new Reader(bytes, 8); // magic and version
  const facts: WasmFacts = { imports: 0, memory: null, instructions: new Map() };
  while (!reader.isOver) {
    const id = reader.byte();
    const end = reader.leb() + reader.at;
    if (id === IMPORT) facts.imports = reader.leb();
    else if (id === MEMORY) {
      reader.leb(); // count: one
      const hasMaximum = (reader.byte() & 1) === 1;
      facts.memory = { initial: reader.leb(), maximum: hasMaximum ? reader.leb() : null };
    } else if (id === CODE) for (let left = reader.leb(); left > 0; left--) readFunction(reader, facts.instructions);
    reader.at = end;
  }
  return facts;
}

function readFunction(reader: Reader, instructions: Map<string, number>): void {
  const end = reader.leb() + reader.at;
  for (let groups = reader.leb(); groups > 0; groups--) reader.lebs(2); // locals: count and type
  while (reader.at < end) {
    const name = readInstruction(reader);
    instructions.set(name, (instructions.get(name) ?? 0) + 1);
  }
  if (reader.at !== end) throw new Error(`a function ends at ${end}, its last instruction at ${reader.at}`);
}

/** Passes over one instruction. @returns its code in hex */
function readInstruction(reader: Reader): string {
  const code = reader.byte();
  const name = code.toString(16).padStart(2, '0');
  if (code === 0xfc || code === 0xfd) {
    const sub = reader.leb();
    if (code === 0xfc) readBulk(reader, sub);
    else readVector(reader, sub);
    return `${name} ${sub}`;
  }
  if (code >= 0x28 && code <= 0x3e)
    reader.lebs(2); // load, store: alignment and offset
  else if ((code >= 0x02 && code <= 0x04) || (code >= 0x20 && code <= 0x26))
    reader.leb(); // block type; local, global, table
  else if ([0x0c, 0x0d, 0x10, 0x3f, 0x40, 0x41, 0x42, 0xd0, 0xd2].includes(code)) reader.leb();
  else if (code === 0x0e) reader.lebs(reader.leb() + 1);
  else if (code === 0x11) reader.lebs(2);
  else if (code === 0x1c) reader.lebs(reader.leb());
  else if (code === 0x43) reader.at += 4;
  else if (code === 0x44) reader.at += 8;
  else if (![0x00, 0x01, 0x05, 0x0b, 0x0f, 0x1a, 0x1b, 0xd1].includes(code) && !(code >= 0x45 && code <= 0xc4))
    throw new Error(`unknown instruction ${name}`);
  return name;
}

/** Saturating conversions, bulk memory, tables. */
function readBulk(reader: Reader, sub: number): void {
  if (sub > 17) throw new Error(`unknown instruction fc ${sub}`);
  if ([8, 10, 12, 14].includes(sub)) reader.lebs(2);
  else if (sub > 7) reader.leb();
}

function readVector(reader: Reader, sub: number): void {
  if (sub > 255) throw new Error(`relaxed instruction fd ${sub}: its result is not the same everywhere`);
  if (sub <= 11 || sub === 92 || sub === 93) reader.lebs(2);
  else if (sub === 12 || sub === 13)
    reader.at += 16; // constant, shuffle
  else if (sub >= 21 && sub <= 34) reader.at += 1;
  else if (sub >= 84 && sub <= 91) {
    reader.lebs(2);
    reader.at += 1;
  }
}
