/** What the node's logic asks of the board. Everything else it is told (../node.ts). */

/** Microseconds since boot, by the crystal. */
// @ts-ignore: decorator
@external('board', 'microseconds') export declare function microseconds(): u64;

/**
 * Hands over a whole message. `kind` is a block (0), which leaves room for what must not be dropped, or anything else (1).
 * 1 = taken, 0 = no room on that link.
 */
// @ts-ignore: decorator
@external('board', 'transmit') export declare function transmit(link: i32, at: usize, length: i32, kind: i32): i32;

/** One of SENSOR_*. What it answers stands there. */
// @ts-ignore: decorator
@external('board', 'sensor') export declare function sensor(operation: i32, argument: i32): i32;

/** Keeps `length` bytes in flash instead of what was kept before: 1 = kept and read back, 0 = the old ones are still there. */
// @ts-ignore: decorator
@external('board', 'save') export declare function save(at: usize, length: i32): i32;

/** What was kept, at most `capacity` bytes: their number, 0 for none. */
// @ts-ignore: decorator
@external('board', 'load') export declare function load_(at: usize, capacity: i32): i32;

/** Does not come back on a board: 0 = run again, 1 = bootloader. What was transmitted leaves first. */
// @ts-ignore: decorator
@external('board', 'restart') export declare function restart(kind: i32): void;

/** Identity and registers: 0, or FAULTY with register, got and wanted in bits 23:16, 15:8 and 7:0. */
export const SENSOR_PROBE: i32 = 0;
/** Argument rate code * 256 + range code; answers as SENSOR_PROBE. */
export const SENSOR_CONFIGURE: i32 = 1;
/** From here on chunks come, and none that was sampled before; answers as SENSOR_PROBE. */
export const SENSOR_START: i32 = 2;
/** From here on no chunk comes. */
export const SENSOR_STOP: i32 = 3;
/** Argument 0 = off, 1 = the reference, 2 = the force of the part's own test. */
export const SENSOR_SELF_TEST: i32 = 4;
/** In centi-kelvin, 0 = it has none. */
export const SENSOR_TEMPERATURE: i32 = 5;
/** Of the board, in mV; 0 = not measured. */
export const SENSOR_SUPPLY: i32 = 6;

/** Set in every answer that says what is wrong. */
export const FAULTY: i32 = 1 << 30;

export const LINK_UART: i32 = 0;
export const LINK_USB: i32 = 1;

export const KIND_BLOCK: i32 = 0;
export const KIND_OTHER: i32 = 1;
