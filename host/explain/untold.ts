/** What a record that holds no more than a verdict's core says of the rest: nothing, without claiming that it is nothing. */
import { EVIDENCE, type Evidence, type Verdict } from '../types.ts';

type Untold = Omit<
  Verdict,
  'point' | 'start' | 'length' | 'state' | 'score' | 'alarm' | 'calibrating' | 'diagnosis' | 'why' | 'features'
>;

export function untold(): Untold {
  return {
    windows: 0,
    confidence: 0,
    sensorCause: null,
    evidence: Object.fromEntries(EVIDENCE.map((of) => [of, 0])) as Evidence,
    faultLines: null,
    shaft: null,
    speed: null,
    values: [],
    outOfRange: false,
    unlearned: false,
    regime: { index: 0, known: 1 },
    drift: null,
    severity: null,
    noZone: null,
    trend: null,
    velocityTrend: null,
  };
}
