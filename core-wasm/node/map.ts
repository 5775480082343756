/** Where everything stands in the node module's memory, and what the board writes into it before `begin`. */

/** Longest message on the wire with its delimiter (docs/wire.md). */
export const MESSAGE_BYTES: i32 = 1024;
/** Longest map: what is left of it without delimiter, CRC and the codes of COBS, one per 254 bytes. */
export const MAP_BYTES: i32 = 1014;
export const CRC_BYTES: i32 = 4;

/**
 * The descriptor: what the board and its sensor are. Written by the build and the board, layout in
 * firmware/node/descriptor.ts; read here by the functions below and nowhere else.
 */
export const DESCRIPTOR_BYTES: i32 = 336;
export const DESCRIPTOR: usize = memory.data(DESCRIPTOR_BYTES, 16);

/** Scans as the sensor gives them, of one chunk: two bytes a sample little-endian, or three big-endian, left-justified. */
export const SCANS_BYTES: i32 = 640;
export const SCANS: usize = memory.data(SCANS_BYTES, 16);

/** Bytes received from a link. */
export const INPUT_BYTES: i32 = 64;
export const INPUT: usize = memory.data(INPUT_BYTES, 16);

/** Samples of the block that is being filled. */
export const BLOCK_BYTES: i32 = 896;
export const BLOCK: usize = memory.data(BLOCK_BYTES, 16);

/** A message before COBS and after it. */
export const BODY: usize = memory.data(MAP_BYTES + CRC_BYTES, 16);
export const WIRE: usize = memory.data(MESSAGE_BYTES, 16);

/** A message as it comes in, per link. */
export const HEARD: usize = memory.data(2 * MESSAGE_BYTES, 16);

export const CRC_TABLE: usize = memory.data(1024, 16);

export const TEXT_BYTES: i32 = 160;
export const TEXT: usize = memory.data(TEXT_BYTES, 16);
export const FAULT_TEXT: usize = memory.data(TEXT_BYTES, 16);

export const SETTINGS_BYTES: i32 = 112;
export const SETTINGS: usize = memory.data(SETTINGS_BYTES, 16);
export const SETTINGS_BEFORE: usize = memory.data(SETTINGS_BYTES, 16);

export const SHA_STATE: usize = memory.data(32, 16);
export const SHA_WORDS: usize = memory.data(256, 16);
export const SHA_BLOCK: usize = memory.data(64, 16);
export const DIGEST: usize = memory.data(32, 16);

export function axes(): i32 {
  return load<u8>(DESCRIPTOR, 4);
}
export function encoding(): i32 {
  return load<u8>(DESCRIPTOR, 5);
}
export function rateCount(): i32 {
  return load<u8>(DESCRIPTOR, 6);
}
export function rangeCount(): i32 {
  return load<u8>(DESCRIPTOR, 7);
}
export function watermarkScans(): i32 {
  return load<u16>(DESCRIPTOR, 8);
}
export function discardScans(): i32 {
  return load<u16>(DESCRIPTOR, 10);
}
export function boardNameBytes(): i32 {
  return load<u8>(DESCRIPTOR, 14);
}
export function sensorNameBytes(): i32 {
  return load<u8>(DESCRIPTOR, 15);
}
export const BOARD_NAME: usize = DESCRIPTOR + 16;
export const SENSOR_NAME: usize = DESCRIPTOR + 32;
export const FIRMWARE_HASH: usize = DESCRIPTOR + 48;
export const CORE_HASH: usize = DESCRIPTOR + 80;
export const BOARD_ID: usize = DESCRIPTOR + 112;
export const BOOT_ID: usize = DESCRIPTOR + 120;
export function resetCause(): u32 {
  return load<u32>(DESCRIPTOR, 128);
}
export function restartTextBytes(): i32 {
  return load<u8>(DESCRIPTOR, 132);
}
export const RESTART_TEXT: usize = DESCRIPTOR + 133;
export function defaultRate(): i32 {
  return load<u8>(DESCRIPTOR, 196);
}
export function defaultRange(): i32 {
  return load<u8>(DESCRIPTOR, 197);
}
export function testRate(): i32 {
  return load<u8>(DESCRIPTOR, 198);
}
export function testRange(): i32 {
  return load<u8>(DESCRIPTOR, 199);
}
export function testSettleMs(): u32 {
  return load<u16>(DESCRIPTOR, 200);
}
export function testDropScans(): i32 {
  return load<u16>(DESCRIPTOR, 202);
}
export function testAverageScans(): i32 {
  return load<u16>(DESCRIPTOR, 204);
}
export function isTestSigned(): bool {
  return load<u16>(DESCRIPTOR, 206) != 0;
}
export function testLeastMilliG(axis: i32): f32 {
  return <f32>load<i16>(DESCRIPTOR + (<usize>axis << 1), 208);
}
export function testMostMilliG(axis: i32): f32 {
  return <f32>load<i16>(DESCRIPTOR + (<usize>axis << 1), 214);
}
export function rateMilliHz(index: i32): u32 {
  return load<u32>(DESCRIPTOR + (<usize>index << 3), 224);
}
export function rateCode(index: i32): i32 {
  return load<i32>(DESCRIPTOR + (<usize>index << 3), 228);
}
export function rangeMilliG(index: i32): u32 {
  return load<u32>(DESCRIPTOR + <usize>index * 12, 288);
}
export function gPerCount(index: i32): f32 {
  return load<f32>(DESCRIPTOR + <usize>index * 12, 292);
}
export function rangeCode(index: i32): i32 {
  return load<i32>(DESCRIPTOR + <usize>index * 12, 296);
}
