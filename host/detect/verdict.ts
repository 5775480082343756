/**
 * Gives a decision of the core its names: state, diagnosis, reasons, plain values. Nothing is judged here; zone and trend
 * are filled in by condition.ts.
 */
import * as layout from '../../core-wasm/memory.ts';
import type { CoreDecision } from '../analyse/point.ts';
import { accelerationMmPerS2 } from '../analyse/settings.ts';
import {
  type AxisValues,
  DIAGNOSES,
  type Drift,
  type Evidence,
  type FaultLines,
  type FoundSpeed,
  type PointPlan,
  type Reason,
  type ShaftLines,
  SPEED_SOURCES,
  STATES,
  type Verdict,
} from '../types.ts';
import { axisName, featureName } from './features.ts';

/** In the order of core-wasm/memory.ts SENSOR_*. */
export const SENSOR_CAUSES = [null, 'stuck', 'clipped', 'disconnected', 'detached', 'swapped', 'range'] as const;
/** The ISO 20816 band ends at 1000 Hz; below this rate it would be cut, and the number would not be what it says. */
const FULL_BAND_RATE_HZ = 1000 / 0.45;

export function verdictOf(decision: CoreDecision, plan: PointPlan): Verdict {
  const { words, floats } = decision;
  const flags = words[layout.RES_FLAGS];
  const state = STATES[words[layout.RES_STATE]];
  return {
    point: plan.name,
    start: decision.start,
    length: decision.length,
    windows: words[layout.RES_WINDOWS],
    state,
    score: floats[layout.RES_SCORE],
    alarm: words[layout.RES_ALARM] === 1,
    calibrating: state === 'learning',
    diagnosis: DIAGNOSES[words[layout.RES_DIAGNOSIS] - 1] ?? null,
    confidence: floats[layout.RES_CONFIDENCE],
    sensorCause: SENSOR_CAUSES[words[layout.RES_SENSOR]],
    why: reasonsOf(decision, plan),
    evidence: evidenceOf(floats),
    shaft: shaftOf(decision, plan),
    speed: speedOf(decision, plan),
    faultLines: faultLinesOf(decision),
    features: featuresOf(decision, plan),
    values: plan.kind === 'scalar' ? [] : plan.channels.map((_, axis) => valuesOf(decision, plan, axis)),
    outOfRange: (flags & layout.FLAG_RANGE) !== 0,
    unlearned: (flags & layout.FLAG_UNLEARNED) !== 0,
    regime: { index: words[layout.RES_REGIME], known: words[layout.RES_REGIMES] },
    drift: driftOf(decision, plan),
    severity: null,
    noZone: null,
    trend: null,
    velocityTrend: null,
  };
}

function evidenceOf(floats: Float32Array): Evidence {
  const [outer_race, inner_race, ball, cage, decoy] = floats.subarray(layout.RES_EVIDENCE);
  const [unbalance, misalignment, bent_shaft, looseness, gear, electrical] = floats.subarray(layout.RES_ROTOR);
  return {
    ...{ outer_race, inner_race, ball, cage, decoy },
    ...{ unbalance, misalignment, bent_shaft, looseness, gear, electrical },
  };
}

function faultLinesOf({ words, floats }: CoreDecision): FaultLines | null {
  const diagnosis = words[layout.RES_DIAGNOSIS];
  if (diagnosis < layout.DIAGNOSIS_OUTER_RACE || diagnosis > layout.DIAGNOSIS_BALL) return null;
  const lines = floats.subarray(layout.RES_LINE_ORDER, layout.RES_LINE_ORDER + layout.FAULT_HARMONICS);
  return { slip: floats[layout.RES_SLIP], orders: Array.from(lines).filter((order) => order > 0) };
}

function shaftOf({ floats }: CoreDecision, plan: PointPlan): ShaftLines | null {
  const turns = floats[layout.RES_ORDER_TURNS];
  if (turns === 0) return null;
  const [once, twice, thrice] = floats.subarray(layout.RES_ORDER_LEVEL);
  return {
    speedHz: floats[layout.RES_SPEED_HZ],
    speedConfidence: floats[layout.RES_SPEED_CONFIDENCE],
    turns,
    levels: [once, twice, thrice],
    onceRise: plan.channels.map((_, axis) => floats[layout.RES_ORDER_RISE + axis]),
  };
}

function speedOf({ words, floats }: CoreDecision, plan: PointPlan): FoundSpeed | null {
  if (plan.kind === 'scalar') return null;
  return {
    hz: floats[layout.RES_FOUND_HZ] || null,
    confidence: floats[layout.RES_FOUND_CONFIDENCE],
    source: SPEED_SOURCES[words[layout.RES_SPEED_SOURCE]],
  };
}

function driftOf({ words, floats }: CoreDecision, plan: PointPlan): Drift | null {
  const share = floats[layout.RES_DRIFT];
  if (share === 0) return null;
  return {
    feature: featureName(words[layout.RES_DRIFT_FEATURE], plan),
    axis: axisName(words[layout.RES_DRIFT_AXIS], plan),
    ratio: floats[layout.RES_DRIFT_RATIO],
    share,
    alarms: (words[layout.RES_FLAGS] & layout.FLAG_DRIFT) !== 0,
  };
}

function reasonsOf({ words, floats }: CoreDecision, plan: PointPlan): Reason[] {
  const reasons: Reason[] = [];
  for (let i = 0; i < layout.WHY_COUNT; i++) {
    const at = layout.RES_WHY + i * layout.WHY_WORDS;
    if (floats[at + 3] === 0) break;
    reasons.push({
      feature: featureName(words[at], plan),
      axis: axisName(words[at + 1], plan),
      featureIndex: words[at],
      axisIndex: words[at + 1],
      ratio: floats[at + 2],
      spreads: floats[at + 3],
      share: floats[at + 4],
    });
  }
  return reasons;
}

function featuresOf({ floats }: CoreDecision, plan: PointPlan): Float32Array {
  if (plan.kind === 'scalar') return floats.slice(layout.RES_AXES, layout.RES_AXES + plan.channels.length);
  const features = new Float32Array(plan.channels.length * layout.FEATURES_PER_AXIS);
  plan.channels.forEach((_, axis) => {
    const at = layout.RES_AXES + axis * layout.AXIS_WORDS;
    features.set(floats.subarray(at, at + layout.FEATURES_PER_AXIS), axis * layout.FEATURES_PER_AXIS);
  });
  return features;
}

function valuesOf({ floats }: CoreDecision, plan: PointPlan, axis: number): AxisValues {
  const at = layout.RES_AXES + axis * layout.AXIS_WORDS + layout.FEATURES_PER_AXIS;
  const isVelocity = accelerationMmPerS2(plan.units[axis]) > 0 && plan.sampleRateHz >= FULL_BAND_RATE_HZ;
  return {
    axis: axisName(axis, plan),
    mean: floats[at + layout.VALUE_MEAN],
    rms: floats[at + layout.VALUE_RMS],
    peak: floats[at + layout.VALUE_PEAK],
    crestFactor: floats[at + layout.VALUE_CREST],
    kurtosis: floats[at + layout.VALUE_KURTOSIS],
    velocityRmsMmPerS: isVelocity ? floats[at + layout.VALUE_VELOCITY] : null,
    envelopeRms: floats[at + layout.VALUE_ENVELOPE_RMS],
    centroidHz: floats[at + layout.VALUE_CENTROID_HZ],
  };
}
