/** What a run comes to once its host has stopped: nothing, or the error that it ends with. */
import { SpindleError } from '../errors.ts';
import type { Host } from './host.ts';

/**
 * @param failure what `host.run` rejected with; null if it did not
 * @param isWhole what `host.stop` answered
 * @returns THREAD_STUCK when the process cannot end by itself, `failure`, HOST_UNFINISHED, or null
 */
export function endingOf(host: Pick<Host, 'stuckThreads'>, failure: unknown, isWhole: boolean): unknown {
  const stuck = host.stuckThreads;
  if (failure instanceof SpindleError && failure.code === 'THREAD_STUCK') return failure;
  if (stuck.length > 0) {
    const before = failure === null ? '' : `; before that: ${(failure as Error)?.message ?? failure}`;
    return new SpindleError(
      'THREAD_STUCK',
      `${stuck.join(' and ')} thread: waits in a system call and cannot be ended${before}`,
    );
  }
  if (failure !== null || isWhole) return failure;
  return new SpindleError(
    'HOST_UNFINISHED',
    'not everything that came in could be analysed and committed in time; what was committed is kept',
  );
}
