/** The core's real FFT against the plain JavaScript one, size by size. */
import { FFT_MAX, FFT_MIN } from '../../core-wasm/memory.ts';
import { Core, type Kernel } from '../analyse/core.ts';
import { PlainFft } from './plain-fft.ts';
import { type Contender, digits, inRounds, type RoundsSettings } from './rounds.ts';

export const FFT_SIZES: number[] = [];
for (let n = FFT_MIN; n <= FFT_MAX; n *= 2) FFT_SIZES.push(n);

/** Of one size. Speeds are how many times as fast as plain JavaScript; null: this engine cannot run the kernel. */
export interface FftSpeed {
  size: number;
  speed: Record<Kernel, number | null>;
  ns: Record<Kernel, number | null> & { plain: number };
}

/** @param kernels that this engine runs */
export async function fftSpeed(
  size: number,
  kernels: Kernel[],
  settings: RoundsSettings,
  signal: AbortSignal,
): Promise<FftSpeed> {
  const signal32 = Float32Array.from({ length: size }, (_, i) => Math.sin(i * 0.1) + Math.cos(i * i * 0.001));
  const contenders = [plain(size, signal32), ...kernels.map((kernel) => core(kernel, size, signal32))];
  const [plainNs, ...coreNs] = await inRounds(contenders, settings, signal);
  const nsOf = (kernel: Kernel): number | null => coreNs[kernels.indexOf(kernel)] ?? null;
  const speedOf = (ns: number | null): number | null => (ns === null ? null : digits(plainNs / ns));
  const [simd, scalar] = [nsOf('simd'), nsOf('scalar')];
  return { size, speed: { simd: speedOf(simd), scalar: speedOf(scalar) }, ns: { simd, scalar, plain: plainNs } };
}

function plain(size: number, signal: Float32Array): Contender {
  const fft = new PlainFft(size);
  fft.input.set(signal);
  return {
    run: (times) => {
      for (let i = 0; i < times; i++) fft.run();
    },
  };
}

function core(kernel: Kernel, size: number, signal: Float32Array): Contender {
  const fft = new Core(kernel);
  fft.planFft(size).input.set(signal);
  return {
    run: (times) => {
      for (let i = 0; i < times; i++) fft.fft(size);
    },
  };
}
