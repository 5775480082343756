/**
 * The runs of the core that every build must answer alike. `adversarialTape` is written here, seeded and for ever the
 * same; `realTape` and `libraryTapes` come from recordings, `seededTape` from a number. One window is one decision
 * record everywhere, so that no window can hide in an average.
 */
import {
  BOUNDARY_END,
  BOUNDARY_GAP,
  BOUNDARY_SNAPSHOT,
  FFT_MAX,
  FFT_MIN,
  INPUT_CAPACITY,
} from '../../core-wasm/memory.ts';
import { Random } from '../../host/acquire/random.ts';
import { settingsOf } from '../../host/analyse/settings.ts';
import { pointPlan } from '../core-wasm/point.ts';
import { BEARING_6205, settings } from './points.ts';
import { bearing, noise, SIGNALS, type Signal } from './signals.ts';
import { Tape } from './tape.ts';

export { LIBRARY_WINDOWS, libraryTapes, REAL_WINDOWS, realTape } from './recordings.ts';
export { seededTape } from './seeded.ts';

export const ADVERSARIAL_WINDOWS = 1200;
const WINDOWS = [64, 128, 256, 512, 1024, 2048, 4096];
const BOUNDARIES = [BOUNDARY_SNAPSHOT, BOUNDARY_GAP, BOUNDARY_END];

/** ADVERSARIAL_WINDOWS windows and the transform at all sizes. The same bytes on every call. */
export function adversarialTape(): Uint8Array {
  const tape = new Tape();
  everySignal(tape);
  everyDecade(tape);
  lives(tape);
  fullest(tape);
  scalars(tape);
  refusals(tape);
  transforms(tape);
  restless(tape, ADVERSARIAL_WINDOWS - tape.windows);
  return tape.end();
}

/** Windows on the grid and one aligned to the end, of every signal at every length, on 1, 2 and 3 axes in turn. */
function everySignal(tape: Tape): void {
  let turn = 0;
  for (const [name, signal] of Object.entries(SIGNALS))
    for (const window of WINDOWS) {
      const axes = 1 + (turn % 3);
      const samples = axesOf(axes, name, 1.75 * window, window, signal);
      if (turn % 8 === 0) tape.reset();
      tape.configure(settings(window, axes, { fullScale: turn % 2 ? 1 : null, loneWindows: turn % 5 === 0 }));
      tape.push(samples).boundary(BOUNDARIES[turn % 3]);
      if (turn % 7 === 0) tape.state();
      turn++;
    }
}

/** Noise of 1e-10 to 1e9 of the unit. Half are g, so that velocity is computed. */
function everyDecade(tape: Tape): void {
  for (let decade = -10; decade <= 9; decade++) {
    const window = WINDOWS[(decade + 10) % WINDOWS.length];
    const axes = 1 + ((decade + 10) % 3);
    const units = Array.from({ length: axes }, () => (decade % 2 ? 'g' : 'V') as 'g' | 'V');
    tape.reset().configure(settings(window, axes, { units, shaftRpm: 12_000 }));
    tape.push(axesOf(axes, `decade ${decade}`, 2.5 * window, window, noise(10 ** decade)));
    tape.state().boundary(BOUNDARY_END);
  }
}

/**
 * Machines that are learned, run on, fail and are diagnosed; one is switched off in the end, one sensor gets stuck. Each
 * goes on in another instance half way, and once more with what it has learned at another speed.
 */
function lives(tape: Tape): void {
  const { bpfo, bpfi, bsf } = BEARING_6205;
  const cases = [
    { window: 4096, axes: 1, order: bpfo, windows: 50, learnDecisions: 8 },
    { window: 2048, axes: 3, order: bpfi, windows: 50, learnDecisions: 12 },
    { window: 1024, axes: 2, order: 2 * bsf, windows: 60, learnDecisions: 10 },
    { window: 2048, axes: 1, order: bpfo, windows: 40, learnDecisions: 0 },
    { window: 1024, axes: 1, order: 1, windows: 50, learnDecisions: 20 },
  ];
  for (const [i, { window, axes, order, windows, learnDecisions }] of cases.entries()) {
    const n = window + ((windows - 1) * window) / 2;
    const what = { sampleRateHz: 12_000, rpm: 1797, order, faultFrom: 0.4 * n };
    const samples = Array.from({ length: axes }, (_, axis) => bearing(n, Random.stream(i, `life ${axis}`), what));
    if (i === 1) for (const axis of samples) for (let at = Math.floor(0.85 * n); at < n; at++) axis[at] *= 1e-4;
    if (i === cases.length - 1) for (const axis of samples) axis.fill(axis[0], Math.floor(0.8 * n));
    tape.reset().configure(settings(window, axes, { learnDecisions }));
    const learned = Math.floor(n / 3);
    tape.push(samples, 0, learned).endLearning();
    tape.push(samples, learned, n / 2).state();
    tape.restore().push(samples, n / 2, n);
    tape.state();
    tape.boundary(BOUNDARY_END).restore();
    tape
      .inherit(settings(window, axes, { learnDecisions, shaftRpm: 1750 }))
      .push(samples, 0, 4 * window)
      .state();
    tape.boundary(BOUNDARY_END);
  }
}

/** As many decisions as one push can make, on as many axes as there are. */
function fullest(tape: Tape): void {
  tape.reset().configure(settings(64, 3, { learnDecisions: 40, sampleRateHz: 1000 }));
  tape
    .push(axesOf(3, 'fullest', INPUT_CAPACITY, 64, noise(1)))
    .state()
    .boundary(BOUNDARY_SNAPSHOT);
}

/** Readings of 1 and of 16 channels that are learned, jump and come back; and one that is no number. */
function scalars(tape: Tape): void {
  for (const channels of [1, 16]) {
    const random = Random.stream(channels, 'scalars');
    const samples = Array.from({ length: channels }, (_, channel) =>
      Float32Array.from({ length: 40 }, (_, i) => 20 + random.uniform() + (i > 20 && i < 32 ? 5 * (channel + 1) : 0)),
    );
    samples[0][36] = Number.NaN;
    const plan = pointPlan({
      kind: 'scalar',
      channels: [...samples.keys()],
      sampleRateHz: 1,
      windowLength: 0,
      learnDecisions: 16,
    });
    tape.reset().configure(settingsOf(plan)).push(samples, 0, 40, 33).state().boundary(BOUNDARY_END);
  }
}

/** What the core must decline, and decline everywhere alike. Gives no window. */
function refusals(tape: Tape): void {
  tape.reset().boundary(BOUNDARY_GAP).inputs(1797, 0);
  tape.configure(settings(1000, 1)).configure(settings(4096, 1, { thresholdSpreads: -1 }));
  tape.configure(settings(64, 1)).boundary(99).inputs(Number.NaN, 0).inputs(1797, Number.POSITIVE_INFINITY);
  tape.fft(new Float32Array(64)).state(); // a point is no transform
  tape.reset().inverse(64).fft(new Float32Array(100)); // not planned; no power of two
  tape.fft(new Float32Array(64)).configure(settings(64, 1)); // and a transform no point
}

/** The transform at every size, forth and back: noise, and at the shorter ones also what is hard to round. */
function transforms(tape: Tape): void {
  tape.reset();
  for (let n = FFT_MIN; n <= FFT_MAX; n *= 2) {
    const signals = n > 4096 ? ['alternating one'] : ['denormals', 'sine off the bins', 'impulse', 'alternating 1e9'];
    for (const signal of [noise(1), ...signals.map((name) => SIGNALS[name])]) {
      tape.fft(signal(n, n, Random.stream(n, 'transform'))).inverse(n);
    }
  }
}

/** Pushes of odd sizes, all boundaries, changing speeds and new settings, until `windows` windows are full. */
function restless(tape: Tape, windows: number): void {
  const random = Random.stream(1, 'restless');
  const below = (limit: number): number => random.next() % limit;
  const last = tape.windows + windows;
  while (tape.windows < last) {
    const window = WINDOWS[below(WINDOWS.length)];
    const axes = 1 + below(3);
    if (below(2)) tape.reset();
    tape.configure(settings(window, axes, { learnDecisions: 8 * below(2), loneWindows: below(2) > 0 }));
    for (let stretch = 0; stretch < 4 && tape.windows < last; stretch++) {
      const most = window + ((last - tape.windows - 1) * window) / 2; // no window more than wanted
      const n = Math.min(most, Math.ceil(window * (0.5 + 3 * random.uniform())));
      const samples = axesOf(axes, `restless ${tape.windows}`, n, window, noise(10 ** below(3)));
      tape.push(samples, 0, n, 1 + below(window));
      if (below(3) === 0) tape.inputs([0, 900, 1797, 1800, 12_000][below(5)], below(100));
      if (below(3) === 0) tape.state();
      tape.boundary(BOUNDARIES[below(3)]);
    }
  }
}

function axesOf(axes: number, name: string, n: number, window: number, signal: Signal): Float32Array[] {
  return Array.from({ length: axes }, (_, axis) => signal(n, window, Random.stream(axis, name)));
}
