/**
 * What a node says (docs/wire.md), read from the body of a message. A body that is no message of this version gives
 * null: whoever reads counts it. Keys that are not known are passed over, so that a newer node can be heard.
 */
import { DamageError } from '../../errors.ts';
import { decodeMap } from '../../frame/codec.ts';
import type { FrameValue } from '../../types.ts';

export const WIRE_VERSION = 1;
export const MAX_AXES = 3;
/** Nominal rates above are no accelerometer's: 1 MHz. */
const MAX_RATE_MHZ = 1e9;

/** How a node packs samples. */
export const ENCODINGS = { int16: 0, packed20: 1 } as const;
export type WireEncoding = (typeof ENCODINGS)[keyof typeof ENCODINGS];

export interface Hello {
  type: 'hello';
  board: string;
  sensor: string;
  /** SHA-256, 32 bytes. */
  firmwareHash: Uint8Array;
  coreHash: Uint8Array;
  rangeMilliG: number;
  nominalRateMilliHz: number;
  axes: number;
  encoding: WireEncoding;
  /** 8 bytes; another at each start of the node. */
  boardId: Uint8Array;
  bootId: Uint8Array;
  /** Unit per count of each axis, in g. */
  scale: Float32Array;
  /** Commands are taken only from who knows its key. */
  hasKey: boolean;
  /** Of the last command that was authentic; 0 before the first. */
  counter: number;
  /** Null: the node was not calibrated. */
  calibration: Calibration | null;
  /** Scans taken so far, since the node started. */
  nextSample: number;
}

/** True acceleration = orientation * ((count * scale - offset) * gain). */
export interface Calibration {
  /** g, one an axis. */
  offset: Float32Array;
  gain: Float32Array;
  /** Three rows of three elements, each -1, 0 or 1. */
  orientation: readonly number[];
}

/** Scans that a node could not send, since it started. */
export interface NodeLosses {
  /** Times that the sensor's own FIFO ran over. */
  fifoOverruns: number;
  ringDropped: number;
  sendDropped: number;
}

export interface Block extends NodeLosses {
  type: 'block';
  sequence: number;
  /** Scans taken before the first of this block, since the node started. */
  firstSample: number;
  scans: number;
  samples: Uint8Array;
}

export interface Heartbeat extends NodeLosses {
  type: 'heartbeat';
  uptimeMs: number;
  /** Scans taken since the node started. */
  sampleCount: number;
  temperatureCentiK: number | null;
  supplyMilliV: number | null;
  resetCause: number;
  crcErrors: number;
  lastCommand: number;
  /** 0 stopped, 1 sampling, 2 self-test, 3 sensor fault. */
  state: number;
  /** What the last restart was for; what is wrong with the sensor. Empty: nothing is said. */
  restart: string;
  fault: string;
  /** By the node's own crystal. */
  measuredRateMilliHz: number | null;
  /** Of the block that comes next. */
  nextSequence: number;
}

export interface Answer {
  type: 'answer';
  sequence: number;
  status: number;
  text: string;
}

export type Message = Hello | Block | Heartbeat | Answer;

/** The body has another form than the wire of this version gives it. */
class Form extends Error {}

type Body = Map<number, FrameValue>;

function uint(body: Body, key: number, max = Number.MAX_SAFE_INTEGER): number {
  const value = body.get(key);
  if (typeof value !== 'number' || value > max) throw new Form(`key ${key}`);
  return value;
}

function optionalUint(body: Body, key: number): number | null {
  return body.has(key) ? uint(body, key) : null;
}

function text(body: Body, key: number): string {
  const value = body.get(key);
  if (typeof value !== 'string') throw new Form(`key ${key}`);
  return value;
}

function bytes(body: Body, key: number, length?: number): Uint8Array {
  const value = body.get(key);
  if (!(value instanceof Uint8Array) || (length !== undefined && value.length !== length)) throw new Form(`key ${key}`);
  return value;
}

/** Bytes of `scans` scans: pairs of 20-bit values take 5 bytes, and a last one without a partner 3. */
export function sampleBytes(encoding: WireEncoding, values: number): number {
  return encoding === ENCODINGS.int16 ? values * 2 : Math.ceil((values * 20) / 8);
}

function losses(body: Body, first: number): NodeLosses {
  return {
    fifoOverruns: uint(body, first),
    ringDropped: uint(body, first + 1),
    sendDropped: uint(body, first + 2),
  };
}

function hello(body: Body): Hello {
  const axes = uint(body, 9, MAX_AXES);
  const encoding = uint(body, 10, 1) as WireEncoding;
  const scale = floats(body, 13, axes);
  const nominalRateMilliHz = uint(body, 8, MAX_RATE_MHZ);
  if (axes === 0 || nominalRateMilliHz === 0) throw new Form('key 8 or 9');
  if (scale.includes(0)) throw new Form('key 13');
  return {
    type: 'hello',
    board: text(body, 3),
    sensor: text(body, 4),
    firmwareHash: bytes(body, 5, 32),
    coreHash: bytes(body, 6, 32),
    rangeMilliG: uint(body, 7),
    nominalRateMilliHz,
    axes,
    encoding,
    boardId: bytes(body, 11, 8),
    bootId: bytes(body, 12, 8),
    scale,
    hasKey: uint(body, 14, 1) === 1,
    counter: optionalUint(body, 15) ?? 0,
    calibration: calibration(body, axes),
    nextSample: uint(body, 19),
  };
}

function floats(body: Body, key: number, length: number): Float32Array {
  const value = body.get(key);
  if (!(value instanceof Float32Array) || value.length !== length || value.some((x) => !Number.isFinite(x)))
    throw new Form(`key ${key}`);
  return value;
}

function calibration(body: Body, axes: number): Calibration | null {
  if (!body.has(16)) return null;
  const coded = body.get(18);
  if (!Array.isArray(coded) || coded.length !== 9) throw new Form('key 18');
  const orientation = coded.map((element) => {
    if (element !== 0 && element !== 1 && element !== 2) throw new Form('key 18');
    return element - 1;
  });
  return { offset: floats(body, 16, axes), gain: floats(body, 17, axes), orientation };
}

function block(body: Body): Block {
  const scans = uint(body, 5, 1024);
  if (scans === 0) throw new Form('key 5');
  return {
    type: 'block',
    sequence: uint(body, 3, 0xffffffff),
    firstSample: uint(body, 4),
    scans,
    samples: bytes(body, 6),
    ...losses(body, 7),
  };
}

function heartbeat(body: Body): Heartbeat {
  return {
    type: 'heartbeat',
    uptimeMs: uint(body, 3),
    sampleCount: uint(body, 4),
    ...losses(body, 5),
    temperatureCentiK: optionalUint(body, 8),
    supplyMilliV: optionalUint(body, 9),
    resetCause: uint(body, 10),
    crcErrors: uint(body, 11),
    lastCommand: uint(body, 12, 0xffffffff),
    state: uint(body, 13),
    restart: body.has(14) ? text(body, 14) : '',
    fault: body.has(15) ? text(body, 15) : '',
    measuredRateMilliHz: optionalUint(body, 16),
    nextSequence: uint(body, 17, 0xffffffff),
  };
}

function answer(body: Body): Answer {
  return { type: 'answer', sequence: uint(body, 3, 0xffffffff), status: uint(body, 4), text: text(body, 5) };
}

const READERS: Partial<Record<number, (body: Body) => Message>> = { 1: hello, 2: block, 3: heartbeat, 4: answer };

/** @returns null for what is no message from a node, or of another version */
export function readMessage(body: Uint8Array): Message | null {
  try {
    const map = decodeMap(body);
    const read = READERS[uint(map, 1)];
    return uint(map, 2) === WIRE_VERSION ? (read?.(map) ?? null) : null;
  } catch (error) {
    if (error instanceof Form || error instanceof DamageError) return null;
    throw error;
  }
}
