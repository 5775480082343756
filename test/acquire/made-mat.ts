/** Small MATLAB level 5 files, byte by byte, in either byte order, plain or compressed. */
import { deflateSync } from 'node:zlib';

/** Number types of the format. */
export const TYPES = {
  int8: { id: 1, bytes: 1 },
  uint8: { id: 2, bytes: 1 },
  int16: { id: 3, bytes: 2 },
  uint16: { id: 4, bytes: 2 },
  int32: { id: 5, bytes: 4 },
  uint32: { id: 6, bytes: 4 },
  single: { id: 7, bytes: 4 },
  double: { id: 9, bytes: 8 },
  int64: { id: 12, bytes: 8 },
  uint64: { id: 13, bytes: 8 },
};
export type NumberType = keyof typeof TYPES;

export type Variable =
  | { name: string; rows: number; columns: number; values: number[]; type?: NumberType; isComplex?: boolean }
  | { name: string; text: string }
  | { name: string; fields: Variable[] };

export interface MatSpec {
  variables: Variable[];
  isBigEndian?: boolean;
  isCompressed?: boolean;
  version?: number;
}

const MATRIX = 14;
const CLASSES = { struct: 2, char: 4, double: 6 };

export function matFile({ variables, isBigEndian = false, isCompressed = false, version = 0x0100 }: MatSpec): Buffer {
  const u32 = (value: number): Buffer => {
    const bytes = Buffer.alloc(4);
    isBigEndian ? bytes.writeUInt32BE(value) : bytes.writeUInt32LE(value);
    return bytes;
  };
  const element = (type: number, data: Buffer): Buffer => {
    // up to 4 bytes go into the tag itself
    if (data.length > 0 && data.length <= 4 && type !== MATRIX)
      return Buffer.concat([u32((data.length << 16) | type), data, Buffer.alloc(4 - data.length)]);
    return Buffer.concat([u32(type), u32(data.length), data, Buffer.alloc((8 - (data.length % 8)) % 8)]);
  };
  const numbers = (type: NumberType, values: number[]): Buffer => {
    const { bytes } = TYPES[type];
    const view = new DataView(new ArrayBuffer(bytes * values.length));
    for (const [index, value] of values.entries()) {
      const at = index * bytes;
      const little = !isBigEndian;
      if (type === 'double') view.setFloat64(at, value, little);
      else if (type === 'single') view.setFloat32(at, value, little);
      else if (bytes === 8) view.setBigInt64(at, BigInt(value), little);
      else if (bytes === 4) view.setInt32(at, value, little);
      else if (bytes === 2) view.setInt16(at, value, little);
      else view.setInt8(at, value);
    }
    return Buffer.from(view.buffer);
  };
  const matrix = (variable: Variable, name = variable.name): Buffer => {
    const isStruct = 'fields' in variable;
    const isText = 'text' in variable;
    const arrayClass = isStruct ? CLASSES.struct : isText ? CLASSES.char : CLASSES.double;
    const [rows, columns] = isStruct ? [1, 1] : isText ? [1, variable.text.length] : [variable.rows, variable.columns];
    const isComplex = 'isComplex' in variable && variable.isComplex;
    const parts = [
      element(6, Buffer.concat([u32(arrayClass | (isComplex ? 0x0800 : 0)), u32(0)])),
      element(5, Buffer.concat([u32(rows), u32(columns)])),
      element(1, Buffer.from(name, 'latin1')),
    ];
    if (isStruct) {
      const names = Buffer.alloc(32 * variable.fields.length);
      for (const [index, field] of variable.fields.entries()) names.write(field.name, 32 * index, 'latin1');
      parts.push(element(5, u32(32)), element(1, names));
      for (const field of variable.fields) parts.push(matrix(field, ''));
    } else if (isText) {
      parts.push(
        element(
          4,
          numbers(
            'uint16',
            [...variable.text].map((letter) => letter.charCodeAt(0)),
          ),
        ),
      );
    } else {
      const type = variable.type ?? 'double';
      parts.push(element(TYPES[type].id, numbers(type, variable.values)));
      if (isComplex) parts.push(element(TYPES[type].id, numbers(type, variable.values)));
    }
    return element(MATRIX, Buffer.concat(parts));
  };

  const header = Buffer.alloc(128, ' ');
  header.write('MATLAB 5.0 MAT-file, made by a test', 'latin1');
  header.fill(0, 116, 124);
  isBigEndian ? header.writeUInt16BE(version, 124) : header.writeUInt16LE(version, 124);
  header.write(isBigEndian ? 'MI' : 'IM', 126, 'latin1');
  const body = variables.map((variable) => {
    const plain = matrix(variable);
    if (!isCompressed) return plain;
    const data = deflateSync(plain);
    return Buffer.concat([u32(15), u32(data.length), data]);
  });
  return Buffer.concat([header, ...body]);
}
