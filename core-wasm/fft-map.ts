// Addresses of the transform: tables and buffers, all fixed. A build of the transform alone, for a microcontroller, is made
// for one size, given to the compiler (`--use FFT_LARGEST=1024`): it holds the tables of that size and no other.
import { FFT_MAX, IS_NODE } from './sizes';

// @ts-ignore: a constant of the compiler's command line
export const ONE_SIZE: bool = isDefined(FFT_LARGEST);
// @ts-ignore
export const LARGEST: i32 = isDefined(FFT_LARGEST) ? FFT_LARGEST : FFT_MAX;

/** What lies below belongs to the compiler: constants of its math library. Planning checks that it is enough. */
export const MAP_BASE: usize = ONE_SIZE ? 1024 : IS_NODE ? 8192 : 65536;
/** Settings and the lanes of sums stand first; a transform alone has neither. */
const FFT_BASE: usize = ONE_SIZE ? MAP_BASE : MAP_BASE + 256;

export const JOIN_TWIDDLES: usize = FFT_BASE;
export const LANE_TWIDDLES: usize = JOIN_TWIDDLES + <usize>LARGEST + <usize>(LARGEST >> 1);
export const FFT_INPUT: usize = LANE_TWIDDLES + <usize>LARGEST * (ONE_SIZE ? 3 : 6);
/** The two halves of an analytic signal fill it, each with what inverse transforms write beyond their end. */
const INPUT_BYTES: usize = <usize>LARGEST * 4 + (IS_NODE ? 256 : 128);
export const FFT_OUTPUT: usize = FFT_INPUT + INPUT_BYTES; // n/2 + 1 interleaved bins; also a work buffer
export const FFT_WORK: usize = FFT_OUTPUT + <usize>LARGEST * 4 + 128; // half-complex spectra
export const FFT_END: usize = FFT_WORK + <usize>LARGEST * 4 + 128;
