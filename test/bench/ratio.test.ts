/** How the races against other libraries are judged, and that a rival's check cannot pass by accident. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { BUILT, buildsOf } from './builds.ts';
import { checkAgreement } from './features.ts';
import { isMet, leastTimes, type Ratio, ratioOf, ratioText, timesAsFast } from './ratio.ts';

const runs = [
  { simd: 80, rival: 100 },
  { simd: 79, rival: 80 },
  { simd: 90, rival: 100 },
];

const ratio = suite('bench.ratio');

ratio('is formed within each process, the best counts, and all are shown', () => {
  const found = ratioOf('simd', 'rival', runs, 0.8)!;
  assert.equal(found.all, [0.8, 79 / 80, 0.9]);
  assert.is(found.best, 0.8);
  assert.match(ratioText(found), /^simd \/ rival +0\.800 {2}\(0\.800 0\.988 0\.900\) {2}goal 0\.80 {2}met$/);
  assert.equal(leastTimes(runs), { simd: 79, rival: 80 });
});

ratio('of what did not run is none', () => {
  assert.is(ratioOf('simd', 'absent', runs, 0.8), null);
  assert.is(timesAsFast([], 'simd / absent'), null);
});

ratio('is judged as it is printed; without a goal it is for information', () => {
  const of = (best: number, goal: number | null): Ratio => ({ name: 'a / b', all: [best], best, goal });
  assert.ok(isMet(of(0.8004, 0.8)));
  assert.not.ok(isMet(of(0.8006, 0.8)));
  assert.ok(isMet(of(7, null)));
  assert.match(ratioText(of(0.8006, 0.8)), /0\.801 .*MISSED$/);
  assert.match(ratioText(of(7, null)), /\(7\.000\)$/);
  assert.is(timesAsFast([of(0.4, 0.5)], 'a / b'), 2.5);
});

ratio('races the built modules, or those that are named', () => {
  assert.equal(buildsOf({}), BUILT);
  const [one, two, scalar] = buildsOf({ core: ['old=/tmp/a.wasm', '/tmp/b.wasm'] });
  assert.equal(one, { name: 'old', path: '/tmp/a.wasm', kernel: 'simd' });
  assert.equal(two, { name: '/tmp/b.wasm', path: '/tmp/b.wasm', kernel: 'simd' });
  assert.is(scalar.name, 'scalar');
});

ratio('programs whose features differ, are missing or are not numbers do not race', () => {
  const one = { name: 'one', features: [1, 2] };
  checkAgreement([one, { name: 'two', features: [1.00001, 2] }]);
  assert.throws(() => checkAgreement([one, { name: 'two', features: [1.001, 2] }]), /one and two differ/);
  assert.throws(() => checkAgreement([one, { name: 'two', features: [1] }]), /differ/);
  assert.throws(() => checkAgreement([one, { name: 'two', features: [1, 2, 3] }]), /differ/);
  assert.throws(() => checkAgreement([one, { name: 'two', features: [1, Number.NaN] }]), /differ/);
});

ratio.run();
