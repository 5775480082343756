/** fft.js under the plain hot path: its own arrays, which suit it best, and its own layouts. */
import type { Transforms } from '../../host/bench/plain-path.ts';
import { peerRequire } from './peers.ts';

interface FftJs {
  createComplexArray(): number[];
  realTransform(out: number[], data: number[]): void;
  transform(out: number[], data: number[]): void;
}

const fftOf = (n: number): FftJs => new (peerRequire('fft.js') as new (size: number) => FftJs)(n);

export const FFT_JS_TRANSFORMS: Transforms = {
  real: (n) => {
    const fft = fftOf(n);
    const input = new Array<number>(n).fill(0);
    const output = fft.createComplexArray();
    return { input, output, run: () => fft.realTransform(output, input) };
  },
  complex: (m) => {
    const fft = fftOf(m);
    const input = fft.createComplexArray();
    const output = fft.createComplexArray();
    return { input, output, run: () => fft.transform(output, input) };
  },
};
