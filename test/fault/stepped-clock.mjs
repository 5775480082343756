/**
 * Put before a program with --import: wall time is what the file named by STEPPED_CLOCK says it is off, in ms, in every
 * thread of the process. The monotonic clock stays as it is, as when an administrator or NTP steps a clock.
 */
import { readFileSync } from 'node:fs';

const RealDate = Date;
const realNow = Date.now.bind(Date);
const path = process.env.STEPPED_CLOCK;
let readMs = Number.NEGATIVE_INFINITY;
let offsetMs = 0;

function now() {
  if (performance.now() - readMs > 20) {
    readMs = performance.now();
    offsetMs = Number(readFileSync(path, 'utf8'));
  }
  return realNow() + offsetMs;
}

globalThis.Date = class extends RealDate {
  constructor(...args) {
    if (args.length === 0) super(now());
    else super(...args);
  }
  static now() {
    return now();
  }
};
