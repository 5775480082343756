/**
 * One verdict in full, as plain data: what text, JSON and picture are made from. The parts of the score are the core's
 * own: their shares add up to one with that of the features not named.
 */
import { FEATURES_PER_AXIS } from '../../core-wasm/memory.ts';
import type { PointSpectra } from '../analyse/point.ts';
import { accelerationMmPerS2 } from '../analyse/settings.ts';
import { type AxisPowers, levelIndex } from '../baseline/levels.ts';
import { explain, type KnownMachine } from '../explain.ts';
import type { AxisValues, Diagnosis, Reason, State, Unit, Verdict } from '../types.ts';
import { speedText } from './speed.ts';

/** A number with its unit. */
export interface Measure {
  value: number;
  unit: string;
}

export interface Contribution {
  feature: string;
  axis: string;
  featureIndex: number;
  axisIndex: number;
  /** Measured over normal: of levels as a person would measure them, where the samples of both are there. */
  ratio: number;
  /** As the core decided on it: of levels, the mean of the logarithms of its windows. */
  coreRatio: number;
  /** Smoothed distance from normal, in spreads of healthy data. */
  spreads: number;
  /** Of the squared score, 0..1; null where the record does not hold it. */
  share: number | null;
  /** Null for what no level is: a channel whose normal is 0. */
  measured: Measure | null;
  normal: Measure | null;
}

export interface Learned {
  /** What was learned from: a recording, a file, this stream itself. */
  source: string;
  /** Decisions learned; null where that is not known. */
  decisions: number | null;
  by: string | null;
  learnedUtc: string | null;
  /** Why a baseline was accepted by force; empty otherwise. */
  forced: string[];
}

export interface Explanation {
  record: string;
  point: string;
  /** Samples judged, on the source's count. */
  start: number;
  length: number;
  /** Seconds of the stream; null where the record does not say its rate. */
  startS: number | null;
  endS: number | null;
  /** Wall clock of the end, ISO 8601; null where nobody knows it. */
  endUtc: string | null;
  state: State;
  /** Seconds of the stream at which this state began; null where that is not known. */
  sinceS: number | null;
  score: number;
  threshold: 1;
  alarm: boolean;
  contributions: Contribution[];
  /** Share of the features not named; null where shares are not known. */
  othersShare: number | null;
  /** Evidence in nepers by fault type; null where the record does not hold it. */
  evidence: Verdict['evidence'] | null;
  diagnosis: Diagnosis | null;
  confidence: number;
  sensorCause: Verdict['sensorCause'];
  values: AxisValues[];
  learned: Learned | null;
  /** What else the verdict holds, as it is: severity, trend. */
  more: Record<string, unknown>;
  sentence: string;
}

/** What goes with an explanation into a picture. */
export interface Machine extends KnownMachine {
  sampleRateHz: number;
  windowLength: number;
  shaftRpm: number | null;
  units: Unit[];
}

export interface Pictured {
  explanation: Explanation;
  machine: Machine;
  spectra: PointSpectra | null;
}

export interface Told {
  record: string;
  verdict: Verdict;
  machine: Machine;
  kind: 'vibration' | 'scalar';
  /** Units of the features, as a descriptor has them. */
  featureUnits: string[];
  startS: number | null;
  endS: number | null;
  endUtc: string | null;
  sinceS: number | null;
  learned: Learned | null;
  /** Mean squares of the decision and of what was learned; null where samples are missing. */
  levels: { now: AxisPowers[]; normal: AxisPowers[] } | null;
  /** Whether the record holds the shares of the reasons, and the evidence. */
  hasShares: boolean;
  hasEvidence: boolean;
}

/** Other engineers' parts of a verdict are told as they are. */
const MORE = ['severity', 'trend'];

export function explanationOf(told: Told): Explanation {
  const { record, verdict, machine, kind, featureUnits, startS, endS, endUtc, sinceS, learned } = told;
  const contributions = verdict.why.map((reason): Contribution => {
    const { feature, axis, featureIndex, axisIndex, ratio: coreRatio, spreads, share } = reason;
    const at = kind === 'scalar' ? featureIndex : axisIndex * FEATURES_PER_AXIS + featureIndex;
    const level = levelOf(told, reason);
    const ratio = level?.ratio ?? coreRatio;
    const measured = measureOf(
      level?.feature ?? verdict.features[at],
      featureUnits[at] ?? '',
      machine.units[axisIndex],
    );
    const normal = measured && ratio !== 0 ? { ...measured, value: measured.value / ratio } : null;
    const shown = told.hasShares ? share : null;
    return { feature, axis, featureIndex, axisIndex, ratio, coreRatio, spreads, share: shown, measured, normal };
  });
  const named = contributions.reduce((sum, { share }) => sum + (share ?? 0), 0);
  const fields = verdict as unknown as Record<string, unknown>;
  const speed = speedText(verdict.speed);
  return {
    record,
    point: verdict.point,
    start: verdict.start,
    length: verdict.length,
    startS,
    endS,
    endUtc,
    state: verdict.state,
    sinceS,
    score: verdict.score,
    threshold: 1,
    alarm: verdict.alarm,
    contributions,
    othersShare: told.hasShares && contributions.length > 0 ? Math.max(0, 1 - named) : null,
    evidence: told.hasEvidence ? verdict.evidence : null,
    diagnosis: verdict.diagnosis,
    confidence: verdict.confidence,
    sensorCause: verdict.sensorCause,
    values: verdict.values,
    learned,
    more: {
      ...(speed === null ? {} : { speed }),
      ...Object.fromEntries(MORE.filter((key) => fields[key] != null).map((key) => [key, fields[key]])),
    },
    sentence: explain(
      { ...verdict, why: verdict.why.map((reason, i) => ({ ...reason, ratio: contributions[i].ratio })) },
      sinceS,
      machine,
    ),
  };
}

/** A level as it was measured on the samples themselves; null for other features, or without samples. */
function levelOf(
  { levels, kind }: Told,
  { featureIndex, axisIndex }: Reason,
): { ratio: number; feature: number } | null {
  const index = kind === 'vibration' ? levelIndex(featureIndex) : null;
  if (!levels || index === null) return null;
  const [now, normal] = [levels.now[axisIndex]?.[index], levels.normal[axisIndex]?.[index]];
  if (!(now > 0) || !(normal > 0)) return null;
  return { ratio: Math.sqrt(now / normal), feature: Math.log(now) / 2 };
}

/** Features of vibration are natural logarithms, those of slow channels plain values. */
function measureOf(feature: number | undefined, unit: string, channelUnit: Unit): Measure | null {
  if (feature === undefined || !Number.isFinite(feature)) return null;
  const inside = /^ln\((.*)\)$/.exec(unit)?.[1];
  if (inside === undefined) return { value: feature, unit };
  if (!inside.endsWith(' s')) return { value: Math.exp(feature), unit: inside === '1' ? '' : inside };
  const scale = accelerationMmPerS2(channelUnit);
  return scale > 0 ? { value: Math.exp(feature) * scale, unit: 'mm/s' } : { value: Math.exp(feature), unit: inside };
}
