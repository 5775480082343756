// The FFT usable alone: plan a size, write n f32, transform, read n/2 + 1 interleaved complex bins. The input is kept.
import { planTwiddles } from './twiddles';
import { realFft } from './untangle';
import { FFT_INPUT, FFT_OUTPUT, MAP_BASE } from './map';
import { FFT_MAX, FFT_MIN, OK, STATUS_FFT_PLAN, STATUS_FFT_SIZE, STATUS_LAYOUT } from './memory';

let planned: i32 = 0;

export function isTransform(): bool {
  return planned != 0;
}

export function planTransform(n: i32): i32 {
  if (n < FFT_MIN || n > FFT_MAX || (n & (n - 1)) != 0) return STATUS_FFT_SIZE;
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
