/**
 * Zones of vibration severity by the limits of hardware/severity.json or of the user. A zone is given only where the
 * measured velocity is what the limits mean; otherwise the reason is. Sources and verification of the limits: that file.
 */
import { readFileSync } from 'node:fs';
import { InputError } from '../errors.ts';
import type { PointPlan, Severity, Verdict, Zone } from '../types.ts';

export interface ZoneLimits {
  /** mm/s RMS; a value on a limit belongs to the lower zone. */
  ab: number;
  bc: number;
  cd: number;
}

/** As spindle.yaml writes it. */
export type SeveritySettings =
  | { standard: 'iso20816-3' | 'iso10816-3'; group: 1 | 2; support: 'rigid' | 'flexible' }
  | { standard: 'iso10816-1'; class: 'I' | 'II' | 'III' | 'IV' }
  | ZoneLimits;

/** Limits with where they come from. */
export interface SeverityRule {
  standard: string;
  edition: string | null;
  group: string;
  limits: ZoneLimits;
  /** r/min outside which the standard says nothing; null: it does not say. */
  speedRpm: [number, number] | null;
}

interface SeverityFile {
  standards: {
    name: string;
    title: string;
    edition: string;
    speedRpm: [number, number] | null;
    machines: { group: string; limitsMmPerS: ZoneLimits }[];
  }[];
}

/** Below this rate a sensor and its filter do not hold 1000 Hz: 2.56 samples a period, as is usual for 10..1000 Hz. */
const LOWEST_RATE_HZ = 2560;
/** Below this speed the standards measure from 2 Hz, and the velocity here begins at 10 Hz, above the shaft line. */
const LOWEST_RPM = 600;
const BAND_LOW_HZ = 10;
/**
 * A line under a Hann window leans over its neighbour bins, and integration weighs the lower ones more. The RMS is within
 * 10 % (mean over the phase) from 2.25 bins on, if the band begins a quarter of a bin below the line: computed for lines
 * at 1.5 to 10 bins and bands from bin 1, 2, 3, 5 and 8 on; a test holds the core to it.
 */
const LINE_BINS = 2.25;
const EDGE_BINS = 0.25;
/** Where the speed is not known, the velocity must hold the shaft line of machines as slow as this. */
const UNKNOWN_SPEED_RPM = 1200;
/** Shown where a setting could not be understood. */
const WANTED =
  'iso20816-3:GROUP:SUPPORT or iso10816-3:GROUP:SUPPORT (GROUP 1 or 2, SUPPORT rigid or flexible), iso10816-1:CLASS ' +
  '(I, II, III or IV), or limits:AB,BC,CD in mm/s such as limits:1.4,2.8,4.5';

let file: SeverityFile | null = null;

function standards(): SeverityFile['standards'] {
  file ??= JSON.parse(readFileSync(new URL('../../hardware/severity.json', import.meta.url), 'utf8')) as SeverityFile;
  return file.standards;
}

/**
 * @throws InputError `SEVERITY_LIMITS` unless 0 < ab < bc < cd
 * @example { standard: 'iso20816-3', group: 2, support: 'rigid' } has the limits 1.4, 2.8, 4.5
 */
export function severityRule(settings: SeveritySettings): SeverityRule {
  if (!('standard' in settings)) {
    const { ab, bc, cd } = settings;
    if (!(ab > 0 && bc > ab && cd > bc && Number.isFinite(cd)))
      throw new InputError(
        'SEVERITY_LIMITS',
        `severity: got limits ${ab}, ${bc}, ${cd}, wanted 0 < ab < bc < cd in mm/s`,
      );
    return { standard: 'own limits', edition: null, group: '', limits: { ab, bc, cd }, speedRpm: null };
  }
  const group = 'class' in settings ? `class ${settings.class}` : `group ${settings.group} ${settings.support}`;
  const standard = standards().find(({ name }) => name === settings.standard);
  const machine = standard?.machines.find((row) => row.group === group);
  if (!standard || !machine)
    throw new InputError('SEVERITY_UNKNOWN', `severity: got ${settings.standard}, ${group}, wanted ${WANTED}`);
  const { title, edition, speedRpm } = standard;
  return { standard: title, edition, group, limits: machine.limitsMmPerS, speedRpm };
}

/**
 * As `--severity` takes it.
 * @throws InputError `SEVERITY_UNKNOWN` | `SEVERITY_LIMITS`
 * @example iso20816-3:2:rigid; iso10816-1:II; limits:1.4,2.8,4.5
 */
export function parseSeverity(text: string): SeverityRule {
  const [standard, first, second, ...more] = text.trim().toLowerCase().split(':');
  const refuse = (): never => {
    throw new InputError('SEVERITY_UNKNOWN', `severity: got "${text}", wanted ${WANTED}`);
  };
  if (first === undefined || more.length > 0) return refuse();
  if (standard === 'limits') {
    const limits = first.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
    if (second !== undefined || limits.length !== 3) return refuse();
    return severityRule({ ab: limits[0], bc: limits[1], cd: limits[2] });
  }
  const found = standards().find(({ name }) => name === standard);
  const group = second === undefined ? `class ${first.toUpperCase()}` : `group ${first} ${second}`;
  const machine = found?.machines.find((row) => row.group === group);
  if (!found || !machine) return refuse();
  const { title, edition, speedRpm } = found;
  return { standard: title, edition, group: machine.group, limits: machine.limitsMmPerS, speedRpm };
}

/**
 * Lowest frequency in Hz whose line the velocity holds to 10 %: see LINE_BINS.
 * @example windows of 4096 samples at 25 600 Hz (bins of 6.25 Hz, the first at or above 10 Hz is 12.5 Hz) -> 14.06
 */
export function lowestLineHz({ sampleRateHz, windowLength }: Pick<PointPlan, 'sampleRateHz' | 'windowLength'>): number {
  const binHz = sampleRateHz / windowLength;
  const first = Math.max(1, Math.ceil(BAND_LOW_HZ / binHz - 1e-9)) * binHz;
  return Math.max(LINE_BINS * binHz, first + EDGE_BINS * binHz);
}

/**
 * Why the velocity of a point cannot be held against the limits, in words for people; null when it can.
 * @param rpm speed of the shaft now, null if not known
 */
export function noZoneReason(plan: PointPlan, rule: SeverityRule, rpm: number | null): string | null {
  const { kind, units, sampleRateHz, windowLength } = plan;
  const unit = units[0];
  if (kind === 'scalar' || (unit !== 'g' && unit !== 'm/s2'))
    return `velocity needs an acceleration in g or m/s2 as a waveform, and this point has ${unit} at ${sampleRateHz} Hz`;
  if (sampleRateHz < LOWEST_RATE_HZ)
    return `the limits are for 10..1000 Hz, which needs ${LOWEST_RATE_HZ} samples a second; this point has ${sampleRateHz}`;
  if (rpm !== null && rpm < LOWEST_RPM)
    return `at ${number(rpm)} r/min the limits are for a band from 2 Hz, and the velocity here begins at 10 Hz`;
  if (rpm !== null && rule.speedRpm && (rpm < rule.speedRpm[0] || rpm > rule.speedRpm[1]))
    return `${rule.standard} holds for ${rule.speedRpm.join('..')} r/min, and the shaft turns at ${number(rpm)}`;
  const lowestHz = lowestLineHz(plan);
  if ((rpm ?? UNKNOWN_SPEED_RPM) < lowestHz * 60) {
    const speed = rpm === null ? 'the speed of the shaft is not known' : `the shaft turns at ${number(rpm)} r/min`;
    return (
      `windows of ${windowLength} samples at ${sampleRateHz} Hz hold lines from ${number(lowestHz)} Hz ` +
      `(${Math.ceil(lowestHz * 60)} r/min) on, and ${speed}; longer snapshots or a longer time to learn give longer windows`
    );
  }
  return null;
}

/** The zone of a velocity; the core computes in float32, so a limit is one as well. */
export function zoneOf(velocityRmsMmPerS: number, { ab, bc, cd }: ZoneLimits): Zone {
  if (velocityRmsMmPerS <= Math.fround(ab)) return 'A';
  if (velocityRmsMmPerS <= Math.fround(bc)) return 'B';
  return velocityRmsMmPerS <= Math.fround(cd) ? 'C' : 'D';
}

/** The limit above which the next zone begins; null above the last. */
export function nextLimit(velocityRmsMmPerS: number, { ab, bc, cd }: ZoneLimits): number | null {
  return [ab, bc, cd].find((limit) => velocityRmsMmPerS <= Math.fround(limit)) ?? null;
}

/** The axis that moves most and its velocity; null where no axis has one. */
export function worstVelocity({ values }: Pick<Verdict, 'values'>): { axis: string; mmPerS: number } | null {
  let worst: { axis: string; mmPerS: number } | null = null;
  for (const { axis, velocityRmsMmPerS } of values)
    if (velocityRmsMmPerS !== null && (worst === null || velocityRmsMmPerS > worst.mmPerS))
      worst = { axis, mmPerS: velocityRmsMmPerS };
  return worst;
}

/** Zones of one point, decision by decision. */
export class SeverityJudge {
  readonly #plan: PointPlan;
  readonly #rule: SeverityRule;
  #reason: string | null;
  #rpm: number | null;

  constructor(plan: PointPlan, rule: SeverityRule) {
    this.#plan = plan;
    this.#rule = rule;
    this.#rpm = plan.shaftRpm;
    this.#reason = noZoneReason(plan, rule, this.#rpm);
  }

  get limits(): ZoneLimits {
    return this.#rule.limits;
  }

  /** @param rpm speed of the shaft at this decision, null if not known */
  judge(verdict: Verdict, rpm: number | null): Pick<Verdict, 'severity' | 'noZone'> {
    if (rpm !== this.#rpm) {
      this.#rpm = rpm;
      this.#reason = noZoneReason(this.#plan, this.#rule, rpm);
    }
    const noZone = this.#reason ?? momentaryReason(verdict);
    const worst = noZone === null ? worstVelocity(verdict) : null;
    if (!worst) return { severity: null, noZone: noZone ?? 'the velocity of this decision is not known' };
    const { standard, edition, group, limits } = this.#rule;
    const zone = zoneOf(worst.mmPerS, limits);
    const velocityRmsMmPerS = worst.mmPerS;
    const nextLimitMmPerS = nextLimit(velocityRmsMmPerS, limits);
    return {
      severity: { zone, standard, edition, group, velocityRmsMmPerS, axis: worst.axis, nextLimitMmPerS },
      noZone: null,
    };
  }
}

/** The limits hold for a machine that runs steadily and a sensor that measures it. */
function momentaryReason({ state, sensorCause, outOfRange }: Verdict): string | null {
  if (state === 'off') return 'the machine stands still';
  if (state === 'transient') return 'speed or load is changing, and the limits hold for steady running';
  if (sensorCause !== null) return 'the sensor is not to be trusted';
  return outOfRange ? 'the signal is outside of the range in which velocity is accurate' : null;
}

/** @example ISO 20816-3:2022 group 2 rigid: zone B, 2.1 mm/s; C begins at 2.8 */
export function severityText({ zone, standard, edition, group, velocityRmsMmPerS, nextLimitMmPerS }: Severity): string {
  const name = [edition === null ? standard : `${standard}:${edition}`, group].filter((part) => part !== '').join(' ');
  const next = { A: 'B', B: 'C', C: 'D', D: '' }[zone];
  const distance = nextLimitMmPerS === null ? '' : `; ${next} begins at ${nextLimitMmPerS}`;
  return `${name}: zone ${zone}, ${number(velocityRmsMmPerS)} mm/s${distance}`;
}

/** What a page or a summary says where there is no zone, and nothing where none was asked for. */
export function severityLine({ severity, noZone }: Pick<Verdict, 'severity' | 'noZone'>): string | null {
  if (severity) return severityText(severity);
  return noZone === null ? null : `No zone: ${noZone}`;
}

/** Two digits below 10, else whole. @example 2.13 -> 2.1; 0.052 -> 0.052; 1475.3 -> 1475 */
function number(value: number): string {
  return value >= 10
    ? String(Number(value.toPrecision(Math.max(2, Math.ceil(Math.log10(value))))))
    : String(Number(value.toPrecision(2)));
}
