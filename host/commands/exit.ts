/** How a command ends: exit codes, errors as one message without a stack, interruption, readers that go away. */
import { SpindleError } from '../errors.ts';

export const EXIT = { done: 0, found: 1, usage: 2, internal: 70, interrupted: 130 } as const;

/** Thrown by a command that was interrupted before its work was done. */
export class Interrupted extends Error {}

/** Says what went wrong on stderr. A SpindleError is a person's to mend, everything else is ours. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof Interrupted) {
    console.error(`spindle: interrupted${error.message ? `; ${error.message}` : ''}`);
    return EXIT.interrupted;
  }
  if (error instanceof SpindleError) {
    console.error(`spindle: ${error.name} ${error.code}: ${error.message}`);
    return EXIT.usage;
  }
  console.error('spindle: this is a defect of Spindle; please report it with these lines');
  console.error(error instanceof Error ? error.stack : error);
  return EXIT.internal;
}

/** `spindle ... | head` ends quietly; what nobody caught is a defect. */
export function quietPipes(): void {
  for (const stream of [process.stdout, process.stderr])
    stream.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : EXIT.internal));
  process.on('uncaughtException', (error) => process.exit(exitCodeOf(error)));
}

/** Aborted by the first SIGINT or SIGTERM; a second one ends the process at once. */
export function interruption(): AbortSignal {
  const controller = new AbortController();
  const stop = (): void => {
    if (controller.signal.aborted) process.exit(EXIT.interrupted);
    controller.abort();
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  return controller.signal;
}
