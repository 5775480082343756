/**
 * The one place that imports cbor-x, under one pinned option set, and only behind the checks of profile.ts.
 * cbor-x sorts nothing, writes a Number above 32 bits as a float and every BigInt in 9 bytes, so values are brought
 * into shape before it and out of it after. A re-encoding that differs from the bytes is damage.
 */
import { Encoder } from 'cbor-x';
import { DamageError, SpindleError } from '../errors.ts';
import type { FrameValue } from '../types.ts';
import { itemEnd, MAX_DEPTH, MAX_FRAME_BYTES } from './profile.ts';

const cbor = new Encoder({
  useRecords: false,
  mapsAsObjects: false,
  variableMapSize: true,
  tagUint8Array: false,
});

/** The caller built something that no frame may hold: a defect, not bad input. */
export class FrameValueError extends SpindleError {
  constructor(what: string, where: string) {
    super('FRAME_VALUE', `frame ${where}: ${what}; nothing was written`);
  }
}

/**
 * An unsigned integer in the form that cbor-x writes in the fewest bytes.
 *
 * @throws FrameValueError outside 0..2^64-1, for fractions, and for Numbers above 2^53 (their last digits are lost)
 */
export function uint(value: number | bigint, where = 'value'): number | bigint {
  if (typeof value === 'number' ? !Number.isSafeInteger(value) : value > 0xffffffffffffffffn)
    throw new FrameValueError(`${value} is no unsigned integer of 64 bits`, where);
  if (value < 0) throw new FrameValueError(`${value} is negative`, where);
  return value <= 0xffffffff ? Number(value) : BigInt(value);
}

/** cbor-x knows more types than frames have; `unknown` inside, checked by `shape`. */
function shape(value: FrameValue, where: string, depth: number): unknown {
  if (depth > MAX_DEPTH) throw new FrameValueError(`nested deeper than ${MAX_DEPTH}`, where);
  switch (typeof value) {
    case 'number':
    case 'bigint':
      return uint(value, where);
    case 'boolean':
      return value;
    case 'string':
      if (!value.isWellFormed()) throw new FrameValueError('text with half a surrogate pair', where);
      return value;
  }
  if (value instanceof Float32Array || value instanceof Int16Array) return value;
  // a Buffer is a Uint8Array too; cbor-x writes both alike
  if (value instanceof Uint8Array) return value;
  if (Array.isArray(value)) return value.map((item, i) => shape(item, `${where}[${i}]`, depth + 1));
  if (value instanceof Map) return shapeMap(value, where, depth);
  throw new FrameValueError(`${value === null ? 'null' : typeof value} is no frame value`, where);
}

function shapeMap(map: Map<number, FrameValue>, where: string, depth: number): Map<number, unknown> {
  const keys = [...map.keys()].sort((a, b) => a - b);
  const sorted = new Map<number, unknown>();
  for (const key of keys) {
    if (!Number.isInteger(key) || key < 0 || key > 0xffffffff) throw new FrameValueError(`map key ${key}`, where);
    sorted.set(key, shape(map.get(key)!, `${where}.${key}`, depth + 1));
  }
  return sorted;
}

/**
 * The bytes of one map: deterministic, keys ascending.
 *
 * @throws FrameValueError FRAME_VALUE for what the profile has no form for, or more than MAX_FRAME_BYTES
 */
export function encodeMap(map: Map<number, FrameValue>): Uint8Array {
  const bytes = cbor.encode(shapeMap(map, 'map', 0)) as Uint8Array;
  if (bytes.length > MAX_FRAME_BYTES)
    throw new FrameValueError(`${bytes.length} bytes, wanted at most ${MAX_FRAME_BYTES}`, 'map');
  return bytes;
}

function plain(value: unknown): FrameValue {
  if (typeof value === 'bigint') return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value;
  if (Array.isArray(value)) return value.map(plain);
  if (value instanceof Map) {
    for (const [key, item] of value) value.set(key, plain(item));
    return value as Map<number, FrameValue>;
  }
  // what cbor-x hands out is a view into its input: a copy of plain bytes can be kept
  if (value instanceof Uint8Array) return Uint8Array.from(value);
  return value as FrameValue;
}

/**
 * One map from exactly these bytes.
 *
 * @throws DamageError FRAME_CBOR for anything that `encodeMap` would not have written
 */
export function decodeMap(bytes: Uint8Array): Map<number, FrameValue> {
  if (bytes.length > MAX_FRAME_BYTES) throw damage(`${bytes.length} bytes, wanted at most ${MAX_FRAME_BYTES}`);
  const end = itemEnd(bytes, 0);
  if (end === null) throw damage(`ends after ${bytes.length} bytes in the middle of an item`);
  if (end !== bytes.length) throw damage(`${bytes.length - end} bytes too many`);
  if (bytes[0] >> 5 !== 5) throw damage('wanted a map');
  let value: unknown;
  try {
    value = cbor.decode(bytes);
  } catch (cause) {
    throw new DamageError('FRAME_CBOR', 'frame: the decoder refuses the bytes; the frame is not used', { cause });
  }
  const map = plain(value) as Map<number, FrameValue>;
  const again = encodeMap(map);
  if (Buffer.compare(again, bytes) !== 0) throw damage('encoding it again gives other bytes');
  return map;
}

function damage(what: string): DamageError {
  return new DamageError('FRAME_CBOR', `frame: ${what}; the frame is not used`);
}
