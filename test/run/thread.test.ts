/** Supervision of one thread: what is started again, what is not, and what is nobody's fault. */
import { execFileSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { SpindleError } from '../../host/errors.ts';
import { Thread, type ThreadOptions } from '../../host/run/thread.ts';
import { newFolder } from '../support/folder.ts';

const MODULE = new URL('./odd-thread.ts', import.meta.url);
const QUICK = { firstPauseMs: 1, longestPauseMs: 1, watchMs: 10 };

interface Watched {
  thread: Thread<unknown, string>;
  heard: string[];
  causes: string[];
  gaveUp: Promise<SpindleError>;
  /** Resolves with the next message for which `isIt`. */
  next(isIt: (message: string) => boolean): Promise<void>;
}

function watch(deed: () => unknown, options: Partial<ThreadOptions<string>> = {}): Watched {
  const given = Promise.withResolvers<SpindleError>();
  let waiting: { isIt: (message: string) => boolean; resolve: () => void }[] = [];
  const watched: Watched = {
    thread: null as never,
    heard: [],
    causes: [],
    gaveUp: given.promise,
    next: (isIt) => new Promise((resolve) => waiting.push({ isIt, resolve })),
  };
  watched.thread = new Thread<unknown, string>({
    name: 'odd',
    module: MODULE,
    workerData: deed,
    onMessage: (message) => {
      watched.heard.push(message);
      for (const { resolve } of waiting.filter(({ isIt }) => isIt(message))) resolve();
      waiting = waiting.filter(({ isIt }) => !isIt(message));
      if (message === 'worked') watched.thread.progress();
    },
    onRestart: (cause) => watched.causes.push(cause),
    onGiveUp: given.resolve,
    ...options,
    limits: { ...QUICK, ...options.limits },
  });
  return watched;
}

const ups = ({ heard }: Watched): number => heard.filter((message) => message === 'up').length;

const thread = suite('run.Thread');

thread('that ends at once is started again until its budget is spent', async () => {
  const odd = watch(() => 'end', { limits: { budget: 3 } });
  const error = await odd.gaveUp;
  assert.is(error.code, 'THREAD_BUDGET');
  assert.match(error.message, /^odd thread: was lost 4 times in a row, .*exit 3\); it is not started again$/);
  assert.is(odd.thread.restarts, 4);
  assert.is(odd.thread.isAlive, false);
});

thread('that wedges again and again is given up, however slowly it happens', async () => {
  const odd = watch(() => 'wedge', { limits: { silenceMs: 300, fruitless: 2, windowMs: 301 } });
  const error = await odd.gaveUp;
  assert.is(error.code, 'THREAD_BUDGET');
  assert.match(error.message, /was lost 3 times in a row, the last time: gave no sign of life for 0\.3 s/);
  assert.equal(odd.causes, Array(2).fill('gave no sign of life for 0.3 s'));
});

thread('may be silent longer while it starts, for as long as it was given', async () => {
  const patient = watch(() => ({ startsMs: 1500 }), { startMs: () => 60_000, limits: { silenceMs: 500 } });
  await patient.next((message) => message === 'up');
  const causes = [...patient.causes]; // from here on it may not be silent for longer, which on a busy machine it may be
  await patient.thread.end(0);
  assert.equal(causes, []);
  const odd = watch(() => ({ startsMs: 60_000 }), { startMs: () => 600, limits: { silenceMs: 300, budget: 0 } });
  assert.match((await odd.gaveUp).message, /gave no sign of life for 0\.6 s/);
});

thread('that does something between its losses is started again each time', async () => {
  const odd = watch(() => 'work', { limits: { fruitless: 1, windowMs: 0, budget: 100 } });
  for (let n = 1; n <= 5; n++) {
    await odd.next((message) => message === 'worked');
    odd.thread.post('end');
  }
  await odd.next((message) => message === 'worked');
  assert.is(odd.thread.restarts, 5);
  await odd.thread.end(0);
});

thread('that is not vital is told to be lost once and tried again until it lives', async () => {
  let isWell = false;
  let told = 0;
  const odd = watch(() => (isWell ? 'work' : 'end'), {
    isVital: false,
    onGiveUp: (error) => {
      told++;
      assert.match(error.message, /it is tried again from time to time, and all else goes on$/);
    },
    limits: { budget: 2, retryMs: 5 },
  });
  while (odd.thread.restarts < 6) await odd.next((message) => message === 'up');
  isWell = true;
  await odd.next((message) => message === 'worked');
  assert.is(told, 1);
  assert.ok(odd.thread.isAlive);
  await odd.thread.end(0);
});

thread('is not blamed for the silence of a main thread that stood still', async () => {
  const odd = watch(() => 'beat', { startMs: () => 60_000, limits: { silenceMs: 2000 } });
  await odd.next((message) => message === 'beat');
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 4000);
  for (let beats = 0; beats < 10; beats++) await odd.next((message) => message === 'beat');
  const state = [odd.thread.restarts, ups(odd)];
  await odd.thread.end(0); // first, or a test that fails would not end
  assert.equal(state, [0, 1]);
});

thread('that waits in a system call gets no second one beside it and is named, once', async () => {
  const pipe = join(newFolder('thread'), 'pipe');
  execFileSync('mkfifo', [pipe]);
  const errors: SpindleError[] = [];
  const given = Promise.withResolvers<void>();
  const odd = watch(() => ({ read: pipe }), {
    onGiveUp: (error) => {
      errors.push(error);
      given.resolve();
    },
    startMs: () => 60_000, // on a busy machine it takes seconds, and killed then it would not be stuck
    limits: { silenceMs: 500, endMs: 200 },
  });
  await given.promise;
  const state = [odd.thread.isStuck, odd.thread.isAlive, odd.thread.restarts];
  await odd.thread.end(60_000); // a stuck thread is not waited for
  closeSync(openSync(pipe, 'w')); // frees it, or this process could not end
  assert.equal(state, [true, true, 0]);
  assert.equal(
    errors.map(({ code }) => code),
    ['THREAD_STUCK'],
  );
  assert.match(errors[0].message, /gave no sign of life for 0\.5 s and cannot be ended, it waits in a system call/);
});

thread.run();
