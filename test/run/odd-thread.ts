/** A thread for tests of supervision: beats, and ends, wedges or waits in a system call when its data or a message says so. */
import { readFileSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';

type Deed = 'beat' | 'end' | 'wedge' | 'work' | { read: string } | { startsMs: number };

function act(deed: Deed): void {
  if (deed === 'end') process.exit(3);
  else if (deed === 'wedge') for (;;);
  else if (deed === 'work') parentPort?.postMessage('worked');
  else if (typeof deed === 'object' && 'read' in deed) readFileSync(deed.read); // of a pipe that nobody writes to: never returns
}

const { startsMs = 0 } = workerData as { startsMs?: number };
Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, startsMs); // in which it says nothing
setInterval(() => parentPort?.postMessage('beat'), 5);
parentPort?.on('message', act);
parentPort?.postMessage('up');
act(workerData as Deed);
