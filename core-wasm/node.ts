/**
 * The logic of a sensor node: what it samples, says and obeys. Numbers in, bytes out; the board (node/board.ts) moves
 * them. Compiled ahead of time for a microcontroller (firmware/), and the same module in Node is its twin.
 */
import { LINK_UART, LINK_USB } from './node/board';
import { commandPoll } from './node/command';
import { crcBegin } from './node/crc';
import { forget, hear } from './node/heard';
import { DESCRIPTOR, INPUT, SCANS } from './node/map';
import { active, sendDelimiter, sendHello, setActive } from './node/message';
import { samplingBegin, samplingPoll, takeChunk } from './node/sampling';
import { settingsBegin } from './node/settings';

/** Where the board writes what it and its sensor are, before `begin`: 336 bytes. */
export function descriptorAt(): usize {
  return DESCRIPTOR;
}

/** Where the scans of a chunk are written, at most 640 bytes. */
export function scansAt(): usize {
  return SCANS;
}

/** Where what a link received is written, at most 64 bytes. */
export function inputAt(): usize {
  return INPUT;
}

/** First byte behind what this module uses of its memory. */
export function usedBytes(): usize {
  return __heap_base;
}

/** Once, with the descriptor written: says hello and starts the sensor. */
export function begin(): void {
  crcBegin();
  settingsBegin();
  sendDelimiter(active);
  sendHello(active);
  samplingBegin();
}

/**
 * A chunk of scans in a row: bit 0 = the last was taken at `us`, bit 1 = the sensor overran its FIFO before the first.
 * `dropped` = scans that found no room since boot, all of them before this chunk.
 */
export function chunk(scans: i32, us: u64, bits: i32, dropped: u32): void {
  takeChunk(scans, us, bits, dropped);
}

/** `length` bytes of this link stand at `inputAt`. */
export function received(link: i32, length: i32): void {
  hear(link, length);
}

/** Somebody opened this link. */
export function opened(link: i32): void {
  forget(link);
  setActive(link);
  sendDelimiter(link);
  sendHello(link);
}

/** Nobody listens on this link any more. */
export function closed(link: i32): void {
  forget(link);
  if (link == LINK_USB) setActive(LINK_UART);
}

/** As often as can be; `waiting` = chunks that are still to come, `dropped` as in `chunk`. */
export function poll(waiting: i32, dropped: u32): void {
  samplingPoll(waiting, dropped);
  commandPoll();
}
