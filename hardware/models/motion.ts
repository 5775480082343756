/** What a sensor model is moved by: true acceleration in g, of its own axes, at every sample that the part takes. */
export interface Motion {
  /**
   * @param index of the sample, from 0 at the first that the part takes
   * @param timeS of emulated time
   * @param into one value an axis
   */
  at(index: number, timeS: number, into: Float64Array): void;
}

/** At rest, with gravity along z. */
export const AT_REST: Motion = {
  at: (_index, _timeS, into) => {
    into.fill(0);
    into[2] = 1;
  },
};

/**
 * Recorded lanes, a scan a sample, over and over: the sensor takes exactly what was recorded, in its own steps.
 * @param lanes one an axis in g; axes without a lane stay at 0
 */
export function played(lanes: readonly ArrayLike<number>[]): Motion {
  const scans = Math.min(...lanes.map(({ length }) => length));
  if (!(scans > 0)) throw new RangeError('got no recorded scans to play, wanted at least one');
  return {
    at: (index, _timeS, into) => {
      for (const [axis, lane] of lanes.entries()) into[axis] = lane[index % scans];
    },
  };
}
