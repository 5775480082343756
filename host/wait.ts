/** Waits that end: each is over when its signal aborts or its time is up, and leaves no timer and no listener behind. */

/** Resolves when `signal` aborts, at once if it has. */
export function aborted(signal: AbortSignal): Promise<void> {
  return wakened(signal, () => {});
}

/** Resolves when the function given to `register` is called, or when `signal` aborts. */
export function wakened(signal: AbortSignal, register: (wake: () => void) => void): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const wake = (): void => {
      signal.removeEventListener('abort', wake);
      resolve();
    };
    signal.addEventListener('abort', wake);
    register(wake);
  });
}

/** Resolves after `ms`, or as soon as `signal` aborts. */
export async function pause(ms: number, signal: AbortSignal = new AbortController().signal): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  await wakened(signal, (wake) => {
    timer = setTimeout(wake, ms);
  });
  clearTimeout(timer);
}

/** Resolves when `work` has settled, at the latest after `limitMs`. */
export async function within(work: Promise<unknown>, limitMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, limitMs);
  });
  await Promise.race([work.catch(() => {}), limit]);
  clearTimeout(timer);
}
