/** Count to time by the lower hull: the rate to 10 ppm and the moment to 1 ms after 10 s, whatever the line delays. */
import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ClockFit } from '../../../host/acquire/serial/clock-fit.ts';

const fit = suite('acquire.serial.clock-fit');

/** A line that delays by 0.3 ms, by chance for some more, and now and then for very long. */
interface Delays {
  meanMs: number;
  outlierShare: number;
  outlierMs: number;
}

const LEAST_MS = 0.3;

function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state + 0.5) / 2 ** 32;
  };
}

/** Blocks of 64 scans for `seconds`; a message never overtakes another. */
function arrivals(fitted: ClockFit, rateHz: number, seconds: number, delays: Delays, seed: number): void {
  const next = random(seed);
  let lastMs = 0;
  for (let count = 64; count <= rateHz * seconds; count += 64) {
    const isOutlier = next() < delays.outlierShare;
    const delayMs = LEAST_MS - delays.meanMs * Math.log(next()) + (isOutlier ? delays.outlierMs * next() : 0);
    lastMs = Math.max(lastMs, (count * 1000) / rateHz + delayMs);
    fitted.arrived(count, lastMs);
  }
}

const rate = fc.record({
  nominalHz: fc.constantFrom(1344, 3200, 4000, 26_667),
  off: fc.integer({ min: -190, max: 190 }),
});

fit('finds the rate to 10 ppm and the moment to 1 ms after 10 s, 19 % off nominal as well', () =>
  fc.assert(
    fc.property(rate, fc.nat(), ({ nominalHz, off }, seed) => {
      const rateHz = nominalHz * (1 + off / 1000);
      const fitted = new ClockFit(nominalHz);
      arrivals(fitted, rateHz, 10, { meanMs: 0.05, outlierShare: 0.01, outlierMs: 50 }, seed);
      const line = fitted.line!;
      assert.ok(Math.abs(line.sampleRateHz / rateHz - 1) < 10e-6, `${(line.sampleRateHz / rateHz - 1) * 1e6} ppm`);
      const count = Math.floor(rateHz * 10);
      const offMs = line.msAt(count) - (count * 1000) / rateHz - LEAST_MS;
      assert.ok(Math.abs(offMs) < 1, `${offMs} ms`);
      assert.ok(Math.abs(line.countAt(line.msAt(count)) - count) < 1e-3);
    }),
    { numRuns: 100 },
  ));

fit('does so after a minute on a line that delays by 0.4 ms on average', () =>
  fc.assert(
    fc.property(fc.nat(), (seed) => {
      const fitted = new ClockFit(3200);
      arrivals(fitted, 3290, 60, { meanMs: 0.4, outlierShare: 0.01, outlierMs: 200 }, seed);
      assert.ok(Math.abs(fitted.line!.sampleRateHz / 3290 - 1) < 10e-6);
    }),
    { numRuns: 30 },
  ));

fit('a stall of 5 s, after which all comes at once, moves nothing', () => {
  const fitted = new ClockFit(3200);
  for (let count = 64; count <= 64_000; count += 64) {
    const takenMs = (count * 1000) / 3200;
    fitted.arrived(count, takenMs > 8000 && takenMs < 13_000 ? 13_000 + count / 1e6 : takenMs + LEAST_MS);
  }
  assert.ok(Math.abs(fitted.line!.sampleRateHz / 3200 - 1) < 1e-6);
  assert.ok(Math.abs(fitted.line!.msAt(0) - LEAST_MS) < 0.01);
});

fit('knows nothing in the first second, and forgets what is two minutes old', () => {
  const fitted = new ClockFit(1000);
  fitted.arrived(1000, 1000);
  fitted.arrived(1900, 1900);
  assert.is(fitted.line, null);
  for (let count = 2000; count <= 100_000; count += 100) fitted.arrived(count, count);
  for (let count = 100_000; count <= 400_000; count += 100) fitted.arrived(count, 100_000 + (count - 100_000) * 1.001);
  assert.ok(Math.abs(fitted.line!.sampleRateHz - 1000 / 1.001) < 1e-3);
  fitted.restart();
  assert.is(fitted.line, null);
});

fit.run();
