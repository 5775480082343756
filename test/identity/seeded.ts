/** A tape from nothing but a number: for runs that are long because they must not end where a corpus does. */
import { BOUNDARY_END, FFT_MAX, FFT_MIN } from '../../core-wasm/memory.ts';
import { Gaussian } from '../../host/acquire/gaussian.ts';
import { Random } from '../../host/acquire/random.ts';
import { BEARING_6205, settings } from './points.ts';
import { bearing, SIGNALS } from './signals.ts';
import { Tape } from './tape.ts';

const WINDOWS = [64, 128, 256, 512, 1024, 1024, 2048, 4096];
const SPEEDS_RPM = [0, 300, 1775, 1797, 3000, 12_000];
const NAMES = Object.keys(SIGNALS);

/**
 * About 250 windows of one random point, in stretches that each sound different, and one transform forth and back.
 * The same bytes for the same seed.
 */
export function seededTape(seed: number): Uint8Array {
  const random = Random.stream(seed, 'tape');
  const below = (limit: number): number => random.next() % limit;
  const window = WINDOWS[below(WINDOWS.length)];
  const axes = 1 + below(3);
  const shaftRpm = SPEEDS_RPM[below(SPEEDS_RPM.length)];
  const sampleRateHz = [1000, 6400, 12_000, 25_600, 48_828.125][below(5)];
  const learnDecisions = [0, 8, 20, 64][below(4)];
  const point = { learnDecisions, shaftRpm, sampleRateHz, loneWindows: below(4) === 0, fullScale: below(3) || null };
  const tape = new Tape().configure(settings(window, axes, point));
  const scale = 10 ** (8 * random.uniform() - 6);
  while (tape.windows < 250) {
    const n = Math.ceil(window * (0.5 + 40 * random.uniform()));
    const kind = below(10);
    const samples = Array.from({ length: axes }, () => {
      // a tenth is strange, the rest what machines do: else nothing would be learned, judged and diagnosed
      if (kind === 0) return SIGNALS[NAMES[below(NAMES.length)]](n, window, random);
      const faultFrom = kind < 5 || shaftRpm === 0 ? n : 0;
      const order = BEARING_6205[(['bpfo', 'bpfi', 'bsf', 'ftf'] as const)[below(4)]];
      const machine = bearing(n, random, { sampleRateHz, rpm: shaftRpm, order, faultFrom });
      const gaussian = new Gaussian(random);
      return machine.map((value) => scale * (value + 0.02 * gaussian.next()));
    });
    tape.push(samples, 0, n, below(2) ? undefined : 1 + below(4096));
    if (below(4) === 0) tape.inputs(SPEEDS_RPM[below(SPEEDS_RPM.length)], below(100));
    if (below(8) === 0) tape.restore();
    if (below(3) === 0) tape.boundary(1 + below(BOUNDARY_END));
  }
  tape.state().boundary(BOUNDARY_END).reset();
  const size = FFT_MIN << below(Math.log2(FFT_MAX / FFT_MIN) + 1);
  return tape
    .fft(Float32Array.from({ length: size }, () => scale * (random.uniform() - 0.5)))
    .inverse(size)
    .end();
}
