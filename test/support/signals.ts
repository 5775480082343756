/** A small machine as text and as WAV, for tests that need a file which is sound before they spoil it. */
import { wavFile } from '../acquire/made-wav.ts';

export const RATE_HZ = 2000;

/** A 25 Hz line in noise, between -1 and 1; the same on every call. */
export function machine(seconds = 12, rateHz = RATE_HZ): Float32Array {
  let state = 1;
  const noise = (): number => {
    let sum = 0;
    for (let i = 0; i < 4; i++) sum += (state = (state * 48271) % 2147483647) / 2147483647 - 0.5;
    return sum;
  };
  return Float32Array.from(
    { length: Math.round(seconds * rateHz) },
    (_, i) => 0.3 * Math.sin((2 * Math.PI * 25 * i) / rateHz) + 0.1 * noise(),
  );
}

/** One column with a header. `write` makes the text of a row. */
export function csvText(
  samples: Float32Array,
  write = (value: number, _row: number): string => value.toFixed(5),
): string {
  return `accel\n${Array.from(samples, write).join('\n')}\n`;
}

/** 16 bit mono; 1 is full scale, and what goes beyond is clipped as a converter does. */
export function wavBytes(samples: Float32Array, rateHz = RATE_HZ): Buffer {
  const data = Buffer.alloc(2 * samples.length);
  for (const [i, value] of samples.entries())
    data.writeInt16LE(Math.max(-32768, Math.min(32767, Math.round(value * 32768))), 2 * i);
  return wavFile({ format: 1, bits: 16, channelCount: 1, sampleRateHz: rateHz, data });
}
