/** When something that was lost may be started again. */
import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { RestartBudget } from '../../host/restart-budget.ts';

const LIMITS = {
  firstPauseMs: 50,
  longestPauseMs: 5_000,
  budget: 10,
  windowMs: 60_000,
  fruitless: 5,
  healthyMs: 300_000,
  retryMs: 60_000,
};

const budget = suite('RestartBudget');

budget('pauses double up to the longest, between half of it and all of it by chance', () => {
  for (const dice of [0, 0.5, 1]) {
    const one = new RestartBudget(
      { ...LIMITS, fruitless: 99 },
      () => 0,
      () => dice,
    );
    const pauses = Array.from({ length: 9 }, () => one.lost().pauseMs);
    const ceilings = [50, 100, 200, 400, 800, 1600, 3200, 5000, 5000];
    assert.equal(
      pauses,
      ceilings.map((ms) => ms * (0.5 + dice / 2)),
    );
  }
});

budget('is spent by the eleventh loss of a minute, once, and then tries slowly until something was done', () => {
  let now = 0;
  const one = new RestartBudget(
    LIMITS,
    () => now,
    () => 1,
  );
  const losses = Array.from({ length: 12 }, () => {
    now += 100;
    return one.lost();
  });
  assert.equal(
    losses.map(({ isSpent, isNew }) => [isSpent, isNew]),
    [...Array(10).fill([false, false]), [true, true], [true, false]],
  );
  assert.is(losses.at(-1)!.pauseMs, 60_000);
  one.progress();
  assert.is(one.isSpent, false);
});

budget('is spent by six losses, however slow, of something that never does anything', () => {
  let now = 0;
  const one = new RestartBudget(LIMITS, () => now);
  const spent = Array.from({ length: 6 }, () => {
    one.started();
    now += 15_000;
    return one.lost().isSpent;
  });
  assert.equal(spent, [false, false, false, false, false, true]);
});

budget('is never spent by losses that are farther apart than it allows, each after something was done', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 6_001, max: 1_000_000 }), { maxLength: 200 }), (distances) => {
      let now = 0;
      const one = new RestartBudget(LIMITS, () => now);
      for (const distance of distances) {
        one.started();
        one.progress();
        now += distance;
        const { isSpent, pauseMs } = one.lost();
        assert.is(isSpent, false);
        assert.ok(pauseMs >= LIMITS.firstPauseMs / 2 && pauseMs <= LIMITS.longestPauseMs);
      }
    }),
  );
});

budget.run();
