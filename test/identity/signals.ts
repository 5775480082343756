/**
 * Signals at which two builds of the core could come apart: the ends of the number range, exact ties, lone lines, what
 * no sensor sends. Each is `n` samples for windows of `window` samples; whatever is random comes from `random`.
 */
import type { Random } from '../../host/acquire/random.ts';

export type Signal = (n: number, window: number, random: Random) => Float32Array;

const LARGEST = 3.4028234663852886e38;
const SMALLEST_NORMAL = 2 ** -126;
const SMALLEST = 2 ** -149;

const each = (n: number, value: (i: number) => number): Float32Array =>
  Float32Array.from({ length: n }, (_, i) => value(i));
const either = (random: Random): number => 2 * random.uniform() - 1;
const sine = (i: number, window: number, cycles: number): number => Math.sin((2 * Math.PI * cycles * i) / window);

export const noise =
  (scale: number): Signal =>
  (n, _, random) =>
    each(n, () => scale * either(random));

const constant =
  (value: number): Signal =>
  (n) =>
    new Float32Array(n).fill(value);

const alternating =
  (high: number, low = -high): Signal =>
  (n) =>
    each(n, (i) => (i % 2 ? low : high));

/** Every 32-bit pattern is as likely as any other: all exponents, denormals, infinities, NaN of all payloads. */
const anyBits: Signal = (n, _, random) => new Float32Array(Uint32Array.from({ length: n }, () => random.next()).buffer);

/** Noise in which every 17th sample or so is one of `values`, given as bits: a number could lose a NaN's payload. */
const spoiled =
  (...values: number[]): Signal =>
  (n, _, random) => {
    const samples = each(n, () => either(random));
    const bits = new Uint32Array(samples.buffer);
    for (let i = 0; i < n; i += 1 + (random.next() % 33)) bits[i] = values[random.next() % values.length];
    return samples;
  };

export const SIGNALS: Readonly<Record<string, Signal>> = {
  silence: constant(0),
  'zeros of both signs': alternating(0, -0),
  constant: constant(0.25),
  'constant at the limit': constant(1e9),
  'constant beyond the limit': constant(-3e9),
  'smallest denormal': alternating(SMALLEST),
  denormals: noise(1e-41),
  'around the smallest normal': noise(2 * SMALLEST_NORMAL),
  step: (n) => each(n, (i) => (i < n / 2 ? 0 : 1)),
  ramp: (n) => each(n, (i) => i / n),
  impulse: (n) => each(n, (i) => (i === Math.floor(n / 3) ? 1 : 0)),
  'impulse of 1e9 in noise of 1e-10': (n, _, random) => each(n, (i) => (i === 7 ? 1e9 : 1e-10 * either(random))),
  'an impulse every 37 samples': (n) => each(n, (i) => (i % 37 ? 0 : 1)),
  'sine on a bin': (n, window) => each(n, (i) => sine(i, window, window / 16)),
  'sine off the bins': (n, window) => each(n, (i) => sine(i, window, window / 16 + 0.37)),
  'sine of half a period': (n, window) => each(n, (i) => sine(i, window, 0.5)),
  'sine below Nyquist': (n, window) => each(n, (i) => sine(i, window, window / 2 - 0.5)),
  'a line 1e7 below another': (n, window) => each(n, (i) => sine(i, window, 5) + 1e-7 * sine(i, window, window / 4)),
  'clipped sine': (n, window) => each(n, (i) => Math.max(-1, Math.min(1, 1.4 * sine(i, window, 3.2)))),
  'two levels': (n, _, random) => each(n, () => random.next() % 2),
  'sixty levels': (n, window) => each(n, (i) => Math.round(30 * sine(i, window, 2.3)) / 30),
  'alternating one': alternating(1),
  'alternating 1e9': alternating(1e9),
  'alternating largest': alternating(LARGEST),
  'not a number': spoiled(0x7fc00000, 0xffc00000, 0x7f800001, 0xffffffff),
  infinite: spoiled(0x7f800000, 0xff800000),
  'all exponents': (n, _, random) => each(n, () => either(random) * 10 ** (38 * either(random))),
  'any bits': anyBits,
};

/** How a bearing speaks: noise, the shaft's line and, from `faultFrom` on, a ringing impact at every pass of a fault. */
export function bearing(
  n: number,
  random: Random,
  { sampleRateHz, rpm, order, faultFrom }: { sampleRateHz: number; rpm: number; order: number; faultFrom: number },
): Float32Array {
  const shaftPerSample = rpm / 60 / sampleRateHz;
  const samples = each(n, (i) => 0.1 * either(random) + 0.05 * Math.sin(2 * Math.PI * shaftPerSample * i));
  const pass = 1 / (shaftPerSample * order);
  for (let at = faultFrom; at < n; at += pass * (1 + 0.005 * either(random))) {
    const first = Math.ceil(at);
    for (let i = first; i < Math.min(n, first + 60); i++)
      samples[i] += 0.8 * Math.exp(-(i - at) / 12) * Math.sin(2 * Math.PI * 0.31 * (i - at));
  }
  return samples;
}
