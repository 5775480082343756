/** Squared envelope of a frequency band by the analytic signal, and its averaged spectrum, in float64. */
import { fft, realFft } from './fourier.ts';
import { moments } from './moments.ts';
import { hann } from './spectrum.ts';

/**
 * |analytic signal|^2 of the band lowHz..highHz (ends included) of the mean-free, unwindowed signal, at half the sample
 * rate: the band's bins, doubled, go to the start of an N/2-point inverse transform. Moving them down shifts the
 * carrier, which no magnitude sees. A sine of amplitude A in the band gives A^2.
 */
export function squaredEnvelope(
  signal: ArrayLike<number>,
  sampleRateHz: number,
  lowHz = 0.2 * sampleRateHz,
  highHz = 0.45 * sampleRateHz,
): Float64Array {
  const n = signal.length;
  const { mean } = moments(signal);
  const { re, im } = realFft(Float64Array.from(signal, (value) => value - mean));
  const first = Math.ceil((lowHz * n) / sampleRateHz);
  const last = Math.floor((highHz * n) / sampleRateHz);
  const baseband = { re: new Float64Array(n / 2), im: new Float64Array(n / 2) };
  for (let k = first; k <= last; k++) {
    baseband.re[k - first] = (2 * re[k]) / n;
    baseband.im[k - first] = (2 * im[k]) / n;
  }
  const analytic = fft(baseband, true);
  return analytic.re.map((value, i) => value ** 2 + analytic.im[i] ** 2);
}

/** Level, crest and spread of a squared envelope, in nepers as the features are. */
export function envelopeFeatures(envelope: Float64Array): { rms: number; crest: number; kurtosis: number } {
  const { mean, rms } = moments(envelope);
  return {
    rms: 0.5 * Math.log(mean),
    crest: Math.log(envelope.reduce((a, b) => Math.max(a, b)) / mean),
    kurtosis: Math.log((rms / mean) ** 2 + 1e-6),
  };
}

/**
 * Averaged power spectrum of the squared envelope of a long record, block by block: overlapping frames (square root of
 * Hann in and out, half overlap) carry the analytic band signal; its squared magnitude is averaged down to about 56
 * samples a turn; Hann-windowed blocks of `points` with half overlap are averaged.
 */
export class EnvelopeSpectrum {
  readonly power: Float64Array;
  readonly binHz: number;
  blocks = 0;
  private readonly decimation: number;
  private readonly points: number;
  private readonly frame: number;
  private readonly taper: Float64Array;
  private pendingSamples: number[] = [];
  private overlap: { re: Float64Array; im: Float64Array };
  private decimated: number[] = [];
  private sum = 0;
  private summed = 0;

  constructor(sampleRateHz: number, shaftHz: number, points = 4096, frame = 1024) {
    this.decimation = Math.max(1, Math.floor(sampleRateHz / (56 * shaftHz)));
    this.points = points;
    this.frame = frame;
    this.binHz = sampleRateHz / this.decimation / points;
    this.power = new Float64Array(points / 2 + 1);
    this.taper = hann(frame).map(Math.sqrt);
    this.overlap = { re: new Float64Array(frame / 2), im: new Float64Array(frame / 2) };
  }

  push(samples: ArrayLike<number>): void {
    for (let i = 0; i < samples.length; i++) this.pendingSamples.push(samples[i]);
    const half = this.frame / 2;
    let at = 0;
    for (; at + this.frame <= this.pendingSamples.length; at += half)
      this.analyse(this.pendingSamples.slice(at, at + this.frame));
    this.pendingSamples = this.pendingSamples.slice(at);
  }

  private analyse(samples: number[]): void {
    const n = this.frame;
    const { re, im } = realFft(this.taper.map((w, i) => w * samples[i]));
    const band = { re: new Float64Array(n), im: new Float64Array(n) };
    for (let k = Math.ceil(0.2 * n); k <= 0.45 * n; k++) {
      band.re[k] = (2 * re[k]) / n;
      band.im[k] = (2 * im[k]) / n;
    }
    const analytic = fft(band, true);
    for (let i = 0; i < n / 2; i++) {
      const r = this.overlap.re[i] + this.taper[i] * analytic.re[i];
      const j = this.overlap.im[i] + this.taper[i] * analytic.im[i];
      this.take(r * r + j * j);
      this.overlap.re[i] = this.taper[i + n / 2] * analytic.re[i + n / 2];
      this.overlap.im[i] = this.taper[i + n / 2] * analytic.im[i + n / 2];
    }
  }

  private take(squared: number): void {
    this.sum += squared;
    if (++this.summed < this.decimation) return;
    this.decimated.push(this.sum / this.decimation);
    this.sum = 0;
    this.summed = 0;
    if (this.decimated.length < this.points) return;
    const { mean } = moments(this.decimated);
    const { re, im } = realFft(hann(this.points).map((w, i) => w * (this.decimated[i] - mean)));
    for (let k = 0; k < this.power.length; k++) this.power[k] += re[k] ** 2 + im[k] ** 2;
    this.blocks++;
    this.decimated = this.decimated.slice(this.points / 2);
  }

  /** Highest bin within +-tolerance of a frequency over the median of its surroundings, in dB of power. */
  lineDb(hz: number, tolerance = 0.02): number {
    const low = Math.max(1, Math.floor((hz * (1 - tolerance)) / this.binHz));
    const high = Math.ceil((hz * (1 + tolerance)) / this.binHz);
    const width = Math.max(12, 3 * (high - low + 1));
    const around = this.power.slice(Math.max(1, low - width), high + width + 1).sort();
    const peak = this.power.slice(low, high + 1).reduce((a, b) => Math.max(a, b));
    return 10 * Math.log10(peak / around[around.length >> 1]);
  }
}
