/**
 * The figures of a judged library, by the definitions of a neutral examiner who sees rows only: a row is scored unless
 * it is marked as learning and lies in what may be learned; a rig's figure is the mean over its machines.
 */
import { Random } from '../../../host/acquire/random.ts';
import { auroc } from '../statistics/auroc.ts';
import { episodes } from '../statistics/episodes.ts';
import { bootstrap, drawn, type Interval } from '../statistics/intervals.ts';
import { mostFrequent } from '../statistics/most-frequent.ts';
import type { LabelledTrace } from './labelled-trace.ts';

/** What an examiner needs of a row. */
export interface ScoredRow {
  start: number;
  score: number;
  alarm: boolean;
  diagnosis: string | null;
  calibrating: boolean;
}

export interface ScoredTrace {
  trace: LabelledTrace;
  /** In time order. */
  rows: readonly ScoredRow[];
}

/** A figure with its 95 % interval; the interval is null where too little is there to tell. */
export interface Measured {
  value: number;
  interval: Interval | null;
}

export interface RigFigures {
  machines: number;
  /** Faulty recordings, and those with at least one alarm row. */
  faulty: number;
  faultyAlarmed: number;
  /** Healthy recordings, and those with at least one alarm row after learning. */
  healthy: number;
  healthyAlarmed: number;
  detection: Measured | null;
  auroc: Measured | null;
  rowFalseAlarmRate: number | null;
}

export interface LabelledFigures {
  recordings: number;
  f1: Measured;
  falseAlarmRate: Measured;
  missedRate: Measured;
  /** Share of alarm rows in healthy recordings of the same rig. */
  healthyRowAlarmRate: number | null;
}

export interface RunToFailure {
  lifeHours: number;
  /** From the first row of an alarm that lasts (at least half of the rows that are left) to the end. */
  leadHours: number | null;
  /** Alarm episodes in the first 15 % of life after learning, and before the lasting alarm. */
  earlyEpisodes: number;
  episodesBefore: number;
}

export interface DiagnosisCount {
  recordings: number;
  right: number;
  wrong: number;
  silent: number;
}

export interface Figures {
  rigs: Record<string, RigFigures>;
  falseAlarms: { episodes: number; healthyHours: number; decisions: number };
  labelled: Record<string, LabelledFigures>;
  runsToFailure: Record<string, RunToFailure>;
  /** By rig, and `all`. */
  bearingDiagnosis: Record<string, DiagnosisCount>;
  /** By fault, and `all`. */
  rotorDiagnosis: Record<string, DiagnosisCount>;
  /** Recordings of either that were named something else. */
  wrongDiagnoses: { trace: string; named: string }[];
  /** Rows with a diagnosis after learning, on healthy recordings with and without a baseline. */
  diagnosesOnHealthy: { learned: number; unlearned: number };
  rows: number;
}

const BEARING_FAULTS = ['outer_race', 'inner_race', 'ball', 'roller', 'cage'];
const ROTOR_FAULTS = ['unbalance', 'misalignment', 'bent_shaft', 'looseness'];
/** Rows that say learning count as such in this share of a trace that does not say how much may be learned. */
const LEARN_SHARE = 0.3;
/** Labelled recordings are scored from here on: the first samples are there to learn from. */
const LABELLED_FROM = 400;
const EARLY_SHARE = 0.15;
const LASTING_SHARE = 0.5;

/** A roller that is damaged is named as a ball is. */
const partOf = (fault: string): string => (fault === 'roller' ? 'ball' : fault);
const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
const shareOf = <T>(items: readonly T[], is: (item: T) => boolean): number => items.filter(is).length / items.length;
const isAlarm = (row: ScoredRow): boolean => row.alarm;

/** Rows that are judged, not learned from. */
function scoredRows({ trace, rows }: ScoredTrace): ScoredRow[] {
  const learned = trace.learnSamples ?? LEARN_SHARE * trace.samples;
  return rows.filter((row) => !(row.calibrating && row.start < learned));
}

/** Of the bootstrap; enough for two digits of an interval's ends. */
const RESAMPLES = 1000;

/** @param resamples of the bootstrap; 0: figures without intervals, in a tenth of the time */
export function figuresOf(judged: readonly ScoredTrace[], resamples = RESAMPLES): Figures {
  const draw: Redraw = { random: Random.stream(1, 'bootstrap'), resamples };
  const labelledRigs = new Set(judged.filter(({ trace }) => trace.label === 'labelled').map(({ trace }) => trace.rig));
  const learned = judged.filter(({ trace }) => trace.machine !== null);
  const vibrating = learned.filter(({ trace }) => !labelledRigs.has(trace.rig));
  const healthy = vibrating.filter(({ trace }) => trace.label === 'normal');
  const unlearned = judged.filter(({ trace }) => trace.machine === null && trace.label === 'normal');
  const diagnosed = (traces: readonly ScoredTrace[]): number =>
    traces.reduce((sum, one) => sum + scoredRows(one).filter((row) => row.diagnosis !== null).length, 0);
  return {
    rigs: rigFigures(vibrating, draw),
    falseAlarms: {
      episodes: healthy.reduce((sum, one) => sum + episodes(scoredRows(one).map(isAlarm)), 0),
      healthyHours: healthy.reduce((sum, one) => sum + scoredHours(one), 0),
      decisions: healthy.reduce((sum, one) => sum + scoredRows(one).length, 0),
    },
    labelled: Object.fromEntries(
      [...labelledRigs].map((rig) => [
        rig,
        labelledFigures(
          learned.filter(({ trace }) => trace.rig === rig),
          draw,
        ),
      ]),
    ),
    runsToFailure: Object.fromEntries(
      vibrating
        .filter(({ trace }) => trace.label === 'run-to-failure')
        .map((one) => [one.trace.name, runToFailure(one)]),
    ),
    bearingDiagnosis: diagnosisCounts(judged, BEARING_FAULTS, ({ trace }) => trace.rig),
    rotorDiagnosis: diagnosisCounts(judged, ROTOR_FAULTS, ({ trace }) => trace.faultType!),
    wrongDiagnoses: judged.flatMap((one) => {
      const { name, faultType } = one.trace;
      const known = [...BEARING_FAULTS, ...ROTOR_FAULTS].includes(faultType ?? '');
      const named = namedBy(one);
      return known && named !== null && partOf(named) !== partOf(faultType!) ? [{ trace: name, named }] : [];
    }),
    diagnosesOnHealthy: { learned: diagnosed(healthy), unlearned: diagnosed(unlearned) },
    rows: judged.reduce((sum, { rows }) => sum + rows.length, 0),
  };
}

/** How often a figure is computed again, and from which random numbers. */
interface Redraw {
  random: Random;
  resamples: number;
}

/** From the start of each scored row to the start of the next row, or the end of the trace. */
function scoredHours(one: ScoredTrace): number {
  const { trace, rows } = one;
  const scored = new Set(scoredRows(one));
  const samples = rows.reduce((sum, row, i) => {
    const end = i + 1 < rows.length ? rows[i + 1].start : trace.samples;
    return scored.has(row) ? sum + end - row.start : sum;
  }, 0);
  return samples * trace.hoursPerSample;
}

/** The recordings that one learned normal judges. */
interface MachineRows {
  healthy: ScoredRow[][];
  faulty: ScoredRow[][];
}

function rigFigures(traces: readonly ScoredTrace[], draw: Redraw): Record<string, RigFigures> {
  const rigs = new Map<string, Map<string, MachineRows>>();
  for (const one of traces) {
    const { rig, machine, label } = one.trace;
    if (label !== 'normal' && label !== 'fault') continue;
    const machines = rigs.get(rig) ?? new Map<string, MachineRows>();
    const rows = machines.get(machine!) ?? { healthy: [], faulty: [] };
    rows[label === 'normal' ? 'healthy' : 'faulty'].push(scoredRows(one));
    machines.set(machine!, rows);
    rigs.set(rig, machines);
  }
  const figures: Record<string, RigFigures> = {};
  for (const [rig, machines] of rigs) figures[rig] = rigFigure([...machines.values()], draw);
  return figures;
}

function rigFigure(machines: MachineRows[], { random, resamples }: Redraw): RigFigures {
  const meanOver = (of: (machine: MachineRows) => number | null) => (some: MachineRows[]) => {
    const values = some.map(of).filter((value) => value !== null);
    return values.length > 0 ? mean(values) : null;
  };
  const alarmShare = (recordings: ScoredRow[][]): number | null => {
    const rows = recordings.flat();
    return rows.length > 0 ? shareOf(rows, isAlarm) : null;
  };
  const detection = meanOver(({ faulty }) => alarmShare(faulty));
  const area = meanOver(({ healthy, faulty }) =>
    auroc(
      healthy.flat().map((row) => row.score),
      faulty.flat().map((row) => row.score),
    ),
  );
  const compared = machines.filter(({ faulty }) => faulty.length > 0);
  const measured = (of: (some: MachineRows[]) => number | null): Measured | null => {
    const value = of(machines);
    if (value === null) return null;
    const redrawn = (some: MachineRows[]): MachineRows[] =>
      some.map(({ healthy, faulty }) => ({ healthy: drawn(healthy, random), faulty: drawn(faulty, random) }));
    return { value, interval: bootstrap(compared, (some) => of(redrawn(some)), random, resamples) };
  };
  const healthy = machines.flatMap((machine) => machine.healthy);
  const faulty = machines.flatMap((machine) => machine.faulty);
  const alarmed = (recordings: ScoredRow[][]): number => recordings.filter((rows) => rows.some(isAlarm)).length;
  return {
    machines: machines.length,
    faulty: faulty.length,
    faultyAlarmed: alarmed(faulty),
    healthy: healthy.length,
    healthyAlarmed: alarmed(healthy),
    detection: measured(detection),
    auroc: measured(area),
    rowFalseAlarmRate: meanOver((machine) => alarmShare(machine.healthy))(machines),
  };
}

interface LabelledCounts {
  hits: number;
  falseAlarms: number;
  misses: number;
  quiet: number;
}

function labelledFigures(traces: readonly ScoredTrace[], { random, resamples }: Redraw): LabelledFigures {
  const counts = traces.filter(({ trace }) => trace.label === 'labelled').map(labelledCounts);
  const free = traces.filter(({ trace }) => trace.label === 'normal').map((one) => shareOf(scoredRows(one), isAlarm));
  const sum = (some: LabelledCounts[], of: (count: LabelledCounts) => number): number =>
    some.reduce((total, count) => total + of(count), 0);
  const ratio = (above: (c: LabelledCounts) => number, below: (c: LabelledCounts) => number): Measured => {
    const of = (some: LabelledCounts[]): number => sum(some, above) / Math.max(1, sum(some, below));
    return { value: of(counts), interval: bootstrap(counts, of, random, resamples) };
  };
  return {
    recordings: counts.length,
    f1: ratio(
      (c) => 2 * c.hits,
      (c) => 2 * c.hits + c.falseAlarms + c.misses,
    ),
    falseAlarmRate: ratio(
      (c) => c.falseAlarms,
      (c) => c.falseAlarms + c.quiet,
    ),
    missedRate: ratio(
      (c) => c.misses,
      (c) => c.misses + c.hits,
    ),
    healthyRowAlarmRate: free.length > 0 ? mean(free) : null,
  };
}

function labelledCounts(one: ScoredTrace): LabelledCounts {
  const { samples, anomalySegments } = one.trace;
  const from = Math.min(LABELLED_FROM, LEARN_SHARE * samples);
  const counts = { hits: 0, falseAlarms: 0, misses: 0, quiet: 0 };
  for (const { start, alarm } of scoredRows(one)) {
    if (start < from) continue;
    const isAnomalous = anomalySegments.some(([first, end]) => start >= first && start < end);
    if (alarm) counts[isAnomalous ? 'hits' : 'falseAlarms']++;
    else counts[isAnomalous ? 'misses' : 'quiet']++;
  }
  return counts;
}

function runToFailure(one: ScoredTrace): RunToFailure {
  const { trace, rows } = one;
  const scored = scoredRows(one);
  let alarmsLeft = rows.filter(isAlarm).length;
  let lasting: ScoredRow | null = null;
  const isScored = new Set(scored);
  for (const [i, row] of rows.entries()) {
    if (row.alarm && isScored.has(row) && alarmsLeft >= LASTING_SHARE * (rows.length - i)) {
      lasting = row;
      break;
    }
    if (row.alarm) alarmsLeft--;
  }
  const episodesBelow = (end: number): number => episodes(scored.filter(({ start }) => start < end).map(isAlarm));
  return {
    lifeHours: trace.samples * trace.hoursPerSample,
    leadHours: lasting === null ? null : (trace.samples - lasting.start) * trace.hoursPerSample,
    earlyEpisodes: episodesBelow(EARLY_SHARE * trace.samples),
    episodesBefore: episodesBelow(lasting?.start ?? trace.samples),
  };
}

function diagnosisCounts(
  judged: readonly ScoredTrace[],
  faults: readonly string[],
  groupOf: (one: ScoredTrace) => string,
): Record<string, DiagnosisCount> {
  const groups: Record<string, DiagnosisCount> = {};
  for (const one of judged) {
    const { label, faultType } = one.trace;
    if (label !== 'fault' || faultType === null || !faults.includes(faultType)) continue;
    const named = namedBy(one);
    const outcome = named === null ? 'silent' : partOf(named) === partOf(faultType) ? 'right' : 'wrong';
    for (const group of [groupOf(one), 'all']) {
      groups[group] ??= { recordings: 0, right: 0, wrong: 0, silent: 0 };
      groups[group].recordings++;
      groups[group][outcome]++;
    }
  }
  return groups;
}

/** What most rows of a recording name. */
function namedBy({ rows }: ScoredTrace): string | null {
  return mostFrequent(rows.filter((row) => !row.calibrating).map((row) => row.diagnosis));
}
