/**
 * The hot path as one writes it in plain JavaScript, the yardstick for the core's: the features of core-wasm/vibration.ts
 * by the same definitions, float64, one axis, tables and line positions found once. Not in it: learning, score, verdict.
 */
import {
  BANDS,
  FEATURE_BAND,
  FEATURE_ENVELOPE_RMS,
  FEATURE_FAULT,
  FEATURE_ORDER,
  FEATURES_PER_AXIS,
  ORDERS,
} from '../../core-wasm/memory.ts';
import type { PointPlan } from '../types.ts';
import { PlainDemodulator } from './plain-demodulator.ts';
import { SpectralLine, TINY } from './plain-line.ts';

type Numbers = Float64Array | number[];

/** Not scaled; `run` keeps the input. Complex points are interleaved. */
export interface Transform {
  readonly input: Numbers;
  readonly output: Numbers;
  run(): void;
}

/** Whose FFT the path runs on. */
export interface Transforms {
  /** n real points to at least n/2 + 1 complex bins. */
  real(n: number): Transform;
  /** Forward. */
  complex(m: number): Transform;
}

export interface PathSettings {
  windowLength: number;
  windowsPerDecision: number;
  sampleRateHz: number;
  shaftHz: number;
  faultOrder: NonNullable<PointPlan['faultOrder']>;
}

/** @throws when speed or bearing is unknown: then there is less to do, and nothing to compare */
export function pathSettings(plan: PointPlan): PathSettings {
  const { windowLength, windowsPerDecision, sampleRateHz, shaftRpm, faultOrder } = plan;
  if (shaftRpm === null || faultOrder === null) throw new Error(`${plan.name}: shaft speed and bearing are needed`);
  return { windowLength, windowsPerDecision, sampleRateHz, shaftHz: shaftRpm / 60, faultOrder };
}

export class PlainPath {
  /** Of the last decision, in the order of core-wasm/memory.ts. */
  readonly features = new Float64Array(FEATURES_PER_AXIS);
  decisions = 0;
  readonly #settings: PathSettings;
  readonly #history: Float64Array;
  readonly #transform: Transform;
  readonly #envelope: Transform;
  readonly #squared: Float64Array;
  readonly #hann: Float64Array;
  readonly #power: Float64Array;
  readonly #edges: number[];
  readonly #integralSquared: Float64Array;
  readonly #firstSpeedBin: number;
  readonly #shaftLines: SpectralLine[];
  readonly #demodulator: PlainDemodulator;
  readonly #sums = new Float64Array(FEATURES_PER_AXIS);
  #isFilled = false;
  #windows = 0;

  constructor(settings: PathSettings, transforms: Transforms) {
    const { windowLength: n, sampleRateHz, shaftHz } = settings;
    const binHz = sampleRateHz / n;
    this.#settings = settings;
    this.#history = new Float64Array(n);
    this.#transform = transforms.real(n);
    this.#envelope = transforms.complex(n / 2);
    this.#squared = new Float64Array(n / 2);
    this.#hann = new Float64Array(n);
    this.#power = new Float64Array(n / 2 + 1);
    const low = Math.max(4 * binHz, sampleRateHz / 1000);
    const edgeHz = (i: number): number => low * Math.exp((Math.log((0.45 * sampleRateHz) / low) * i) / BANDS);
    this.#edges = Array.from({ length: BANDS + 1 }, (_, i) => Math.ceil(edgeHz(i) / binHz - 1e-9));
    this.#firstSpeedBin = Math.max(1, Math.ceil(10 / binHz - 1e-9));
    const lastSpeedBin = Math.floor(Math.min(1000, 0.45 * sampleRateHz) / binHz + 1e-9);
    this.#integralSquared = Float64Array.from(
      { length: lastSpeedBin - this.#firstSpeedBin + 1 },
      (_, i) => (2 * Math.PI * binHz * (this.#firstSpeedBin + i)) ** -2,
    );
    const orders = Array.from({ length: ORDERS }, (_, i) => i + 1);
    this.#shaftLines = orders.map((order) => new SpectralLine((shaftHz / binHz) * order, n / 2 + 1));
    this.#demodulator = new PlainDemodulator(settings, transforms);
  }

  /** Half a window of new samples, from `from` on. */
  push(samples: Float32Array, from: number): void {
    const history = this.#history;
    const half = history.length / 2;
    history.copyWithin(0, half);
    for (let i = 0; i < half; i++) history[half + i] = Math.min(1e9, Math.max(-1e9, samples[from + i]));
    if (this.#isFilled) this.#takeWindow();
    this.#isFilled = true;
  }

  #takeWindow(): void {
    this.#addMoments();
    this.#transform.run();
    this.#addSpectrum();
    this.#addEnvelope();
    this.#demodulator.push(this.#hann);
    if (++this.#windows < this.#settings.windowsPerDecision) return;
    for (let i = 0; i < FEATURE_FAULT; i++) this.features[i] = this.#sums[i] / this.#windows;
    this.features.set(this.#demodulator.lines, FEATURE_FAULT);
    this.#sums.fill(0);
    this.#windows = 0;
    this.decisions++;
  }

  /** Level, crest factor, kurtosis; the mean-free window goes to the transform. */
  #addMoments(): void {
    const x = this.#history;
    const { input } = this.#transform;
    const sums = this.#sums;
    const n = x.length;
    let low = x[0];
    let high = x[0];
    let sum = 0;
    for (let i = 0; i < n; i++) {
      if (x[i] < low) low = x[i];
      if (x[i] > high) high = x[i];
      sum += x[i];
    }
    const mean = sum / n;
    let squares = 0;
    let fourths = 0;
    let atLow = 0;
    let atHigh = 0;
    for (let i = 0; i < n; i++) {
      const y = x[i] - mean;
      input[i] = y;
      squares += y * y;
      fourths += y * y * y * y;
      if (x[i] === low) atLow++;
      if (x[i] === high) atHigh++;
    }
    if (Math.max(atLow, atHigh) >= 0.01 * n) throw new Error('the signal of the yardstick is clipped');
    const variance = squares / n;
    const rms = Math.sqrt(variance);
    sums[0] += Math.log(rms + 1e-10);
    sums[2] += Math.log(Math.max(Math.max(high - mean, mean - low) / rms, 1e-3));
    sums[3] += Math.log(Math.max(fourths / n / (variance * variance), 1e-3));
  }

  /** Velocity, centroid, bands, shaft lines, from the Hann spectrum, which is made of neighbouring bins. */
  #addSpectrum(): void {
    const { output } = this.#transform;
    const hann = this.#hann;
    const power = this.#power;
    const sums = this.#sums;
    const edges = this.#edges;
    const integral = this.#integralSquared;
    const first = this.#firstSpeedBin;
    const n = hann.length;
    const scale = 16 / (3 * n * n);
    let weighted = 0;
    let total = 0;
    for (let k = 1; k < n / 2; k++) {
      const re = 0.5 * output[2 * k] - 0.25 * (output[2 * k - 2] + output[2 * k + 2]);
      const im = 0.5 * output[2 * k + 1] - 0.25 * (output[2 * k - 1] + output[2 * k + 3]);
      const p = (re * re + im * im) * scale;
      hann[2 * k] = re;
      hann[2 * k + 1] = im;
      power[k] = p;
      weighted += p * k;
      total += p;
    }
    let speed = 0;
    for (let i = 0; i < integral.length; i++) speed += power[first + i] * integral[i];
    sums[1] += Math.log(Math.sqrt(speed) + 1e-13);
    sums[4] += Math.log((total > 0 ? (weighted / total) * (this.#settings.sampleRateHz / n) : 0) + 1e-6);
    for (let i = 0; i < BANDS; i++) {
      let level = 0;
      for (let k = edges[i]; k < edges[i + 1]; k++) level += power[k];
      sums[FEATURE_BAND + i] += 0.5 * Math.log(level + TINY);
    }
    for (let i = 0; i < ORDERS; i++) sums[FEATURE_ORDER + i] += this.#shaftLines[i].height(power);
  }

  /** Squared envelope of 0.2..0.45 fs: its bins as the spectrum of a shorter complex signal, parts exchanged. */
  #addEnvelope(): void {
    const bins = this.#transform.output;
    const { input, output } = this.#envelope;
    const squared = this.#squared;
    const sums = this.#sums;
    const m = squared.length;
    const first = Math.ceil(0.2 * 2 * m);
    const count = Math.floor(0.45 * 2 * m) - first + 1;
    for (let k = 0; k < count; k++) {
      input[2 * k] = bins[2 * (first + k) + 1] / m;
      input[2 * k + 1] = bins[2 * (first + k)] / m;
    }
    for (let i = 2 * count; i < 2 * m; i++) input[i] = 0;
    this.#envelope.run();
    let sum = 0;
    let highest = 0;
    for (let i = 0; i < m; i++) {
      const e = output[2 * i] * output[2 * i] + output[2 * i + 1] * output[2 * i + 1];
      squared[i] = e;
      sum += e;
      if (e > highest) highest = e;
    }
    const mean = sum / m;
    const inverse = 1 / Math.max(mean, 1e-18);
    let spread = 0;
    for (let i = 0; i < m; i++) spread += (squared[i] * inverse - 1) ** 2;
    sums[FEATURE_ENVELOPE_RMS] += 0.5 * Math.log(mean + TINY);
    sums[FEATURE_ENVELOPE_RMS + 1] += Math.log((highest + TINY) / (mean + TINY));
    sums[FEATURE_ENVELOPE_RMS + 2] += Math.log(spread / m + 1e-6);
  }
}
