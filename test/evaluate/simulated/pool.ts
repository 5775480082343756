/** Machines are independent: as many threads as there are processors share the tasks. The result is in task order. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Lives, Task } from './task.ts';

/** @param done is told after each task */
export async function runTasks(
  tasks: readonly Task[],
  threads: number,
  done: (task: Task) => void = () => {},
): Promise<Lives[]> {
  const results: Lives[] = [];
  let next = 0;
  const run = async (): Promise<void> => {
    const worker = new Worker(new URL('worker.ts', import.meta.url));
    try {
      while (next < tasks.length) {
        const index = next++;
        const answer = once(worker, 'message'); // rejects when the thread throws
        worker.postMessage(tasks[index]);
        [results[index]] = (await answer) as [Lives];
        done(tasks[index]);
      }
    } finally {
      await worker.terminate();
    }
  };
  await Promise.all(Array.from({ length: Math.min(threads, tasks.length) }, run));
  return results;
}
