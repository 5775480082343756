/** What a person says of a node on the command line, as docs/wire.md wants it. */
import { InvalidArgumentError } from 'commander';
import { InputError } from '../errors.ts';
import type { FrameValue } from '../types.ts';

export interface CalibrationArguments {
  offset?: number[];
  gain?: number[];
  orientation?: number[];
  /** False after --no-calibration. */
  calibration?: boolean;
}

const AXES = ['x', 'y', 'z'];

/** Three numbers. */
export function triple(text: string): number[] {
  const values = text.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
  if (values.length !== 3 || !values.every(Number.isFinite))
    throw new InvalidArgumentError('Wanted three numbers: X,Y,Z.');
  return values;
}

/**
 * Which axis of the part lies along each of the machine.
 * @returns three rows of three elements, each -1, 0 or 1
 * @example 'z,-x,y' -> [0, 0, 1, -1, 0, 0, 0, 1, 0]
 */
export function orientation(text: string): number[] {
  const parts = text.split(',').map((part) => part.trim().toLowerCase());
  const rows = parts.map((part) =>
    AXES.map((axis) => (part === `-${axis}` ? -1 : part === axis || part === `+${axis}` ? 1 : 0)),
  );
  const used = new Set(parts.map((part) => part.at(-1)));
  if (rows.length !== 3 || used.size !== 3 || rows.some((row) => row.every((element) => element === 0)))
    throw new InvalidArgumentError('Wanted each of x, y, z once, with or without a sign: z,-x,y.');
  return rows.flat();
}

/** @returns null when neither is to be set */
export function configureArgument({ rate, range }: { rate?: number; range?: number }): Map<number, FrameValue> | null {
  const argument = new Map<number, FrameValue>();
  if (rate !== undefined) argument.set(1, Math.round(rate * 1000));
  if (range !== undefined) argument.set(2, Math.round(range * 1000));
  return argument.size === 0 ? null : argument;
}

/** @returns null when nothing is said of it; an empty map takes it out */
export function calibrateArgument(given: CalibrationArguments): Map<number, FrameValue> | null {
  const { offset, gain, orientation: turned } = given;
  const isGiven = offset !== undefined || gain !== undefined || turned !== undefined;
  if (given.calibration === false) {
    if (isGiven)
      throw new InputError(
        'NODES_USAGE',
        'nodes set: --no-calibration does not go with a calibration; nothing was set',
      );
    return new Map();
  }
  if (!isGiven) return null;
  return new Map<number, FrameValue>([
    [1, Float32Array.from(offset ?? [0, 0, 0])],
    [2, Float32Array.from(gain ?? [1, 1, 1])],
    [3, (turned ?? [1, 0, 0, 0, 1, 0, 0, 0, 1]).map((element) => element + 1)],
  ]);
}
