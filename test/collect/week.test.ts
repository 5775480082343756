/** A broker that was away, in short (`npm run soak -- week`: seven days, with times): everything comes, live first. */
import { DatabaseSync } from 'node:sqlite';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { week } from '../soak/week.ts';
import { newFolder } from '../support/folder.ts';
import { hasMosquitto } from '../support/mosquitto.ts';

const away = suite('collect.week');
const test = hasMosquitto() ? away : away.skip;

test('an hour and a half at 8 frames a second arrives whole, and live frames stand in the table before its end', async () => {
  const folder = newFolder('week');
  const result = await week({ awayS: 5400, points: 8, folder, mostMs: 120_000, backfillFramesPerS: 10_000 });
  console.log(JSON.stringify(result));
  const { comparison, live, resent, duplicates, backlog } = result;
  assert.equal([comparison.lost, comparison.different, comparison.invented], [0, 0, 0]);
  assert.is(comparison.collected, comparison.stored);
  assert.ok(live.frames > 0);
  assert.ok(resent + duplicates < 0.05 * backlog, `${resent} sent again, ${duplicates} came twice`);
  const table = new DatabaseSync(`${folder}/collected.db`, { readOnly: true });
  const order = table
    .prepare('SELECT (SELECT min(rowid) FROM frame WHERE seq >= ?) live, (SELECT rowid FROM frame WHERE seq = ?) last')
    .get(backlog, Math.floor(backlog * 0.9)) as { live: number; last: number };
  table.close();
  assert.ok(order.live < order.last, 'live frames wait for the backfill');
});

away.run();
