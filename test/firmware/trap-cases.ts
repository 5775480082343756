/** What is asked of each operation: within the memory, at its very edges, beyond them, and where 32 bits wrap around. */
import { OPERATIONS } from './trap-module.ts';

export interface Case {
  /** Index of OPERATIONS. */
  operation: number;
  a: number;
  b: number;
  c: number;
}

const PAGE = 65_536;
const LARGEST = 0xffff_ffff;
const VALUE = 0x9e37_79b9;

/** Addresses of an access of `bytes` with a constant `offset`. In bounds they are aligned, as AssemblyScript's are. */
function addresses(bytes: number, offset: number): number[] {
  const edge = PAGE - bytes - offset;
  const wrapping = 2 ** 32 - offset; // with the offset, 0 in 32 bits
  const wanted = [0, bytes, 64, edge - bytes, edge, edge + 1, edge + bytes, PAGE - offset, PAGE, PAGE + bytes];
  wanted.push(
    wrapping,
    wrapping + bytes,
    wrapping + PAGE - bytes,
    0x7fff_fff8,
    0x8000_0000,
    LARGEST - bytes + 1,
    LARGEST,
  );
  return [...new Set(wanted)].filter((address) => {
    const sum = address + offset;
    const isInBounds = sum + bytes <= PAGE;
    return address >= 0 && address <= LARGEST && (!isInBounds || sum % bytes === 0);
  });
}

const EDGES = [0, 1, 100, 32_768, PAGE - 1, PAGE, PAGE + 1, 0x7fff_ffff, 0x8000_0000, LARGEST - PAGE, LARGEST];

const floatBits = (value: number): number => new Uint32Array(Float32Array.of(value).buffer)[0];
function doubleBits(value: number): [number, number] {
  const [low, high] = new Uint32Array(Float64Array.of(value).buffer);
  return [high, low];
}

/** Around what each integer type holds, and what no integer is. */
const REALS = [
  0,
  -0,
  0.99,
  -0.99,
  -1,
  1.5,
  2 ** 31 - 1,
  2 ** 31,
  -(2 ** 31),
  -(2 ** 31) - 1,
  2 ** 32 - 1,
  2 ** 32,
].concat([2 ** 63, -(2 ** 63), 2 ** 64, 2 ** 63 - 1024, 2 ** 64 - 2048, 1e30, -1e30, Infinity, -Infinity, Number.NaN]);
const INTEGERS = [0, 1, 2, 7, 0x7fff_ffff, 0x8000_0000, LARGEST];

function casesOf(operation: number): Case[] {
  const { name, access } = OPERATIONS[operation];
  const all = (...lists: number[][]): Case[] =>
    lists
      .reduce<number[][]>((rows, list) => rows.flatMap((row) => list.map((value) => [...row, value])), [[]])
      .map(([a, b = 0, c = 0]) => ({ operation, a, b, c }));
  if (access) return all(addresses(access.bytes, access.offset), [VALUE]);
  if (name === 'memory.copy' || name === 'memory.fill') return all(EDGES, EDGES, EDGES);
  if (name.includes('_f32_')) return all(REALS.map(floatBits));
  if (name.includes('_f64_')) return REALS.map(doubleBits).map(([a, b]) => ({ operation, a, b, c: 0 }));
  if (name.startsWith('i32.')) return all(INTEGERS, INTEGERS);
  if (name.startsWith('i64.')) return all(INTEGERS, INTEGERS, INTEGERS);
  return all([0]);
}

export const CASES: readonly Case[] = OPERATIONS.flatMap((_, operation) => casesOf(operation));
