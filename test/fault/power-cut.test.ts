/** The plug is pulled while the store writes, drops and folds: what was acknowledged is there, nothing damaged is accepted. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Random } from '../../host/acquire/random.ts';
import { needs } from '../support/needs.ts';
import { cutPower } from './power-cut/cuts.ts';
import { missingForDisk } from './power-cut/disk.ts';

const power = suite('fault.power-cut');
/** 200 and more in soak. */
const CUTS = Number(process.env.SPINDLE_POWER_CUTS ?? 20);
const SEED = Number(process.env.SPINDLE_SEED ?? 1);
const random = (): (() => number) => {
  const numbers = Random.stream(SEED, 'power-cut');
  return () => numbers.uniform();
};
const missing = missingForDisk();

needs(power, missing, `cut ${CUTS} times loses no acknowledged frame and leaves no damage`, async () => {
  const { cuts, lost, problems, acknowledged } = await cutPower(CUTS, 'synced', random());
  console.log(
    `power cuts: ${cuts}, acknowledged frames at the last: ${acknowledged}, lost: ${lost}, problems: ${problems.length}`,
  );
  assert.equal(problems, []);
  assert.is(lost, 0);
  assert.is(cuts, CUTS);
});

needs(power, missing, 'is noticed by this test: without the sync behind a commit, 30 cuts lose frames', async () => {
  const { cuts, failedCuts, lost } = await cutPower(30, 'unsynced', random(), 1);
  console.log(`without sync: ${failedCuts} of ${cuts} cuts lost ${lost} acknowledged frames`);
  assert.ok(failedCuts > 0);
});

power.run();
