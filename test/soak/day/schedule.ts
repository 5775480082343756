/** Which fault comes when, on the clock of the machine: by a seed, so that a day can be had again. */
import { Random } from '../../../host/acquire/random.ts';

export type FaultKind = 'kill' | 'reboot' | 'unplug' | 'disk full' | 'broker away';

export interface Fault {
  kind: FaultKind;
  atS: number;
  /** 0 for a kill. */
  lengthS: number;
}

export interface Day {
  seed: number;
  lengthS: number;
  kills: number;
  reboots: number;
  rebootS: number;
  unplugs: number;
  unplugS: number;
  diskFullS: number;
  brokerAwayS: number;
  /** Between two of the short faults, at least. */
  apartS: number;
}

export const MIXED_DAY: Day = {
  seed: 20261125,
  lengthS: 86_400,
  kills: 24,
  reboots: 6,
  rebootS: 40,
  unplugs: 12,
  unplugS: 30,
  diskFullS: 3_600,
  brokerAwayS: 7_200,
  apartS: 180,
};

/** In the order of time. The long ones may hold short ones; of two short ones each is over before the next. */
export function scheduleOf(day: Day): Fault[] {
  const random = Random.stream(day.seed, 'mixed day');
  const kinds: [FaultKind, number, number][] = [
    ['kill', day.kills, 0],
    ['reboot', day.reboots, day.rebootS],
    ['unplug', day.unplugs, day.unplugS],
  ];
  const short = kinds.flatMap(([kind, count, lengthS]) => Array.from({ length: count }, () => ({ kind, lengthS })));
  for (let at = short.length - 1; at > 0; at--) {
    const other = Math.floor(random.uniform() * (at + 1));
    [short[at], short[other]] = [short[other], short[at]];
  }
  // what is left over of the day between the faults is cut at random
  const takenS = short.reduce((sum, { lengthS }) => sum + lengthS + day.apartS, day.apartS);
  const freeS = day.lengthS - takenS;
  if (freeS < 0) throw new Error(`the faults take ${takenS} s, wanted at most ${day.lengthS}`);
  const cuts = short.map(() => random.uniform() * freeS).sort((a, b) => a - b);
  let usedS = day.apartS;
  const faults = short.map(({ kind, lengthS }, index): Fault => {
    const fault = { kind, atS: usedS + cuts[index], lengthS };
    usedS += lengthS + day.apartS;
    return fault;
  });
  const long = (kind: FaultKind, lengthS: number): Fault => ({
    kind,
    lengthS,
    atS: random.uniform() * (day.lengthS - lengthS - 2 * day.apartS) + day.apartS,
  });
  return [...faults, long('disk full', day.diskFullS), long('broker away', day.brokerAwayS)].sort(
    (a, b) => a.atS - b.atS,
  );
}
