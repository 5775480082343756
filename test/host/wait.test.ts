/** Waits end, and leave nothing behind. */
import { getEventListeners } from 'node:events';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { aborted, pause, wakened, within } from '../../host/wait.ts';

const wait = suite('wait');

wait('that was wakened leaves no listener on its signal', async () => {
  const { signal } = new AbortController();
  let wake = (): void => {};
  const waiting = wakened(signal, (given) => {
    wake = given;
  });
  assert.is(getEventListeners(signal, 'abort').length, 1);
  wake();
  await waiting;
  await pause(1, signal);
  assert.is(getEventListeners(signal, 'abort').length, 0);
});

wait('is over when its signal aborts, or at once if it has', async () => {
  const stop = new AbortController();
  const waits = Promise.all([aborted(stop.signal), pause(1e9, stop.signal)]);
  stop.abort();
  await waits;
  await aborted(stop.signal);
  await pause(1e9, stop.signal);
});

wait('for work is over when it has settled either way, or when its time is', async () => {
  await within(Promise.reject(new Error('no')), 1e9);
  await within(new Promise(() => {}), 1);
});

wait.run();
