/** The statistics of the evaluation, against definitions and published values. */
import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Random } from '../../host/acquire/random.ts';
import { auroc } from './statistics/auroc.ts';
import { betaShare, gammaShare, lnGamma } from './statistics/distributions.ts';
import { episodes } from './statistics/episodes.ts';
import { bootstrap, clopperPearson, poisson } from './statistics/intervals.ts';

const near = (got: number, wanted: number, tolerance: number): void =>
  assert.ok(Math.abs(got - wanted) <= tolerance, `got ${got}, wanted ${wanted}`);

const statistics = suite('evaluate.statistics');

statistics('Clopper-Pearson gives the ends that scipy.stats.beta.ppf gives (1e-9)', () => {
  for (const [hits, trials, low, high] of [
    [0, 40, 0, 0.088_097_302_878_802_37],
    [28, 33, 0.681_010_180_289_563_6, 0.948_911_300_643_918_8],
    [6, 6, 0.540_741_873_560_099_5, 1],
    [500, 1000, 0.468_549_172_970_791_8, 0.531_450_827_028_208],
  ]) {
    const got = clopperPearson(hits, trials);
    near(got[0], low, 1e-9);
    near(got[1], high, 1e-9);
  }
  assert.equal(clopperPearson(0, 0), [0, 1]);
});

statistics('the exact Poisson interval has the ends that scipy.stats.gamma.ppf gives (1e-9 of them)', () => {
  for (const [count, low, high] of [
    [0, 0, 3.688_879_454_113_935_4],
    [1, 0.025_317_807_984_289_87, 5.571_643_390_938_898],
    [10, 4.795_388_696_132_434, 18.390_356_042_017_78],
    [2500, 2402.952_365_431_124, 2599.961_484_340_542_5],
  ]) {
    const got = poisson(count);
    near(got[0], low, 1e-9 * low);
    near(got[1], high, 1e-9 * high);
  }
});

statistics('both intervals leave 2.5 % beyond each end, whatever was counted', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 400 }), fc.integer({ min: 1, max: 400 }), (hits, misses) => {
      const [low, high] = clopperPearson(hits, hits + misses);
      near(betaShare(low, hits, misses + 1), 0.025, 1e-9);
      near(betaShare(high, hits + 1, misses), 0.975, 1e-9);
      const [fewest, most] = poisson(hits);
      near(gammaShare(hits, fewest), 0.025, 1e-9);
      near(gammaShare(hits + 1, most), 0.975, 1e-9);
    }),
  );
  near(lnGamma(5), Math.log(24), 1e-13);
  near(lnGamma(0.5), 0.5 * Math.log(Math.PI), 1e-13);
});

statistics('AUROC is the share of pairs in which the faulty row is higher, ties half', () => {
  near(auroc([1, 2, 3], [2, 4])!, 0.75, 1e-15);
  assert.is(auroc([], [1]), null);
  const scores = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 30 });
  fc.assert(
    fc.property(scores, scores, (healthy, faulty) => {
      let wins = 0;
      for (const h of healthy) for (const f of faulty) wins += f > h ? 1 : f === h ? 0.5 : 0;
      near(auroc(healthy, faulty)!, wins / healthy.length / faulty.length, 1e-12);
    }),
  );
});

statistics('alarm rows at most three rows apart are one episode', () => {
  const count = (text: string): number => episodes([...text].map((mark) => mark === 'x'));
  assert.equal(
    ['', '....', 'x', 'xxxx', '.xx..x...x', '.x...x....x', 'x..x', 'x...x'].map(count),
    [0, 0, 1, 1, 2, 3, 1, 2],
  );
});

statistics('the bootstrap interval of a mean covers about 1.96 standard errors, and few clusters give none', () => {
  const values = Array.from({ length: 100 }, (_, i) => i);
  const mean = (some: number[]): number => some.reduce((a, b) => a + b, 0) / some.length;
  const [low, high] = bootstrap(values, mean, Random.stream(1, 'test'), 1000)!;
  // standard error 2.887; the percentile of 1000 resamples is known to about 0.06 of it a side
  near(49.5 - low, 1.96 * 2.887, 1);
  near(high - 49.5, 1.96 * 2.887, 1);
  assert.is(bootstrap([1, 2, 3, 4], mean, Random.stream(1, 'test'), 1000), null);
});
statistics.run();
