/**
 * The header of a RIFF/WAVE file: which encoding, how many channels, where the samples lie. Also takes RF64 (sizes
 * beyond 4 GiB) and files whose writer never came back to fill in the sizes.
 * Source: Microsoft Multimedia Programming Interface 1.0 (RIFF), WAVE_FORMAT_EXTENSIBLE, EBU Tech 3306 (RF64).
 */
import { InputError } from '../errors.ts';
import type { InputFile } from './file.ts';
import { type Encoding, encodingBytes } from './interleaved.ts';

const PCM = 1;
const FLOAT = 3;
const EXTENSIBLE = 0xfffe;
const UNKNOWN_SIZE = 0xffff_ffff;
const MAX_CHUNKS = 1000;

const FORMAT_NAMES: Record<number, string> = {
  2: 'Microsoft ADPCM',
  6: 'A-law',
  7: 'mu-law',
  17: 'IMA ADPCM',
  85: 'MP3',
};
const ENCODINGS: Record<string, Encoding> = {
  '1/8': 'uint8',
  '1/16': 'int16le',
  '1/24': 'int24le',
  '1/32': 'int32le',
  '3/32': 'float32le',
  '3/64': 'float64le',
};

export interface WavHeader {
  encoding: Encoding;
  isFloat: boolean;
  bits: number;
  channelCount: number;
  sampleRateHz: number;
  /** The samples are the bytes [dataStart, dataEnd) of the file, whole scans only. */
  dataStart: number;
  dataEnd: number;
  notes: string[];
}

/**
 * @throws InputError `WAV_FORMAT` (no WAV, or broken structure) | `WAV_ENCODING` | `WAV_EMPTY` | `WAV_TRUNCATED`
 */
export async function readWavHeader(file: InputFile): Promise<WavHeader> {
  const refuse = (code: string, text: string): InputError =>
    new InputError(code, `${file.path}: ${text}; nothing was read`);
  const riff = await file.read(0, 12);
  if (riff.length < 12) throw refuse('WAV_FORMAT', `the file is ${file.bytes} bytes, too short for a WAV header`);
  const id = riff.toString('latin1', 0, 4);
  if (id === 'RIFX') throw refuse('WAV_FORMAT', 'is a big-endian WAV (RIFX), wanted RIFF; convert it');
  if ((id !== 'RIFF' && id !== 'RF64') || riff.toString('latin1', 8, 12) !== 'WAVE')
    throw refuse('WAV_FORMAT', `is no WAV: begins with ${riff.toString('hex')}, wanted 'RIFF....WAVE'`);

  let format: Buffer | null = null;
  let longDataBytes: number | null = null;
  let position = 12;
  for (let count = 0; count < MAX_CHUNKS; count++) {
    const head = await file.read(position, 8);
    if (head.length < 8) break;
    const name = head.toString('latin1', 0, 4);
    const size = head.readUInt32LE(4);
    const start = position + 8;
    if (name === 'ds64') {
      const sizes = await file.read(start, 16);
      if (sizes.length === 16) longDataBytes = Number(sizes.readBigUInt64LE(8));
    } else if (name === 'fmt ') {
      format = await file.read(start, Math.min(size, 40));
    } else if (name === 'data') {
      if (!format) throw refuse('WAV_FORMAT', `the data chunk at byte ${position} comes before any 'fmt ' chunk`);
      const isUnknown = size === UNKNOWN_SIZE && longDataBytes === null;
      const said = size === UNKNOWN_SIZE ? longDataBytes : size;
      // size 0 is a header that was never finished, unless the outer size was
      const isFinished = riff.readUInt32LE(4) + 8 === file.bytes;
      if (said === 0 && isFinished) throw refuse('WAV_EMPTY', 'holds 0 samples');
      return laidOut(parseFormat(format, refuse), start, isUnknown || said === 0 ? null : said, file.bytes, refuse);
    }
    position = start + size + (size % 2); // chunks are padded to even length
  }
  throw refuse('WAV_FORMAT', `holds no data chunk up to byte ${Math.min(position, file.bytes)}`);
}

type Refuse = (code: string, text: string) => InputError;
type Format = Pick<WavHeader, 'encoding' | 'isFloat' | 'bits' | 'channelCount' | 'sampleRateHz'>;

function parseFormat(chunk: Buffer, refuse: Refuse): Format {
  if (chunk.length < 16) throw refuse('WAV_FORMAT', `the 'fmt ' chunk is ${chunk.length} bytes, wanted 16 or more`);
  let tag = chunk.readUInt16LE(0);
  if (tag === EXTENSIBLE) {
    if (chunk.length < 40)
      throw refuse('WAV_FORMAT', `the extensible 'fmt ' chunk is ${chunk.length} bytes, wanted 40`);
    tag = chunk.readUInt16LE(24); // the GUID begins with the plain format number
  }
  const channelCount = chunk.readUInt16LE(2);
  const sampleRateHz = chunk.readUInt32LE(4);
  const scanBytes = chunk.readUInt16LE(12);
  const bits = chunk.readUInt16LE(14);
  const encoding = ENCODINGS[`${tag}/${bits}`];
  if (!encoding) {
    const got =
      tag === PCM || tag === FLOAT
        ? `${bits} bit ${tag === PCM ? 'PCM' : 'float'}`
        : (FORMAT_NAMES[tag] ?? `format ${tag}`);
    throw refuse('WAV_ENCODING', `is encoded as ${got}, wanted PCM of 8, 16, 24, 32 bits or float of 32, 64`);
  }
  if (channelCount === 0) throw refuse('WAV_FORMAT', 'says it has 0 channels');
  if (scanBytes !== channelCount * encodingBytes(encoding))
    throw refuse(
      'WAV_FORMAT',
      `says a scan has ${scanBytes} bytes, but ${channelCount} channels of ${bits} bits have ${channelCount * encodingBytes(encoding)}`,
    );
  return { encoding, isFloat: tag === FLOAT, bits, channelCount, sampleRateHz };
}

function laidOut(format: Format, start: number, said: number | null, fileBytes: number, refuse: Refuse): WavHeader {
  const there = fileBytes - start;
  const notes: string[] = [];
  const scanBytes = format.channelCount * encodingBytes(format.encoding);
  if (there <= 0) throw refuse('WAV_EMPTY', 'holds 0 samples');
  if (said !== null && said > there)
    throw refuse('WAV_TRUNCATED', `is cut: the header says ${said} bytes of samples, the file holds ${there}`);
  const bytes = said ?? there;
  const rest = bytes % scanBytes;
  if (said !== null && rest !== 0)
    throw refuse('WAV_TRUNCATED', `says ${said} bytes of samples, which are no whole scans of ${scanBytes} bytes`);
  if (bytes - rest === 0) throw refuse('WAV_EMPTY', 'holds no whole scan');
  if (said === null) {
    const cut = rest ? `; its last ${rest} bytes are no whole scan and are left out` : '';
    notes.push(`the header holds no length (a recording that was not finished): read to the end of the file${cut}`);
  }
  return { ...format, dataStart: start, dataEnd: start + bytes - rest, notes };
}
