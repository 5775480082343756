// The FFT usable alone: plan a size, write n f32, transform, read n/2 + 1 interleaved complex bins, and the way back.
import { inverseFft, realFft } from './fft';
import { FFT_INPUT, FFT_OUTPUT, LARGEST, MAP_BASE, ONE_SIZE } from './fft-map';
import { planTwiddles } from './twiddles';
import { FFT_MIN, OK, STATUS_FFT_PLAN, STATUS_FFT_SIZE, STATUS_LAYOUT } from './memory';

const SMALLEST: i32 = ONE_SIZE ? LARGEST : FFT_MIN;

let planned: i32 = 0;

export function isTransform(): bool {
  return planned != 0;
}

export function planTransform(n: i32): i32 {
  if (n < SMALLEST || n > LARGEST || (n & (n - 1)) != 0) return STATUS_FFT_SIZE;
  if (__heap_base > MAP_BASE) return STATUS_LAYOUT;
  planTwiddles(n);
  planned = n;
  return OK;
}

export function transformInput(n: i32): usize {
  return n == planned ? FFT_INPUT : 0;
}

export function transformOutput(n: i32): usize {
  return n == planned ? FFT_OUTPUT : 0;
}

export function runTransform(n: i32): i32 {
  if (planned == 0 || n != planned) return STATUS_FFT_PLAN;
  realFft(FFT_INPUT, n);
  return OK;
}

/** Back from the bins at transformOutput, which are kept, to n f32 at transformInput: the signal itself, scaled by 1/n. */
export function runInverse(n: i32): i32 {
  if (planned == 0 || n != planned) return STATUS_FFT_PLAN;
  inverseFft(FFT_OUTPUT, FFT_INPUT, n);
  return OK;
}
