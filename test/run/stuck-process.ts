/** A process whose one thread reads a pipe that nobody writes to; it ends as the command line does. Argument: the pipe. */
import { endWith } from '../../host/commands/exit.ts';
import { Thread } from '../../host/run/thread.ts';

new Thread({
  name: 'odd',
  module: new URL('./odd-thread.ts', import.meta.url),
  workerData: () => ({ read: process.argv[2] }),
  onMessage: () => {},
  onRestart: () => {},
  onGiveUp: endWith,
  limits: { watchMs: 10, silenceMs: 100, endMs: 100 },
});
