/**
 * Levels as a person would measure them: root mean square over all windows of a stretch, in the bands of the core. The
 * core averages the logarithms of its windows, which follows a machine that knocks now and then less than its energy
 * does: up to half where a turn takes longer than a window. Decisions rest on that one; sizes are told by this one.
 */
import { BANDS, FEATURE_BAND, FEATURE_RMS, FEATURE_VELOCITY } from '../../core-wasm/memory.ts';
import { Core } from '../analyse/core.ts';
import { bandEdgeHz } from '../detect/features.ts';
import type { PointPlan, SourceEvent, SourceInfo } from '../types.ts';

/** Mean squares of one axis: [0] of the signal about the mean of its windows, [1] of its velocity in unit s, then the bands. */
export type AxisPowers = Float64Array;

const VALUES = 2 + BANDS;

/** From the form that a baseline keeps: axes end to end. */
export function powersOf(levels: Float32Array | undefined): AxisPowers[] | null {
  if (!levels || levels.length === 0 || levels.length % VALUES !== 0) return null;
  const axes = levels.length / VALUES;
  return Array.from({ length: axes }, (_, axis) =>
    Float64Array.from(levels.subarray(axis * VALUES, (axis + 1) * VALUES)),
  );
}

/** Place of a feature in AxisPowers; null for what is no level. */
export function levelIndex(feature: number): number | null {
  if (feature === FEATURE_RMS) return 0;
  if (feature === FEATURE_VELOCITY) return 1;
  return feature >= FEATURE_BAND && feature < FEATURE_BAND + BANDS ? 2 + feature - FEATURE_BAND : null;
}

interface Kept {
  first: number;
  axes: Float32Array[];
}

type Span = { start: number; length: number };

/** Remembers the last samples of a vibration point, to measure a decision on them once it is made. */
export class LevelMeter {
  readonly #plan: PointPlan;
  readonly #core = new Core();
  readonly #fft: { input: Float32Array; output: Float32Array };
  readonly #edges: Float64Array;
  #kept: Kept[] = [];
  /** Samples that are remembered: twice the longest decision. */
  readonly #memory: number;
  #sums: AxisPowers[];
  #windows = 0;

  constructor(plan: PointPlan, { snapshot }: Pick<SourceInfo, 'snapshot'>) {
    const { windowLength, windowsPerDecision, sampleRateHz, channels } = plan;
    this.#plan = plan;
    this.#fft = this.#core.planFft(windowLength);
    this.#edges = Float64Array.from({ length: BANDS + 1 }, (_, i) => bandEdgeHz(i, sampleRateHz, windowLength));
    this.#memory = 2 * Math.max(snapshot?.samples ?? 0, ((windowsPerDecision + 2) * windowLength) / 2);
    this.#sums = channels.map(() => new Float64Array(VALUES));
  }

  /** Before the event goes to the pipeline: a copy of its samples is kept for the decisions that it may bring. */
  push(event: SourceEvent): void {
    if (event.kind !== 'samples') return;
    const axes = this.#plan.channels.map((channel) => event.channels[channel].slice());
    this.#kept.push({ first: event.firstSample, axes });
    const from = event.firstSample - this.#memory;
    while (this.#kept.length > 1 && this.#kept[1].first <= from) this.#kept.shift();
  }

  /** Takes the samples of a decision into the mean of all that are taken. */
  add(span: Span): void {
    const { sums, windows } = this.#summed(span);
    sums.forEach((values, axis) => {
      for (let i = 0; i < VALUES; i++) this.#sums[axis][i] += values[i];
    });
    this.#windows += windows;
  }

  /** Of everything added; null before there is anything. */
  get mean(): AxisPowers[] | null {
    return meanOf(this.#sums, this.#windows);
  }

  /** Of one decision; null where its samples are no more, or not all numbers. */
  measure(span: Span): AxisPowers[] | null {
    const { sums, windows } = this.#summed(span);
    return meanOf(sums, windows);
  }

  #summed({ start, length }: Span): { sums: AxisPowers[]; windows: number } {
    const sums = this.#plan.channels.map(() => new Float64Array(VALUES));
    const { windowLength: n } = this.#plan;
    let windows = 0;
    for (let at = start; at + n <= start + length; at += n / 2) {
      const found = sums.map((_, axis) => this.#window(axis, at));
      if (found.includes(null)) continue;
      found.forEach((window, axis) => {
        this.#transform(window!, sums[axis]);
      });
      windows++;
    }
    return { sums, windows };
  }

  #window(axis: number, start: number): Float32Array | null {
    const { windowLength: n } = this.#plan;
    const window = new Float32Array(n);
    let filled = 0;
    for (const { first, axes } of this.#kept) {
      const from = Math.max(start + filled, first);
      const to = Math.min(start + n, first + axes[axis].length);
      if (from !== start + filled || to <= from) continue;
      window.set(axes[axis].subarray(from - first, to - first), filled);
      filled += to - from;
    }
    return filled === n && window.every(Number.isFinite) ? window : null;
  }

  /** Adds the mean squares of one window. */
  #transform(window: Float32Array, sum: AxisPowers): void {
    const { windowLength: n, sampleRateHz } = this.#plan;
    const { input, output } = this.#fft;
    const mean = window.reduce((total, value) => total + value, 0) / n;
    for (let i = 0; i < n; i++) input[i] = window[i] - mean;
    sum[0] += input.reduce((total, value) => total + value * value, 0) / n;
    this.#core.fft(n);
    // Hann on the bins: X[k]/2 - (X[k-1] + X[k+1])/4
    const hann = (at: number): number => output[at] / 2 - (output[at - 2] + output[at + 2]) / 4;
    const top = Math.min(1000, 0.45 * sampleRateHz);
    let band = 0;
    for (let k = 1; k < n / 2; k++) {
      const power = ((hann(2 * k) ** 2 + hann(2 * k + 1) ** 2) * 16) / (3 * n * n);
      const hz = (k * sampleRateHz) / n;
      if (hz >= 10 && hz <= top) sum[1] += power / (2 * Math.PI * hz) ** 2;
      while (band < BANDS && hz >= this.#edges[band + 1]) band++;
      if (band < BANDS && hz >= this.#edges[band]) sum[2 + band] += power;
    }
  }
}

function meanOf(sums: AxisPowers[], windows: number): AxisPowers[] | null {
  return windows > 0 ? sums.map((values) => values.map((value) => value / windows)) : null;
}
