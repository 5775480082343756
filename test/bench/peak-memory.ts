/**
 * Given to a process with `--import`: says its peak resident memory on stderr when it ends. The kernel's own figure of
 * this program; what a parent is told of its child counts the memory of the parent before `exec` as well.
 */
import { readFileSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';

if (isMainThread)
  process.on('exit', () => {
    console.error(`peak-memory ${peakKiB()} KiB`);
  });

function peakKiB(): number {
  try {
    return Number(/^VmHWM:\s+(\d+) kB/m.exec(readFileSync('/proc/self/status', 'utf8'))![1]);
  } catch {
    return process.resourceUsage().maxRSS; // not Linux
  }
}
