/** Figures of many machines with faults of fixed sizes. */
import { clopperPearson, type Interval } from '../statistics/intervals.ts';
import { NAMED_FAULTS, type NamedRecording } from './named.ts';

export interface NamedFigures {
  fault: string;
  sizeDb: number;
  machines: number;
  alarmed: number;
  alarmedShare: Interval;
  right: number;
  wrong: number;
  /** How often each wrong name came. */
  wrongNames: Record<string, number>;
  silent: number;
}

/** @param machines recordings of each, in the order of NAMED_FAULTS */
export function namedFigures(machines: readonly (readonly NamedRecording[])[]): NamedFigures[] {
  return NAMED_FAULTS.map(({ fault, sizeDb }, i) => {
    const recordings = machines.map((one) => one[i]);
    const alarmed = recordings.filter((one) => one.alarmed).length;
    const right = recordings.filter(({ named }) => named === fault).length;
    const wrongNames: Record<string, number> = {};
    for (const { named } of recordings)
      if (named !== null && named !== fault) wrongNames[named] = (wrongNames[named] ?? 0) + 1;
    const silent = recordings.filter(({ named }) => named === null).length;
    return {
      fault,
      sizeDb,
      machines: recordings.length,
      alarmed,
      alarmedShare: clopperPearson(alarmed, recordings.length),
      right,
      wrong: recordings.length - right - silent,
      wrongNames,
      silent,
    };
  });
}
