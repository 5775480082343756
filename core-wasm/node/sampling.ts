/**
 * Stopped, sampling, testing, or at odds with the sensor. What has to wait until the sensor stands still and everything
 * that it took is sent is a task: it begins with `stopFor` and goes on in `poll`.
 */
import { blocksBegin, count, append, flushBlock, overranTo, overruns, ringDropped, ringDroppedTo } from './blocks';
import {
  FAULTY, SENSOR_CONFIGURE, SENSOR_PROBE, SENSOR_START, SENSOR_STOP, microseconds, sensor,
} from './board';
import { anchor, clockBegin, countAt, hasAnchor } from './clock';
import { FAULT_TEXT, SENSOR_NAME, TEXT, discardScans, rangeCode, rateCode, rateMilliHz, sensorNameBytes, watermarkScans } from './map';
import { active, sendHeartbeat, sendHello } from './message';
import { range, rate } from './settings';
import { isTestOver, testBegin, testChunk, testPoll } from './self-test';
import { say, sayBytes, sayHex, sayNumber, textBegin, textBytes } from './text';

export const STOPPED: i32 = 0;
export const SAMPLING: i32 = 1;
export const SELF_TEST: i32 = 2;
export const FAULT: i32 = 3;

export const TASK_NONE: i32 = 0;
export const TASK_STOP: i32 = 1;
export const TASK_CONFIGURE: i32 = 2;
export const TASK_SELF_TEST: i32 = 3;

const HEARTBEAT_US: u64 = 500_000;
const RETRY_US: u64 = 1_000_000;
/** So many watermarks without a chunk, and at least this long: the sensor has stopped, or its line is off. */
const SILENT_WATERMARKS: u32 = 8;
const SHORTEST_SILENCE_US: u64 = 50_000;
/** A poll that comes later than this after the last one says nothing about the sensor: nobody listened. */
const LATE_POLL_US: u64 = 10_000;

/** Bits of a chunk. */
const CHUNK_ANCHOR: i32 = 1;
const CHUNK_OVERRAN: i32 = 2;

export let state: i32 = 0; // STOPPED; a name would cost a start function
export let faultBytes: i32 = 0;
/** Whether samples are wanted, whatever the state. */
export let isWanted: bool = true;
export let task: i32 = 0; // TASK_NONE
/** A task that is over; whoever began it looks at it and calls `taskDone`. */
export let isTaskOver: bool = false;

let heartbeatUs: u64 = 0;
let retryUs: u64 = 0;
let heardUs: u64 = 0;
let silenceUs: u64 = 0;
let polledUs: u64 = 0;
let leftToDiscard: i32 = 0;
let isDraining: bool = false;

export function samplingBegin(): void {
  heartbeatUs = microseconds();
  if (!resume()) sendHeartbeat();
}

/** Says in TEXT what a SENSOR_ operation answered. */
export function sayFault(answer: i32): void {
  sayBytes(SENSOR_NAME, sensorNameBytes());
  say(': register ');
  sayHex(<u32>answer >>> 16);
  say(': got ');
  sayHex(<u32>answer >>> 8);
  say(', wanted ');
  sayHex(<u32>answer);
}

/** With the text in TEXT. */
function fail(): void {
  state = FAULT;
  say('; tried again every second');
  faultBytes = textBytes();
  memory.copy(FAULT_TEXT, TEXT, faultBytes);
  retryUs = microseconds() + RETRY_US;
}

/** From whatever there is to sampling with the settings. False: the state is FAULT, and it is tried again. */
export function resume(): bool {
  const answer = startSensor(rate, range);
  if (answer != 0) {
    textBegin();
    sayFault(answer);
    fail();
    return false;
  }
  state = SAMPLING;
  blocksBegin(rateMilliHz(rate));
  leftToDiscard = discardScans();
  return true;
}

/** Probe, configure, start: 0, or what is wrong. */
export function startSensor(withRate: i32, withRange: i32): i32 {
  let answer = sensor(SENSOR_PROBE, 0);
  if (answer == 0) answer = sensor(SENSOR_CONFIGURE, (rateCode(withRate) << 8) | rangeCode(withRange));
  if (answer == 0) answer = sensor(SENSOR_START, 0);
  clockBegin();
  heardUs = microseconds();
  const watermarkUs = (<u64>watermarkScans() * 1_000_000_000) / rateMilliHz(withRate);
  silenceUs = max(SHORTEST_SILENCE_US, watermarkUs * SILENT_WATERMARKS);
  return answer & FAULTY ? answer : 0;
}

export function start(): void {
  isWanted = true;
  if (state == STOPPED) resume();
}

/** Stops taking samples and sends those that were taken; then the task goes on. */
export function stopFor(next: i32): void {
  task = next;
  isTaskOver = false;
  if (next == TASK_STOP) isWanted = false;
  sensor(SENSOR_STOP, 0);
  isDraining = true;
}

export function taskDone(): void {
  task = TASK_NONE;
  isTaskOver = false;
}

/** Of a task that leaves the sensor standing: on with what is wanted. */
export function goOn(): void {
  state = STOPPED;
  if (isWanted) resume();
}

/** `scans` at SCANS, the last of which was taken at `us` if the bits say that this is an anchor. */
export function takeChunk(scans: i32, us: u64, bits: i32, dropped: u32): void {
  heardUs = microseconds();
  if (state == SELF_TEST) {
    testChunk(scans);
    return;
  }
  if (state != SAMPLING) return;
  ringDroppedTo(dropped);
  let from = 0;
  if (leftToDiscard > 0) {
    from = min(leftToDiscard, scans);
    leftToDiscard -= from;
    if (from == scans) return;
  }
  const isAnchor = (bits & CHUNK_ANCHOR) != 0;
  if (bits & CHUNK_OVERRAN)
    overranTo(isAnchor && hasAnchor ? countAt(us, rateMilliHz(rate)) - <u64>(scans - from) : count);
  const end = count + <u64>(scans - from);
  append(from, scans);
  if (isAnchor) anchor(us, end);
}

/** `waiting` chunks are still to come; `dropped` scans found no room in the ring since boot. */
export function samplingPoll(waiting: i32, dropped: u32): void {
  const now = microseconds();
  if (now - polledUs > LATE_POLL_US) heardUs = now;
  polledUs = now;
  if (isDraining && waiting == 0) {
    isDraining = false;
    if (state == SAMPLING) ringDroppedTo(dropped);
    flushBlock();
    state = STOPPED;
    if (task == TASK_SELF_TEST) {
      state = SELF_TEST;
      testBegin();
    } else {
      isTaskOver = true;
    }
  }
  if (state == SELF_TEST) {
    testPoll();
    if (isTestOver) {
      state = STOPPED;
      isTaskOver = true;
    }
  } else if (state == SAMPLING && !isDraining && now - heardUs > silenceUs) {
    sensor(SENSOR_STOP, 0);
    ringDroppedTo(dropped);
    flushBlock();
    textBegin();
    sayBytes(SENSOR_NAME, sensorNameBytes());
    say(': no samples for ');
    sayNumber(<i32>((now - heardUs) / 1000));
    say(' ms');
    fail();
    sendHeartbeat();
  } else if (state == FAULT && task == TASK_NONE && now >= retryUs) {
    if (!isWanted) state = STOPPED;
    else if (resume()) sendHello(active);
  }
  if (now - heartbeatUs >= HEARTBEAT_US) {
    heartbeatUs += HEARTBEAT_US;
    if (now - heartbeatUs >= HEARTBEAT_US) heartbeatUs = now;
    sendHeartbeat();
  }
}
