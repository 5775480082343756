/** What the host may ask for, and whether it may. */
import { restart } from './board';
import { heardSequence } from './heard';
import { DIGEST, axes, rangeCount, rangeMilliG, rateCount, rateMilliHz } from './map';
import { active, sendAnswer, sendHeartbeat, sendHello, setActive } from './message';
import {
  isAtEnd, position, readArray, readBytes, readFloats, readFrom, readMap, readText, readU32, readUint, start as itemStart, value,
} from './reader';
import {
  FAULT, TASK_CONFIGURE, TASK_NONE, TASK_SELF_TEST, TASK_STOP, goOn, isTaskOver, start, state, stopFor, task, taskDone,
} from './sampling';
import { hasPassed } from './self-test';
import {
  KEY, KEY_BYTES, counter, hasKey, keepCalibration, keepKey, keepRateAndRange, range, rangeOf, rate, rateOf, useCounter,
} from './settings';
import { hmac } from './sha256';
import { say, sayNumber, textBegin } from './text';

const COMMAND: u64 = 16;
const WIRE_VERSION: u64 = 1;
const MAC_BYTES: i32 = 16;

const DONE: u32 = 0;
const REFUSED: u32 = 1;
const UNKNOWN: u32 = 2;
const NOT_AUTHENTIC: u32 = 3;
const REPLAYED: u32 = 4;
/** Not a status: the answer comes when the task is over. */
const LATER: u32 = 255;

/** +-1000 g is beyond every part; a gain beyond these is a mistake of units. */
const LARGEST_OFFSET_G: f32 = 1000;
const LEAST_GAIN: f32 = 0.1;
const MOST_GAIN: f32 = 10;

const ORIENTATION_GIVEN: usize = memory.data(9, 4);

let nameAt: usize = 0;
let nameBytes: i32 = 0;
let taskLink: i32 = 0;
let taskSequence: u32 = 0;
let newRate: i32 = 0;
let newRange: i32 = 0;
let restarts: i32 = -1;
let isHelloDue: bool = false;

/** A message whose CRC is right. False: it is no command of this version, or not deterministic. */
export function command(link: i32, at: usize, length: i32): bool {
  readFrom(at, length);
  if (!readMap() || (value != 5 && value != 7)) return false;
  const entries = <i32>value;
  if (!isKey(1) || !readUint() || value != COMMAND) return false;
  if (!isKey(2) || !readUint() || value != WIRE_VERSION) return false;
  if (!isKey(3) || !readU32()) return false;
  const sequence = <u32>value;
  if (!isKey(4) || !readText()) return false;
  nameAt = itemStart;
  nameBytes = <i32>value;
  if (!isKey(5) || !readBytes()) return false;
  const argument = itemStart;
  const argumentBytes = <i32>value;
  let used: u64 = 0;
  let mac: usize = 0;
  let signedBytes = 0;
  if (entries == 7) {
    if (!isKey(6) || !readUint()) return false;
    used = value;
    signedBytes = <i32>(position() - at);
    if (!isKey(7) || !readBytes() || value != MAC_BYTES) return false;
    mac = itemStart;
  }
  if (!isAtEnd()) return false;
  heardSequence(sequence);
  if (link != active) setActiveIfFree(link);
  isHelloDue = false;
  restarts = -1;
  textBegin();
  let status = DONE;
  if (hasKey() && !isName('identify')) status = permission(at, signedBytes, mac, used);
  if (status == DONE) {
    readFrom(argument, argumentBytes);
    taskLink = task == TASK_NONE ? link : taskLink;
    taskSequence = task == TASK_NONE ? sequence : taskSequence;
    status = carryOut(argumentBytes);
  }
  if (status == LATER) return true;
  sendAnswer(link, sequence, status);
  if (isHelloDue) sendHello(active);
  if (restarts >= 0) restart(restarts);
  return true;
}

/** The UART cannot be seen to be opened, but a command on it shows that it is. USB says so itself. */
function setActiveIfFree(link: i32): void {
  if (link == 0) {
    setActive(link);
    isHelloDue = true;
  }
}

function isKey(number: u64): bool {
  return readUint() && value == number;
}

function isName(name: string): bool {
  if (name.length != nameBytes) return false;
  const at = changetype<usize>(name);
  for (let i = 0; i < nameBytes; i++) if (load<u16>(at + (<usize>i << 1)) != <u16>load<u8>(nameAt + <usize>i)) return false;
  return true;
}

function permission(at: usize, signedBytes: i32, mac: usize, used: u64): u32 {
  if (mac == 0) {
    say('no MAC, and this node has a key');
    return NOT_AUTHENTIC;
  }
  // the map without key 7 has six entries
  hmac(KEY, KEY_BYTES, 0xa6, at + 1, signedBytes - 1);
  let difference: u32 = 0;
  for (let i: usize = 0; i < <usize>MAC_BYTES; i++) difference |= <u32>(load<u8>(mac + i) ^ load<u8>(DIGEST + i));
  if (difference != 0) {
    say('the MAC does not belong to this command and key');
    return NOT_AUTHENTIC;
  }
  if (used <= counter) {
    say('the counter was used before');
    return REPLAYED;
  }
  if (!useCounter(used)) {
    say('the flash did not keep the counter; nothing was done');
    return REFUSED;
  }
  return DONE;
}

function carryOut(argumentBytes: i32): u32 {
  if (isName('identify')) {
    if (!isEmpty(argumentBytes)) return refuseArgument();
    isHelloDue = true;
    return DONE;
  }
  if (isName('reboot')) return reboot();
  if (task != TASK_NONE) {
    say('busy with a command before this one');
    return REFUSED;
  }
  if (isName('start')) {
    if (!isEmpty(argumentBytes)) return refuseArgument();
    start();
    isHelloDue = true;
    return state == FAULT ? REFUSED : DONE;
  }
  if (isName('stop')) {
    if (!isEmpty(argumentBytes)) return refuseArgument();
    stopFor(TASK_STOP);
    return LATER;
  }
  if (isName('self-test')) {
    if (!isEmpty(argumentBytes)) return refuseArgument();
    stopFor(TASK_SELF_TEST);
    return LATER;
  }
  if (isName('configure')) return configure(argumentBytes);
  if (isName('calibrate')) return calibrate();
  if (isName('key')) return setKey();
  say('no such command');
  return UNKNOWN;
}

/** A task that a command began is over: its answer. */
export function commandPoll(): void {
  if (!isTaskOver) return;
  const ended = task;
  taskDone();
  let status = DONE;
  if (ended == TASK_CONFIGURE) {
    textBegin();
    if (!keepRateAndRange(newRate, newRange)) {
      say('the flash did not keep it; rate and range are as before');
      status = REFUSED;
    }
    goOn();
  } else if (ended == TASK_SELF_TEST) {
    if (!hasPassed) status = REFUSED;
  } else {
    textBegin();
  }
  sendAnswer(taskLink, taskSequence, status);
  if (ended == TASK_SELF_TEST) goOn(); // behind the answer: it writes into TEXT
  if (ended == TASK_STOP) sendHeartbeat();
  else sendHello(active);
}

function isEmpty(bytes: i32): bool {
  return bytes == 0 || (readMap() && value == 0 && isAtEnd());
}

function refuseArgument(): u32 {
  say('the argument is not what docs/wire.md says');
  return REFUSED;
}

function reboot(): u32 {
  if (!readMap() || value != 1 || !isKey(1) || !readUint() || value > 1 || !isAtEnd()) return refuseArgument();
  restarts = <i32>value;
  return DONE;
}

function configure(bytes: i32): u32 {
  newRate = rate;
  newRange = range;
  if (bytes == 0 || !readMap() || value > 2) return refuseArgument();
  let last: u64 = 0;
  for (let left = <i32>value; left > 0; left--) {
    if (!readUint() || value <= last || value > 2) return refuseArgument();
    last = value;
    if (!readU32()) return refuseArgument();
    const index = last == 1 ? rateOf(<u32>value) : rangeOf(<u32>value);
    if (index < 0) return refuseChoice(last == 1, <u32>value);
    if (last == 1) newRate = index;
    else newRange = index;
  }
  if (!isAtEnd()) return refuseArgument();
  stopFor(TASK_CONFIGURE);
  return LATER;
}

function refuseChoice(isRate: bool, got: u32): u32 {
  say(isRate ? 'rate: got ' : 'range: got ');
  sayNumber(<i32>min<u32>(got, i32.MAX_VALUE));
  say(isRate ? ' mHz, wanted' : ' mg, wanted');
  const choices = isRate ? rateCount() : rangeCount();
  for (let i = 0; i < choices; i++) {
    say(' ');
    sayNumber(<i32>(isRate ? rateMilliHz(i) : rangeMilliG(i)));
  }
  return REFUSED;
}

function calibrate(): u32 {
  if (!readMap()) return refuseArgument();
  if (value == 0 && isAtEnd()) return kept(keepCalibration(0, 0, 0));
  if (value != 3 || !isKey(1) || !readFloats(axes())) return refuseArgument();
  const offset = itemStart;
  if (!isKey(2) || !readFloats(axes())) return refuseArgument();
  const gain = itemStart;
  if (!isKey(3) || !readArray() || value != 9) return refuseArgument();
  for (let i: usize = 0; i < 9; i++) {
    if (!readUint() || value > 2) return refuseArgument();
    store<u8>(ORIENTATION_GIVEN + i, <u8>value);
  }
  if (!isAtEnd()) return refuseArgument();
  for (let axis: usize = 0; axis < <usize>axes(); axis++) {
    if (!(abs<f32>(float(offset + (axis << 2))) <= LARGEST_OFFSET_G)) return refuseFloat(true);
    const factor = float(gain + (axis << 2));
    if (!(factor >= LEAST_GAIN && factor <= MOST_GAIN)) return refuseFloat(false);
  }
  if (!isRotation()) {
    say('orientation: wanted one 0 or 2 in each row and column, the rest 1');
    return REFUSED;
  }
  return kept(keepCalibration(offset, gain, ORIENTATION_GIVEN));
}

/** Of four bytes that stand anywhere. */
function float(at: usize): f32 {
  return reinterpret<f32>(
    <u32>load<u8>(at) | (<u32>load<u8>(at, 1) << 8) | (<u32>load<u8>(at, 2) << 16) | (<u32>load<u8>(at, 3) << 24),
  );
}

function refuseFloat(isOffset: bool): u32 {
  say(isOffset ? 'offset: wanted at most 1000 g' : 'gain: wanted 0.1 to 10');
  return REFUSED;
}

function isRotation(): bool {
  for (let i: usize = 0; i < 3; i++) {
    let inRow = 0;
    let inColumn = 0;
    for (let j: usize = 0; j < 3; j++) {
      if (load<u8>(ORIENTATION_GIVEN + 3 * i + j) != 1) inRow++;
      if (load<u8>(ORIENTATION_GIVEN + 3 * j + i) != 1) inColumn++;
    }
    if (inRow != 1 || inColumn != 1) return false;
  }
  return true;
}

function setKey(): u32 {
  if (hasKey()) {
    say('a key is set; only erasing the settings takes it out');
    return REFUSED;
  }
  if (!readMap() || value != 1 || !isKey(1) || !readBytes() || value != KEY_BYTES || !isAtEnd()) return refuseArgument();
  return kept(keepKey(itemStart));
}

function kept(isKept: bool): u32 {
  if (!isKept) {
    say('the flash did not keep it; everything is as before');
    return REFUSED;
  }
  isHelloDue = true;
  return DONE;
}
