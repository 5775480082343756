/** Which end of a command means what: docs of the command line, held. */
import { execFileSync, spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { exitCodeOf, Interrupted } from '../../host/commands/exit.ts';
import { CoreError, DamageError, InputError, SpindleError, TransportError } from '../../host/errors.ts';
import { endingOf } from '../../host/run/ending.ts';
import { StoreError } from '../../host/store/store.ts';
import { newFolder } from '../support/folder.ts';

const STUCK = fileURLToPath(new URL('../run/stuck-process.ts', import.meta.url));

/** Runs `work` with what it tells on stderr thrown away. */
function quietly<T>(work: () => T): T {
  const tell = console.error;
  console.error = () => {};
  try {
    return work();
  } finally {
    console.error = tell;
  }
}

const exit = suite('commands.exit');

exit('is 2 for what a person can mend, 130 for an interruption, 70 for everything else', () => {
  const codes = [
    new InputError('A', ''),
    new DamageError('A', ''),
    new TransportError('A', ''),
    new Interrupted(),
    new CoreError('A', ''),
    new StoreError('STORE_COMMIT', ''),
    new SpindleError('THREAD_BUDGET', ''),
    new TypeError('x'),
  ].map((error) => quietly(() => exitCodeOf(error)));
  assert.equal(codes, [2, 2, 2, 130, 70, 70, 70, 70]);
});

exit('of a host is an error when not everything was kept, and a stuck thread names what came before it', () => {
  const failure = new InputError('FILE_BAD', 'pump.csv: is damaged');
  const free = { stuckThreads: [] };
  assert.is(endingOf(free, null, true), null);
  assert.is(endingOf(free, failure, true), failure);
  assert.is(endingOf(free, failure, false), failure);
  assert.is((endingOf(free, null, false) as SpindleError).code, 'HOST_UNFINISHED');
  const stuck = endingOf({ stuckThreads: ['store'] }, failure, false) as SpindleError;
  assert.is(stuck.code, 'THREAD_STUCK');
  assert.is(endingOf({ stuckThreads: ['store'] }, stuck, false), stuck);
  assert.match(stuck.message, /^store thread: waits .* cannot be ended; before that: pump\.csv: is damaged$/);
});

exit('of a process with a thread in a system call does not wait for it and is not 0', async () => {
  const pipe = join(newFolder('exit'), 'pipe');
  execFileSync('mkfifo', [pipe]);
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', STUCK, pipe], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let stderr = '';
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const signal = await new Promise((resolve) => child.on('close', (_, name) => resolve(name)));
  assert.is(signal, 'SIGKILL', stderr);
  assert.match(stderr, /THREAD_STUCK: odd thread: .* waits in a system call; it is not started again$/m);
  assert.match(stderr, /the process is killed, exit status 137; what was committed is kept\n$/);
});

exit.run();
