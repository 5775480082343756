/**
 * Samples of a block as one Float32Array an axis, in g: sample = f32(f32(count) * scale), and where the node was
 * calibrated f32(f32(sample - offset) * gain), turned by its orientation. Every reader that follows this has the same bits.
 */
import { type Block, type Calibration, ENCODINGS, type Hello, sampleBytes } from './message.ts';

type Packing = Pick<Hello, 'axes' | 'encoding' | 'scale' | 'calibration'>;

/** @returns null when the block does not hold as many bytes as it says scans */
export function samplesOf(block: Pick<Block, 'scans' | 'samples'>, packing: Packing): Float32Array[] | null {
  const { axes, encoding, scale, calibration } = packing;
  const { scans, samples } = block;
  if (samples.length !== sampleBytes(encoding, scans * axes)) return null;
  const count = encoding === ENCODINGS.int16 ? int16Of(samples) : packed20Of(samples);
  const lanes = Array.from({ length: axes }, (_, axis) => {
    const lane = new Float32Array(scans);
    for (let scan = 0; scan < scans; scan++) lane[scan] = count(scan * axes + axis) * scale[axis];
    return lane;
  });
  return calibration === null ? lanes : calibrated(lanes, calibration);
}

function calibrated(lanes: Float32Array[], { offset, gain, orientation }: Calibration): Float32Array[] {
  for (const [axis, lane] of lanes.entries())
    for (const [scan, sample] of lane.entries()) lane[scan] = Math.fround(sample - offset[axis]) * gain[axis];
  return lanes.map((_, row) => {
    // each row has one element that is not 0: the others add nothing
    const from = orientation.slice(3 * row, 3 * row + 3).findIndex((element) => element !== 0);
    const lane = lanes[from] ?? lanes[row];
    return orientation[3 * row + from] === -1 ? lane.map((sample) => -sample) : lane.slice();
  });
}

/** The counts as they came, end to end: what a test or a twin compares. */
export function countsOf(
  block: Pick<Block, 'scans' | 'samples'>,
  { axes, encoding }: Pick<Packing, 'axes' | 'encoding'>,
): Int32Array {
  const count = encoding === ENCODINGS.int16 ? int16Of(block.samples) : packed20Of(block.samples);
  return Int32Array.from({ length: block.scans * axes }, (_, index) => count(index));
}

function int16Of(samples: Uint8Array): (index: number) => number {
  return (index) => ((samples[2 * index] | (samples[2 * index + 1] << 8)) << 16) >> 16;
}

/** Two values, most significant bit first, in five bytes. */
function packed20Of(samples: Uint8Array): (index: number) => number {
  return (index) => {
    const at = (index >> 1) * 5;
    const value =
      index % 2 === 0
        ? (samples[at] << 12) | (samples[at + 1] << 4) | (samples[at + 2] >> 4)
        : ((samples[at + 2] & 15) << 16) | (samples[at + 3] << 8) | samples[at + 4];
    return (value << 12) >> 12;
  };
}
