/**
 * A baseline as a file: what was learned, of what, by which core, when and by whom. A CBOR sequence of a header, a map a
 * point and a SHA-256 over all before it, as docs/baseline.cddl says. The same baseline gives the same bytes.
 */
import { closeSync, fstatSync, readFileSync, readSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { LAYOUT_VERSION } from '../../core-wasm/memory.ts';
import { coreHash } from '../analyse/core.ts';
import { DamageError, InputError } from '../errors.ts';
import { openRegular } from '../file-kind.ts';
import { sameBytes, sha256 } from '../frame/chain.ts';
import { encodeMap } from '../frame/codec.ts';
import type { LearnedBaseline, LearnedPoint } from '../pipeline.ts';
import type { FrameValue } from '../types.ts';
import { decodeChecked, type Fields, pointFields, pointMap, pointOf } from './map.ts';

/** What every baseline file begins with: key 1 of the header. */
const MAGIC = 'spindle-baseline';
const VERSION = 1;
export const EXTENSION = '.baseline';
const MAX_BYTES = 64 * 1024 * 1024;

export interface BaselineFile {
  baseline: LearnedBaseline;
  /** UTC microseconds. */
  learnedUtcUs: number;
  /** As the person calls itself. */
  by: string;
  /** Why it would have been refused without force; empty for a steady one. */
  forced: string[];
}

const HEADER: Fields = {
  1: { name: 'magic', form: 'text' },
  2: { name: 'fileVersion', form: 'uint' },
  3: { name: 'layoutVersion', form: 'uint' },
  4: { name: 'coreHash', form: 'bytes' },
  5: { name: 'source', form: 'text' },
  6: { name: 'learnedUtcUs', form: 'uint' },
  7: { name: 'by', form: 'text' },
  8: { name: 'points', form: 'uint' },
  9: { name: 'forced', form: 'texts' },
};

/** @returns the bytes of a baseline file */
export function encodeBaseline({ baseline, learnedUtcUs, by, forced }: BaselineFile): Uint8Array {
  const header = new Map<number, FrameValue>([
    [1, MAGIC],
    [2, VERSION],
    [3, LAYOUT_VERSION],
    [4, coreHash()],
    [5, baseline.source],
    [6, learnedUtcUs],
    [7, by],
    [8, baseline.points.length],
    [9, forced],
  ]);
  const body = Buffer.concat([encodeMap(header), ...baseline.points.map((point) => encodeMap(pointMap(point)))]);
  return Buffer.concat([body, encodeMap(new Map([[1, sha256(body)]]))]);
}

/**
 * @param path names the file in errors
 * @throws InputError BASELINE_FILE for what is no baseline, or damaged; BASELINE_CORE for one of another core
 */
export function decodeBaseline(bytes: Uint8Array, path: string): BaselineFile {
  const refuse = (why: string, cause?: unknown): InputError =>
    new InputError('BASELINE_FILE', `${path}: ${why}; make a new one with spindle learn; nothing was analysed`, {
      cause,
    });
  if (!isBaseline(bytes)) throw refuse('is no baseline file');
  try {
    return decoded(bytes, path, refuse);
  } catch (cause) {
    if (!(cause instanceof DamageError)) throw cause;
    throw refuse(`is damaged (${cause.message})`, cause);
  }
}

function decoded(bytes: Uint8Array, path: string, refuse: (why: string) => InputError): BaselineFile {
  const items = decodeChecked(bytes);
  const body = items.slice(0, -1);
  const end = items.at(-1);
  const bodyLength = body.reduce((sum, item) => sum + item.length, 0);
  const digest = end && end.map.size === 1 ? end.map.get(1) : null;
  if (body.length === 0 || !(digest instanceof Uint8Array) || !sameBytes(digest, sha256(bytes.subarray(0, bodyLength))))
    throw refuse('is damaged or cut: its checksum does not hold');
  const header = body[0].fields(HEADER, 'header');
  if (header[2] !== VERSION) throw refuse(`is a baseline file of version ${header[2]}, wanted ${VERSION}`);
  refuseOtherCore(path, header[3] as number, header[4] as Uint8Array);
  if (header[8] !== body.length - 1 || body.length === 1)
    throw refuse(`is damaged: says that it holds ${header[8]} points, holds ${body.length - 1}`);
  const points = body
    .slice(1)
    .map((item, index): LearnedPoint => pointOf(item.fields(pointFields, `point ${index + 1}`)));
  return {
    baseline: { source: header[5] as string, points },
    learnedUtcUs: header[6] as number,
    by: header[7] as string,
    forced: header[9] as string[],
  };
}

/** What another core has learned are numbers that this one does not compute. */
function refuseOtherCore(path: string, layout: number, hash: Uint8Array): void {
  const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex').slice(0, 8);
  const own = coreHash();
  if (layout === LAYOUT_VERSION && sameBytes(hash, own)) return;
  throw new InputError(
    'BASELINE_CORE',
    `${path}: was learned by core ${hex(hash)} (layout ${layout}), wanted ${hex(own)} (layout ${LAYOUT_VERSION}): another ` +
      'core computes other numbers; learn anew with spindle learn, or use the Spindle that wrote it; nothing was analysed',
  );
}

/** Whether bytes begin as a baseline file does; of a map of up to 23 keys. */
function isBaseline(bytes: Uint8Array): boolean {
  const start = Buffer.concat([Uint8Array.of(0x01, 0x60 | MAGIC.length), Buffer.from(MAGIC)]);
  return bytes.length > start.length && bytes[0] >> 5 === 5 && sameBytes(bytes.subarray(1, 1 + start.length), start);
}

/** Whether a path is that of a baseline file, whatever it is called; false for what cannot be read. */
export function looksLikeBaseline(path: string): boolean {
  if (path.toLowerCase().endsWith(EXTENSION)) return true;
  let file: number | null = null;
  try {
    file = openRegular(path, (why) => new Error(why));
    const start = Buffer.alloc(32);
    return isBaseline(start.subarray(0, readSync(file, start)));
  } catch {
    return false; // whoever opens it as a trace says why it cannot be
  } finally {
    if (file !== null) closeSync(file);
  }
}

/** @throws InputError BASELINE_READ, BASELINE_FILE, BASELINE_CORE */
export function readBaseline(path: string): BaselineFile {
  const refuse = (why: string, cause?: unknown): InputError =>
    new InputError('BASELINE_READ', `${path}: ${why}; nothing was analysed`, { cause });
  const file = openRegular(path, refuse);
  try {
    const { size } = fstatSync(file);
    if (size > MAX_BYTES) throw refuse(`got ${size} bytes, wanted a baseline of at most ${MAX_BYTES}`);
    return decodeBaseline(readFileSync(file), path);
  } finally {
    closeSync(file);
  }
}

/** Whole or not at all: a crash leaves the old file or the new one. Whoever calls says what a failure means. */
export async function writeBaseline(path: string, file: BaselineFile): Promise<void> {
  const draft = `${path}.${process.pid}.part`;
  const bytes = encodeBaseline(file);
  try {
    const out = await open(draft, 'w');
    try {
      await out.writeFile(bytes);
      await out.sync();
    } finally {
      await out.close();
    }
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}
