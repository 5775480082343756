/** Takes tasks one after the other, on a thread of its own. */
import { parentPort } from 'node:worker_threads';
import { livesOf, type Task } from './task.ts';

parentPort!.on('message', async (task: Task) => parentPort!.postMessage(await livesOf(task)));
