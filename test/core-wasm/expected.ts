/**
 * What the core must say about one window, from the float64 reference, and how far f32 may be from it. Every tolerance
 * is unit roundoff (2^-24) times the depth of the sum or the error of the transform, never tuned to results.
 */
import * as layout from '../../core-wasm/memory.ts';
import { envelopeFeatures, squaredEnvelope } from '../reference/envelope.ts';
import { moments } from '../reference/moments.ts';
import { bandPowers, centroidHz, powerSpectrum, velocityRms } from '../reference/spectrum.ts';

/** Unit roundoff of f32. */
const U = 2 ** -24;
/** Floor added to powers before a logarithm. */
const TINY = 1e-20;
/** Longest chain of additions in a sum of n samples: 16 in a lane of a block of 64, n / 64 blocks, 2 of the lanes. */
const sumDepth = (n: number): number => 16 + n / 64 + 2;
/** Relative L2 error of a transform (test/core-wasm/fft.test.ts); doubled: Hann on the bins, and a second transform. */
const transformError = (n: number): number => 2 * 1.2 * U * Math.sqrt(Math.log2(n));

export interface Expected {
  name: string;
  value: number;
  tolerance: number;
}

/** A logarithm of a quantity known to a relative error: that error, and the rounding of the logarithm itself. */
function logarithm(name: string, quantity: number, relativeError: number): Expected {
  const value = Math.log(quantity);
  return { name, value, tolerance: relativeError + 2 * U * (1 + Math.abs(value)) };
}

/** Features RMS..ENVELOPE_KURTOSIS by index, of one window of an acceleration. NaN tolerance: f32 cannot resolve it. */
export function expectedFeatures(window: Float32Array, sampleRateHz: number): Expected[] {
  const n = window.length;
  const time = moments(window);
  const power = powerSpectrum(window);
  const total = power.reduce((a, b) => a + b);
  const e = transformError(n);
  const depth = sumDepth(n);
  const offset = Math.abs(time.mean) / time.rms;
  const list: Expected[] = [];

  // The mean is off by depth roundoffs of itself, each centred sample by one of the sample.
  const rmsError = U * (depth / 2 + 4 + offset);
  const centreError = U * depth * offset;
  list[layout.FEATURE_RMS] = logarithm('rms', time.rms + 1e-10, rmsError);
  list[layout.FEATURE_CREST] = logarithm('crest', time.crestFactor, rmsError + centreError + U * (2 + offset));
  list[layout.FEATURE_KURTOSIS] = logarithm('kurtosis', time.kurtosis, 4 * (rmsError + centreError) + U * (depth + 8));

  // Spectrum: an error vector of e times the signal may fall into any bins; in velocity low bins weigh most.
  const velocity = velocityRms(power, sampleRateHz, 1);
  const firstHz = Math.max(1, Math.ceil((10 * n) / sampleRateHz)) * (sampleRateHz / n);
  const velocityError = (e * Math.sqrt(total)) / (2 * Math.PI * firstHz * velocity) + (U * n) / 4;
  list[layout.FEATURE_VELOCITY] = logarithm('velocity', velocity + 1e-13, velocityError);
  const square = power.reduce((sum, p, k) => sum + k * k * p);
  const first = power.reduce((sum, p, k) => sum + k * p);
  const centroidError = (2 * e * Math.sqrt(total * square)) / first + 2 * e + U * n;
  list[layout.FEATURE_CENTROID] = logarithm('centroid', centroidHz(power, sampleRateHz) + 1e-6, centroidError);
  bandPowers(power, sampleRateHz).forEach((band, i) => {
    const share = (band + TINY) / total;
    const error = (2 * e) / Math.sqrt(share) + (e * e) / share + (U * n) / 2;
    const { value, tolerance } = logarithm('', band + TINY, error);
    list[layout.FEATURE_BAND + i] = { name: `band ${i}`, value: value / 2, tolerance: tolerance / 2 };
  });

  // Envelope: error relative to the band signal; a single point may be 6 standard deviations off.
  const envelope = squaredEnvelope(window, sampleRateHz);
  const { mean, rms: sd } = moments(envelope);
  const highest = envelope.reduce((a, b) => Math.max(a, b));
  const error = 2 * e * Math.sqrt((2 * time.rms ** 2) / (mean + TINY));
  const wanted = envelopeFeatures(envelope);
  const meanError = 2 * error + (U * n) / 2;
  list[layout.FEATURE_ENVELOPE_RMS] = logarithm('envelope rms', Math.sqrt(mean + TINY), meanError / 2);
  const crest = (highest + TINY) / (mean + TINY);
  list[layout.FEATURE_ENVELOPE_CREST] = logarithm('envelope crest', crest, 12 * error + meanError);
  const varianceError = (4 * error * Math.sqrt(highest * mean)) / sd + 2 * meanError + (U * n) / 2;
  list[layout.FEATURE_ENVELOPE_KURTOSIS] = {
    name: 'envelope kurtosis',
    value: wanted.kurtosis,
    tolerance: varianceError + 2 * U * (1 + Math.abs(wanted.kurtosis)),
  };
  return list;
}

/** Height in nepers of the shaft lines 1x, 2x, 3x: highest bin within 2 % (at least 1 bin) over the median around. */
export function expectedOrders(window: Float32Array, sampleRateHz: number, shaftHz: number): Expected[] {
  const n = window.length;
  const power = powerSpectrum(window);
  const total = power.reduce((a, b) => a + b);
  return [1, 2, 3].map((order) => {
    const name = `order ${order}x`;
    const bin = (order * shaftHz * n) / sampleRateHz;
    const width = Math.max(1, 0.02 * bin);
    const [low, high] = [Math.floor(bin - width), Math.ceil(bin + width)];
    if (bin < 3 || low < 1 || high >= n / 2) return { name, value: 0, tolerance: 0 };
    const reach = Math.max(12, 3 * (high - low + 1));
    const around = power.slice(Math.max(1, low - reach), Math.min(n / 2, high + reach) + 1).sort();
    const middle = around[around.length >> 1];
    const peak = power.slice(low, high + 1).reduce((a, b) => Math.max(a, b));
    // one bin's share of the transform's error, 6 standard deviations of it
    const error = 12 * transformError(n) * Math.sqrt(total / (n / 2) / middle);
    const { value, tolerance } = logarithm(name, (peak + TINY) / (middle + TINY), 2 * error);
    return { name, value, tolerance };
  });
}
