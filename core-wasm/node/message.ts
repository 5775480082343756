/** The messages of docs/wire.md that a node sends. */
import { blockSeq, count, overruns, ringDropped, transmitDropped } from './blocks';
import { KIND_BLOCK, KIND_OTHER, LINK_UART, SENSOR_SUPPLY, SENSOR_TEMPERATURE, microseconds, sensor, transmit } from './board';
import { measuredMilliHz } from './clock';
import { cobsEncode } from './cobs';
import { crc32c } from './crc';
import { damaged, lastSequence } from './heard';
import {
  BLOCK, BOARD_ID, BOARD_NAME, BODY, BOOT_ID, CORE_HASH, FAULT_TEXT, FIRMWARE_HASH, RESTART_TEXT, SENSOR_NAME, TEXT, WIRE,
  CRC_BYTES, axes, boardNameBytes, encoding, gPerCount, rangeMilliG, rateMilliHz, resetCause, restartTextBytes, sensorNameBytes,
} from './map';
import { FAULT, faultBytes, state } from './sampling';
import { GAIN, OFFSET, ORIENTATION, counter, hasCalibration, hasKey, range, rate } from './settings';
import { textBytes } from './text';
import { array, beginMap, bytes, floats, key, littleEndian, sameFloats, text, uint, uint64, written } from './writer';

const WIRE_VERSION: u32 = 1;
const HELLO: u32 = 1;
const BLOCK_MESSAGE: u32 = 2;
const HEARTBEAT: u32 = 3;
const ANSWER: u32 = 4;

/** Where stream, hellos and heartbeats go. */
export let active: i32 = 0; // LINK_UART

export function setActive(link: i32): void {
  active = link;
}

function begin(type: u32, entries: u32): void {
  beginMap(entries + 2);
  key(1);
  uint(type);
  key(2);
  uint(WIRE_VERSION);
}

function send(link: i32, kind: i32): bool {
  const length = written();
  littleEndian(crc32c(BODY, length));
  return transmit(link, WIRE, cobsEncode(BODY, length + CRC_BYTES, WIRE), kind) != 0;
}

/** Ends what was cut, by a restart or while nobody listened: what follows is whole. */
export function sendDelimiter(link: i32): void {
  store<u8>(WIRE, 0);
  transmit(link, WIRE, 1, KIND_OTHER);
}

export function sendHello(link: i32): void {
  const isKeyed = hasKey();
  const isCalibrated = hasCalibration();
  begin(HELLO, 13 + (isKeyed ? 1 : 0) + (isCalibrated ? 3 : 0));
  key(3);
  text(BOARD_NAME, boardNameBytes());
  key(4);
  text(SENSOR_NAME, sensorNameBytes());
  key(5);
  bytes(FIRMWARE_HASH, 32);
  key(6);
  bytes(CORE_HASH, 32);
  key(7);
  uint(rangeMilliG(range));
  key(8);
  uint(rateMilliHz(rate));
  key(9);
  uint(axes());
  key(10);
  uint(encoding());
  key(11);
  bytes(BOARD_ID, 8);
  key(12);
  bytes(BOOT_ID, 8);
  key(13);
  sameFloats(gPerCount(range), axes());
  key(14);
  uint(isKeyed ? 1 : 0);
  if (isKeyed) {
    key(15);
    uint64(counter);
  }
  if (isCalibrated) {
    key(16);
    floats(OFFSET, axes());
    key(17);
    floats(GAIN, axes());
    key(18);
    array(9);
    for (let i: usize = 0; i < 9; i++) uint(load<u8>(ORIENTATION + i));
  }
  key(19);
  uint64(count);
  send(link, KIND_OTHER);
}

/** False when there was no room for it. */
export function sendBlock(first: u64, scans: i32, length: i32): bool {
  begin(BLOCK_MESSAGE, 7);
  key(3);
  uint(blockSeq);
  key(4);
  uint64(first);
  key(5);
  uint(scans);
  key(6);
  bytes(BLOCK, length);
  key(7);
  uint(overruns);
  key(8);
  uint(ringDropped);
  key(9);
  uint(transmitDropped);
  return send(active, KIND_BLOCK);
}

export function sendHeartbeat(): void {
  const temperature = sensor(SENSOR_TEMPERATURE, 0);
  const supply = sensor(SENSOR_SUPPLY, 0);
  const measured = measuredMilliHz();
  const isFaulty = state == FAULT;
  let entries: u32 = 10;
  if (temperature > 0) entries++;
  if (supply > 0) entries++;
  if (restartTextBytes() > 0) entries++;
  if (isFaulty) entries++;
  if (measured > 0) entries++;
  begin(HEARTBEAT, entries);
  key(3);
  uint64(microseconds() / 1000);
  key(4);
  uint64(count);
  key(5);
  uint(overruns);
  key(6);
  uint(ringDropped);
  key(7);
  uint(transmitDropped);
  if (temperature > 0) {
    key(8);
    uint(temperature);
  }
  if (supply > 0) {
    key(9);
    uint(supply);
  }
  key(10);
  uint(resetCause());
  key(11);
  uint(damaged);
  key(12);
  uint(lastSequence);
  key(13);
  uint(state);
  if (restartTextBytes() > 0) {
    key(14);
    text(RESTART_TEXT, restartTextBytes());
  }
  if (isFaulty) {
    key(15);
    text(FAULT_TEXT, faultBytes);
  }
  if (measured > 0) {
    key(16);
    uint(measured);
  }
  key(17);
  uint(blockSeq);
  send(active, KIND_OTHER);
}

/** With what stands in TEXT. */
export function sendAnswer(link: i32, sequence: u32, status: u32): void {
  begin(ANSWER, 3);
  key(3);
  uint(sequence);
  key(4);
  uint(status);
  key(5);
  text(TEXT, textBytes());
  send(link, KIND_OTHER);
}
