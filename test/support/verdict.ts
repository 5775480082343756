/** A verdict to change the interesting parts of. */
import type { Evidence, Verdict } from '../../host/types.ts';

export const NO_EVIDENCE: Evidence = {
  ...{ outer_race: 0, inner_race: 0, ball: 0, cage: 0, decoy: 0 },
  ...{ unbalance: 0, misalignment: 0, bent_shaft: 0, looseness: 0, gear: 0, electrical: 0 },
};

/** A quiet, normal verdict of motor/drive-end with `changes` applied. */
export function verdict(changes: Partial<Verdict> = {}): Verdict {
  return {
    point: 'motor/drive-end',
    start: 0,
    length: 4096,
    windows: 1,
    state: 'normal',
    score: 0.2,
    alarm: false,
    calibrating: false,
    diagnosis: null,
    confidence: 0,
    sensorCause: null,
    why: [],
    evidence: NO_EVIDENCE,
    faultLines: null,
    shaft: null,
    speed: null,
    features: new Float32Array(28),
    values: [],
    outOfRange: false,
    unlearned: false,
    regime: { index: 0, known: 1 },
    drift: null,
    severity: null,
    noZone: null,
    trend: null,
    velocityTrend: null,
    ...changes,
  };
}
