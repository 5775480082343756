/**
 * Which points a source has, and how each is cut into windows and decisions (design: "Window and decision").
 * A rule of rate, snapshot and learning length only; nothing here knows a data set.
 */
import {
  MAX_AXES,
  MAX_LEARN_DECISIONS,
  MAX_SCALARS,
  MAX_WINDOW,
  MIN_LEARN_DECISIONS,
  MIN_WINDOW,
} from '../../core-wasm/memory.ts';
import { InputError } from '../errors.ts';
import type { PointPlan, RotorFacts, SourceInfo, Unit } from '../types.ts';

/** Channels below this rate are readings, not waveforms. */
const WAVEFORM_RATE_HZ = 10;
const AXES = ['x', 'y', 'z'];
const ENOUGH_DECISIONS = 20;
const SHORTEST_HALVED_WINDOW = 1024;
/** docs/adr/0011: the smallest that leaves every healthy recording and simulated machine in peace, with room. */
const DEFAULT_THRESHOLD_SPREADS = 5;
const DEFAULT_PERSISTENCE = 3;
/** Of a live machine or a long recording, unless told otherwise. */
const LEARN_SECONDS = 60;
/** Of a recording that is not long: its first third, so that something is left to judge. */
const LEARN_SHARE = 0.3;

export interface PlanOptions {
  /** Samples a channel known to be healthy; `auto`: see `autoLearnSamples`; null: nothing may be learned. */
  learnSamples: number | 'auto' | null;
  thresholdSpreads?: number;
  persistenceDecisions?: number;
  /** RMS, in the unit of the samples, below which the machine is off. */
  offBelow?: number | undefined;
  /** What people call the point; `x.y` for point y of a source that has several. Its own name if absent. */
  pointName?: string;
  /** What people call the bearing of every channel that has none of its own name. */
  bearingName?: string | null;
  rotor?: RotorFacts | undefined;
}

export interface Cut {
  windowLength: number;
  windowsPerDecision: number;
  learnDecisions: number;
  loneWindows: boolean;
}

/** Windows at half overlap in a stretch, the last one aligned to its end. */
export function windowsIn(samples: number, windowLength: number): number {
  if (samples < windowLength) return 0;
  return Math.ceil((samples - windowLength) / (windowLength / 2)) + 1;
}

/** Largest power of two that is not above x. */
function powerOfTwoUpTo(x: number): number {
  return 2 ** Math.floor(Math.log2(Math.max(1, x)));
}

/**
 * @param snapshotSamples samples of each snapshot, null for a continuous stream
 * @param learnSamples    samples that may be learned from, null for none
 * @example 20 kHz, 20 000 samples to learn from -> window 1024, 2 windows a decision, 19 decisions
 */
export function cut(sampleRateHz: number, snapshotSamples: number | null, learnSamples: number | null): Cut {
  const longest = Math.min(MAX_WINDOW, snapshotSamples ?? Infinity, sampleRateHz);
  let windowLength = Math.max(MIN_WINDOW, powerOfTwoUpTo(longest));
  const spanSamples = snapshotSamples ?? sampleRateHz;
  // one window alone is a noisy witness, and nothing would tell an odd one out: docs/adr/0007
  const perSpan = (span: number): number => Math.max(2, Math.floor((span - windowLength) / (windowLength / 2)) + 1);
  const decisions = (windows: number): number => {
    if (learnSamples === null) return 0;
    if (snapshotSamples === null)
      return Math.floor(Math.floor((learnSamples - windowLength) / (windowLength / 2) + 1) / windows);
    const perSnapshot = windowsIn(snapshotSamples, windowLength);
    return Math.floor(learnSamples / snapshotSamples) * (windows === 0 ? 1 : Math.ceil(perSnapshot / windows));
  };
  let windows = snapshotSamples === null ? perSpan(spanSamples) : 0;
  if (learnSamples !== null) {
    for (let span = spanSamples / 2; decisions(windows) < ENOUGH_DECISIONS && windows !== 2; span /= 2) {
      windows = perSpan(span);
    }
    while (decisions(windows) < ENOUGH_DECISIONS && windowLength > SHORTEST_HALVED_WINDOW) windowLength /= 2;
  }
  const learnDecisions = Math.min(MAX_LEARN_DECISIONS, decisions(windows));
  const gridWindows =
    snapshotSamples === null ? Infinity : Math.floor((snapshotSamples - windowLength) / (windowLength / 2)) + 1;
  return { windowLength, windowsPerDecision: windows, learnDecisions, loneWindows: gridWindows < 4 };
}

/** What is learned from when nobody says: the first minute, or the first 30 % of a recording shorter than 200 s. */
export function autoLearnSamples(info: SourceInfo): number {
  const minute = Math.ceil(LEARN_SECONDS * info.sampleRateHz);
  return info.sampleCount === null ? minute : Math.min(minute, Math.floor(LEARN_SHARE * info.sampleCount));
}

/** Time from one decision to the next on the machine's clock; null for snapshots of which nobody knows how far apart. */
function decisionSeconds({ sampleRateHz, snapshot }: SourceInfo, cutting: Cut): number | null {
  const { windowLength, windowsPerDecision } = cutting;
  if (windowLength === 0) return windowsPerDecision / sampleRateHz;
  if (snapshot === null) return (windowsPerDecision * windowLength) / 2 / sampleRateHz;
  if (snapshot.intervalS === null) return null;
  const windows = windowsIn(snapshot.samples, windowLength);
  return snapshot.intervalS / (windowsPerDecision === 0 ? 1 : Math.ceil(windows / windowsPerDecision));
}

function bearingOf(info: SourceInfo, channel: string | null): [string, PointPlan['faultOrder']] | null {
  const name = channel !== null && channel in info.bearings ? channel : '';
  const order = info.bearings[name];
  return order ? [name, order] : null;
}

/**
 * Channels x, y, z form one vibration point; any other channel of 10 Hz and above is a point of its own; slower
 * channels form one scalar point.
 *
 * @throws InputError `LEARN_SHORT` when the healthy part holds fewer than 8 decisions, `POINT_CHANNELS` when a scalar
 *         point would have more than 16 channels
 */
export function planPoints(info: SourceInfo, options: PlanOptions): PointPlan[] {
  const learnSamples = options.learnSamples === 'auto' ? autoLearnSamples(info) : options.learnSamples;
  const names = info.channels.map((channel) => channel.name);
  const plan = (
    name: string,
    kind: PointPlan['kind'],
    channels: number[],
    bearingChannel: string | null,
  ): PointPlan => {
    const bearing = kind === 'vibration' ? bearingOf(info, bearingChannel) : null;
    const cutting: Cut =
      kind === 'vibration'
        ? cut(info.sampleRateHz, info.snapshot?.samples ?? null, learnSamples)
        : {
            windowLength: 0,
            windowsPerDecision: 1,
            learnDecisions: Math.min(MAX_LEARN_DECISIONS, learnSamples ?? 0),
            loneWindows: false,
          };
    if (learnSamples !== null && cutting.learnDecisions < MIN_LEARN_DECISIONS)
      throw new InputError(
        'LEARN_SHORT',
        `${info.name}: point ${name}: ${learnSamples} samples at ${info.sampleRateHz} Hz give ${cutting.learnDecisions} ` +
          `decisions to learn from, wanted at least ${MIN_LEARN_DECISIONS}; nothing was analysed`,
      );
    const units = channels.map((channel) => info.channels[channel].unit);
    if (kind === 'vibration') checkVibration(info, name, units);
    const fullScales = channels.map((channel) => info.channels[channel].fullScale ?? 0);
    return {
      name,
      kind,
      channels,
      channelNames: channels.map((channel) => names[channel]),
      units,
      sampleRateHz: info.sampleRateHz,
      ...cutting,
      learnUntilSample: typeof options.learnSamples === 'number' ? options.learnSamples : null,
      shaftRpm: info.shaftRpm,
      faultOrder: bearing?.[1] ?? null,
      bearingName: bearing ? bearing[0] || (options.bearingName ?? null) : null,
      thresholdSpreads: options.thresholdSpreads ?? DEFAULT_THRESHOLD_SPREADS,
      persistenceDecisions: options.persistenceDecisions ?? DEFAULT_PERSISTENCE,
      rotor: kind === 'vibration' ? options.rotor : undefined,
      decisionSeconds: decisionSeconds(info, cutting),
      offBelow: options.offBelow ?? null,
      fullScale: Math.max(...fullScales) > 0 && new Set(fullScales).size === 1 ? fullScales[0] : null,
    };
  };
  if (info.sampleRateHz < WAVEFORM_RATE_HZ) {
    if (names.length > MAX_SCALARS)
      throw new InputError(
        'POINT_CHANNELS',
        `${info.name}: got ${names.length} channels below ${WAVEFORM_RATE_HZ} Hz, wanted at most ${MAX_SCALARS}; choose some with --channels`,
      );
    return named([plan('scalars', 'scalar', [...names.keys()], null)], options.pointName);
  }
  const axes = AXES.map((axis) => names.indexOf(axis)).filter((channel) => channel >= 0);
  const points = names
    .map((name, channel) => ({ name, channel }))
    .filter(({ channel }) => !axes.includes(channel))
    .map(({ name, channel }) => plan(name, 'vibration', [channel], name));
  if (axes.length > 0) points.unshift(plan('vibration', 'vibration', axes.slice(0, MAX_AXES), null));
  return named(points, options.pointName);
}

/** One number of a point must mean one thing, and a window must fit. */
function checkVibration(info: SourceInfo, point: string, units: Unit[]): void {
  if (new Set(units).size > 1)
    throw new InputError(
      'POINT_UNITS',
      `${info.name}: point ${point}: its axes are in ${units.join(', ')}, wanted one unit for all; give it with --unit, ` +
        'or choose channels with --channels; nothing was analysed',
    );
  const { snapshot } = info;
  if (snapshot && snapshot.samples < MIN_WINDOW)
    throw new InputError(
      'SNAPSHOT_SHORT',
      `${info.name}: point ${point}: snapshots of ${snapshot.samples} samples, wanted at least ${MIN_WINDOW}; nothing was analysed`,
    );
}

function named(plans: PointPlan[], name: string | undefined): PointPlan[] {
  if (name === undefined) return plans;
  return plans.map((plan) => ({ ...plan, name: plans.length === 1 ? name : `${name}.${plan.name}` }));
}
