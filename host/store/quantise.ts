/**
 * Finds out whether float samples are int16 counts times one scale, as they are when an int16 sensor was read, and
 * gives the counts. Exact or not at all: each sample must come back bit for bit.
 */

const MAX_COUNT = 32767;
/** The smallest sample seen may be this many counts. */
const MAX_DIVISOR = 8;

/** @returns whether every sample is f32(count * scale) for a count of int16; -0 and NaN are not */
function isExact(samples: Float32Array, scale: number): boolean {
  if (!(scale > 0)) return false;
  for (let i = 0; i < samples.length; i++) {
    const sample = samples[i];
    const count = Math.round(sample / scale);
    // count is -0 for a sample of -0, and int16 has no -0
    if (!(Math.abs(count) <= MAX_COUNT) || !Object.is(Math.fround(count * scale), sample)) return false;
    if (Object.is(count, -0)) return false;
  }
  return true;
}

/** float32 values next to `value`, both ways. */
function neighbours(value: number): number[] {
  const words = new Uint32Array(Float32Array.of(value).buffer);
  return [0, 1, -1, 2, -2].map((step) => new Float32Array(Uint32Array.of(words[0] + step).buffer)[0]);
}

/**
 * @param hint scale of the block before
 * @returns a float32 scale that gives every sample back exactly, or null
 */
export function findScale(samples: Float32Array, hint: number): number | null {
  if (isExact(samples, hint)) return hint;
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < samples.length; i++) {
    const size = Math.abs(samples[i]);
    if (size > 0 && size < least) least = size;
  }
  if (!Number.isFinite(least)) return null;
  for (let divisor = 1; divisor <= MAX_DIVISOR; divisor++)
    for (const scale of divisor === 1 ? [least] : neighbours(least / divisor))
      if (isExact(samples, scale)) return scale;
  return null;
}

/** @param scale from `findScale` */
export function toInt16(samples: Float32Array, scale: number): Int16Array {
  return Int16Array.from(samples, (sample) => Math.round(sample / scale));
}
