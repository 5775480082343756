/** Random numbers of the simulator: known answers, and moments within what their own statistics allow. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Gaussian } from '../../host/acquire/gaussian.ts';
import { Random } from '../../host/acquire/random.ts';

const random = suite('acquire.random');

random('gives the published outputs of xoshiro128** for state 1, 2, 3, 4', () => {
  const generator = new Random([1, 2, 3, 4]);
  const got = Array.from({ length: 10 }, () => generator.next());
  assert.equal(
    got,
    [11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597, 4258142804],
  );
});

random('streams of one seed differ, and repeat', () => {
  const first = (seed: number, name: string): number[] => {
    const generator = Random.stream(seed, name);
    return Array.from({ length: 4 }, () => generator.next());
  };
  assert.equal(first(7, 'noise'), first(7, 'noise'));
  const all = [first(7, 'noise'), first(7, 'speed'), first(8, 'noise'), first(-7, 'noise'), first(0, '')];
  assert.is(new Set(all.map(String)).size, all.length);
});

random('Gaussian has the moments and tails of a normal distribution (2e6 draws, 5 standard errors)', () => {
  const n = 2_000_000;
  const gaussian = new Gaussian(Random.stream(1, 'test'));
  let [m1, m2, m3, m4, beyond2, beyondTail] = [0, 0, 0, 0, 0, 0];
  for (let i = 0; i < n; i++) {
    const x = gaussian.next();
    const square = x * x;
    m1 += x;
    m2 += square;
    m3 += square * x;
    m4 += square * square;
    if (Math.abs(x) > 2) beyond2++;
    if (Math.abs(x) > 3.442619855899) beyondTail++;
  }
  // Variances of x, x^2, x^3, x^4 of a standard normal: 1, 2, 15, 96. Tail shares: erfc(2 / sqrt 2) and beyond 3.4426.
  const near = (got: number, wanted: number, variance: number, what: string): void =>
    assert.ok(Math.abs(got / n - wanted) < 5 * Math.sqrt(variance / n), `${what}: ${got / n}, wanted ${wanted}`);
  near(m1, 0, 1, 'mean');
  near(m2, 1, 2, 'variance');
  near(m3, 0, 15, 'third moment');
  near(m4, 3, 96, 'fourth moment');
  near(beyond2, 0.0455003, 0.0434, 'share beyond 2');
  near(beyondTail, 0.0005761, 0.000576, 'share in the exact tail');
});

random.run();
