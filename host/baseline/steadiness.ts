/**
 * Whether what was learned is one steady running state. The learned decisions are cut into thirds: a feature whose
 * medians do not agree has moved while "normal" was being learned, and would widen it. Beside that: an axis that was
 * silent for a while, a sensor that was not well, samples that were lost.
 */
import { FEATURE_CENTROID, FEATURE_ORDER, FEATURE_RMS, FEATURES_PER_AXIS } from '../../core-wasm/memory.ts';
import { axisName, featureName } from '../detect/features.ts';
import { clockText } from '../explain.ts';
import type { Output } from '../pipeline.ts';
import { endSecondsAt, secondsAt } from '../stream-time.ts';
import type { PointPlan, SourceInfo, Verdict } from '../types.ts';
import { best, correlation, type Move, median, spreadOf } from './moves.ts';

export interface Finding {
  point: string;
  kind: 'trend' | 'jump' | 'off' | 'sensor' | 'gaps';
  /** In words, '' where it is not about one feature. */
  feature: string;
  axis: string;
  /** Of the medians of two thirds, in the spread within a third; 0 where nothing moved. */
  spreads: number;
  text: string;
}

/**
 * Medians of two thirds may differ by this many spreads within a third. The threshold comes from the last third of the
 * learned decisions: where every feature has moved by d spreads, healthy data scores about d there instead of 1, and a
 * fault has to move features d times as far before it alarms. At 3 the detector is a third as sensitive.
 */
const AGREE_SPREADS = 3;
/**
 * The difference of two medians of m values spreads by 1.2533 sqrt(2/m) spreads. 252 comparisons (three pairs of 84
 * features), with a step looked for at about 20 places, stay below 4.7 of that in 99 of 100 steady recordings ...
 */
const QUANTILE = 4.7;
/** ... and further away where the spread itself is told from few values: a MAD counts as 0.37 of as many for a deviation. */
const MAD_EFFICIENCY = 0.37;
/** A shorter series has thirds of less than three values, whose medians say nothing. */
const LEAST_ROWS = 9;
/** As the core: 0.4 dB, below which no maintenance decision would rest. */
const LEVEL_FLOOR = 0.045;
/** A machine that stands still is this far below itself running: 20 dB. */
const OFF_NEPERS = Math.LN10;
/** As for a replay: of a stream with more samples lost than this, nothing is believed. */
const MAX_LOST_SHARE = 0.01;

interface PointRows {
  plan: PointPlan;
  rows: Verdict[];
  sensor: Map<string, number>;
  lostSamples: number;
  isJudged: boolean;
}

export class Steadiness {
  readonly #info: SourceInfo;
  readonly #points: Map<string, PointRows>;

  constructor(info: SourceInfo, plans: PointPlan[]) {
    this.#info = info;
    this.#points = new Map(
      plans.map((plan) => [plan.name, { plan, rows: [], sensor: new Map(), lostSamples: 0, isJudged: false }]),
    );
  }

  /** Takes every output of the pipeline that learns. */
  push(output: Output): void {
    if (output.kind === 'gap') {
      const point = output.point === null ? undefined : this.#points.get(output.point);
      if (point && !point.isJudged) point.lostSamples += output.lostSamples;
      return;
    }
    if (output.kind !== 'verdict') return;
    const { verdict } = output;
    const point = this.#points.get(verdict.point);
    if (!point || point.isJudged) return;
    if (verdict.sensorCause) point.sensor.set(verdict.sensorCause, (point.sensor.get(verdict.sensorCause) ?? 0) + 1);
    else if (verdict.calibrating) point.rows.push(verdict);
    else point.isJudged = true;
  }

  /** Every point has what it was to learn. */
  get isComplete(): boolean {
    return [...this.#points.values()].every(({ isJudged }) => isJudged);
  }

  /** Decisions learned by the point that has fewest. */
  get decisions(): number {
    return Math.min(...[...this.#points.values()].map(({ rows }) => rows.length));
  }

  /** What speaks against calling this normal: by point, the clearest first. */
  findings(): Finding[] {
    return [...this.#points.values()].flatMap((point) => [
      ...sensorFindings(point),
      ...this.#offFindings(point),
      ...gapFindings(point),
      ...this.#moveFindings(point),
    ]);
  }

  #offFindings({ plan, rows }: PointRows): Finding[] {
    if (plan.kind === 'scalar') return [];
    return plan.channels.flatMap((_, axis): Finding[] => {
      const levels = rows.map(({ features }) => features[axis * FEATURES_PER_AXIS + FEATURE_RMS]);
      const sorted = [...levels].sort((a, b) => a - b);
      const at = sorted.findIndex((level, i) => i > 0 && level - sorted[i - 1] >= OFF_NEPERS);
      if (at < 0) return [];
      const factor = Math.exp(median(sorted.slice(at)) - median(sorted.slice(0, at)));
      const first = rows[levels.findIndex((level) => level < sorted[at])];
      const text = `was off for ${at} of ${rows.length} decisions, first at ${this.#startText(first)}: the level of ${axisName(axis, plan)} is ${Math.round(factor)} times lower there`;
      return [{ point: plan.name, kind: 'off', feature: 'RMS', axis: axisName(axis, plan), spreads: 0, text }];
    });
  }

  #moveFindings({ plan, rows }: PointRows): Finding[] {
    if (rows.length < LEAST_ROWS) return [];
    const features = rows[0].features.length;
    const moved: Finding[] = [];
    for (let index = 0; index < features; index++) {
      const isLine = plan.kind === 'vibration' && index % FEATURES_PER_AXIS >= FEATURE_ORDER;
      // a line has no value until a spectrum resolves it
      const valued = isLine ? rows.filter((row) => row.features[index] !== 0) : rows;
      if (valued.length < LEAST_ROWS) continue;
      const move = moveOf(
        valued.map((row) => row.features[index]),
        floorOf(index, plan, valued),
      );
      if (move) moved.push(this.#moveFinding(plan, index, move, valued));
    }
    return moved.sort((a, b) => b.spreads - a.spreads);
  }

  #moveFinding(plan: PointPlan, index: number, move: Move & { spreads: number }, rows: Verdict[]): Finding {
    const isScalar = plan.kind === 'scalar';
    const feature = featureName(isScalar ? index : index % FEATURES_PER_AXIS, plan);
    const axis = isScalar ? '' : axisName(Math.floor(index / FEATURES_PER_AXIS), plan);
    const where = axis === '' || axis === plan.name ? '' : ` (${axis})`;
    const verb = move.after > move.before ? 'rises' : 'falls';
    const amount = isScalar
      ? `from ${short(move.before)} to ${short(move.after)} ${plan.units[index]}`
      : `by a factor of ${short(Math.exp(move.after - move.before))}`;
    const when =
      move.kind === 'jump'
        ? `jumps: ${verb} ${amount} at ${this.#startText(rows[move.at])}`
        : `${verb} steadily ${amount} from ${this.#startText(rows[0])} to ${this.#endText(rows.at(-1)!)}`;
    const text = `${feature}${where} ${when} (${short(move.spreads)} spreads)`;
    return { point: plan.name, kind: move.kind, feature, axis, spreads: move.spreads, text };
  }

  #startText(verdict: Verdict): string {
    return clockText(secondsAt(this.#info, verdict.start));
  }

  #endText(verdict: Verdict): string {
    return clockText(endSecondsAt(this.#info, verdict.start + verdict.length));
  }
}

function sensorFindings({ plan, sensor }: PointRows): Finding[] {
  return [...sensor].map(([cause, decisions]) => ({
    point: plan.name,
    kind: 'sensor',
    feature: '',
    axis: '',
    spreads: 0,
    text: `the sensor was ${cause} in ${decisions} decisions`,
  }));
}

function gapFindings({ plan, rows, lostSamples }: PointRows): Finding[] {
  const learned = rows.reduce((sum, { length }) => sum + length, 0);
  const share = lostSamples / Math.max(1, lostSamples + learned);
  if (share <= MAX_LOST_SHARE) return [];
  const text = `${lostSamples} samples were lost (${short(100 * share)} %), wanted at most ${100 * MAX_LOST_SHARE} %`;
  return [{ point: plan.name, kind: 'gaps', feature: '', axis: '', spreads: 0, text }];
}

/** Null when the thirds of the series agree. The spread is that of what the move, at once or bit by bit, leaves over. */
function moveOf(series: number[], floor: number): (Move & { spreads: number }) | null {
  const edges = [0, 1, 2, 3].map((third) => Math.round((third * series.length) / 3));
  const medians = [0, 1, 2].map((third) => median(series.slice(edges[third], edges[third + 1])));
  const apart = Math.max(...medians) - Math.min(...medians);
  if (apart <= AGREE_SPREADS * floor) return null;
  const move = best(series);
  const spread = Math.max(floor, spreadOf(move.rest) * (1 + 4 / series.length));
  const r = Math.min(0.95, Math.max(0, correlation(move.rest)));
  const chance = chanceOf(series.length) * Math.sqrt((1 + r) / (1 - r)); // neighbours say the same again
  const spreads = apart / spread;
  return spreads > Math.max(AGREE_SPREADS, chance) ? { ...move, spreads } : null;
}

/** What the medians of thirds of n steady values differ by at most, in spreads: Student's t by its expansion in 1/n. */
function chanceOf(n: number): number {
  const student = 1 + (QUANTILE ** 2 + 1) / (4 * MAD_EFFICIENCY * (n - 3));
  return QUANTILE * student * 1.2533 * Math.sqrt(2 / (n / 3));
}

/** Smallest spread worth speaking of, as the core has it. */
function floorOf(index: number, plan: PointPlan, rows: Verdict[]): number {
  if (plan.kind === 'scalar') return 1e-3 * Math.abs(median(rows.map(({ features }) => features[index]))) + 1e-9;
  const feature = index % FEATURES_PER_AXIS;
  if (feature >= FEATURE_ORDER) return 4 * LEVEL_FLOOR;
  return feature === FEATURE_CENTROID ? LEVEL_FLOOR / 2 : LEVEL_FLOOR;
}

const short = (value: number): string => String(Number(value.toPrecision(2)));
