/**
 * The numeric arrays in a MATLAB level 5 MAT-file (saved with -v6 or -v7): which there are and where their numbers
 * lie. Structs are opened one level deep. Arrays are never loaded here, only single numbers are.
 * Source: MathWorks, MAT-File Format (level 5).
 */
import { InputError } from '../errors.ts';
import type { InputFile } from './file.ts';
import { decodeNumber, type Encoding, encodingBytes } from './interleaved.ts';
import { type ByteCursor, FileCursor, InflatedCursor, type Region } from './mat-bytes.ts';

const MI_MATRIX = 14;
const MI_COMPRESSED = 15;
const CLASS_STRUCT = 2;
/** double, single, and the integers of 8 to 64 bits. */
const NUMERIC_CLASSES = { first: 6, last: 15 };
const FLAG_COMPLEX = 0x08;
const FLAG_LOGICAL = 0x02;
const HEADER_BYTES = 128;
const MAX_VARIABLES = 10_000;
const MAX_NAME_BYTES = 64 * 1024;

/** Number type of the format to how its numbers are stored. */
const STORED: Record<number, { le: Encoding; be: Encoding }> = {
  1: { le: 'int8', be: 'int8' },
  2: { le: 'uint8', be: 'uint8' },
  3: { le: 'int16le', be: 'int16be' },
  4: { le: 'uint16le', be: 'uint16be' },
  5: { le: 'int32le', be: 'int32be' },
  6: { le: 'uint32le', be: 'uint32be' },
  7: { le: 'float32le', be: 'float32be' },
  9: { le: 'float64le', be: 'float64be' },
  12: { le: 'int64le', be: 'int64be' },
  13: { le: 'uint64le', be: 'uint64be' },
};

export interface NumericArray {
  /** Name of the variable, or of the field. */
  name: string;
  /** Name of the struct that holds it, or ''. */
  struct: string;
  rows: number;
  columns: number;
  encoding: Encoding;
  region: Region;
  /** Of an array of one number. */
  value: number | null;
}

/**
 * @throws InputError `MAT_VERSION` (level 4, or 7.3 = HDF5) | `MAT_FORMAT` | `MAT_TRUNCATED` | `MAT_ZLIB`
 */
export async function readMatArrays(file: InputFile): Promise<NumericArray[]> {
  const isLittle = await readHeader(file);
  const arrays: NumericArray[] = [];
  let position = HEADER_BYTES;
  for (let count = 0; position < file.bytes; count++) {
    if (count === MAX_VARIABLES)
      throw new InputError('MAT_FORMAT', `${file.path}: holds more than ${MAX_VARIABLES} variables; nothing was read`);
    const cursor = new FileCursor(file, position);
    const walk = new Walk(file, cursor, isLittle, null);
    const tag = await walk.tag();
    if (tag.end > file.bytes)
      throw new InputError(
        'MAT_TRUNCATED',
        `${file.path}: the variable at byte ${position} ends at byte ${tag.end}, the file at ${file.bytes}: it is cut; nothing was read`,
      );
    if (tag.type === MI_COMPRESSED) {
      const zlib = { from: cursor.position, to: tag.end };
      const inflated = new InflatedCursor(file, zlib);
      try {
        const inner = new Walk(file, inflated, isLittle, zlib);
        await inner.matrix(await inner.tag(), '', arrays);
      } finally {
        await inflated.close();
      }
      position = tag.end; // compressed variables are not padded
    } else {
      await walk.matrix(tag, '', arrays);
      position = tag.next;
    }
  }
  return arrays;
}

/** @returns whether numbers are little-endian */
async function readHeader(file: InputFile): Promise<boolean> {
  const head = await file.read(0, HEADER_BYTES);
  const refuse = (code: string, text: string): InputError =>
    new InputError(code, `${file.path}: ${text}; nothing was read`);
  const wanted = 'wanted level 5: in MATLAB, load it and save it again with -v7';
  const isHdf =
    head.toString('latin1', 0, 8) === '\x89HDF\r\n\x1a\n' || head.toString('latin1', 0, 10) === 'MATLAB 7.3';
  if (isHdf) throw refuse('MAT_VERSION', `is a MAT-file of version 7.3 (HDF5), ${wanted}`);
  if (head.length >= 20 && isLevel4(head)) throw refuse('MAT_VERSION', `is a MAT-file of level 4, ${wanted}`);
  if (head.length < HEADER_BYTES)
    throw refuse('MAT_FORMAT', `the file is ${file.bytes} bytes, too short for a MAT-file header of ${HEADER_BYTES}`);
  const mark = head.toString('latin1', 126, 128);
  if (mark !== 'IM' && mark !== 'MI') throw refuse('MAT_FORMAT', 'is no MAT-file: it holds no byte order mark at 126');
  const version = mark === 'IM' ? head.readUInt16LE(124) : head.readUInt16BE(124);
  if (version === 0x0200) throw refuse('MAT_VERSION', `is a MAT-file of version 7.3 (HDF5), ${wanted}`);
  if (version !== 0x0100) throw refuse('MAT_VERSION', `is a MAT-file of version 0x${version.toString(16)}, ${wanted}`);
  return mark === 'IM';
}

/** Level 4 has no header text: it begins with small integers type, rows, columns, imaginary, length of the name. */
function isLevel4(head: Buffer): boolean {
  for (const read of [head.readUInt32LE.bind(head), head.readUInt32BE.bind(head)]) {
    const [type, imaginary, nameBytes] = [read(0), read(12), read(16)];
    if (type < 5000 && type % 10 <= 2 && imaginary <= 1 && nameBytes > 0 && nameBytes < 256) return true;
  }
  return false;
}

interface Tag {
  type: number;
  bytes: number;
  /** End of the data, and of the padding after it. */
  end: number;
  next: number;
}

/** Reads elements one after the other and notes the numeric arrays. */
class Walk {
  readonly #file: InputFile;
  readonly #cursor: ByteCursor;
  readonly #isLittle: boolean;
  readonly #zlib: Region['zlib'];

  constructor(file: InputFile, cursor: ByteCursor, isLittle: boolean, zlib: Region['zlib']) {
    this.#file = file;
    this.#cursor = cursor;
    this.#isLittle = isLittle;
    this.#zlib = zlib;
  }

  async tag(): Promise<Tag> {
    const start = this.#cursor.position;
    const first = this.#u32(await this.#cursor.read(4), 0);
    const small = first >>> 16;
    if (small > 0) {
      if (small > 4) throw this.#refuse(`a small element of ${small} bytes, wanted at most 4`);
      return { type: first & 0xffff, bytes: small, end: start + 4 + small, next: start + 8 };
    }
    const bytes = this.#u32(await this.#cursor.read(4), 0);
    const end = start + 8 + bytes;
    return { type: first, bytes, end, next: end + ((8 - (bytes % 8)) % 8) };
  }

  /** @param struct  name of the struct around it, or '' */
  async matrix(tag: Tag, struct: string, arrays: NumericArray[], fieldName?: string): Promise<void> {
    if (tag.type !== MI_MATRIX || tag.bytes === 0) return this.#cursor.skipTo(tag.end);
    const flags = await this.#small('array flags', 8);
    const flagsWord = this.#u32(flags, 0);
    const [arrayClass, flagBits] = [flagsWord & 0xff, (flagsWord >>> 8) & 0xff];
    const dimensionBytes = await this.#small('dimensions', 4096);
    const dimensions = Array.from({ length: dimensionBytes.length / 4 }, (_, index) =>
      this.#u32(dimensionBytes, 4 * index),
    );
    const name = fieldName ?? (await this.#small('name', MAX_NAME_BYTES)).toString('latin1');
    if (fieldName !== undefined) await this.#small('name', MAX_NAME_BYTES); // fields carry an empty one
    const isNumeric = arrayClass >= NUMERIC_CLASSES.first && arrayClass <= NUMERIC_CLASSES.last;
    if (arrayClass === CLASS_STRUCT && struct === '' && dimensions.every((size) => size === 1))
      await this.#fields(name, arrays);
    else if (isNumeric && dimensions.length === 2 && (flagBits & (FLAG_COMPLEX | FLAG_LOGICAL)) === 0)
      await this.#numbers(name, struct, dimensions, arrays);
    if (this.#zlib && struct === '') return; // no need to inflate what nobody reads
    await this.#cursor.skipTo(tag.end);
  }

  async #fields(struct: string, arrays: NumericArray[]): Promise<void> {
    const nameBytes = this.#u32(await this.#small('length of field names', 4), 0);
    const names = (await this.#small('field names', MAX_NAME_BYTES)).toString('latin1');
    if (nameBytes === 0) throw this.#refuse('field names of length 0');
    for (let from = 0; from < names.length; from += nameBytes) {
      const tag = await this.tag();
      await this.matrix(tag, struct, arrays, names.slice(from, from + nameBytes).replace(/\0.*$/s, ''));
      await this.#cursor.skipTo(tag.next);
    }
  }

  async #numbers(name: string, struct: string, [rows, columns]: number[], arrays: NumericArray[]): Promise<void> {
    const tag = await this.tag();
    const stored = STORED[tag.type];
    if (!stored) throw this.#refuse(`array '${name}' with numbers of unknown type ${tag.type}`);
    const encoding = this.#isLittle ? stored.le : stored.be;
    const wanted = rows * columns * encodingBytes(encoding);
    if (tag.bytes !== wanted)
      throw this.#refuse(
        `array '${name}' of ${rows} x ${columns} with ${tag.bytes} bytes of numbers, wanted ${wanted}`,
      );
    const from = this.#cursor.position;
    const region = { zlib: this.#zlib, from, to: from + tag.bytes };
    const value = rows * columns === 1 ? decodeNumber(await this.#cursor.read(tag.bytes), encoding) : null;
    arrays.push({ name, struct, rows, columns, encoding, region, value });
  }

  /** The data of a short element, with its padding passed. */
  async #small(what: string, mostBytes: number): Promise<Buffer> {
    const tag = await this.tag();
    if (tag.bytes > mostBytes) throw this.#refuse(`${what} of ${tag.bytes} bytes, wanted at most ${mostBytes}`);
    const data = await this.#cursor.read(tag.bytes);
    await this.#cursor.skipTo(tag.next);
    return data;
  }

  #u32(bytes: Buffer, at: number): number {
    if (bytes.length < at + 4) throw this.#refuse('an element that is too short');
    return this.#isLittle ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at);
  }

  #refuse(text: string): InputError {
    const where = this.#zlib
      ? `in the compressed variable at byte ${this.#zlib.from}`
      : `before byte ${this.#cursor.position}`;
    return new InputError('MAT_FORMAT', `${this.#file.path}: ${where} there is ${text}; nothing was read`);
  }
}
