/** Small WAV files, byte by byte. */

export interface WavSpec {
  /** 1 PCM, 3 float; anything else for refusals. */
  format: number;
  bits: number;
  channelCount: number;
  sampleRateHz: number;
  /** Interleaved sample bytes. */
  data: Uint8Array;
  isExtensible?: boolean;
  /** Chunks between 'fmt ' and 'data'. */
  before?: [string, Uint8Array][];
  /** Chunks after 'data'. */
  after?: [string, Uint8Array][];
  /** What the data chunk says its size is. */
  saidBytes?: number;
  /** What the outer chunk says its size is. */
  saidRiffBytes?: number;
}

function chunk(id: string, data: Uint8Array, saidBytes = data.length): Buffer {
  const head = Buffer.alloc(8);
  head.write(id, 'latin1');
  head.writeUInt32LE(saidBytes, 4);
  return Buffer.concat([head, data, Buffer.alloc(data.length % 2)]);
}

export function wavFile(spec: WavSpec): Buffer {
  const scanBytes = (spec.channelCount * spec.bits) / 8;
  const format = Buffer.alloc(spec.isExtensible ? 40 : 16);
  format.writeUInt16LE(spec.isExtensible ? 0xfffe : spec.format, 0);
  format.writeUInt16LE(spec.channelCount, 2);
  format.writeUInt32LE(spec.sampleRateHz, 4);
  format.writeUInt32LE(spec.sampleRateHz * scanBytes, 8);
  format.writeUInt16LE(scanBytes, 12);
  format.writeUInt16LE(spec.bits, 14);
  if (spec.isExtensible) {
    format.writeUInt16LE(22, 16);
    format.writeUInt16LE(spec.bits, 18);
    format.writeUInt16LE(spec.format, 24);
    Buffer.from('000000001000800000aa00389b71', 'hex').copy(format, 26);
  }
  const body = Buffer.concat([
    Buffer.from('WAVE', 'latin1'),
    chunk('fmt ', format),
    ...(spec.before ?? []).map(([id, data]) => chunk(id, data)),
    chunk('data', spec.data, spec.saidBytes),
    ...(spec.after ?? []).map(([id, data]) => chunk(id, data)),
  ]);
  return chunk('RIFF', body, spec.saidRiffBytes).subarray(0, 8 + body.length);
}
