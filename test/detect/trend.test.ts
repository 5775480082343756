/**
 * The interval of a trend holds the truth as often as it says, also where neighbours resemble each other, values are
 * missing or wild; what does not rise is not said to rise. Every run is seeded.
 */
import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Gaussian } from '../../host/acquire/gaussian.ts';
import { Random } from '../../host/acquire/random.ts';
import { CELLS, History, LEVELS } from '../../host/detect/history.ts';
import { Line } from '../../host/detect/line.ts';
import { isTrend, TrendWatch, trendLine, trendText } from '../../host/detect/trend.ts';
import type { Trend } from '../../host/types.ts';

const RUNS = 600;
/** Three standard errors of a share of 0.9 in RUNS. */
const CHANCE = 3 * Math.sqrt((0.9 * 0.1) / RUNS);
const HOUR_S = 3600;

/** Noise of spread 1 in which a minute resembles the one before it by `rho`. */
function* noise(random: Random, rho: number): Generator<number, never> {
  const gaussian = new Gaussian(random);
  let value = gaussian.next();
  for (;;) {
    yield value;
    value = rho * value + Math.sqrt(1 - rho * rho) * gaussian.next();
  }
}

interface Made {
  minutes: number;
  rho: number;
  slopePerHour: number;
  spread?: number;
  /** Leaves out a minute or spoils its value. */
  change?: (value: number, minute: number, random: Random) => number | null;
}

/** One value a minute: 0.2 + slope x hours + noise. */
function watched(seed: number, { minutes, rho, slopePerHour, spread = 0.1, change }: Made): TrendWatch {
  const random = Random.stream(seed, 'trend test');
  const watch = new TrendWatch();
  const of = noise(random, rho);
  for (let minute = 0; minute < minutes; minute++) {
    const value = 0.2 + (slopePerHour * minute) / 60 + spread * of.next().value;
    const given = change ? change(value, minute, random) : value;
    if (given !== null) watch.push(60 * minute + 30, given);
  }
  return watch;
}

function runs<T>(made: Made, of: (watch: TrendWatch) => T): T[] {
  return Array.from({ length: RUNS }, (_, seed) => of(watched(seed, made)));
}
const share = (claims: boolean[]): number => claims.filter(Boolean).length / claims.length;
const scoreTrend = (watch: TrendWatch): Trend => watch.trend([1])!;

const line = suite('detect.Line');

line('of 30 and of 60 values: the 90 % interval holds the true slope in about 90 % of 600 runs up to rho 0.8', () => {
  for (const count of [30, CELLS])
    for (const rho of [0, 0.3, 0.6, 0.8]) {
      const held = Array.from({ length: RUNS }, (_, seed) => {
        const of = noise(Random.stream(seed, `line ${rho} ${count}`), rho);
        const times = Array.from({ length: count }, (__, i) => i / 60);
        const [low, high] = new Line(
          times,
          times.map((time) => 3 - 2 * time + of.next().value),
        ).slopeInterval(0.9);
        return low <= -2 && -2 <= high;
      });
      assert.ok(share(held) >= 0.9 - CHANCE && share(held) <= 0.98, `rho ${rho}, ${count}: ${share(held)}`);
    }
});

line('of what lies on a line is that line', () => {
  const values = fc.record({ start: fc.integer({ min: -50, max: 50 }), slope: fc.integer({ min: -9, max: 9 }) });
  fc.assert(
    fc.property(values, ({ start, slope }) => {
      const times = Array.from({ length: 40 }, (_, i) => i / 4);
      const made = new Line(
        times,
        times.map((time) => start + slope * time),
      );
      assert.ok(Math.abs(made.slope - slope) < 1e-6, `${made.slope}`);
      assert.ok(Math.abs(made.level - (start + (slope * 39) / 4)) < 1e-5, `${made.level}`);
      const [low, high] = made.slopeInterval(0.9);
      assert.ok(high - low < 1e-3);
    }),
  );
});

line('scales and mirrors with its values, and does not care when the clock started', () => {
  const random = Random.stream(7, 'scales');
  const times = Array.from({ length: 50 }, (_, i) => i + random.uniform() / 2);
  const of = noise(random, 0);
  const values = times.map((time) => 0.01 * time + of.next().value);
  const plain = new Line(times, values);
  const near = (got: number, wanted: number): void =>
    assert.ok(Math.abs(got - wanted) < 1e-6 * Math.max(1, Math.abs(wanted)), `${got} is not ${wanted}`);
  fc.assert(
    fc.property(fc.double({ min: 0.01, max: 100, noNaN: true }), fc.integer({ min: -50, max: 50 }), (scale, shift) => {
      const [low, high] = plain.slopeInterval(0.9);
      const scaled = new Line(
        times.map((time) => time + 1000 * shift),
        values.map((value) => scale * value + shift),
      );
      near(scaled.slope / scale, plain.slope);
      near(scaled.slopeInterval(0.9)[0] / scale, low);
      near((scaled.level - shift) / scale, plain.level);
      const mirrored = new Line(
        times,
        values.map((value) => -value),
      );
      near(mirrored.slopeInterval(0.9)[0], -high);
    }),
    { numRuns: 30 },
  );
});

line('is more certain of the nearer limit, and of any limit the later it is', () => {
  const of = noise(Random.stream(3, 'certain'), 0.5);
  const times = Array.from({ length: CELLS }, (_, i) => i / 60);
  const rising = new Line(
    times,
    times.map((time) => time + 0.1 * of.next().value),
  );
  const chances = [0, 0.2, 0.5, 1, 2].map((ahead) => rising.probabilityAbove(1.5, ahead));
  assert.equal(
    chances,
    chances.toSorted((a, b) => a - b),
  );
  assert.ok(chances[0] < 0.01 && chances[4] > 0.99);
  assert.ok(rising.probabilityAbove(1.4, 0.5) > rising.probabilityAbove(1.6, 0.5));
});
line.run();

const history = suite('detect.History');

history('is bounded, however much comes in', () => {
  const kept = new History();
  for (let i = 0; i < 300_000; i++) kept.push(i * 0.7, i);
  assert.equal(
    kept.levels.map(({ values }) => values.length),
    [CELLS, CELLS, CELLS, 54, 13, 3],
  );
  assert.ok(kept.snapshot().open.every(({ cells }) => cells.values.length <= 128));
});

history('of a level is the median of what its cell saw, and a lone wild value does not show', () => {
  const kept = new History();
  for (let second = 0; second < 600; second++) kept.push(second, second % 60 === 30 ? 1e6 : Math.floor(second / 60));
  assert.equal(kept.levels[0].values, [0, 1, 2, 3, 4, 5, 6, 7, 8]);
  assert.equal(kept.levels[0].timesS.slice(0, 2), [29.5, 89.5]);
});

history('keeps sparse values as they are', () => {
  const kept = new History();
  for (let i = 0; i <= 40; i++) kept.push(i * 600, i * i);
  const squares = Array.from({ length: 40 }, (_, i) => i * i);
  assert.equal([kept.levels[0].values, kept.levels[1].values], [squares, squares.slice(0, 39)]);
});

history('goes on after a restore as if nothing had happened', () => {
  const times = Array.from({ length: 3000 }, (_, i) => i * 7);
  const whole = new History();
  for (const time of times) whole.push(time, Math.sin(time));
  fc.assert(
    fc.property(fc.nat(2999), (at) => {
      const first = new History();
      for (const time of times.slice(0, at)) first.push(time, Math.sin(time));
      const second = new History();
      second.restore(structuredClone(first.snapshot()));
      for (const time of times.slice(at)) second.push(time, Math.sin(time));
      assert.equal(second.snapshot(), whole.snapshot());
    }),
    { numRuns: 20 },
  );
});

history('starts anew when time runs backwards', () => {
  const kept = new History();
  for (let i = 0; i < 100; i++) kept.push(i * 60, 1);
  kept.push(10, 2);
  assert.is(kept.levels[0].values.length, 0);
  assert.is(kept.levels.length, LEVELS);
});
history.run();

const trend = suite('detect.TrendWatch');

trend('the 90 % interval holds the true slope in about 90 % of 600 runs, over hours and days', () => {
  for (const [minutes, rho] of [
    [61, 0.5],
    [400, 0],
    [400, 0.8],
    [2000, 0.9],
  ]) {
    const held = runs({ minutes, rho, slopePerHour: 0.02 }, (watch) => {
      const { low, high } = scoreTrend(watch);
      return low <= 0.48 && 0.48 <= high;
    });
    assert.ok(share(held) >= 0.9 - CHANCE && share(held) <= 0.99, `${minutes} minutes, rho ${rho}: ${share(held)}`);
  }
});

trend('no trend is claimed on what stands still in more than 10 % of 600 runs', () => {
  for (const [minutes, rho] of [
    [61, 0],
    [61, 0.8],
    [400, 0.5],
    [2000, 0.9],
  ]) {
    const claimed = runs({ minutes, rho, slopePerHour: 0 }, (watch) => isTrend(scoreTrend(watch)));
    assert.ok(share(claimed) <= 0.1 + CHANCE, `${minutes} minutes, rho ${rho}: ${share(claimed)}`);
  }
});

trend('lost and uneven minutes leave the interval honest', () => {
  const change: Made['change'] = (value, minute, random) =>
    random.uniform() < 0.4 || (minute > 150 && minute < 210) ? null : value;
  const held = runs({ minutes: 500, rho: 0.6, slopePerHour: -0.03, change }, (watch) => {
    const { low, high } = scoreTrend(watch);
    return low <= -0.72 && -0.72 <= high;
  });
  assert.ok(share(held) >= 0.9 - CHANCE && share(held) <= 0.99, `${share(held)}`);
});

trend('one wild minute in twenty neither hides a rise nor makes one', () => {
  const change: Made['change'] = (value, _, random) => (random.uniform() < 0.05 ? value + 5 : value);
  const rising = runs({ minutes: 240, rho: 0.3, slopePerHour: 0.1, change }, scoreTrend);
  assert.ok(share(rising.map(({ low, high }) => low <= 2.4 && 2.4 <= high)) >= 0.9 - CHANCE);
  assert.ok(share(rising.map(({ low }) => low > 0)) > 0.95);
  const still = runs({ minutes: 240, rho: 0.3, slopePerHour: 0, change }, scoreTrend);
  assert.ok(share(still.map(isTrend)) <= 0.1 + CHANCE);
});

trend('the true time to the limit lies between earliest and latest in about 90 % of 600 runs', () => {
  // 0.2 + 0.1 an hour reaches 1 after 8 h; seen are the first 5 h, in cells of which the last ends within the hour
  for (const rho of [0, 0.6]) {
    const found = runs({ minutes: 301, rho, slopePerHour: 0.1, spread: 0.05 }, (watch) => {
      const lastS = watch.snapshot().levels.map(({ timesS }) => timesS.at(-1) ?? 0);
      return { ...scoreTrend(watch), lastS };
    });
    const said = found.filter(({ hoursToLimit }) => hoursToLimit?.latest);
    assert.ok(said.length > 0.95 * RUNS, `${said.length}`);
    const held = said.map(({ hoursToLimit, windowHours, lastS }) => {
      const { earliest, best, latest } = hoursToLimit!;
      assert.ok(earliest <= best && best <= latest!);
      // the line ends where the last cell of its level does
      const endS = windowHours > 2 ? lastS[1] : lastS[0];
      const truth = 8 + 0.5 / 60 - endS / HOUR_S;
      return earliest <= truth && truth <= latest!;
    });
    assert.ok(share(held) >= 0.9 - CHANCE, `rho ${rho}: ${share(held)}`);
  }
});

trend('a rise that began an hour ago is not drowned by two quiet days', () => {
  const change: Made['change'] = (value, minute) => (minute < 2880 ? value : value + (minute - 2880) / 100);
  const { slopePerDay, windowHours, low } = scoreTrend(
    watched(1, { minutes: 2941, rho: 0.2, slopePerHour: 0, spread: 0.05, change }),
  );
  assert.ok(windowHours < 1.1, `${windowHours} h`);
  assert.ok(low > 0 && Math.abs(slopePerDay - 14.4) < 2, `${slopePerDay}`);
});

trend('a slow rise is seen over days, and said for all of them', () => {
  const { windowHours, low, high } = scoreTrend(
    watched(2, { minutes: 7 * 1440, rho: 0.5, slopePerHour: 0.002, spread: 0.1 }),
  );
  assert.ok(windowHours > 24, `${windowHours} h`);
  assert.ok(low > 0.04 && high < 0.056, `${low}..${high}`);
});

trend('is null before half an hour of minutes, and nothing in what does not change', () => {
  assert.is(watched(1, { minutes: 30, rho: 0, slopePerHour: 1 }).trend([1]), null);
  assert.is.not(watched(1, { minutes: 31, rho: 0, slopePerHour: 1 }).trend([1]), null);
  const still = scoreTrend(watched(1, { minutes: 100, rho: 0, slopePerHour: 0, spread: 0 }));
  assert.is(isTrend(still), false);
  assert.is(still.hoursToLimit, null);
});

trend('heads for the first limit above its line, and for none when it falls or is above all', () => {
  const rising = watched(1, { minutes: 61, rho: 0, slopePerHour: 1, spread: 0.01 });
  assert.equal(
    [[0.5, 1.5, 9], [9, 99], [0.1], []].map((limits) => rising.trend(limits)!.limit),
    [1.5, 9, null, null],
  );
  assert.is(rising.trend([0.1])!.hoursToLimit, null);
  const { best } = rising.trend([1.5])!.hoursToLimit!;
  assert.ok(Math.abs(best - 0.3) < 0.05, `${best}`); // from 0.2 + 1 an hour at its end to 1.5
  const falling = watched(1, { minutes: 61, rho: 0, slopePerHour: -1, spread: 0.01 }).trend([1])!;
  assert.ok(falling.high < 0);
  assert.is(falling.hoursToLimit, null);
});

trend('does not say when a limit is reached that lies much further ahead than its history reaches back', () => {
  const faint = scoreTrend(watched(5, { minutes: 61, rho: 0, slopePerHour: 0.2 }));
  assert.ok(faint.low > 0, `${faint.low}`);
  assert.is(faint.hoursToLimit, null);
});

trend('goes on after a restore as if nothing had happened', () => {
  const whole = watched(3, { minutes: 500, rho: 0.5, slopePerHour: 0.05 });
  const restored = new TrendWatch();
  restored.restore(structuredClone(whole.snapshot()));
  for (const watch of [whole, restored]) for (let i = 500; i < 600; i++) watch.push(60 * i + 30, Math.sin(i));
  assert.equal(restored.trend([1]), whole.trend([1]));
});
trend.run();

const words = suite('detect.trendText');
const said: Trend = {
  slopePerDay: 0.12,
  low: 0.08,
  high: 0.17,
  windowHours: 64,
  level: 0.4,
  limit: 1,
  hoursToLimit: { best: 120, earliest: 74, latest: 216 },
};

words('say slope, interval and arrival', () => {
  assert.is(trendText(said, 'score'), 'rising 12 % of the alarm limit a day (8..17 %), reaches it in 3.1 to 9 days');
  assert.is(
    trendText({ ...said, slopePerDay: 0.3, low: 0.2, high: 0.4, limit: 4.5 }, 'velocity'),
    'rising 0.3 mm/s a day (0.2..0.4 mm/s), reaches 4.5 mm/s in 3.1 to 9 days',
  );
});

words('are by the hour where a day would be beyond the limit', () => {
  const fast = { ...said, slopePerDay: 4.8, low: 2.4, high: 7.2, hoursToLimit: { best: 3, earliest: 1, latest: 5 } };
  assert.is(
    trendText(fast, 'score'),
    'rising 20 % of the alarm limit an hour (10..30 %), reaches it in 60 minutes to 5 hours',
  );
});

words('do not say more than is known', () => {
  assert.is(trendText({ ...said, low: -0.01 }, 'score'), 'no trend over the last 64 hours');
  assert.match(trendText({ ...said, hoursToLimit: null }, 'score'), /\), too far from it to say when it gets there$/);
  const late = { best: 120, earliest: 74, latest: null };
  assert.match(trendText({ ...said, hoursToLimit: late }, 'score'), /\), reaches it in 3\.1 days at the earliest$/);
  assert.match(trendText({ ...said, limit: null, hoursToLimit: null }, 'velocity'), / mm\/s\)$/);
  const falling = { ...said, slopePerDay: -0.12, low: -0.17, high: -0.08, hoursToLimit: null };
  assert.is(trendText(falling, 'score'), 'falling 12 % of the alarm limit a day (8..17 %)');
});

words('of both trends make one line, and none where there is too little history', () => {
  assert.is(trendLine({ trend: null, velocityTrend: null }), null);
  assert.match(
    trendLine({ trend: said, velocityTrend: { ...said, low: -1 } })!,
    /^score: rising .*; velocity: no trend/,
  );
});
words.run();
