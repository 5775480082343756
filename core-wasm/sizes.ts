// How much a build of the core holds. The full builds hold what memory.ts says; the one for a sensor node, `--use
// SENSOR_NODE=1`, holds less and refuses the rest, but what it takes it judges with the same bits: docs/adr/0012.
// Whoever sizes a buffer or checks a setting takes the limit from here: memory.ts only knows those of the full builds.
import * as memory from './memory';

// @ts-ignore: a constant of the compiler's command line
export const IS_NODE: bool = isDefined(SENSOR_NODE);

export const MAX_WINDOW: i32 = IS_NODE ? memory.NODE_MAX_WINDOW : memory.MAX_WINDOW;
export const INPUT_CAPACITY: i32 = IS_NODE ? memory.NODE_INPUT_CAPACITY : memory.INPUT_CAPACITY;
export const SCALAR_CAPACITY: i32 = IS_NODE ? memory.NODE_SCALAR_CAPACITY : memory.SCALAR_CAPACITY;
export const MAX_LEARN_DECISIONS: i32 = IS_NODE ? memory.NODE_MAX_LEARN_DECISIONS : memory.MAX_LEARN_DECISIONS;
export const MAX_RESULTS: i32 = IS_NODE ? memory.NODE_MAX_RESULTS : memory.MAX_RESULTS;
export const FFT_MAX: i32 = IS_NODE ? memory.NODE_FFT_MAX : memory.FFT_MAX;

/** Parts of a bearing are told apart by envelopes of 73 turns, of which three axes alone take 147 KB. */
export const HAS_BEARINGS: bool = !IS_NODE;
/** Whether the spectrum of each axis outlasts the window it was made for. */
export const KEEPS_SPECTRA: bool = !IS_NODE;
/** A snapshot is of the build that took it: other builds keep what follows the record elsewhere. */
export const STATE_LAYOUT: i32 = memory.LAYOUT_VERSION + (IS_NODE ? 256 : 0);
