/**
 * The long view of bearing orders in float64, from its definition: periodic-Hann frames at half overlap, each bin divided
 * by its running mean magnitude, three bands of N/8 bins from 0.05, 0.175 and 0.3 fs as analytic signals at a quarter of
 * the sample rate, overlap-added, squared, averaged down to about 56 points a turn; Hann-weighted power spectra of 4096
 * points of relative modulation at half overlap, averaged exponentially. Whole record in, spectrum out; no streaming.
 */
import { fft, realFft } from './fourier.ts';
import { moments } from './moments.ts';
import { hann } from './spectrum.ts';

const WHITENING_FRAMES = 20;
const AVERAGED_SPECTRA = 8;
const POINTS = 4096;

/** Squared envelope points of one band (0..2), after decimation. */
export function decimatedEnvelope(
  signal: ArrayLike<number>,
  sampleRateHz: number,
  shaftHz: number,
  band: number,
  frameLength: number,
): number[] {
  const n = frameLength;
  const bins = n / 8;
  const first = 2 * Math.floor((Math.floor(n / 20) + band * bins) / 2);
  const half = n / 8; // half a frame at the envelope's rate, fs / 4
  const frames = Math.floor((signal.length - n) / (n / 2)) + 1;
  const joined = { re: new Float64Array((frames + 1) * half), im: new Float64Array((frames + 1) * half) };
  const window = hann(n);
  const level = new Float64Array(n / 2 + 1);
  for (let frame = 0; frame < frames; frame++) {
    const { re, im } = realFft(window.map((w, i) => w * signal[(frame * n) / 2 + i]));
    const share = 1 / Math.min(frame + 1, WHITENING_FRAMES);
    const analytic = { re: new Float64Array(2 * bins), im: new Float64Array(2 * bins) };
    for (let k = first; k < first + bins; k++) {
      level[k] += share * (Math.hypot(re[k], im[k]) - level[k]);
      analytic.re[k - first] = re[k] / level[k];
      analytic.im[k - first] = im[k] / level[k];
    }
    const inTime = fft(analytic, true);
    for (let i = 0; i < 2 * half; i++) {
      joined.re[frame * half + i] += inTime.re[i];
      joined.im[frame * half + i] += inTime.im[i];
    }
  }
  const decimation = Math.max(1, Math.floor(sampleRateHz / 4 / (56 * shaftHz)));
  const points: number[] = [];
  // The first and the last half frame lack their neighbour.
  for (let from = half; from + decimation <= frames * half; from += decimation) {
    let sum = 0;
    for (let i = from; i < from + decimation; i++) sum += joined.re[i] ** 2 + joined.im[i] ** 2;
    points.push(sum / decimation);
  }
  return points;
}

/** Averaged spectrum of the relative modulation, bins 0..2048, after at least one block of 4096 points. */
export function modulationSpectrum(envelope: number[]): Float64Array {
  const window = hann(POINTS);
  const average = new Float64Array(POINTS / 2 + 1);
  let count = 0;
  for (let from = 0; from + POINTS <= envelope.length; from += POINTS / 2) {
    const block = envelope.slice(from, from + POINTS);
    const { mean } = moments(block);
    const { re, im } = realFft(window.map((w, i) => w * (block[i] / mean - 1)));
    count = Math.min(count + 1, AVERAGED_SPECTRA);
    for (let k = 0; k <= POINTS / 2; k++)
      average[k] += (((re[k] ** 2 + im[k] ** 2) * 16) / (3 * POINTS) - average[k]) / count;
  }
  return average;
}
