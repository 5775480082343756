/** `spindle bench`: the form of its answer, and that its yardstick computes what the core computes. No speed is asserted. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Core } from '../../host/analyse/core.ts';
import { FFT_SIZES } from '../../host/bench/fft.ts';
import { pointsSustained, USUAL_LOAD } from '../../host/bench/load.ts';
import { PlainFft } from '../../host/bench/plain-fft.ts';
import type { BenchReport } from '../../host/bench/report.ts';
import { inRounds, percentile } from '../../host/bench/rounds.ts';
import { benchCommand } from '../../host/commands/bench.ts';
import { uniformNoise } from '../core-wasm/point.ts';
import { realFft } from '../reference/fourier.ts';
import { spindle } from '../support/spindle.ts';

function norm(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] ** 2;
  return Math.sqrt(sum);
}

function plain(signal: Float32Array): Float64Array {
  const fft = new PlainFft(signal.length);
  fft.input.set(signal);
  fft.run();
  return fft.output;
}

const bench = suite('bench');

bench('yardstick agrees with the reference within float64 rounding at every size, and keeps its input', () => {
  for (const n of FFT_SIZES) {
    const signal = uniformNoise(n, n);
    const wanted = realFft(signal);
    const got = plain(signal);
    const error = norm(got.map((value, i) => value - (i % 2 ? wanted.im : wanted.re)[i >> 1]));
    // two float64 transforms, each with about one rounding of 2^-53 a level, errors adding as their squares
    assert.ok(error / norm(got) <= 4 * 2 ** -53 * Math.sqrt(Math.log2(n)), `${n}: ${error / norm(got)}`);
    const fft = new PlainFft(n);
    fft.input.set(signal);
    fft.run();
    assert.equal(fft.input, Float64Array.from(signal));
  }
});

bench('yardstick agrees with the core within float32 rounding at every size', () => {
  for (const n of FFT_SIZES) {
    const signal = uniformNoise(n, n + 1);
    const core = new Core();
    const { input, output } = core.planFft(n);
    input.set(signal);
    core.fft(n);
    const wanted = plain(signal);
    const error = norm(wanted.map((value, i) => value - output[i]));
    // test/core-wasm/fft.test.ts derives it: 0.6 unit roundoffs (2^-24) a level, errors adding as their squares, twice
    const allowed = 2 * 0.6 * 2 ** -24 * Math.sqrt(Math.log2(n));
    assert.ok(error / norm(wanted) <= allowed, `${n}: ${error / norm(wanted)}, allowed ${allowed}`);
  }
});

bench('--json prints one object whose ratios are those of its times', async () => {
  const { stdout, stderr, code } = await spindle(['bench', '--json', '--rate', '51200', '--overlap', '0.75']);
  assert.is(code, 0);
  assert.is(stderr, '');
  assert.is(stdout.trimEnd().split('\n').length, 1);
  const report = JSON.parse(stdout) as BenchReport;
  assert.ok(['simd', 'scalar'].includes(report.kernel));
  assert.match(report.coreHash, /^[0-9a-f]{64}$/);
  assert.match(report.method, /shared/);
  assert.equal(
    report.fft.map(({ size }) => size),
    FFT_SIZES,
  );
  // figures are rounded to four digits each
  const isNear = (a: number, b: number, what: string): void =>
    assert.ok(a > 0 && Math.abs(a / b - 1) < 0.002, `${what}: ${a} and ${b}`);
  for (const { size, speed, ns } of report.fft)
    for (const kernel of ['simd', 'scalar'] as const)
      if (kernel === 'scalar' || report.kernel === 'simd')
        isNear(speed[kernel]!, ns.plain / ns[kernel]!, `${size} ${kernel}`);
      else assert.equal([speed.simd, ns.simd], [null, null]);
  const { hotPath } = report;
  const best = hotPath.kernels[report.kernel]!;
  assert.equal([hotPath.sampleRateHz, hotPath.overlap], [25_600, 0.5]); // what was measured stays what it is
  assert.equal([hotPath.sustained.sampleRateHz, hotPath.sustained.overlap], [51_200, 0.75]);
  // a point needs 51 200 / (4096 / 4) windows a second
  assert.is(hotPath.sustained.points, Math.floor(best.windowsPerS / 50));
  isNear(best.samplesPerS, best.timesRealTime * hotPath.sampleRateHz * hotPath.axes, 'samples');
  isNear(best.windowsPerS, best.samplesPerS / hotPath.axes / (hotPath.windowLength / 2), 'windows');
  isNear(best.nsPerWindow, 1e9 / best.windowsPerS, 'time');
  for (const kernel of ['simd', 'scalar'] as const)
    if (kernel === 'scalar' || report.kernel === 'simd')
      isNear(hotPath.speed[kernel]!, hotPath.plain.nsPerWindow / hotPath.kernels[kernel]!.nsPerWindow, kernel);
    else assert.is(hotPath.speed.simd, null);
  if (report.kernel === 'simd')
    isNear(hotPath.simdOverScalar!, best.timesRealTime / hotPath.kernels.scalar!.timesRealTime, 'kernels');
});

bench(
  'points sustained: 5000 windows/s carry 400 points of 12.5, half of that at twice the rate or at overlap 0.75',
  () => {
    const measured = { windowsPerS: 5000 };
    assert.is(pointsSustained(measured, { sampleRateHz: 25_600, overlap: 0.5 }), 400);
    assert.is(pointsSustained(measured, { sampleRateHz: 51_200, overlap: 0.5 }), 200);
    assert.is(pointsSustained(measured, { sampleRateHz: 25_600, overlap: 0.75 }), 200);
    assert.is(pointsSustained(measured, { sampleRateHz: 25_600, overlap: 0 }), 800);
    assert.is(pointsSustained({ windowsPerS: 12.4 }, { sampleRateHz: 25_600, overlap: 0.5 }), 0);
  },
);

bench('points are counted at the rate and overlap of the hot path unless told otherwise', () => {
  const defaults = new Map(benchCommand().options.map(({ long, defaultValue }) => [long, defaultValue]));
  assert.equal({ sampleRateHz: defaults.get('--rate'), overlap: defaults.get('--overlap') }, USUAL_LOAD);
});

bench('an option that is no rate or no overlap exits 2 and says what was wanted', async () => {
  const refused: [string[], RegExp][] = [
    [['--rate', '0'], /--rate <hz>.* '0' is invalid.*above 0/],
    [['--rate', '-25600'], /--rate <hz>.*above 0/],
    [['--rate', 'fast'], /--rate <hz>.*'fast'/],
    [['--overlap', '1'], /--overlap <share>.*below 1/],
    [['--overlap', '-0.1'], /--overlap <share>.*below 1/],
    [['--overlap', ''], /--overlap <share>.*below 1/],
  ];
  for (const [args, message] of refused) {
    const { code, stdout, stderr } = await spindle(['bench', ...args]);
    assert.is(code, 2, args.join(' '));
    assert.is(stdout, '');
    assert.match(stderr, message);
  }
});

bench('rounds take turns forwards and backwards, and stop when they are interrupted', async () => {
  const order: string[] = [];
  const contender = (name: string) => ({ run: () => void order.push(name) });
  const contenders = ['a', 'b', 'c'].map(contender);
  const settings = { rounds: 2, sliceMs: 0, warmUpMs: 0 };
  const figures = await inRounds(contenders, settings, new AbortController().signal);
  assert.is(order.slice(3).join(''), 'abccba'); // after one run each to get warm
  assert.ok(figures.length === 3 && figures.every((ns) => ns > 0));
  const stop = new AbortController();
  const stopping = inRounds([{ run: () => void stop.abort(new Error('enough')) }], settings, stop.signal);
  await stopping.then(
    () => assert.unreachable(),
    (error) => assert.is(error.message, 'enough'),
  );
});

bench('rounds take the time of a contender that runs elsewhere from it', async () => {
  const elsewhere = { run: async (times: number) => times * 1234 };
  const settings = { rounds: 3, sliceMs: 0, warmUpMs: 0 };
  assert.equal(await inRounds([elsewhere], settings, new AbortController().signal), [1234]);
});

bench('percentile takes a measured value, near the low end', () => {
  assert.is(percentile([9], 0.15), 9);
  assert.is(percentile([5, 3, 4, 1, 2, 10, 9, 8, 7, 6, 11], 0.15), 2);
});

bench.run();
