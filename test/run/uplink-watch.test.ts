/** What a person hears of the uplinks: each outage once, each defect once. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { UplinkWatch } from '../../host/run/uplink-watch.ts';
import { wellUplink } from '../support/host-status.ts';

const watch = suite('run.UplinkWatch');

watch('tells each start after a defect once, and once that it is given up, until it is well again', () => {
  const one = new UplinkWatch();
  const seen = (restarts: number, isGivenUp = false, lastError: string | null = 'oh'): string[] =>
    one
      .defects([wellUplink({ restarts, isGivenUp, lastError })])
      .map((defect) => (defect.isGivenUp ? `given up: ${defect.cause}` : defect.cause));
  assert.equal(seen(0), []);
  assert.equal(seen(1), ['oh']);
  assert.equal(seen(1), []);
  assert.equal(seen(3), ['oh']);
  assert.equal(seen(11, true), ['given up: oh']);
  assert.equal(seen(12, true), []);
  assert.equal(seen(12, false, null), []);
  assert.equal(seen(0), [], 'a store thread that was started anew counts from 0');
  assert.equal(seen(1), ['oh']);
});

watch.run();
