// The transform as a module of its own, for a microcontroller: one size, given to the compiler (fft-map.ts).
export {
  planTransform as fftPlan,
  runInverse as irfft,
  runTransform as rfft,
  transformInput as fftInput,
  transformOutput as fftOutput,
} from './transform';
