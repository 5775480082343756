/** Small traces in the form of the library: a sidecar and the array beside it. */
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { gzipSync } from 'node:zlib';
import { freshPath } from './folder.ts';

export interface TraceSpec {
  encoding?: 'int16le' | 'float32le';
  /** Stored numbers, channel by channel. */
  stored: number[][];
  isGzip?: boolean;
  /** Overrides members of the sidecar; undefined removes one. */
  sidecar?: Record<string, unknown>;
  /** Changes the bytes of the data file after the hashes were taken. */
  damage?: (bytes: Buffer) => Buffer;
  /** Where to write the sidecar; a fresh place by default. */
  path?: string;
}

export function interleave(stored: number[][], encoding: 'int16le' | 'float32le'): Buffer {
  const bytes = encoding === 'int16le' ? 2 : 4;
  const data = Buffer.alloc(bytes * stored.length * stored[0].length);
  for (const [channel, values] of stored.entries())
    for (const [scan, value] of values.entries()) {
      const at = bytes * (scan * stored.length + channel);
      encoding === 'int16le' ? data.writeInt16LE(value, at) : data.writeFloatLE(value, at);
    }
  return data;
}

/** @returns the path of the sidecar */
export function traceFile(spec: TraceSpec): string {
  const { encoding = 'int16le', stored, isGzip = true, damage = (bytes) => bytes } = spec;
  const path = spec.path ?? freshPath('trace.json');
  const data = interleave(stored, encoding);
  const file = isGzip ? gzipSync(data) : data;
  const dataPath = path.replace(/json$/, isGzip ? 'bin.gz' : 'bin');
  const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
  const sidecar = {
    name: 'made/trace',
    file: basename(dataPath),
    encoding,
    layout: 'interleaved',
    compression: isGzip ? 'gzip' : 'none',
    samples: stored[0].length,
    channelCount: stored.length,
    channels: stored.map((_, index) => ({ name: 'xyzabcdefgh'[index], unit: 'g', scale: 1, offset: 0 })),
    sampleRateHz: 1000,
    sha256: sha256(data),
    ...(isGzip ? { sha256Gz: sha256(file) } : {}),
    ...spec.sidecar,
  };
  writeFileSync(path, JSON.stringify(sidecar));
  writeFileSync(dataPath, damage(file));
  return path;
}
