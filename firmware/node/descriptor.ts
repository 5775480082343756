/**
 * What the node module is told of its board and sensor before it begins, as bytes: the one description of the layout
 * that core-wasm/node/map.ts reads. The build fills in what the data say, the board what only it knows.
 */
import type { BoardFacts, SensorFacts } from './facts.ts';

export const DESCRIPTOR_BYTES = 336;

/** Byte offsets of what a board fills in. */
export const BOARD_FIELDS = {
  firmwareHash: 48,
  boardId: 112,
  bootId: 120,
  resetCause: 128,
  restartTextBytes: 132,
  restartText: 133,
} as const;

const MOST_RATES = 8;
const MOST_RANGES = 4;

/** @param coreHash  SHA-256 of the node module, 32 bytes */
export function descriptor(sensor: SensorFacts, board: BoardFacts, coreHash: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(DESCRIPTOR_BYTES);
  const view = new DataView(bytes.buffer);
  const { rates, ranges, selfTest } = sensor;
  if (rates.length > MOST_RATES || ranges.length > MOST_RANGES)
    throw new RangeError(`${sensor.name}: ${rates.length} rates, ${ranges.length} ranges: wanted at most 8 and 4`);
  const rateIndex = (milliHz: number): number => indexOf(rates, (rate) => rate.milliHz === milliHz, milliHz);
  const rangeIndex = (milliG: number): number => indexOf(ranges, (range) => range.milliG === milliG, milliG);
  view.setUint32(0, 1, true);
  bytes.set([sensor.axes, sensor.encoding.value === 'int16' ? 0 : 1, rates.length, ranges.length], 4);
  view.setUint16(8, sensor.fifo.watermarkScans.value, true);
  view.setUint16(10, sensor.discardScans.value, true);
  bytes.set([board.name.length, sensor.name.length], 14);
  bytes.set(new TextEncoder().encode(board.name), 16);
  bytes.set(new TextEncoder().encode(sensor.name), 32);
  bytes.set(coreHash, 80);
  bytes.set(
    [
      rateIndex(sensor.default.rateMilliHz),
      rangeIndex(sensor.default.rangeMilliG),
      rateIndex(selfTest.rateMilliHz),
      rangeIndex(selfTest.rangeMilliG),
    ],
    196,
  );
  view.setUint16(200, selfTest.settleMs, true);
  view.setUint16(202, selfTest.dropScans, true);
  view.setUint16(204, selfTest.averageScans, true);
  view.setUint16(206, selfTest.signed ? 1 : 0, true);
  for (let axis = 0; axis < sensor.axes; axis++) {
    view.setInt16(208 + 2 * axis, selfTest.leastMilliG[axis], true);
    view.setInt16(214 + 2 * axis, selfTest.mostMilliG[axis], true);
  }
  for (const [i, { milliHz, code }] of rates.entries()) {
    view.setUint32(224 + 8 * i, milliHz, true);
    view.setUint32(228 + 8 * i, code, true);
  }
  for (const [i, { milliG, gPerCount, code }] of ranges.entries()) {
    view.setUint32(288 + 12 * i, milliG, true);
    view.setFloat32(292 + 12 * i, gPerCount, true);
    view.setUint32(296 + 12 * i, code, true);
  }
  return bytes;
}

function indexOf<T>(list: readonly T[], is: (item: T) => boolean, wanted: number): number {
  const index = list.findIndex(is);
  if (index < 0) throw new RangeError(`${wanted} is none of the sensor's rates or ranges`);
  return index;
}
