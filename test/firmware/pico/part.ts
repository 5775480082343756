/** What a sensor is to the bus: chip-select, bytes, and a line to the processor. */
export interface Part {
  select(isLow: boolean): void;
  transfer(byte: number): number;
}

export interface Surroundings {
  clock: {
    readonly nanos: number;
    createAlarm(callback: () => void): { schedule(nanos: number): void; cancel(): void };
  };
  interrupt(level: boolean): void;
}

/** Counts of the three axes of scan `n`. */
export type Scans = (n: number) => readonly [number, number, number];

/** Tells every scan from its neighbours: x counts, y counts backwards, z is noise of its own. */
export const countingScans: Scans = (n) => [(n << 16) >> 16, -((n * 7) << 16) >> 16, ((n * 40_503) << 16) >> 16];
