/**
 * The figures of a judged library, by the definitions of a neutral examiner who sees rows only: a row is scored unless
 * it is marked as learning and lies in what may be learned.
 */
import { Random } from '../../../host/acquire/random.ts';
import { episodes } from '../statistics/episodes.ts';
import { BEARING_FAULTS, type DiagnosisCount, diagnosisCounts, ROTOR_FAULTS, wrongDiagnoses } from './diagnosis.ts';
import { type LabelledFigures, labelledFigures } from './labelled.ts';
import { type RigFigures, rigFigures } from './rigs.ts';
import { type RunToFailure, runToFailure } from './run-to-failure.ts';
import { isAlarm, type Redraw, type ScoredTrace, scoredHours, scoredRows } from './scored.ts';

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
    wrongDiagnoses: wrongDiagnoses(judged),
    diagnosesOnHealthy: { learned: diagnosed(healthy), unlearned: diagnosed(unlearned) },
    rows: judged.reduce((sum, { rows }) => sum + rows.length, 0),
  };
}
