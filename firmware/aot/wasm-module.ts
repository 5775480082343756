/**
 * What has to be known of a WebAssembly module before it may become C: its memory, exports, data and needs. Reads the
 * sections of the binary format (WebAssembly core specification 2.0, 5.5) and none of the code.
 */
import { AotError } from './aot-error.ts';

export const PAGE_BYTES = 65_536;

export interface WasmModule {
  /** Fixed: initial = maximum. */
  memoryPages: number;
  /** Names of the exported functions, in the order of the module. */
  functions: string[];
  /** First byte behind the last data segment; 0 without data. */
  dataEnd: number;
}

const SECTION = { IMPORT: 2, TABLE: 4, MEMORY: 5, EXPORT: 7, START: 8, ELEMENT: 9, DATA: 11 } as const;
const EXPORT_FUNCTION = 0;
const I32_CONST = 0x41;
const END = 0x0b;

/**
 * @param bytes  a module as `asc --runtime stub` makes it from code with raw pointers
 * @param imports  name of the one module whose functions it may import; none if absent
 * @throws AotError `AOT_MODULE` for whatever could not be turned into C of a fixed size: other imports, a memory that may
 * grow, is shared or is not there, tables, a start function, data that is placed at run time
 */
export function readModule(bytes: Uint8Array, imports?: string): WasmModule {
  const reader = new Reader(bytes);
  if (reader.u32() !== 0x6d736100 || reader.u32() !== 1)
    refuse('the first 8 bytes', 'no module', 'WebAssembly version 1');
  const module: WasmModule = { memoryPages: 0, functions: [], dataEnd: 0 };
  while (!reader.isAtEnd) {
    const section = reader.byte();
    const end = reader.leb() + reader.at;
    if (section === SECTION.IMPORT) checkImports(reader, imports);
    if (section === SECTION.TABLE || section === SECTION.ELEMENT) refuse('tables', 'one', 'none (no calls by pointer)');
    if (section === SECTION.START) refuse('the start function', 'one', 'none');
    if (section === SECTION.MEMORY) module.memoryPages = memoryPages(reader);
    if (section === SECTION.EXPORT) module.functions = exportedFunctions(reader);
    if (section === SECTION.DATA) module.dataEnd = dataEnd(reader);
    reader.at = end;
  }
  if (module.memoryPages === 0) refuse('memory', 'none', 'one of at least a page');
  return module;
}

function refuse(what: string, got: string, wanted: string): never {
  throw new AotError('AOT_MODULE', `${what} of the module: got ${got}, wanted ${wanted}`);
}

function checkImports(reader: Reader, allowed?: string): void {
  for (let left = reader.leb(), count = left; left > 0; left--) {
    const [module, name, kind] = [reader.name(), reader.name(), reader.byte()];
    const got = `${count}, among them ${module}.${name}`;
    if (module !== allowed) refuse('imports', got, allowed ? `those of ${allowed}` : 'none');
    if (kind !== EXPORT_FUNCTION) refuse('imports', `${got} of kind ${kind}`, 'functions');
    reader.leb();
  }
}

function memoryPages(reader: Reader): number {
  const count = reader.leb();
  if (count !== 1) refuse('memories', String(count), '1');
  const limits = reader.byte();
  if (limits > 1) refuse('memory', `limits of kind ${limits} (shared or 64-bit)`, 'an unshared one of 32 bits');
  const initial = reader.leb();
  if (limits === 0) refuse('memory', `${initial} pages without a maximum`, 'initial = maximum');
  const maximum = reader.leb();
  if (initial !== maximum) refuse('memory', `${initial} to ${maximum} pages`, 'initial = maximum');
  return initial;
}

function exportedFunctions(reader: Reader): string[] {
  const functions: string[] = [];
  for (let left = reader.leb(); left > 0; left--) {
    const name = reader.name();
    if (reader.byte() === EXPORT_FUNCTION) functions.push(name);
    reader.leb();
  }
  return functions;
}

function dataEnd(reader: Reader): number {
  let end = 0;
  for (let left = reader.leb(); left > 0; left--) {
    const kind = reader.leb();
    if (kind !== 0) refuse('data', `a segment of kind ${kind}`, 'segments that are placed at the start');
    if (reader.byte() !== I32_CONST) refuse('data', 'a computed address', 'a constant one');
    const at = reader.leb(); // signed, but no address within the first GiB has the sign bit set
    if (reader.byte() !== END) refuse('data', 'a computed address', 'a constant one');
    const length = reader.leb();
    reader.at += length;
    end = Math.max(end, at + length);
  }
  return end;
}

class Reader {
  readonly #bytes: Uint8Array;
  at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.at >= this.#bytes.length;
  }

  byte(): number {
    if (this.isAtEnd) refuse(`byte ${this.at}`, 'the end', 'more');
    return this.#bytes[this.at++];
  }

  u32(): number {
    return (this.byte() | (this.byte() << 8) | (this.byte() << 16) | (this.byte() << 24)) >>> 0;
  }

  /** LEB128, unsigned, at most 32 bits. */
  leb(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.byte();
      value += (byte & 0x7f) * 2 ** shift;
      if ((byte & 0x80) === 0) return value;
    }
    return refuse(`the integer before byte ${this.at}`, 'more than 5 bytes', 'a 32-bit one');
  }

  name(): string {
    const length = this.leb();
    this.at += length;
    return new TextDecoder().decode(this.#bytes.subarray(this.at - length, this.at));
  }
}
