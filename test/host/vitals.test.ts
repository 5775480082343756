/** A stall of a thread is seen whole, for ten seconds, and in its own thread only. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Vitals } from '../../host/vitals.ts';

const vitals = suite('Vitals');

vitals('a stall of 3 s shows for 10 s and then no more', () => {
  let now = 0;
  const one = new Vitals(() => now);
  for (let tick = 0; tick < 10; tick++) {
    now += 100;
    one.tick();
  }
  assert.is(one.read().lagMs, 0);
  now += 3_000;
  one.tick();
  assert.is(one.read().lagMs, 2_900);
  now += 9_999;
  assert.is(one.read().lagMs, 2_900);
  now += 1;
  assert.is(one.read().lagMs, 0);
  one.end();
});

vitals('a real stall is seen by the timer itself, and memory is that of this thread', async () => {
  const one = new Vitals();
  await new Promise((resolve) => setTimeout(resolve, 250));
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 400);
  await new Promise((resolve) => setTimeout(resolve, 50));
  const { lagMs, heapUsedBytes, externalBytes } = one.read();
  assert.ok(lagMs >= 295, `${lagMs}`);
  assert.ok(heapUsedBytes > 1e6 && externalBytes > 0);
  one.end();
});

vitals.run();
