/** What of a day is on record, in seconds of machine time, and what is not, by cause. */
import { StoreReader } from '../../../host/store/reader.ts';
import type { Fault, FaultKind } from './schedule.ts';

type Span = [fromS: number, toS: number];

export interface Stored {
  /** Of each point, by its name: stretches that a feature was decided on. */
  spans: Map<string, Span[]>;
  frames: number;
  /** Features that are there twice. */
  twice: number;
  /** Of the host itself, e.g. `store lost`. */
  stages: string[];
}

/** @param origins moment of the machine of scan 0, by the boot id of the run of a sensor */
export function readStore(dataDir: string, origins: Map<string, number>, sampleRateHz: number): Stored {
  const reader = new StoreReader(dataDir);
  const names = new Map(reader.points().map(({ id, name }) => [id, name]));
  const spans = new Map<string, Span[]>([...names.values()].map((name) => [name, []]));
  const seen = new Set<string>();
  const stages: string[] = [];
  let frames = 0;
  let twice = 0;
  for (const { id } of reader.epochs()) {
    for (let from: number | null = 0; from !== null; ) {
      const page = reader.frames({ epochId: id, fromSeq: from });
      from = page.nextSeq;
      for (const { kind, pointId, map } of page.frames) {
        frames++;
        if (kind === 'event' && map.get(30) === 'stage') stages.push(`${map.get(32)}`);
        if (kind !== 'feature') continue;
        const boot = Buffer.from(map.get(7) as Uint8Array).toString('hex');
        const originS = origins.get(boot);
        if (originS === undefined) throw new Error(`a feature of boot ${boot}, which no sensor has had`);
        const verdict = map.get(25) as Map<number, number>;
        const [first, count] = [verdict.get(7)!, verdict.get(8)!];
        const key = `${boot}/${first}`;
        if (seen.has(key)) twice++;
        seen.add(key);
        spans
          .get(names.get(pointId!)!)!
          .push([originS + first / sampleRateHz, originS + (first + count) / sampleRateHz]);
      }
    }
  }
  reader.close();
  return { spans, frames, twice, stages };
}

/** What of the day no span holds. */
export function holes(spans: Span[], [startS, lengthS]: Span): Span[] {
  const missing: Span[] = [];
  let endS = startS;
  for (const [fromS, toS] of spans.toSorted((a, b) => a[0] - b[0])) {
    if (fromS >= lengthS) break;
    if (fromS > endS) missing.push([endS, fromS]);
    endS = Math.max(endS, toS);
  }
  if (endS < lengthS) missing.push([endS, lengthS]);
  return missing;
}

export interface Cause {
  count: number;
  /** Seconds of all points that the fault itself takes: no software could have them. */
  outsideS: number;
  /** Missing beyond that. */
  softwareS: number;
}

export interface Account {
  /** Seconds of all points, without what the faults themselves take. */
  possibleS: number;
  recordedS: number;
  softwareShare: number;
  /** `none`: what no fault explains. */
  causes: Record<FaultKind | 'none', Cause>;
}

/** What happened, with the points that it concerns. */
export interface Happened extends Fault {
  points: string[];
  /** When the host was seen to record again. */
  overS: number;
}

/** What a fault costs begins before it: a group commit and a decision that were not finished. */
const BEFORE_S = 4;
const AFTER_S = 4;

export function accountOf(spans: Map<string, Span[]>, happened: Happened[], day: Span): Account {
  const lengthS = day[1] - day[0];
  const nothing = (): Cause => ({ count: 0, outsideS: 0, softwareS: 0 });
  const causes: Account['causes'] = {
    kill: nothing(),
    reboot: nothing(),
    unplug: nothing(),
    'disk full': nothing(),
    'broker away': nothing(),
    none: nothing(),
  };
  for (const { kind } of happened) causes[kind].count++;
  let missingS = 0;
  for (const [point, own] of spans)
    for (const [fromS, toS] of holes(own, day)) {
      missingS += toS - fromS;
      const mine = happened.filter(({ points }) => points.includes(point));
      const hit =
        mine.find((one) => isShort(one) && fromS < one.overS + AFTER_S && toS > one.atS - BEFORE_S) ??
        mine.find((one) => fromS < one.overS + AFTER_S && toS > one.atS - BEFORE_S);
      if (hit === undefined) {
        causes.none.softwareS += toS - fromS;
        continue;
      }
      const outsideS = isShort(hit)
        ? Math.max(0, Math.min(toS, hit.atS + hit.lengthS) - Math.max(fromS, hit.atS))
        : hit.kind === 'disk full'
          ? toS - fromS
          : 0;
      causes[hit.kind].outsideS += outsideS;
      causes[hit.kind].softwareS += toS - fromS - outsideS;
    }
  const outsideS = Object.values(causes).reduce((sum, cause) => sum + cause.outsideS, 0);
  const possibleS = spans.size * lengthS - outsideS;
  const recordedS = spans.size * lengthS - missingS;
  return { possibleS, recordedS, softwareShare: recordedS / possibleS, causes };
}

const isShort = ({ kind }: Fault): boolean => kind === 'kill' || kind === 'reboot' || kind === 'unplug';
