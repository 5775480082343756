/** How a command ends: exit codes, errors as one message without a stack, interruption, readers that go away. */
import { DamageError, InputError, SpindleError, TransportError } from '../errors.ts';

export const EXIT = { done: 0, found: 1, usage: 2, internal: 70, interrupted: 130 } as const;

/** Thrown by a command that was interrupted before its work was done. */
export class Interrupted extends Error {}

/** Says what went wrong on stderr. Input, damage and a far side are a person's to mend, everything else is internal. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof Interrupted) {
    console.error(`spindle: interrupted${error.message ? `; ${error.message}` : ''}`);
    return EXIT.interrupted;
  }
  if (error instanceof SpindleError) {
    console.error(`spindle: ${error.name} ${error.code}: ${error.message}`);
    const isTheirs = [InputError, DamageError, TransportError].some((kind) => error instanceof kind);
    return isTheirs ? EXIT.usage : EXIT.internal;
  }
  console.error('spindle: this is a defect of Spindle; please report it with these lines');
  console.error(error instanceof Error ? error.stack : error);
  return EXIT.internal;
}

/**
 * Ends the process with the exit code of `error`: when its work has run out, but not later than a thread that waits in a
 * system call lets it. That one even `process.exit` waits for, so there the kernel ends it, with 137.
 */
export function endWith(error: unknown): void {
  process.exitCode = exitCodeOf(error);
  if (!(error instanceof SpindleError) || error.code !== 'THREAD_STUCK') return;
  console.error('spindle: the process is killed, exit status 137; what was committed is kept');
  process.kill(process.pid, 'SIGKILL');
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
    if (controller.signal.aborted) {
      // a thread in a system call may hold up the exit: a third one meets no handler
      for (const name of ['SIGINT', 'SIGTERM']) process.removeAllListeners(name);
      process.exit(EXIT.interrupted);
    }
    controller.abort();
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  return controller.signal;
}
