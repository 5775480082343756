/**
 * Runs a module's start-up work here and now and writes what it left behind into the module: memory as data segments,
 * globals as their initial values. A board then starts with tables in flash that it need not compute, nor have the code
 * for. The prepared module is WebAssembly like the other, so it can be held against it.
 */
import { AotError } from './aot-error.ts';

const SECTION = { GLOBAL: 6, EXPORT: 7, DATA_COUNT: 12, DATA: 11 } as const;
const KIND_GLOBAL = 3;
const END = 0x0b;
/** type: how its constant is written. */
const CONSTANT = { i32: 0x41, i64: 0x42, f32: 0x43, f64: 0x44 } as const;
const TYPES: Record<number, keyof typeof CONSTANT> = { 127: 'i32', 126: 'i64', 125: 'f32', 124: 'f64' };
/** A new segment costs 5 bytes or more; so many zeros between two are cheaper. */
const LEAST_GAP = 8;

export type Exports = Record<string, (...args: number[]) => number> & { memory: WebAssembly.Memory };

interface Section {
  id: number;
  body: Uint8Array;
}

interface Global {
  type: number;
  isMutable: number;
}

/**
 * @param module  without imports or start function; exports `memory`
 * @param work  calls exports; what it returns must not be needed
 * @param done  exports that `work` has made needless, which the prepared module does not have
 * @throws AotError `AOT_MODULE` for a module with globals of other types than the four numbers, or without one of `done`
 */
export function prepare(
  module: Uint8Array,
  work: (exports: Exports) => void,
  done: readonly string[] = [],
): Uint8Array {
  const sections = sectionsOf(module);
  const globals = globalsOf(sections.find(({ id }) => id === SECTION.GLOBAL)?.body ?? new Uint8Array([0]));
  const exports = instanceOf(withGlobalsExported(sections, globals.length));
  work(exports as Exports);
  const values = globals.map((_, i) => (exports[globalName(i)] as unknown as { value: number | bigint }).value);
  const prepared = sections.filter(({ id }) => id !== SECTION.DATA && id !== SECTION.DATA_COUNT);
  const at = prepared.findIndex(({ id }) => id === SECTION.GLOBAL);
  if (at >= 0) prepared[at] = { id: SECTION.GLOBAL, body: globalSection(globals, values) };
  const exported = prepared.findIndex(({ id }) => id === SECTION.EXPORT);
  prepared[exported] = { id: SECTION.EXPORT, body: exportSection(prepared[exported].body, done) };
  const isCustom = (section: Section): boolean => section.id === 0;
  const data = { id: SECTION.DATA, body: dataSection(new Uint8Array(exports.memory.buffer)) };
  return moduleOf([...prepared.filter((section) => !isCustom(section)), data]);
}

const globalName = (index: number): string => `\0global ${index}`;

function withGlobalsExported(sections: Section[], globals: number): Uint8Array {
  return moduleOf(
    sections.map(({ id, body }) => {
      if (id !== SECTION.EXPORT) return { id, body };
      const [count, start] = readLeb(body, 0);
      const added = Array.from({ length: globals }, (_, i) => {
        const name = new TextEncoder().encode(globalName(i));
        return [...leb(name.length), ...name, KIND_GLOBAL, ...leb(i)];
      });
      return { id, body: Uint8Array.from([...leb(count + globals), ...body.subarray(start), ...added.flat()]) };
    }),
  );
}

/** All exports but those that are `done`. */
function exportSection(body: Uint8Array, done: readonly string[]): Uint8Array {
  const entries = new Map<string, Uint8Array>();
  let [left, at] = readLeb(body, 0);
  for (; left > 0; left--) {
    const [length, start] = readLeb(body, at);
    const [, end] = readLeb(body, start + length + 1);
    entries.set(new TextDecoder().decode(body.subarray(start, start + length)), body.subarray(at, end));
    at = end;
  }
  for (const name of done)
    if (!entries.delete(name)) throw new AotError('AOT_MODULE', `export ${name}: found 0 times, wanted once`);
  return Uint8Array.from([...leb(entries.size), ...[...entries.values()].flatMap((entry) => [...entry])]);
}

function instanceOf(module: Uint8Array): Exports {
  const { Instance } = WebAssembly as unknown as { Instance: new (m: WebAssembly.Module) => { exports: unknown } };
  return new Instance(new WebAssembly.Module(new Uint8Array(module))).exports as Exports;
}

function globalsOf(body: Uint8Array): Global[] {
  const globals: Global[] = [];
  let [left, at] = readLeb(body, 0);
  for (; left > 0; left--) {
    const [type, isMutable, opcode] = body.subarray(at, at + 3);
    if (!TYPES[type] || opcode !== CONSTANT[TYPES[type]])
      throw new AotError(
        'AOT_MODULE',
        `global ${globals.length}: got type ${type} by opcode ${opcode}, wanted a constant number`,
      );
    at += 3;
    if (TYPES[type] === 'f32') at += 4;
    else if (TYPES[type] === 'f64') at += 8;
    else while (body[at++] & 0x80);
    if (body[at++] !== END)
      throw new AotError('AOT_MODULE', `global ${globals.length}: got a computed value, wanted a constant`);
    globals.push({ type, isMutable });
  }
  return globals;
}

function globalSection(globals: Global[], values: (number | bigint)[]): Uint8Array {
  const entries = globals.map(({ type, isMutable }, i) => {
    const name = TYPES[type];
    const value = values[i];
    const bytes =
      name === 'f32'
        ? new Uint8Array(Float32Array.of(Number(value)).buffer)
        : name === 'f64'
          ? new Uint8Array(Float64Array.of(Number(value)).buffer)
          : signedLeb(BigInt(value));
    return [type, isMutable, CONSTANT[name], ...bytes, END];
  });
  return Uint8Array.from([...leb(globals.length), ...entries.flat()]);
}

/** What is not zero, in segments. */
function dataSection(memory: Uint8Array): Uint8Array {
  const segments: number[][] = [];
  for (let at = memory.findIndex((byte) => byte !== 0); at >= 0 && at < memory.length; ) {
    let end = at;
    let next = at;
    while (next < memory.length && next - end <= LEAST_GAP) if (memory[next++] !== 0) end = next;
    segments.push([0, CONSTANT.i32, ...signedLeb(BigInt(at)), END, ...leb(end - at), ...memory.subarray(at, end)]);
    const rest = memory.subarray(end).findIndex((byte) => byte !== 0);
    at = rest < 0 ? memory.length : end + rest;
  }
  return Uint8Array.from([...leb(segments.length), ...segments.flat()]);
}

function sectionsOf(module: Uint8Array): Section[] {
  const sections: Section[] = [];
  for (let at = 8; at < module.length; ) {
    const id = module[at];
    const [length, start] = readLeb(module, at + 1);
    sections.push({ id, body: module.subarray(start, start + length) });
    at = start + length;
  }
  return sections;
}

function moduleOf(sections: Section[]): Uint8Array {
  const header = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
  return Uint8Array.from([...header, ...sections.flatMap(({ id, body }) => [id, ...leb(body.length), ...body])]);
}

function readLeb(bytes: Uint8Array, at: number): [value: number, next: number] {
  let value = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[at++];
    value += (byte & 0x7f) * 2 ** shift;
    if ((byte & 0x80) === 0) return [value, at];
  }
}

function leb(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...leb(value >>> 7)];
}

function signedLeb(value: bigint): number[] {
  const byte = Number(value & 0x7fn);
  const rest = value >> 7n;
  const isLast = (rest === 0n && (byte & 0x40) === 0) || (rest === -1n && (byte & 0x40) !== 0);
  return isLast ? [byte] : [byte | 0x80, ...signedLeb(rest)];
}
