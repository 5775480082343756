/**
 * The part against itself: identity and registers (SENSOR_PROBE, SENSOR_CONFIGURE), 1 g of gravity in the mean of all
 * axes, and the step that its own force makes. What was found stands in TEXT.
 */
import { FAULTY, SENSOR_SELF_TEST, SENSOR_STOP, microseconds, sensor } from './board';
import {
  SCANS, axes, encoding, gPerCount, isTestSigned, testAverageScans, testDropScans, testLeastMilliG, testMostMilliG, testRange,
  testRate, testSettleMs,
} from './map';
import { sayFault, startSensor } from './sampling';
import { say, sayNumber, textBegin } from './text';

/** Offsets of the parts are below 0.2 g where they are known, gains within a tenth: 1 g is seen as this. */
const LEAST_GRAVITY_MILLI_G: f32 = 700;
const MOST_GRAVITY_MILLI_G: f32 = 1300;
/** Longer than the slowest part takes for one side. */
const PATIENCE_US: u64 = 1_500_000;

const REFERENCE: i32 = 1;
const FORCE: i32 = 2;

const SUMS: usize = memory.data(24, 8);

export let isTestOver: bool = false;
export let hasPassed: bool = false;

let side: i32 = 0;
let sinceUs: u64 = 0;
let dropped: i32 = 0;
let added: i32 = 0;

export function testBegin(): void {
  isTestOver = false;
  hasPassed = false;
  memory.fill(SUMS, 0, 24);
  const answer = startSensor(testRate(), testRange());
  if (answer != 0) {
    textBegin();
    sayFault(answer);
    end();
    return;
  }
  turn(REFERENCE);
}

function turn(to: i32): void {
  side = to;
  sinceUs = microseconds();
  dropped = 0;
  added = 0;
  const answer = sensor(SENSOR_SELF_TEST, to);
  if (answer & FAULTY) {
    textBegin();
    sayFault(answer);
    end();
  }
}

function end(): void {
  sensor(SENSOR_SELF_TEST, 0);
  sensor(SENSOR_STOP, 0);
  isTestOver = true;
}

export function testChunk(scans: i32): void {
  if (isTestOver || microseconds() - sinceUs < <u64>testSettleMs() * 1000) return;
  for (let i = 0; i < scans && added < testAverageScans(); i++) {
    if (dropped < testDropScans()) {
      dropped++;
      continue;
    }
    for (let axis = 0; axis < axes(); axis++) {
      const sum = SUMS + <usize>(((side - 1) * 3 + axis) << 2);
      store<i32>(sum, load<i32>(sum) + sample(i * axes() + axis));
    }
    added++;
  }
}

function sample(index: i32): i32 {
  if (encoding() == 0) return load<i16>(SCANS + (<usize>index << 1));
  const at = SCANS + <usize>(index * 3);
  return (((<i32>load<u8>(at) << 24) | (<i32>load<u8>(at, 1) << 16) | (<i32>load<u8>(at, 2) << 8)) >> 12);
}

export function testPoll(): void {
  if (isTestOver) return;
  if (added < testAverageScans()) {
    if (microseconds() - sinceUs < PATIENCE_US) return;
    textBegin();
    say('no samples: got ');
    sayNumber(added);
    say(' scans, wanted ');
    sayNumber(testAverageScans());
    end();
  } else if (side == REFERENCE) {
    turn(FORCE);
  } else {
    judge();
    end();
  }
}

function meanMilliG(ofSide: i32, axis: i32): f32 {
  const sum = load<i32>(SUMS + <usize>(((ofSide - 1) * 3 + axis) << 2));
  return (<f32>sum / <f32>testAverageScans()) * gPerCount(testRange()) * 1000;
}

function judge(): void {
  textBegin();
  let square: f32 = 0;
  for (let axis = 0; axis < axes(); axis++) square += meanMilliG(REFERENCE, axis) * meanMilliG(REFERENCE, axis);
  const gravity = sqrt<f32>(square);
  hasPassed = gravity >= LEAST_GRAVITY_MILLI_G && gravity <= MOST_GRAVITY_MILLI_G;
  say('gravity ');
  sayNumber(<i32>nearest(gravity));
  say(' mg (700 to 1300)');
  for (let axis = 0; axis < axes(); axis++) {
    let step = meanMilliG(FORCE, axis) - meanMilliG(REFERENCE, axis);
    if (!isTestSigned()) step = abs(step);
    const isWithin = step >= testLeastMilliG(axis) && step <= testMostMilliG(axis);
    hasPassed = hasPassed && isWithin;
    say(axis == 0 ? ', x ' : axis == 1 ? ', y ' : ', z ');
    sayNumber(<i32>nearest(step));
    say(' mg (');
    sayNumber(<i32>testLeastMilliG(axis));
    say(' to ');
    sayNumber(<i32>testMostMilliG(axis));
    say(')');
  }
}
