/**
 * Verdicts in words that a mechanic understands: for terminal lines, the status page and the summary of a replay.
 * Says what moved, by how much and since when; never a bare score.
 */
import type { Diagnosis, Drift, PointPlan, Reason, State, Verdict } from './types.ts';

/** What of a plan an explanation uses. */
export type KnownMachine = Pick<PointPlan, 'faultOrder' | 'bearingName'>;

export const STATE_WORDS: Record<State, string> = {
  off: 'machine is off',
  learning: 'learning what is normal',
  normal: 'normal',
  transient: 'starting, stopping or changing over',
  alert: 'ALERT',
  danger: 'DANGER',
  stale: 'no fresh data',
  unknown: 'unknown',
};

const DIAGNOSIS_WORDS: Record<Diagnosis, string> = {
  outer_race: 'outer race of the bearing',
  inner_race: 'inner race of the bearing',
  ball: 'rolling element of the bearing',
  cage: 'cage of the bearing',
  unbalance: 'unbalance',
  misalignment: 'misalignment',
  bent_shaft: 'bent shaft',
  looseness: 'looseness',
  gear: 'gear',
  electrical: 'electrical cause',
  sensor: 'the sensor itself',
};

const SENSOR_WORDS = {
  stuck: 'it gives one and the same value',
  clipped: 'the signal is cut off at the end of its range',
  disconnected: 'nothing but its last digit moves, as with an open cable',
  detached: 'it is far quieter and no longer hangs the same way: it has come off',
  swapped: 'its axes have changed places',
  range: 'everything is off by the same power of two: another measuring range',
};

/** `outer race of the bearing`; null gives `no cause found`. */
export function diagnosisWords(diagnosis: Diagnosis | null): string {
  return diagnosis === null ? 'no cause found' : DIAGNOSIS_WORDS[diagnosis];
}

/** Hours, minutes, seconds. @example 130 -> 00:02:10; 90061 -> 1 d 01:01:01 */
export function clockText(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (value: number): string => String(value).padStart(2, '0');
  const days = Math.floor(whole / 86_400);
  const time = `${two(Math.floor(whole / 3600) % 24)}:${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`;
  return days > 0 ? `${days} d ${time}` : time;
}

/**
 * One reason.
 * @example { feature: 'envelope level', ratio: 1.28, spreads: 8.1 } -> envelope level (x) 28 % above normal (8 spreads)
 */
export function reasonText(reason: Reason): string {
  const { feature, axis, ratio, spreads } = reason;
  const where = axis === '' || axis === feature ? '' : ` (${axis})`;
  return `${feature}${where} ${changeText(ratio)} (${number(Math.abs(spreads))} spreads)`;
}

/** Null unless the machine is not judged because it runs at a speed that nothing was learned at. */
function otherSpeedText({ state, speed }: Verdict): string | null {
  if (state !== 'unknown' || speed?.hz == null || speed.confidence < 0.5) return null;
  return `The signal shows a shaft speed of ${number(speed.hz)} Hz (confidence ${number(speed.confidence)}), at which nothing was learned.`;
}

/**
 * Why a verdict is what it is: at most three reasons, then the diagnosis with its evidence. Ends with a full stop.
 * A normal verdict has no reasons worth telling and says how far it is from the alarm.
 */
export function whyText(verdict: Verdict, machine?: KnownMachine): string {
  if (verdict.diagnosis === 'sensor')
    return `Check the sensor and its cable: ${verdict.sensorCause ? SENSOR_WORDS[verdict.sensorCause] : 'what it gives is no vibration'}.`;
  if (verdict.state === 'off') return 'The machine stands still.';
  if (verdict.calibrating) return 'Learning what is normal for this machine.';
  if (verdict.state === 'transient') return 'Judged again when speed and load are steady.';
  const otherSpeed = otherSpeedText(verdict);
  if (otherSpeed !== null) return otherSpeed;
  const parts = tellingReasons(verdict).map(reasonText);
  const cause = causeText(verdict, machine);
  if (!verdict.alarm) {
    const distance = `Score ${number(verdict.score)}, alarm at 1`;
    const top = verdict.score >= 0.5 && parts.length > 0 ? `; furthest from normal: ${parts[0]}` : '';
    return `${distance}${top}.${verdict.unlearned ? ' Judged by defaults: nothing was learned here.' : ''}`;
  }
  if (verdict.drift?.alarms) return driftText(verdict.drift);
  const moved = parts.length > 0 ? sentence(parts.join(', ')) : `Score ${number(verdict.score)}, alarm at 1`;
  return `${moved}; ${cause}.`;
}

/**
 * The whole line.
 * @param sinceS seconds of the stream at which this state began; null when that is not known
 * @example motor/drive-end: ALERT since 00:02:10. Envelope level 28 % above normal (8 spreads); lines at 3.58x shaft
 *   speed match the outer race of 6205 (confidence 0.9).
 */
export function explain(verdict: Verdict, sinceS: number | null, machine?: KnownMachine): string {
  const since = sinceS === null ? '' : ` since ${clockText(sinceS)}`;
  const head = `${verdict.point}: ${STATE_WORDS[verdict.state]}${since}.`;
  // these two say it all
  return verdict.calibrating || verdict.state === 'off' ? head : `${head} ${whyText(verdict, machine)}`;
}

/** Normal has gone as far as it may without a person. */
function driftText({ feature, axis, ratio }: Drift): string {
  const where = axis === '' || axis === feature ? '' : ` (${axis})`;
  return (
    `${sentence(feature)}${where} has slowly gone ${changeText(ratio)} as it was learned; nothing else is unusual. ` +
    'If the machine is well, learn it anew.'
  );
}

/** At most three, and none that hardly moved beside the first. A point of one channel need not say its name again. */
function tellingReasons({ why, point }: Verdict): Reason[] {
  const least = Math.max(2, Math.abs(why[0]?.spreads ?? 0) * 0.15);
  return why
    .filter((reason, index) => index === 0 || Math.abs(reason.spreads) >= least)
    .slice(0, 3)
    .map((reason) => (reason.axis === point ? { ...reason, axis: '' } : reason));
}

function causeText(verdict: Verdict, machine?: KnownMachine): string {
  const { diagnosis, confidence } = verdict;
  if (diagnosis === null) return 'no cause found';
  const sure = `(confidence ${number(Math.min(0.99, confidence))})`; // nobody is certain
  const order = machine?.faultOrder;
  const bearing = machine?.bearingName ? machine.bearingName : 'the bearing';
  const found = verdict.faultLines?.orders ?? [];
  const lines = (value: number, part: string): string => {
    const at = (found.length > 0 ? found.slice(0, 3) : [value]).map((line) => `${number(line, 3)}x`);
    const where = at.length > 1 ? `${at.slice(0, -1).join(', ')} and ${at.at(-1)}` : at[0];
    return `lines at ${where} shaft speed match the ${part} of ${bearing} ${sure}`;
  };
  if (order && diagnosis === 'outer_race') return lines(order.bpfo, 'outer race');
  if (order && diagnosis === 'inner_race') return lines(order.bpfi, 'inner race');
  if (order && diagnosis === 'ball') return lines(2 * order.bsf, 'rolling elements');
  if (order && diagnosis === 'cage') return lines(order.ftf, 'cage');
  return `likely cause: ${DIAGNOSIS_WORDS[diagnosis]} ${sure}`;
}

/** Above twice or below half a factor reads better than a percentage. */
function changeText(ratio: number): string {
  if (!(ratio > 0) || !Number.isFinite(ratio)) return 'far from normal';
  if (ratio >= 2) return `${number(ratio)} times normal`;
  if (ratio <= 0.5) return `${number(1 / ratio)} times below normal`;
  const percent = Math.abs(ratio - 1) * 100;
  if (percent < 0.05) return 'at its normal value';
  return `${percent < 1 ? percent.toFixed(1) : Math.round(percent)} % ${ratio > 1 ? 'above' : 'below'} normal`;
}

/** As many digits as a person reads. @example 8.13 -> 8.1; 0.9049 -> 0.9; 123.4 -> 123 */
function number(value: number, digits = 2): string {
  return value >= 100 ? String(Math.round(value)) : String(Number(value.toPrecision(digits)));
}

const sentence = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
